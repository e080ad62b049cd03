"""`codeask distill corpora`: the public codebases of the distillation, pinned, fetched and unpacked.

`data/corpora.toml` names each with its version, the SHA-256 of its archives and the split it belongs
to *for good*: nothing of a `test` codebase is ever trained on. Archives come from PyPI, npm or
Debian; a `git` source names a commit instead. A codebase already unpacked is left alone.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import lzma
import shutil
import subprocess
import sys
import tarfile
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, cast

from ..executors.errors import UsageError
from . import summary
from .progress import Bar

MANIFEST = Path(__file__).parent / "data" / "corpora.toml"
Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
DONE = ".codeask-corpus"  # beside the unpacked tree: the hashes it was unpacked from


@dataclass(frozen=True, slots=True)
class Source:
    """One archive. `root` is the folder inside it that becomes `into` inside the codebase."""

    url: str
    sha256: str = ""
    commit: str = ""
    root: str = ""
    into: str = ""


@dataclass(frozen=True, slots=True)
class Corpus:
    """One codebase: its name in traces, its split, languages, version and where it comes from."""

    name: str
    split: Split
    languages: tuple[str, ...]
    version: str
    sources: tuple[Source, ...]

    @property
    def pin(self) -> str:
        """What the unpacked tree was made from; another pin means unpack anew."""
        return "\n".join(f"{s.url} {s.sha256 or s.commit}" for s in self.sources)


def corpora(manifest: Path = MANIFEST) -> dict[str, Corpus]:
    """The codebases of a manifest by name; `UsageError` when it is not as it should be."""
    try:
        raw = tomllib.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The corpora manifest '{manifest}' cannot be read: {error}.") from error
    found: dict[str, Corpus] = {}
    for name, entry in raw.items():
        try:
            sources = tuple(Source(**source) for source in entry["sources"])
            corpus = Corpus(
                name, entry["split"], tuple(entry["languages"]), entry["version"], sources
            )
        except (KeyError, TypeError) as error:
            raise UsageError(f"{manifest}: '{name}' is not a codebase entry: {error}.") from error
        if corpus.split not in SPLITS:
            raise UsageError(f"{manifest}: '{name}' has split '{corpus.split}', not {SPLITS}.")
        if any(not (s.sha256 or s.commit) for s in sources):
            raise UsageError(f"{manifest}: '{name}' has a source that no hash or commit pins.")
        found[name] = corpus
    return found


def split_of(manifest: Path = MANIFEST) -> dict[str, Split]:
    """The split of every codebase by name."""
    return {name: corpus.split for name, corpus in corpora(manifest).items()}


def default_folder() -> Path:
    """Where codebases are unpacked unless told otherwise: in the user's cache."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("codeask", appauthor=False)) / "corpora"


def obtain(corpus: Corpus, folder: Path, say: Callable[[str], None] = lambda _: None) -> Path:
    """The folder with the codebase, fetched and unpacked if it is not there in this very version.

    Raises `UsageError` when a source cannot be fetched or is not what the manifest pins.
    """
    target, mark = folder / corpus.name, folder / f"{corpus.name}{DONE}"
    if target.is_dir() and mark.is_file() and mark.read_text(encoding="utf-8") == corpus.pin:
        return target
    part = folder / f"{corpus.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for source in corpus.sources:
        say(source.url)
        if source.commit:
            _clone(source, part / source.into)
        else:
            _unpack(_fetch(source), source, part / source.into)
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)
    mark.write_text(corpus.pin, encoding="utf-8")
    return target


def _fetch(source: Source) -> bytes:
    try:
        with urllib.request.urlopen(source.url, timeout=120) as stream:
            data = cast(bytes, stream.read())
    except (OSError, urllib.error.URLError) as error:
        raise UsageError(f"{source.url} cannot be fetched: {error}; try again later.") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != source.sha256:
        raise UsageError(
            f"{source.url} has SHA-256 {digest}, the manifest says {source.sha256}: "
            "it is another archive, so it was not unpacked."
        )
    return data


def _unpack(data: bytes, source: Source, target: Path) -> None:
    """Unpacks the folder `source.root` of a tar archive or Debian package into `target`."""
    if source.url.endswith(".deb"):
        data = _debian_tree(data)
    root = PurePosixPath(source.root)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if not source.root:  # the one top folder that source archives have
                inside = PurePosixPath(*path.parts[1:])
            elif path.is_relative_to(root):
                inside = path.relative_to(root)
            else:
                continue
            if inside.parts and (member.isfile() or member.isdir()):
                member.name = str(inside)
                archive.extract(member, target, filter="data")


def _debian_tree(data: bytes) -> bytes:
    """The tar archive of the files of a Debian package, which is an `ar` archive around it."""
    at = 8
    while at + 60 <= len(data):
        name = data[at : at + 16].decode("ascii").strip().rstrip("/")
        size = int(data[at + 48 : at + 58])
        body = data[at + 60 : at + 60 + size]
        if name.startswith("data.tar"):
            return lzma.decompress(body) if name.endswith(".xz") else body
        at += 60 + size + size % 2
    raise UsageError("The Debian package has no data.tar; is the download whole?")


def _clone(source: Source, target: Path) -> None:
    commands = (
        ["git", "init", "--quiet", str(target)],
        ["git", "-C", str(target), "fetch", "--quiet", "--depth=1", source.url, source.commit],
        ["git", "-C", str(target), "checkout", "--quiet", "FETCH_HEAD"],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise UsageError(f"{source.url} cannot be cloned: {done.stderr.strip()}.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument("names", nargs="*", help="only these codebases (default: all)")
    parser.add_argument("--split", choices=SPLITS, help="only codebases of this split")
    parser.add_argument("--folder", type=Path, help="where to unpack (default: the user's cache)")
    parser.add_argument("--manifest", type=Path, default=MANIFEST, help="another corpora.toml")
    parser.add_argument("--list", action="store_true", help="list them, fetch nothing")


def run(args: argparse.Namespace) -> int:
    """Fetches the chosen codebases; what cannot be had is told at the end (exit code 2)."""
    known = corpora(args.manifest)
    chosen = _chosen(known, args.names, args.split)
    if args.list:
        for corpus in chosen:
            print(
                f"{corpus.split:<10} {corpus.name} {corpus.version} ({', '.join(corpus.languages)})"
            )
        return 0
    folder = args.folder or default_folder()
    failed: list[str] = []
    with Bar("corpora", len(chosen)) as bar:
        for corpus in chosen:
            try:
                print(obtain(corpus, folder))
            except UsageError as error:
                failed.append(f"{corpus.name}: {error}")
            bar.step(note=f"{corpus.name} {corpus.version}")
    for line in failed:
        print(line, file=sys.stderr)
    languages = [language for corpus in chosen for language in corpus.languages]
    summary.write(
        folder, "corpora", settings={"manifest": args.manifest.name},
        figures={"codebases": len(chosen), "unpacked": len(chosen) - len(failed)},
        tables={
            "by split": summary.counts(corpus.split for corpus in chosen),
            "by language": summary.counts(languages),
            "failed": [(line.partition(": ")[0], line) for line in failed],
        },
    )  # fmt: skip
    return 2 if failed else 0


def _chosen(known: Mapping[str, Corpus], names: Sequence[str], split: Split | None) -> list[Corpus]:
    for name in names:
        if name not in known:
            raise UsageError(f"There is no codebase '{name}'; 'codeask distill corpora --list'.")
    return [
        corpus
        for corpus in known.values()
        if (not names or corpus.name in names) and (split is None or corpus.split == split)
    ]

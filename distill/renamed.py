"""A codebase under other names: what the memorisation probe asks its questions about.

Every distinctive symbol and module of a copy is renamed, files are moved with them, and the
questions follow. Whoever looks answers as before, in the new names; an answer with an old name in
it was remembered.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..executors.languages import parsable
from ..executors.repository import Repository, is_test_path

LEAST = 6  # letters; shorter names are words of the language or of everybody
_SYLLABLES = (
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ka",
    "le",
    "mi",
    "no",
    "pu",
    "ra",
    "se",
    "ti",
    "vo",
    "zu",
)
_NAME = re.compile(r"[A-Za-z_]\w*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|_+")


@dataclass(frozen=True, slots=True)
class Renaming:
    """Old name → new name, and old path → new path."""

    names: Mapping[str, str]
    paths: Mapping[str, str]

    def text(self, text: str) -> str:
        """Text with every renamed path and whole name in its new form."""
        for old in sorted(self.paths, key=len, reverse=True):
            text = text.replace(old, self.paths[old])
        return _NAME.sub(lambda found: self.names.get(found[0], found[0]), text)

    def remembered(self, answer: str, asked: str = "") -> list[str]:
        """Old names and paths in an answer that neither the question nor a new name brought in."""
        old = [name for name in dict.fromkeys(_NAME.findall(answer)) if name in self.names]
        gone = [path for path, new in self.paths.items() if path != new and path in answer]
        known = set(_NAME.findall(asked)) | set(self.names.values())
        return [*gone, *(name for name in old if name not in known)]


def made_up(name: str) -> str:
    """Another name of the same shape: made-up words, deterministic, case and underscores kept."""
    parts = [_other(part) if part.isalpha() else part for part in _PART.findall(name)]
    return "".join(parts)


def _other(part: str) -> str:
    number = int.from_bytes(hashlib.sha256(part.lower().encode()).digest()[:6], "big")
    word = ""
    for _ in range(max(2, min(4, (len(part) + 1) // 2))):
        number, syllable = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[syllable]
    if part.isupper() and len(part) > 1:
        return word.upper()
    return word.capitalize() if part[0].isupper() else word


def renaming_of(repository: Repository, keep: Iterable[str] = ()) -> Renaming:
    """The renaming of a codebase: its distinctive definitions, and the modules of source files.

    A name is distinctive when it has two parts or six letters, is defined in at most three files, and
    is not in `keep` (names that the language or other packages give a meaning to).
    """
    defined: Counter[str] = Counter()
    files: list[str] = []
    for path, entry in repository.listing().files.items():
        facts = repository.facts(entry) if parsable(entry.language) else None
        if facts is not None:
            files.append(path)
            if not is_test_path(path):
                defined.update({found.name for found in facts.definitions})
    fixed = {*keep, *sys.stdlib_module_names}
    names = {
        name: made_up(name)
        for name, count in defined.items()
        if count <= 3 and name not in fixed and _distinctive(name)
    }
    paths: dict[str, str] = {}
    for path in files:
        pure = PurePosixPath(path)
        stem = pure.stem
        if len(stem) >= 5 and stem not in fixed and not stem.startswith(("test", "__")):
            names.setdefault(stem, made_up(stem))
        parts = [names.get(part, part) for part in pure.parts[:-1]]
        paths[path] = str(PurePosixPath(*parts, names.get(stem, stem) + pure.suffix))
    return Renaming(names, paths)


def _distinctive(name: str) -> bool:
    parts = [part for part in _PART.findall(name.strip("_")) if part.isalpha()]
    if name.startswith("__") or "".join(_PART.findall(name)) != name:
        return False
    return sum(map(len, parts)) >= LEAST and (len(parts) >= 2 or len(name) >= 9)


def copy_renamed(source: Path, target: Path, renaming: Renaming) -> Path:
    """Writes the copy; binary files stay as they are. An existing copy is replaced."""
    shutil.rmtree(target, ignore_errors=True)
    for path in Repository(source).listing().files:
        new = target / renaming.paths.get(path, path)
        new.parent.mkdir(parents=True, exist_ok=True)
        data = (source / path).read_bytes()
        try:
            new.write_text(renaming.text(data.decode("utf-8")), encoding="utf-8", newline="")
        except UnicodeDecodeError:
            new.write_bytes(data)
    return target

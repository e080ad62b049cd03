"""Definitions against universal-ctags for C, C++, Ruby, PHP and Bash.

    python bench/ctags_oracle.py [--show N] FOLDER...

Prints for each language and group what codeask missed and what it has besides, by path, line and
name, and the milliseconds a file; exits 1 where something was missed in a file that the grammar
could read whole. Left out on both sides: local variables and parameters, names without letters.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from codeask.executors.languages import parsable
from codeask.executors.repository import Repository, Source
from codeask.executors.syntax import FileFacts, extract
from definitions_oracle import Place, report

GROUPS = {
    "class": "type", "struct": "type", "interface": "type", "trait": "type", "enum": "type",
    "type": "type", "module": "module", "function": "callable", "method": "callable",
    "field": "member", "property": "member", "variant": "variant", "constant": "value",
    "variable": "value", "macro": "macro",
    "package": "module", "extension": "",
}  # fmt: skip
_C = {
    "function": "callable", "prototype": "callable", "struct": "type", "union": "type",
    "enum": "type", "enumerator": "variant", "member": "member", "typedef": "type",
    "variable": "value", "externvar": "value", "macro": "macro", "class": "type",
    "namespace": "module", "using": "", "alias": "",
}  # fmt: skip
CTAGS: Mapping[str, Mapping[str, str]] = {
    "c": _C,
    "cpp": _C,
    "ruby": {"class": "type", "method": "callable", "module": "module", "singletonMethod": "callable",
             "constant": "value", "accessor": "member", "alias": "callable"},
    "php": {"class": "type", "interface": "type", "trait": "type", "function": "callable",
            "define": "value", "namespace": "module", "constant": "value", "variable": "member"},
    "bash": {"function": "callable", "alias": ""},
}  # fmt: skip
NAMES = {"c": "C", "cpp": "C++", "ruby": "Ruby", "php": "PHP", "bash": "Sh"}


def ctags(root: Path, language: str, paths: Sequence[str]) -> Iterator[Place]:
    """What universal-ctags finds."""
    done = subprocess.run(
        ["ctags", "--output-format=json", "--fields=+nKSz", "--kinds-C=+px", "--kinds-C++=+px",
         f"--language-force={NAMES[language]}", "-L", "-", "-f", "-"],
        input="\n".join(paths), capture_output=True, text=True, check=True, cwd=root,
    )  # fmt: skip
    for line in done.stdout.splitlines():
        tag = json.loads(line)
        group = CTAGS[language].get(tag.get("kind", ""), "")
        scope = tag.get("scopeKind", "")
        if not group or tag["name"].startswith("__anon") or "operator" in tag["name"]:
            continue
        if language == "php" and tag["kind"] == "variable" and scope not in ("class", "trait"):
            continue
        if language in ("c", "cpp") and scope == "function":
            continue
        name = tag["name"].rpartition("\\")[2].removeprefix("self.")
        if (
            language == "ruby"
        ):  # ctags has the setter of `attr_accessor` as another, and cuts `?` off
            name = name.rstrip("=?!")
        yield group, tag["path"], tag["line"], name


def own(facts: FileFacts, source: Source, language: str) -> Iterator[Place]:
    """What codeask finds, at the line of the name."""
    for definition in facts.definitions:
        group = GROUPS[definition.kind]
        name = definition.name
        if not group or "operator" in name:
            continue
        if definition.kind == "constant" and "macro" in definition.modifiers:
            group = "macro"
        outer = facts.definitions[definition.parent].kind if definition.parent >= 0 else ""
        if group == "value" and language == "cpp" and outer in ("class", "struct"):
            group = "member"  # a static constant of a class
        if language == "ruby" and definition.kind == "field":
            continue  # no other parser calls what a method assigns a definition
        if language == "ruby":
            name = name.rstrip("=?!")
        yield group, facts.path, source.line_at(definition.name_start), name.rpartition("\\")[2]


def compare(root: Path, language: str, paths: Sequence[str], show: int) -> int:
    """Prints the differences of one language; the number of missed definitions."""
    found: set[Place] = set()
    broken: set[str] = set()
    repository = Repository(root)
    started = time.perf_counter()
    for path in paths:
        source = repository.read(path)
        if source is None:
            continue
        facts = extract(source, language)
        if facts.has_errors:
            broken.add(path)
        found.update(own(facts, source, language))
    spent = (time.perf_counter() - started) * 1000 / len(paths)
    expected = set(ctags(root, language, paths))
    return report(language, (len(paths), spent), expected, found, broken, show)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compares every language found in the folders; 1 where something was missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--show", type=int, default=20, help="differences to print (default 20)")
    options = parser.parse_args(arguments)
    missed = 0
    for folder in options.folders:
        by_language: dict[str, list[str]] = {}
        for path, entry in sorted(Repository(folder).listing().files.items()):
            if entry.language in CTAGS and parsable(entry.language):
                by_language.setdefault(entry.language, []).append(path)
        for language, paths in sorted(by_language.items()):
            print(folder, end=" ")
            missed += compare(folder, language, paths, options.show)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

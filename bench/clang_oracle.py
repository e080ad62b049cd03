"""What clang makes of C and C++ sources → `Truth`: callers by the declaration that a call means.

Every file is read as a program of its own, headers too, by libclang (`pip install libclang==14.0.6`,
with the headers of the clang on the machine). A call that clang cannot resolve (in a template, of a
type that is not known there, or where an include is missing) is neither right nor wrong; nor is what
stands in a macro's body. The rest of the truth is that of `oracles.others`.
"""

from __future__ import annotations

import argparse
import random
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from oracles import Truth, _sample, _tags, _tokens, others

_KEEP_GOING = 0x200
_FUNCTIONS = ("FUNCTION_DECL", "FUNCTION_TEMPLATE", "CXX_METHOD", "CONVERSION_FUNCTION")
_CLASSES = ("CLASS_DECL", "STRUCT_DECL", "CLASS_TEMPLATE", "CLASS_TEMPLATE_PARTIAL_SPECIALIZATION")
Place = tuple[str, int]  # path and line


@dataclass
class Calls:
    """Places of calls that mean a declaration of the folder, by its name and by `Owner.name`.

    `told` has the places of all calls that clang resolves, whatever they mean.
    """

    root: Path
    meant: dict[str, set[Place]] = field(default_factory=lambda: defaultdict(set))
    told: set[tuple[str, Place]] = field(default_factory=set)
    owners: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _seen: set[tuple[str, int]] = field(default_factory=set)
    _done: set[tuple[str, int, int]] = field(default_factory=set)
    _texts: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def _base(self) -> str:
        return f"{self.root.resolve()}/"

    def own(self, location: Any) -> str:
        """The path of a place in the folder, "" elsewhere."""
        name = location.file.name if location.file is not None else ""
        whole = str(Path(name).resolve()) if name else ""
        return whole.removeprefix(self._base) if whole.startswith(self._base) else ""

    def written(self, path: str, offset: int, name: str) -> bool:
        """Whether a name stands at an offset: it does not where a macro has made the call."""
        if path not in self._texts:
            self._texts[path] = (self.root / path).read_bytes()
        return self._texts[path][offset : offset + len(name)] == name.encode()

    def read(self, unit: Any) -> None:
        """Takes the calls of a program in the folder's files."""
        known: dict[str, str] = {}
        for top in unit.cursor.get_children():
            file = top.location.file
            if file is None:
                continue
            if file.name not in known:
                known[file.name] = self.own(top.location)
            extent = (known[file.name], top.extent.start.offset, top.extent.end.offset)
            if known[file.name] and extent not in self._done and self._visit(top):
                self._done.add(extent)

    def _visit(self, top: Any) -> bool:
        """Whether every call in a declaration is resolved: it need not be read again."""
        whole = True
        for cursor in top.walk_preorder():
            kind = cursor.kind.name
            if kind == "CALL_EXPR":
                whole &= self._take(cursor)
            elif kind in _FUNCTIONS:
                owner = cursor.semantic_parent
                if owner is not None and owner.kind.name in _CLASSES:
                    self.owners[cursor.spelling].add(owner.spelling)
        return whole

    def _take(self, call: Any) -> bool:
        meant = call.referenced
        if meant is None or not meant.spelling:
            return False
        for path, offset, line in self._names(call, meant.spelling):
            if (path, offset) in self._seen:
                break
            self._seen.add((path, offset))
            self.told.add((meant.spelling, (path, line)))
            if self.own(meant.location):
                self.meant[meant.spelling].add((path, line))
                for owner in _above(meant):
                    self.meant[f"{owner}.{meant.spelling}"].add((path, line))
            break
        return True

    def _names(self, call: Any, name: str) -> Iterator[tuple[str, int, int]]:
        """Where the name of a call is written."""
        locations = [call.location]
        first = next(iter(call.get_children()), None)
        while first is not None:
            locations.append(first.location)
            first = next(iter(first.get_children()), None) if first.spelling == name else None
        for location in locations:
            path = self.own(location)
            if path and self.written(path, location.offset, name):
                yield path, location.offset, location.line


def _above(method: Any) -> set[str]:
    """The classes of a method and of those that it overrides."""
    found: set[str] = set()
    level = [method]
    while level:
        one = level.pop()
        parent = one.semantic_parent
        if parent is not None and parent.kind.name in _CLASSES:
            found.add(parent.spelling)
        level += _overridden(one)
    return found


def _overridden(method: Any) -> list[Any]:
    from ctypes import POINTER, byref, c_uint

    from clang import cindex

    library = cindex.conf.lib
    table, number = POINTER(cindex.Cursor)(), c_uint()
    library.clang_getOverriddenCursors(method, byref(table), byref(number))
    found = [
        cindex.Cursor.from_cursor_result(table[i], None, (method,)) for i in range(number.value)
    ]
    return [one for one in found if one is not None]


def clang(root: Path, draw: random.Random, number: int, options: argparse.Namespace) -> Truth:
    """As `others`, but callers by clang: of names that are tagged once, and of `Class::method`s."""
    from clang import cindex

    truth = others(root, draw, number, options)
    truth.oracle = "ctags, tokens, clang"
    tags = _tags(root)
    tokens = _tokens(root, tags, set(tags.defined) | set(tags.declared))
    calls = Calls(root)
    index = cindex.Index.create()
    arguments = [*_arguments(root, tags.paths), "-x", "c" if tags.language == "c" else "c++"]
    for path in sorted(tags.paths):
        calls.read(index.parse(str(root / path), arguments, options=_KEEP_GOING))
    single = [n for n in tags.defined if tags.tagged[n] == 1 and len(n) > 3 and not tags.types[n]]
    namesakes = [
        f"{owner}.{name}" for name, owners in calls.owners.items() for owner in owners
        if len(owners) > 1 and tags.types[owner] == 1 and name.isidentifier() and name != owner
    ]  # fmt: skip
    asked = _sample([n for n in single if calls.meant.get(n)], draw, number)
    asked += _sample([n for n in namesakes if calls.meant.get(n)], draw, number)
    truth.places["find_callers"] = {
        n: {truth.function_at(*place) for place in calls.meant[n]} for n in asked
    }
    for asked_name, wanted in truth.places["find_callers"].items():
        name = asked_name.rpartition(".")[2]
        untold = {place for place, _ in tokens.get(name, ()) if (name, place) not in calls.told}
        truth.untold[asked_name] = {truth.function_at(*place) for place in untold} - wanted
    return truth


def _arguments(root: Path, paths: Iterable[str]) -> list[str]:
    found = subprocess.run(
        ["clang", "-print-resource-dir"], capture_output=True, text=True, check=True
    )
    folders = {root}
    for path in paths:
        folders |= {root / part for part in Path(path).parents}
    named = [f for f in folders if f.name in ("include", "src")]
    return ["-resource-dir", found.stdout.strip(), f"-I{root}", *(f"-I{f}" for f in sorted(named)),
            *(f"-iquote{f}" for f in sorted(folders))]  # fmt: skip

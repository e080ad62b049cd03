"""Python's own `ast` against codeask, over a folder: `python bench/python_oracle.py FOLDER`.

Facts: classes, functions, bases and decorators of every file that `ast` can parse must be the same
(prints missed and extra, exits 1 where there are any). Tools: for random classes and functions,
precision and recall of `find_subclasses`, `list_members` and `find_callers` against a plain reading
of the syntax trees by last name (an import alias resolved in its file), which knows no types: so
places that codeask marks uncertain are counted apart, and callers are compared for names that are
defined once only. Not covered: qualified names and what imports tell apart.
"""

from __future__ import annotations

import argparse
import ast
import random
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codeask.executors.catalog import ToolCall
from codeask.executors.repository import Repository
from codeask.executors.run import run_tool
from codeask.executors.syntax import FileFacts

Place = tuple[str, int]
Fact = tuple[str, str, int, str]  # sort, path, line, what
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass
class Reading:
    """What the syntax trees of all files say, by last name."""

    facts: Counter[Fact] = field(default_factory=Counter)
    classes: dict[str, list[Place]] = field(default_factory=dict)
    functions: dict[str, list[Place]] = field(default_factory=dict)
    subclasses: dict[str, set[Place]] = field(default_factory=dict)
    methods: dict[Place, list[str]] = field(default_factory=dict)
    calls: dict[str, set[Place]] = field(default_factory=dict)


def squeeze(text: str) -> str:
    """Text without blanks, quotes' style and type arguments, as both sides compare it."""
    return re.sub(r"[\s()]", "", re.split(r"[\[<(]", text, maxsplit=1)[0])


def dotted(node: ast.expr) -> str:
    """A base or decorator without its arguments: `models.Model`."""
    while isinstance(node, (ast.Subscript, ast.Call)):
        node = node.value if isinstance(node, ast.Subscript) else node.func
    return squeeze(ast.unparse(node))


def read_file(reading: Reading, path: str, tree: ast.Module) -> None:
    """Adds one file's syntax tree to the reading."""
    aliases = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            _read_class(reading, path, node, aliases)
        elif isinstance(node, FUNCTIONS):
            reading.facts["function", path, node.lineno, node.name] += 1
            reading.functions.setdefault(node.name, []).append((path, node.lineno))
        elif isinstance(node, ast.Call):
            called, line = _called(node)
            reading.calls.setdefault(aliases.get(called, called), set()).add((path, line))
        if isinstance(node, (ast.ClassDef, *FUNCTIONS)):
            for mark in node.decorator_list:
                reading.facts["decorator", path, node.lineno, dotted(mark)] += 1
                if not isinstance(mark, ast.Call):
                    name = dotted(mark).rpartition(".")[2]
                    place = (path, mark.end_lineno or mark.lineno)
                    reading.calls.setdefault(aliases.get(name, name), set()).add(place)


def _read_class(reading: Reading, path: str, node: ast.ClassDef, aliases: dict[str, str]) -> None:
    place = (path, node.lineno)
    reading.facts["class", path, node.lineno, node.name] += 1
    reading.classes.setdefault(node.name, []).append(place)
    reading.methods[place] = list(dict.fromkeys(_methods(node.body)))
    for base in node.bases:
        if isinstance(base, ast.Starred):
            continue
        name = dotted(base)
        reading.facts["base", path, node.lineno, name] += 1
        last = name.rpartition(".")[2]
        reading.subclasses.setdefault(aliases.get(last, last), set()).add(place)


def _methods(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Names of the functions of a class body, those in `if` and `try` blocks included."""
    for node in body:
        if isinstance(node, FUNCTIONS):
            yield node.name
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.For)):
            yield from _methods([n for n in ast.iter_child_nodes(node) if isinstance(n, ast.stmt)])


def _called(node: ast.Call) -> tuple[str, int]:
    """Last name of what is called, and the line that name stands on."""
    line = node.func.end_lineno or node.lineno
    if isinstance(node.func, ast.Name):
        return node.func.id, line
    return (node.func.attr, line) if isinstance(node.func, ast.Attribute) else ("", line)


def our_facts(facts: FileFacts) -> Iterator[Fact]:
    """The same four sorts of facts, as codeask's Python adapter gives them."""
    for one in facts.definitions:
        if one.kind not in ("class", "function", "method", "property"):
            continue
        sort = "class" if one.kind == "class" else "function"
        yield sort, facts.path, one.line, one.name
        for base in one.bases:
            yield "base", facts.path, one.line, squeeze(base.name)
        for mark in one.decorators:
            yield "decorator", facts.path, one.line, squeeze(mark)


def compare_facts(repository: Repository) -> tuple[Reading, bool]:
    """Prints missed and extra facts; the reading, and whether there were none of either."""
    reading, ours, unread = Reading(), Counter[Fact](), 0
    for path, entry in sorted(repository.listing().files.items()):
        source = repository.read(path) if entry.language == "python" else None
        if source is None:
            continue
        try:
            tree = ast.parse(source.data)
        except (SyntaxError, ValueError):
            unread += 1
            continue
        read_file(reading, path, tree)
        facts = repository.facts(entry, source)
        if facts is not None:
            ours.update(our_facts(facts))
    missed, extra = reading.facts - ours, ours - reading.facts
    for sort in ("class", "function", "base", "decorator"):
        total, lost, more = (
            sum(n for fact, n in facts.items() if fact[0] == sort)
            for facts in (reading.facts, missed, extra)
        )
        print(f"{sort:10} {total:7} by ast   {lost:4} missed   {more:4} extra")
    print(f"files that ast cannot parse: {unread}")
    for title, facts in (("missed", missed), ("extra", extra)):
        for sort, path, line, what in sorted(facts)[:20]:
            print(f"  {title}: {sort} {what} {path}:{line}")
    return reading, not missed and not extra


def found(repository: Repository, tool: str, name: str, **more: str) -> tuple[set[Place], int]:
    """The certain places of a tool's answer, and how many uncertain ones there are."""
    call = ToolCall(tool, {"name": name, **more})
    result = run_tool(call, repository, timeout=120, max_matches=1_000_000)
    certain = {(m.path, m.line) for m in result.matches if m.certain}
    return certain, len({(m.path, m.line) for m in result.matches} - certain)


@dataclass
class Score:
    """Precision and recall summed over names; the misses are kept to be read."""

    title: str
    right: int = 0
    wanted: int = 0
    given: int = 0
    uncertain: int = 0
    names: int = 0
    slips: list[str] = field(default_factory=list)

    def add(self, name: str, ours: set[Place], theirs: set[Place], uncertain: int = 0) -> None:
        """Counts one name's answer."""
        self.names += 1
        self.right += len(ours & theirs)
        self.given += len(ours)
        self.wanted += len(theirs)
        self.uncertain += uncertain
        self.slips += [f"{name}: missed {p}:{n}" for p, n in sorted(theirs - ours)[:3]]
        self.slips += [f"{name}: extra {p}:{n}" for p, n in sorted(ours - theirs)[:3]]

    def show(self, slips: int) -> None:
        """Prints the score and the first slips."""
        precision = self.right / self.given if self.given else 1.0
        recall = self.right / self.wanted if self.wanted else 1.0
        print(f"{self.title:16} {self.names:4} names   precision {precision:.4f}   "
              f"recall {recall:.4f}   ({self.wanted} places, {self.uncertain} marked uncertain)")  # fmt: skip
        for slip in self.slips[:slips]:
            print(f"  {slip}")


def sample(names: Iterable[str], number: int, seed: int) -> list[str]:
    """`number` of the names, the same for the same seed."""
    ordered = sorted(names)
    return random.Random(seed).sample(ordered, min(number, len(ordered)))


def compare_tools(repository: Repository, reading: Reading, arguments: argparse.Namespace) -> None:
    """Prints the scores of the three tools over random names that are defined once."""
    once = {name for name, places in reading.classes.items() if len(places) == 1}
    bases = {name for name in once if name in reading.subclasses}
    subclasses = Score("find_subclasses")
    for name in sample(bases, arguments.names, arguments.seed):
        subclasses.add(name, *_with(found(repository, "find_subclasses", name),
                                    reading.subclasses[name]))  # fmt: skip
    members = Score("list_members")
    once -= {name for name in once if name in reading.functions}
    for name in sample(once, arguments.names, arguments.seed):
        call = ToolCall("list_members", {"name": name, "kind": "method"})
        more = ToolCall("list_members", {"name": name, "kind": "property"})
        ours = {
            (m.name.rpartition(".")[2], 0)
            for one in (call, more)
            for m in run_tool(one, repository, max_matches=1_000_000).matches
        }
        members.add(name, ours, {(m, 0) for m in reading.methods[reading.classes[name][0]]})
    callers = Score("find_callers")
    single = {n for n, p in reading.functions.items() if len(p) == 1 and n in reading.calls}
    for name in sample(single - set(reading.classes), arguments.names, arguments.seed):
        callers.add(name, *_with(found(repository, "find_callers", name), reading.calls[name]))
    for score in (subclasses, members, callers):
        score.show(arguments.slips)


def _with(answer: tuple[set[Place], int], theirs: set[Place]) -> tuple[set[Place], set[Place], int]:
    return answer[0], theirs, answer[1]


def main() -> int:
    """Runs the comparison; 1 where a fact is missed or extra."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--names", type=int, default=40, help="random names a tool (0: facts only)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--slips", type=int, default=10, help="slips to print a tool")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", SyntaxWarning)  # of the code that is read
    repository = Repository(arguments.folder)
    reading, same = compare_facts(repository)
    if arguments.names:
        compare_tools(repository, reading, arguments)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())

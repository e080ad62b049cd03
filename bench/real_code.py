"""Questions about code that nobody here wrote, checked against what `ast`, grep or reading says.

    python bench/real_code.py django=DIR flask=DIR rxjs=DIR gin=DIR

The folders are the unpacked sources of Django 5.2 and flask 3.1.3 (PyPI), rxjs 7.8.2 (npm) and
golang-github-gin-gonic-gin-dev 1.8.1 (Debian; the folder `gin`). Each question is asked through the
router; the expected places are computed here from Python's `ast`, or were read in the sources.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from codeask.assistant import Assistant
from codeask.executors.results import ToolResult

Check = Callable[[Path, ToolResult], bool]


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a codebase, the tool that should answer it, and a check of the answer."""

    codebase: str
    text: str
    tool: str
    check: Check


def lines(*expected: str) -> Check:
    """Exactly these `path:line` places, in any order."""
    return lambda root, result: {f"{m.path}:{m.line}" for m in result.matches} == set(expected)


def first(expected: str) -> Check:
    """The first place is this one."""
    return lambda root, r: (
        bool(r.matches) and f"{r.matches[0].path}:{r.matches[0].line}" == expected
    )


def fact(key: str, expected: object) -> Check:
    """The scalar answer `facts[key]`."""
    return lambda root, result: result.facts.get(key) == expected


def nodes(root: Path, folder: str) -> Iterator[tuple[str, ast.AST]]:
    """(relative path, node) of every syntax node below a folder."""
    for path in sorted((root / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            yield str(path.relative_to(root)), node


def by_ast(folder: str, accept: Callable[[ast.AST], bool]) -> Check:
    """The places of all nodes that `accept` takes, found by Python's own parser."""

    def check(root: Path, result: ToolResult) -> bool:
        expected = {f"{p}:{getattr(n, 'lineno', 0)}" for p, n in nodes(root, folder) if accept(n)}
        return bool(expected) and {f"{m.path}:{m.line}" for m in result.matches} == expected

    return check


def raises(name: str) -> Callable[[ast.AST], bool]:
    """`raise NAME` and `raise NAME(…)`."""

    def accept(node: ast.AST) -> bool:
        raised = node.exc if isinstance(node, ast.Raise) else None
        raised = raised.func if isinstance(raised, ast.Call) else raised
        return isinstance(raised, ast.Name) and raised.id == name

    return accept


def decorated(name: str) -> Callable[[ast.AST], bool]:
    """Functions with the plain decorator `@name`."""
    return lambda n: (
        isinstance(n, ast.FunctionDef)
        and any(isinstance(d, ast.Name) and d.id == name for d in n.decorator_list)
    )


def derives(name: str) -> Callable[[ast.AST], bool]:
    """Classes with the base `name`."""
    return lambda n: (
        isinstance(n, ast.ClassDef)
        and any(isinstance(b, ast.Name) and b.id == name for b in n.bases)
    )


def nodes_in(root: Path, name: str) -> set[ast.AST]:
    """The functions in the body of a class of flask's sessions.py."""
    tree = ast.parse((root / "src/flask/sessions.py").read_bytes())
    found = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name)
    return {n for n in found.body if isinstance(n, ast.FunctionDef)}


QUESTIONS = (
    Question("django", "where is get_object_or_404 defined?", "find_definition",
             lines("django/shortcuts.py:69")),
    Question("django", "who calls get_object_or_404, excluding tests?", "find_callers",
             lines("django/contrib/flatpages/views.py:37", "django/contrib/flatpages/views.py:41")),
    Question("django", "which classes in django/core/management/commands subclass BaseCommand?",
             "find_subclasses",
             by_ast("django/core/management/commands", derives("BaseCommand"))),
    Question("django", "where is ImproperlyConfigured raised in django/core?", "find_raises",
             by_ast("django/core", raises("ImproperlyConfigured"))),
    Question("django", "what does ModelForm inherit from?", "find_superclasses",
             fact("names", ["BaseModelForm"])),
    Question("flask", "list the methods decorated with @setupmethod", "list_symbols",
             by_ast("src", decorated("setupmethod"))),
    Question("flask", "what are the methods of SessionInterface?", "list_members",
             lambda root, r: {m.line for m in r.matches}
             == {getattr(n, "lineno", 0) for n in nodes_in(root, "SessionInterface")}),
    Question("flask", "which python version do we need?", "list_dependencies",
             first("pyproject.toml:22")),
    Question("flask", "\"Working outside of application context\" where is this message?",
             "search_text",
             lambda root, r: ("src/flask/globals.py", 18) in {(m.path, m.line) for m in r.matches}),
    Question("rxjs", "which classes extend Observable in src/internal?", "find_subclasses",
             lambda root, r: {"Subject", "ConnectableObservable", "ColdObservable"}
             <= {m.name for m in r.matches}),
    Question("rxjs", "show me the signature of isFunction", "show_symbol",
             first("src/internal/util/isFunction.ts:5")),
    Question("gin", "which types implement the Binding interface?", "find_subclasses",
             lambda root, r: {m.name for m in r.matches} == {
                 "formBinding", "formMultipartBinding", "formPostBinding", "headerBinding",
                 "jsonBinding", "msgpackBinding", "protobufBinding", "queryBinding", "tomlBinding",
                 "xmlBinding", "yamlBinding", "BindingBody"}),
    Question("gin", "where is fullPath set in context.go?", "find_writes",
             lines("context.go:99")),
    Question("flask", "where are the session cookies signed?", "locate",
             lambda root, r: any(m.path == "src/flask/sessions.py" for m in r.matches[:3])),
)  # fmt: skip


def main() -> int:
    folders = dict(argument.split("=", 1) for argument in sys.argv[1:])
    wrong = 0
    for question in QUESTIONS:
        if question.codebase not in folders:
            continue
        root = Path(folders[question.codebase])
        answer = Assistant(root).ask(question.text)
        routed = answer.route.call.tool == question.tool
        right = routed and answer.result is not None and question.check(root, answer.result)
        wrong += not right
        shown = answer.result.total if answer.result else 0
        verdict = "right" if right else "WRONG"
        print(f"{verdict}  {question.codebase:7}{answer.route.call.tool:18}{shown:4} places  "
              f"{question.text}")  # fmt: skip
        if not right:
            print(f"       {dict(answer.route.call.arguments)}: {answer.text[:120]}")
    print(f"{len(QUESTIONS) - wrong} of {len(QUESTIONS)} right")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())

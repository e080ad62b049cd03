"""Clauses: what they say of code in several languages, and that nothing in them is invented."""

from __future__ import annotations

from dataclasses import replace

import pytest
from codeask.distill.worded import worded
from codeask.executors.catalog import ToolCall
from codeask.executors.results import Match, ToolResult
from codeask.formatter.clauses import Clause, clauses
from codeask.formatter.plain import _told, chosen_clauses, sentences
from codeask.formatter.reading import parts
from codeask.formatter.selector import Selector, pick, sides, stems
from codeask.formatter.verify import Verifier

PYTHON = '''def load(path, *, strict=False):
    """Read settings from a file. Missing files are empty."""
    # An empty file counts as missing.
    if not path.exists():
        return {}
    data = parse(path.read_text())
    if strict and data.unknown:
        raise UnknownKey(data.unknown)
    self.cache[path] = data
    def later():
        return "never of load"
    return data'''
GO = """// Open dials the server. It retries twice.
func (c *Client) Open(ctx context.Context, host string) error {
	if host == "" {
		return ErrNoHost
	}
	c.conn = dial(ctx, host)
	return nil
}"""
RUST = """/// Opens the file.
pub fn open(path: &Path) -> Result<File> {
    if path.is_dir() {
        return Err(Error::IsDir);
    }
    File::open(path)
}"""


def result_of(text: str, name: str, tool: str = "explain", **facts: object) -> ToolResult:
    match = Match("a/b.x", 7, 20, name, "function", text, "definition")
    arguments = {"query": name, "name": name} if tool == "explain" else {"query": name}
    return ToolResult(ToolCall(tool, arguments), "ok", (match,), 1, facts)  # type: ignore[arg-type]


def told(text: str, name: str, question: str = "") -> list[str]:
    return [clause.cited for clause in clauses(result_of(text, name), question)]


def test_clauses_of_a_python_function() -> None:
    assert told(PYTHON, "load", "when is the cache set") == [
        "`load` (function, a/b.x:7): Read settings from a file [1].",
        "Of `load` it is written: “Missing files are empty” [1].",
        "A comment in `load` says: “An empty file counts as missing” [1].",
        "`load` takes `path` and `strict=False` [1].",
        "`load` returns `{}` or `data` [1].",
        "`load` raises `UnknownKey` under `if strict and data.unknown` [1].",
        "In `load`, `self.cache[path]` is set to `data` [1].",
        "`load` calls `path.exists`, `parse` and `path.read_text` [1].",
        "Under `if not path.exists()`, `load` returns `{}` [1].",
        "Under `if strict and data.unknown`, `load` has `raise UnknownKey(data.unknown)` [1].",
        "`load` has the line `self.cache[path] = data` [1].",
    ]


def test_what_a_place_is_is_said_in_a_sentence() -> None:
    def first(name: str, kind: str, role: str, *, certain: bool = True) -> str:
        match = Match("a/b.x", 7, 20, name, kind, "", role, certain)  # type: ignore[arg-type]
        return clauses(ToolResult(ToolCall("locate", {"query": "q"}), "ok", (match,), 1))[0].cited

    method = first("Transport.auth_password", "method", "relevant")
    assert method == "`auth_password` is a method of `Transport` (a/b.x:7) [1]."
    assert first("run", "method", "definition") == "`run` is a method (a/b.x:7) [1]."
    assert first("Kind", "enum", "relevant", certain=False) == (
        "`Kind` is possibly an enum (a/b.x:7) [1]."
    )
    assert first("tick", "method", "call") == "One place is in `tick` (method, a/b.x:7) [1]."
    assert first("f", "comment", "relevant").startswith("`f` is a comment")
    assert first("", "", "relevant") == "One place is `a/b.x` [1]."


def test_where_it_is_led_by_the_name() -> None:
    match = Match("a/b.x", 7, 9, "Transport.auth_password", "method", "", "relevant")
    call = ToolCall("locate", {"query": "password login"})
    said = sentences(ToolResult(call, "ok", (match,), 1), "where is password login")
    assert said == "The likeliest place is `auth_password`, a method of `Transport` (a/b.x:7) [1]."
    match = replace(match, name="tick", role="call")
    said = sentences(ToolResult(call, "ok", (match,), 1), "where is password login")
    assert said == "The likeliest place is in `tick` (method, a/b.x:7) [1]."


@pytest.mark.parametrize(
    "comment",
    [
        "TODO: move this into the server\n# TODO(ann): and this away from here",
        "FIXME this ought to be quicker",
        "pylint: disable=too-many-lines in this file",
        "Copyright (c) 2012 Some One, all of the rights",
        "SPDX-License-Identifier: MIT or another one",
        "nolint:staticcheck // because of the old one",
    ],
)
def test_notes_to_authors_linters_and_lawyers_are_not_told(comment: str) -> None:
    code, comments, docs = parts(f"# {comment}\ndef f():\n    # {comment}\n    return 1")
    assert (comments, docs) == ([], [])
    assert code == ["def f():", "    return 1"]


def test_what_stands_before_and_after_a_note_is_told() -> None:
    text = (
        "# Adapted from the old server. TODO: drop it.\n#\n# It keeps the connection open.\nx = 1"
    )
    assert parts(text)[2] == ["Adapted from the old server.", "It keeps the connection open."]
    assert parts("# The todo list is kept in memory.\nx = 1")[2] == [
        "The todo list is kept in memory."
    ]


def test_there_is_said_only_of_the_place_just_told() -> None:
    matches = (
        Match(
            "a.py",
            1,
            9,
            "first",
            "function",
            "def first():\n    # It waits for the lock.\n    x",
            "relevant",
        ),
        Match("a.py", 20, 29, "second", "function", "def second():\n    go()", "relevant"),
    )
    result = ToolResult(ToolCall("explain", {"query": "q"}), "ok", matches, 2)
    made = {(c.kind, c.index): c for c in clauses(result)}
    first, second, comment = made["head", 0], made["head", 1], made["comment", 0]
    assert _told([second, comment], cite=True)[1] == (
        "A comment in `first` says: “It waits for the lock” [1]."
    )
    assert _told([first, comment], cite=True)[1] == (
        "A comment there says: “It waits for the lock” [1]."
    )


def test_a_text_that_begins_with_another_definition() -> None:
    text = "function prefetch(url: string) {\n  go(url)\n}\n\nfunction abort(id: number) {\n  stop(id)\n}"
    match = Match("a.js", 5, 7, "abort", "function", text, "relevant")
    result = ToolResult(ToolCall("locate", {"query": "q"}), "ok", (match,), 1)
    assert not any(clause.kind == "takes" for clause in clauses(result))


def test_a_variable_called_fn_or_type_begins_no_function() -> None:
    text = "def parser(val):\n    if val == 'simple':\n        fn = parse\n        type = val\n    return fn"
    assert "Under `if val == 'simple'`, `parser` has `fn = parse` [1]." in told(
        text, "parser", "what if it is simple"
    )


def test_an_inner_docstring_is_not_the_class_s() -> None:
    inner = 'class Finder(Base):\n    broken = old[:2]\n\n    def find(self):\n        """Never of Finder itself."""'
    assert parts(inner, "Finder")[2] == []
    header = 'async def find(\n    self, name: str = ":",\n) -> dict[str, int]:\n    """Finds it by name."""'
    assert parts(header, "find")[2] == ["Finds it by name."]
    decorated = '@cached\ndef find():\n    """Finds it by name."""\n    return 1'
    assert parts(decorated, "find")[2] == ["Finds it by name."]
    branch = 'def find():\n    if old:\n        """no documentation at all"""'
    assert parts(branch, "find")[2] == []


def test_whether_it_exists_is_led_by_yes() -> None:
    def yes(role: str, text: str = "") -> str:
        match = Match("a/b.x", 7, 9, "check", "method", text, role)  # type: ignore[arg-type]
        call = ToolCall("locate", {"query": "checks", "mode": "exists"})
        return sentences(ToolResult(call, "ok", (match,), 1, {"exists": True}), "is it checked")

    assert yes("relevant") == "Yes, see `check`, a method (a/b.x:7) [1]."
    assert yes("call") == "Yes, in `check` (method, a/b.x:7) [1]."
    documented = yes("relevant", 'def check():\n    """Checks it at once."""')
    assert documented.startswith("Yes: `check` (method, a/b.x:7): Checks it at once [1].")


def test_a_comment_that_was_found_is_told_as_one() -> None:
    match = Match("a.py", 7, 8, "S.send", "comment", "# Set defaults for the hooks.", "relevant")
    result = ToolResult(ToolCall("explain", {"query": "q"}), "ok", (match,), 1)
    assert clauses(result)[0].cited == (
        "A comment at `send` (a.py:7) says: “Set defaults for the hooks” [1]."
    )


def test_clauses_of_go_and_rust() -> None:
    go = told(GO, "Client.Open")
    assert go[0] == "`Client.Open` (function, a/b.x:7): Open dials the server [1]."
    assert "`Open` takes `ctx context.Context` and `host string` [1]." in go
    assert "`Open` returns `ErrNoHost` or `nil` [1]." in go
    assert "In `Open`, `c.conn` is set to `dial(ctx, host)` [1]." in go
    assert 'Under `if host == ""`, `Open` returns `ErrNoHost` [1].' in go
    rust = told(RUST, "open")
    assert rust[0] == "`open` (function, a/b.x:7): Opens the file [1]."
    assert "Under `if path.is_dir()`, `open` returns `Err(Error::IsDir)` [1]." in rust


def test_what_belongs_to_an_inner_function_is_not_said_of_the_outer() -> None:
    assert not any("never of load" in text for text in told(PYTHON, "load", "never load"))


def test_facts_of_the_tool_are_told() -> None:
    result = result_of("def f()", "f", calls=["g", "h"], called_by=["main"], raises=["Oops"])
    texts = [clause.cited for clause in clauses(result)]
    assert texts[:3] == [
        "`f` calls `g` and `h` [1].", "`f` is called by `main` [1].", "`f` raises `Oops` [1].",
    ]  # fmt: skip


def test_a_text_is_taken_apart() -> None:
    code, comments, docs = parts(PYTHON)
    assert docs == ["Read settings from a file.", "Missing files are empty."]
    assert comments == ["An empty file counts as missing."]
    assert code[0] == "def load(path, *, strict=False):"
    assert parts("/** Adds. */\nfunction add() {}")[2] == []  # two words say nothing
    assert parts(GO)[2] == ["Open dials the server.", "It retries twice."]


def test_no_chosen_clause_of_any_trace_is_invented() -> None:
    made = wrong = 0
    for row in worded()[::3]:
        verifier = Verifier(row.question, row.result)
        for clause in clauses(row.result, row.question):
            made += 1
            wrong += not verifier.check(clause.cited).verified
    assert made > 2500
    assert wrong / made < 0.005  # sentences put together over a gap; never chosen:
    for row in worded()[::10]:
        verifier = Verifier(row.question, row.result)
        for clause in chosen_clauses(row.result, row.question):
            assert verifier.check(clause.cited).verified


def test_the_selector_answers_the_question() -> None:
    selector = Selector()
    result = result_of(PYTHON, "load")
    first = {
        question: [clause.kind for clause in selector.choose(question, result)]
        for question in ("what exceptions does load raise", "what does load return")
    }
    assert all(kinds[0] == "doc" for kinds in first.values())
    assert "raises" in first["what exceptions does load raise"]
    assert "returns" in first["what does load return"]
    assert all(len(kinds) <= 4 for kinds in first.values())


def test_the_selector_is_nearer_to_the_teacher_than_a_fixed_order() -> None:
    selector, ours, fixed, rows = Selector(), 0.0, 0.0, 0
    for row in worded():
        if row.split != "test" or row.result.call.tool not in ("explain", "locate"):
            continue
        if not row.result.matches:
            continue
        rows += 1
        made = clauses(row.result, row.question)
        theirs = set(stems(row.answer)) - set(stems(row.question))

        def f1(text: str, theirs: set[str] = theirs, question: str = row.question) -> float:
            said = set(stems(text)) - set(stems(question))
            return 2 * len(said & theirs) / (len(said) + len(theirs) or 1)

        chosen = pick(
            made, selector.scores(row.question, row.result, made), selector.least, sides(row.result)
        )
        ours += f1(" ".join(clause.text for clause in chosen))
        order = [c for c in made if c.order == 0][:2] + [c for c in made if c.index == 0][1:3]
        fixed += f1(" ".join(clause.text for clause in order))
    assert rows > 100
    assert ours > 1.05 * fixed


@pytest.mark.parametrize(
    ("text", "name", "kind", "wrong"),
    [
        ("class LookupDict(dict[str, _VT]):", "LookupDict", "class", "`dict[str`"),
        (
            "public class Policy(\n  private val attempts: Int\n) : Base {",
            "Policy",
            "class",
            "extends",
        ),
        ("onStop: ((n: Note<any>) => void) | null", "onStop", "property", " is `"),
        ("@Confined(UI)\nvoid run() {\n  go();\n}", "run", "method", "Confined"),
        ("function f() {\n  throw new \\TypeError('x');\n}", "f", "function", "`new`"),
        ("def _next():\n    raise Empty()", "get", "method", "raises"),
        ("def call(env)\n  raise unless retry?\nend", "call", "method", "raises"),
    ],
)
def test_what_looks_like_a_fact_and_is_none(text: str, name: str, kind: str, wrong: str) -> None:
    match = Match("a/b.x", 7, 20, name, kind, text, "definition")
    result = ToolResult(ToolCall("locate", {"query": name}), "ok", (match,), 1)
    assert not any(wrong in clause.cited for clause in clauses(result) if clause.kind != "line")


@pytest.mark.parametrize("mark", ["// ", "# "])
def test_a_comment_that_stood_above_a_definition_is_its_documentation(mark: str) -> None:
    text = (
        f"func Strip(next Handler) Handler\n{mark}Strip is a middleware that takes the last slash\n"
        f"{mark}away. It never redirects.\n\t{mark}the path as it was asked for\n\tpath := read()\n"
    )
    match = Match("a.go", 4, 9, "Strip", "function", text, "relevant")
    found = clauses(ToolResult(ToolCall("locate", {"query": "strip slashes"}), "ok", (match,), 1))
    told = {
        clause.kind: clause.text for clause in found if clause.kind in ("doc", "more", "comment")
    }
    assert told["doc"].endswith(": Strip is a middleware that takes the last slash away.")
    assert "“It never redirects”" in told["more"]
    assert "“the path as it was asked for”" in told["comment"]


def test_a_place_of_which_more_is_said_is_introduced() -> None:
    made = [
        Clause("doc", 0, 0, "`a` (function, a:1): Formats sizes.", "Formats sizes"),
        Clause("calls", 0, 1, "`a` calls `b`.", "b"),
        Clause("head", 1, 0, "`c` is a function (c:1).", "c"),
        Clause("calls", 1, 1, "`c` calls `d`.", "d"),
        Clause("head", 2, 0, "`e` is a function (e:1).", "e"),
    ]
    scores = [0.1, 0.5, 0.9, 0.6, 0.4]
    assert [(c.kind, c.index) for c in pick(made, scores, 0.3)] == [
        ("head", 1), ("calls", 1), ("doc", 0), ("calls", 0),
    ]  # fmt: skip


def test_a_comment_behind_the_first_line_of_a_body_documents_nothing() -> None:
    body = (
        "var options = { ...given };\n\n// set the cache unless it is given\nif (x) {\n  go();\n}"
    )
    assert parts(body, "render")[1:] == (["set the cache unless it is given"], [])


@pytest.mark.parametrize(
    "header", ["async def f(x) -> None", "class F(Base)", "def f(x):", "def f(\n    x,\n):"]
)
def test_a_docstring_below_a_signature_is_documentation(header: str) -> None:
    text = f'{header}\n    """\n    Sends a frame and waits.\n    """\n    assert x\n'
    assert parts(text, "f" if "def" in header else "F")[2] == ["Sends a frame and waits."]

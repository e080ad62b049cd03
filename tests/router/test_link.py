"""Linking: typed words to names that exist, never to one that does not."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest
from codeask.executors import grep
from codeask.executors.catalog import ToolCall
from codeask.executors.index import Index
from codeask.executors.repository import Repository
from codeask.executors.run import run_tool
from codeask.router.link import (
    GrepLinker,
    IndexLinker,
    absent_name,
    link_call,
    link_name,
    linker_for,
)


class Names:
    """A repository that is only its names."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def has_word(self, word: str) -> bool:
        return word in self._names

    def same_letters(self, words: str) -> Sequence[str]:
        def letters(text: str) -> str:
            return re.sub(r"[\W_]", "", text).lower()

        return [name for name in self._names if letters(name) == letters(words)]

    def defined_names(self) -> Collection[str]:
        return self._names


LINKER = Names("HTTPAdapter", "parse_args", "parseArgs", "SpiderLoggerAdapter", "send", "add")


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("HTTPAdapter", ("HTTPAdapter",)),
        ("http adapter", ("HTTPAdapter",)),
        ("parse args", ("parse_args", "parseArgs")),
        ("spider logger adaptor", ("SpiderLoggerAdapter",)),
        ("Session.send", ("Session.send",)),
        ("pars_args", ("parse_args", "parseArgs")),
        ("FluxCapacitor", ()),
        ("ad", ()),  # too short to guess at
    ],
)
def test_link_name(typed: str, names: tuple[str, ...]) -> None:
    assert link_name(typed, LINKER).names == names


def test_only_names_of_symbols_are_linked() -> None:
    call, links = link_call(
        ToolCall("find_callers", {"name": "http adapter", "path": "Send"}), LINKER
    )
    assert call == ToolCall("find_callers", {"name": "HTTPAdapter", "path": "Send"})
    assert [link.typed for link in links] == ["http adapter"]
    text = ToolCall("search_text", {"text": "http adapter"})
    assert link_call(text, LINKER) == (text, ())


def test_both_names_of_a_comparison_are_linked() -> None:
    call, links = link_call(ToolCall("compare", {"names": ("http adapter", "warp drive")}), LINKER)
    assert call == ToolCall("compare", {"names": ("HTTPAdapter", "warp drive")})
    assert [link.names for link in links] == [("HTTPAdapter",)]


def test_what_does_not_exist_stays_as_typed() -> None:
    call = ToolCall("find_callers", {"name": "flux capacitor"})
    assert link_call(call, LINKER) == (call, ())


@pytest.mark.parametrize(
    ("question", "arguments", "linked"),
    [
        ("what does init help cmd call, it is long", {"name": "init", "callee": "cmd"}, {"name": "InitHelpCmd"}),
        ("fields of the log writer", {"name": "log", "path": "writer"}, {"name": "LogWriter"}),
        ("the log writer context manager", {"name": "log writer context manager"}, {"name": "LogWriter"}),
        ("does send log anything", {"name": "send"}, {"name": "send"}),  # a name of its own
        ("who calls send, log writer aside", {"name": "log"}, {"name": "LogWriter"}),
        ("send. Log writer", {"name": "writer"}, {"name": "LogWriter"}),
        ("who calls it", {"name": "log"}, {"name": "log"}),  # said in the dialogue
    ],
)  # fmt: skip
def test_plain_words_are_taken_together(
    question: str, arguments: dict[str, str], linked: dict[str, str]
) -> None:
    names = Names("InitHelpCmd", "init", "LogWriter", "send", "sendLog", "log_it")
    call, _ = link_call(ToolCall("find_callees", arguments), names, question)
    assert dict(call.arguments) == linked


@pytest.mark.parametrize(
    ("question", "tool", "name", "absent"),
    [
        ("what is raised when authentication fails", "find_raises", "authentication", True),
        ("where is send raised", "find_raises", "send", False),  # defined here
        ("where is the halt exception raised", "find_raises", "halt", False),
        ("where is TimeoutError raised", "find_raises", "TimeoutError", False),
        ("who uses the session cookie", "find_references", "session cookie", True),
        ("who uses the http adapter", "find_references", "http adapter", False),
        ("who uses `warp drive`", "find_references", "warp drive", False),
        ("who calls the warp drive function", "find_callers", "warp drive", False),
        ("who calls frobnicate", "find_callers", "frobnicate", False),  # said to be a name
        ("where is the warp drive", "find_definition", "warp drive", False),
    ],
)
def test_plain_words_that_name_nothing(question: str, tool: str, name: str, absent: bool) -> None:
    call = ToolCall(tool, {"name": name})
    assert absent_name(call, question, LINKER) == (name if absent else "")
    assert absent_name(call.with_arguments(mode="exists"), question, LINKER) == ""


CODE = """class HTTPAdapter:
    def send_all(self): ...


def parse_args(): ...
"""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A folder of one module, which its index knows."""
    root = tmp_path / "repo"
    root.mkdir()
    (root / "net.py").write_text(CODE, "utf-8")
    made = Repository(root, Index(root, tmp_path / "cache"))
    run_tool(ToolCall("find_definition", {"name": "HTTPAdapter"}), made)
    made.settle()
    return made


def test_the_index_links_like_ripgrep_without_running_it(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold, warm = GrepLinker(repository.root), linker_for(repository)
    assert isinstance(warm, IndexLinker)
    typed = ("http adapter", "HTTPAdapter", "parseargs", "sendd_all", "parse_argz")
    wanted = [link_name(name, cold) for name in typed]
    assert [link.names for link in wanted] == [
        ("HTTPAdapter",), ("HTTPAdapter",), ("parse_args",), ("send_all",), ("parse_args",)
    ]  # fmt: skip
    monkeypatch.setattr(grep, "lines", lambda *_, **__: ())
    monkeypatch.setattr(grep, "contains", lambda *_, **__: False)
    assert [link_name(name, warm) for name in typed] == wanted
    assert link_name("flux capacitor", warm).names == ()


def test_what_is_new_since_the_index_is_found_by_ripgrep(repository: Repository) -> None:
    warm = linker_for(repository)
    (repository.root / "new.py").write_text("class FluxCapacitor: ...\n", "utf-8")
    assert link_name("flux capacitor", warm).names == ("FluxCapacitor",)


def test_what_is_gone_since_the_index_is_not_linked(repository: Repository) -> None:
    warm = linker_for(repository)
    (repository.root / "net.py").write_text("class Other: ...\n", "utf-8")
    assert link_name("http adapter", warm).names == ()
    assert link_name("parse_argz", warm).names == ()


def test_without_an_index_ripgrep_links(tmp_path: Path) -> None:
    assert type(linker_for(Repository(tmp_path))) is GrepLinker

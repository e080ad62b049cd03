"""The way of one question with a router that is given, and the configuration's precedence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from codeask.assistant import Assistant, Config
from codeask.assistant.assistant import Progress
from codeask.executors import grep
from codeask.executors.catalog import ToolCall
from codeask.executors.errors import DeadlineExceeded, RepositoryError, UsageError
from codeask.executors.results import Match
from codeask.router.dialogue import Turn
from codeask.router.router import Alternative, Route

SHOP = Path(__file__).resolve().parent.parent / "fixtures" / "shop"
CALLERS = ToolCall("find_callers", {"name": "price"})
REFERENCES = ToolCall("find_references", {"name": "Item"})
DECLINE = ToolCall("decline", {"reason": "general"})


@dataclass
class FakeRouter:
    """Gives one route to every question and remembers what it was asked."""

    given: Route
    asked: list[tuple[str, tuple[Turn, ...]]]

    def route(self, question: str, history: Sequence[Turn] = ()) -> Route:
        self.asked.append((question, tuple(history)))
        return self.given


def assistant(call: ToolCall, confidence: float, *others: ToolCall) -> Assistant:
    route = Route(call, confidence, tuple(Alternative(other, 0.2) for other in others))
    return Assistant(SHOP, FakeRouter(route, []))


def test_sure_route_is_run() -> None:
    answer = assistant(CALLERS, 0.9, REFERENCES).ask("who calls price")
    assert answer.text == "`price` is called in 3 places, 1 of them in tests."
    assert answer.also == ()
    assert answer.found
    assert set(answer.timings_ms) == {"route", "execute", "format"}


def test_history_reaches_the_router() -> None:
    router = FakeRouter(Route(CALLERS, 0.9), [])
    turn = Turn("where is price", ToolCall("find_definition", {"name": "price"}))
    Assistant(SHOP, router).ask(" who calls it ", [turn])
    assert router.asked == [("who calls it", (turn,))]


def test_unsure_route_is_widened_and_says_so() -> None:
    answer = assistant(CALLERS, 0.3, DECLINE, REFERENCES).ask("price?")
    assert answer.text.startswith(
        "It is not clear what is asked for (sure to 30%), so 'find_callers' and "
        "'find_references' were tried.\n`price` is called in 3 places"
    )
    assert answer.result is not None
    assert [r.call for r in (answer.result, *answer.also)] == [CALLERS, REFERENCES]


def test_the_reading_that_found_something_comes_first() -> None:
    nothing = ToolCall("find_callers", {"name": "no_such_name"})
    answer = assistant(nothing, 0.3, REFERENCES).ask("hm")
    assert answer.result is not None
    assert answer.result.call == REFERENCES


def test_sure_decline_looks_nothing_up() -> None:
    answer = assistant(DECLINE, 0.9, CALLERS).ask("what is a closure")
    assert answer.result is None
    assert not answer.found
    assert not answer.failed


@pytest.mark.parametrize("question", ["", "  \n", "x" * 2001])
def test_a_bad_question_is_refused(question: str) -> None:
    with pytest.raises(UsageError):
        assistant(CALLERS, 0.9).ask(question)


def test_a_missing_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError):
        Assistant(tmp_path / "nothing")


def test_precedence_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("threshold = 0.1\ntimeout = 1\nmax_matches = 5\n")
    environment = {"CODEASK_TIMEOUT": "2", "CODEASK_MAX_MATCHES": "6"}
    config = Config.load({"max_matches": 7, "timeout": None}, environment, file)
    assert config == Config(threshold=0.1, timeout=2.0, max_matches=7)
    assert Config.load({}, {}, tmp_path / "none.toml") == Config()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("treshold = 1", "did you mean 'threshold'?"),
        ("threshold = 2", "0 to 1"),
        ("timeout = 'x'", "above 0"),
        ("max_matches = 0", "whole number"),
        ("= nonsense", "not valid TOML"),
    ],
)
def test_a_wrong_configuration_is_told(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=words):
        Config.load({}, {}, file)


class StopAtFirst(Progress):
    """Stops the search when it has found one place."""

    def found(self, match: Match) -> None:
        super().found(match)
        self.stop()


def test_a_watch_sees_route_and_places() -> None:
    watch = Progress()
    answer = assistant(CALLERS, 0.9).ask("who calls price", watch=watch)
    assert watch.route is answer.route
    assert watch.sentences == [answer.text]
    assert answer.result is not None
    assert [(m.path, m.line) for m in watch.matches] == [
        (m.path, m.line) for m in answer.result.matches
    ]


def test_a_stopped_search_keeps_what_it_found() -> None:
    answer = assistant(CALLERS, 0.3, REFERENCES).ask("price?", watch=StopAtFirst())
    assert answer.result is not None
    assert answer.result.status == "timeout"
    assert len(answer.result.matches) == 1
    assert answer.also == ()
    assert "Stopped on request; this is what was found by then." in answer.text


def test_a_search_stopped_before_it_began_finds_nothing() -> None:
    watch = Progress()
    watch.stop()
    answer = assistant(CALLERS, 0.9).run(CALLERS, watch=watch)
    assert answer.result is not None
    assert (answer.result.status, answer.result.matches) == ("timeout", ())


def test_a_machine_too_busy_to_look_names_up_still_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object, **__: object) -> bool:
        raise DeadlineExceeded("ripgrep took longer than 2.0 s.")

    monkeypatch.setattr(grep, "contains", late)
    monkeypatch.setattr(grep, "lines", late)
    route = Assistant(SHOP).route("who calls price")
    assert route.call.tool == "find_callers"

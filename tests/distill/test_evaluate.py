"""Evaluation: what counts as right, what is invented, what was remembered, how systems compare."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from codeask.distill import evaluate as ev
from codeask.distill.renamed import Renaming, copy_renamed, made_up, renaming_of
from codeask.distill.systems import External, Ours, Outcome, parse_system
from codeask.executors.errors import UsageError
from codeask.executors.repository import Repository
from codeask.router.dialogue import Turn

ASKED = ev.Question(
    "q", "demo", "demo", "where is retry", "lookup", "locate", (("a.py", 10, "retry"),)
)


@pytest.mark.parametrize(
    ("kind", "outcome", "right"),
    [
        ("lookup", Outcome("x", (("a.py", 12, ""),), 1), True),
        ("lookup", Outcome("x", (("a.py", 90, "Client.retry"),), 1), True),
        ("lookup", Outcome("x", (("a.py", 90, "other"),), 1), False),
        ("lookup", Outcome("x", (("b.py", 10, "retry"),), 1), False),
        ("lookup", Outcome("x", (("b.py", 1, "n"),) * 10 + (("a.py", 10, "retry"),), 1), False),
        ("lookup", Outcome("no", declined=True), False),
        ("lookup", Outcome("", failed="down"), False),
        ("absent", Outcome("None found.", tools=1, found=False), True),
        ("absent", Outcome("Yes", (("a.py", 1, ""),), 1), False),
        ("refusal", Outcome("no", declined=True), True),
        ("refusal", Outcome("Sure!"), False),
    ],
)
def test_what_is_right(kind: str, outcome: Outcome, right: bool) -> None:
    assert ev.right(replace(ASKED, kind=kind), outcome) is right


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    (folder / "store").mkdir(parents=True)
    (folder / "store" / "order_book.py").write_text(
        "import logging\n\n\ndef place_order(item):\n    return check_stock(item)\n\n\n"
        "def check_stock(item):\n    logging.info('place_order %s', item)\n    return run(item)\n"
    )
    (folder / "main.py").write_text("from store.order_book import place_order\n\nplace_order(1)\n")
    return folder


def test_invented_names_and_paths_are_those_that_exist_nowhere(code: Path) -> None:
    claims = ev.Claims(code)
    assert claims.invented("`place_order` in store/order_book.py calls `check_stock`.", "") == []
    assert claims.invented("`place_orders` in store/orders.py, see `my_flag`", "my_flag?") == [
        "store/orders.py", "place_orders",
    ]  # fmt: skip


def test_a_renamed_copy_works_as_before_and_betrays_a_memory(code: Path, tmp_path: Path) -> None:
    renaming = renaming_of(Repository(code))
    assert set(renaming.names) >= {"place_order", "check_stock", "order_book"}
    assert "logging" not in renaming.names
    copy = copy_renamed(code, tmp_path / "copy", renaming)
    new = renaming.names["place_order"]
    assert renaming.paths["store/order_book.py"] != "store/order_book.py"
    moved = (copy / renaming.paths["store/order_book.py"]).read_text()
    assert f"def {new}(item)" in moved
    assert "import logging" in moved
    assert new in (copy / "main.py").read_text()
    asked = renaming.text("what does place_order do?")
    assert asked == f"what does {new} do?"
    assert renaming.remembered(f"`{new}` calls `check_stock`.", asked) == ["check_stock"]
    assert renaming.remembered("in store/order_book.py", asked)[0] == "store/order_book.py"
    assert renaming.remembered(f"`{new}` checks the stock.", asked) == []


def test_a_made_up_name_keeps_its_shape() -> None:
    for name in ("place_order", "PlaceOrder", "MAX_ITEMS", "_hidden_name", "parseHTTPBody"):
        other = made_up(name)
        assert other != name
        assert other == made_up(name)
        assert [c.isupper() for c in other][:1] == [c.isupper() for c in name][:1]
        assert other.count("_") == name.count("_")


@dataclass
class Fixed:
    """A system with one answer to everything."""

    name: str
    outcome: Outcome

    def ask(self, question: str, history: Sequence[Turn], repo: Path) -> Outcome:
        return self.outcome


def test_the_table(code: Path) -> None:
    ours = Fixed(
        "ours", Outcome("`place_order`", (("main.py", 3, ""),), 1, timings_ms={"total": 250})
    )
    theirs = Fixed("theirs", Outcome("`no_such_thing` here", timings_ms={"total": 4000}))
    questions = [
        ev.Question("1", "demo", str(code), "?", "lookup", "locate", (("main.py", 3, ""),)),
        ev.Question("2", "demo", str(code), "?", "refusal", "decline"),
        ev.Question("3", "demo", str(code), "?", "renamed", "locate"),
    ]
    grades = {
        system.name: ev._graded(
            {q.id: system.ask(q.question, (), code) for q in questions},
            questions[:2], questions[2:], Renaming({"no_such_thing": "new_thing"}, {}),
        )
        for system in (ours, theirs)
    }  # fmt: skip
    head, first, second = (
        dict(zip(ev.table(grades)[0], row, strict=True)) for row in ev.table(grades)
    )
    assert head["system"] == "system"
    assert (first["p50 s"], first["tool usage"], first["accuracy"]) == (
        "0.25", "1.000 (1/1)", "1.000 (1/1)",
    )  # fmt: skip
    assert (second["tool usage"], second["invented an answer"]) == ("0.000 (0/1)", "1.000")
    assert (first["remembered"], second["remembered"]) == ("0.000 (0/1)", "1.000 (1/1)")
    assert first["refusals right"] == "0.000 (0/1)"
    assert ev.markdown(ev.table(grades)).count("\n") == 3


def test_an_external_command_is_a_system_too(code: Path) -> None:
    script = "import sys; print('main.py:3: ' + sys.argv[1])"
    system = parse_system(f'mine={sys.executable} -c "{script}" {{question}}')
    outcome = system.ask("where is it", (), code)
    assert (outcome.text.strip(), outcome.places) == (
        "main.py:3: where is it",
        (("main.py", 3, ""),),
    )
    assert External("none", "no-such-command {question}").ask("q", (), code).failed
    assert isinstance(parse_system("plain"), Ours)
    with pytest.raises(UsageError, match="no system"):
        parse_system("plane")


def test_the_command_end_to_end_and_again(
    code: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpora = tmp_path / "corpora"
    trace = {
        "id": "t1", "repo": "demo", "question": "who calls place_order?",
        "call": {"tool": "find_callers", "arguments": {"name": "place_order"}},
        "result": {
            "status": "ok", "total": 1, "facts": {}, "note": "",
            "matches": [{"path": "main.py", "line": 3, "name": "", "role": "call"}],
        },
        "answer": "Only main.py does [1].",
    }  # fmt: skip
    for name in ("demo", "old"):
        folder = corpora / name
        folder.parent.mkdir(exist_ok=True)
        shutil.copytree(code, folder)
        (corpora / f"{name}.codeask-corpus").write_text(f"https://x/{name} 0")
    manifest = tmp_path / "corpora.toml"
    manifest.write_text(
        "\n".join(
            f"[{name}]\nsplit='{split}'\nlanguages=['python']\nversion='1'\n"
            f"sources=[{{url='https://x/{name}', sha256='0'}}]"
            for name, split in (("demo", "test"), ("old", "train"))
        )
    )
    traces = tmp_path / "traces.jsonl"
    traces.write_text(json.dumps(trace) + "\n" + json.dumps({**trace, "id": "t2", "repo": "old"}))
    parser = argparse.ArgumentParser()
    ev.add_arguments(parser)
    arguments = parser.parse_args(
        ["--system", "plain", "--out", str(tmp_path / "out"), "--corpora", str(corpora),
         "--manifest", str(manifest), "--traces", str(traces), "--renamed-repo", "old"]
    )  # fmt: skip
    assert ev.run(arguments) == 0
    printed = capsys.readouterr().out
    assert "| router + plain | 1 |" in printed
    figures = json.loads((tmp_path / "out" / "evaluate.json").read_text())["figures"]
    assert figures["router + plain"]["accuracy"] == "1.000 (1/1)"
    assert figures["router + plain"]["remembered"] == "0.000 (0/1)"
    lines = (tmp_path / "out" / "outcomes.jsonl").read_bytes()
    ev.run(arguments)
    assert (tmp_path / "out" / "outcomes.jsonl").read_bytes() == lines

"""`train-agent`: which turns are learned, and the command itself on a tiny model."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from codeask.assistant.agent import assistant_turn, opening, tool_turn
from codeask.distill import train_agent
from codeask.distill.datasets import arguments, conversation, labelled
from codeask.distill.labelled import QUESTIONS
from codeask.distill.lora import Profile, Settings
from codeask.executors.catalog import TOOLS, ToolCall
from codeask.executors.errors import UsageError
from codeask.formatter.backends import ToolUse
from tiny_models import qwen2

PROFILE = """\
[tiny]
layers = 1
rank = 2
rate = 0.05
batch = 2
epochs = 3
longest = 4000
warm_up = 1
patience = 9
evaluate_every = 2
validation_rows = 2
answers = 0.25
refusals = 0.25
template = "models/agent/smollm2-135m/chat_template.jinja"
"""


def row(question: str, tool: str, **given: str) -> dict[str, Any]:
    use = ToolUse("call_1", tool, arguments(ToolCall(tool, given)))
    return {"messages": [*opening(question), assistant_turn("", [use])]}


def answered(question: str) -> dict[str, Any]:
    asked = row(question, "find_callers", name="f")["messages"]
    use = ToolUse("call_1", "find_callers", '{"name": "f"}')
    return {"messages": [*asked, tool_turn(use, "[1] a.py:1"), assistant_turn("Here [1].", [])]}


ROWS = [
    *(row(f"who calls f{n}?", "find_callers", name=f"f{n}") for n in range(4)),
    *(row(f"please write f{n}", "decline", reason="edit") for n in range(2)),
    *(answered(f"who calls g{n}?") for n in range(2)),
]


def test_turns_are_taken_in_the_profile_s_shares() -> None:
    chosen = Profile(Settings(), rows=4, answers=0.25, refusals=0.25)
    picked = [row.answer for row in train_agent.rows(ROWS, chosen)]
    assert len(picked) == 4
    assert picked.count("Here [1].") == 1
    assert sum('"decline"' in text for text in picked) == 1
    assert sum('"find_callers"' in text for text in picked) == 2


def test_arguments_are_written_in_the_order_that_decoding_allows() -> None:
    call = ToolCall("find_callers", {"path": "src", "name": "f"})
    assert arguments(call) == '{"name": "f", "path": "src"}'
    for trace in labelled(sorted(QUESTIONS.glob("t[12].jsonl"))):
        said = conversation(trace)
        assert said[-1]["role"] == "assistant"
        assert said[-1]["tool_calls"][0]["function"]["name"] in TOOLS
        assert [m["role"] for m in said].count("tool") == 0


def test_the_command_trains_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("mlx_lm", reason="mlx has no wheel for this platform")
    data = tmp_path / "data"
    data.mkdir()
    for part, found in (("train", ROWS), ("valid", ROWS[2:6])):
        lines = (json.dumps(record) + "\n" for record in found)
        (data / f"{part}.jsonl").write_text("".join(lines))
    (tmp_path / "p.toml").write_text(PROFILE)
    parser = argparse.ArgumentParser()
    train_agent.add_arguments(parser)
    words = [
        "--model", str(qwen2(tmp_path / "model")), "--data", str(data), "--out", str(tmp_path / "o"),
        "--profile", "tiny", "--profiles", str(tmp_path / "p.toml"),
    ]  # fmt: skip
    assert train_agent.run(parser.parse_args(words)) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["steps"] == 12
    losses = [loss for _, loss in figures["validation_loss"]]
    assert min(losses) < losses[0] - 0.3
    best = (tmp_path / "o" / "adapters.safetensors").read_bytes()
    assert train_agent.run(parser.parse_args(words)) == 0  # nothing is left to do
    assert (tmp_path / "o" / "adapters.safetensors").read_bytes() == best
    assert json.loads((tmp_path / "o" / "train-agent.json").read_text())["figures"]["rows"] == 8
    with pytest.raises(UsageError, match="no profile"):
        train_agent.run(parser.parse_args([*words, "--profile", "8b"]))

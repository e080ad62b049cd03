"""The LoRA trainer on a tiny model: it learns, goes on after a kill, and its adapter is served."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from codeask.distill.lora import Row, Settings
from codeask.distill.traces import TeacherTrace
from codeask.distill.train_formatter import rows
from codeask.executors.errors import UsageError
from tiny_models import qwen2

pytest.importorskip("mlx_lm", reason="mlx has no wheel for this platform")

import mlx.core as mx
import mlx.nn as nn
from codeask.distill.lora import Trainer
from codeask.formatter.backends.mlx import MlxBackend

SMALL = Settings(
    rank=2, layers=1, dropout=0.0, rate=5e-2, batch=2, epochs=8, warm_up=1, evaluate_every=4,
    validation_rows=2,
)  # fmt: skip


def row(number: int) -> Row:
    return Row(f"r{number}", ({"role": "user", "content": f"who calls f{number}?"},), "ok ok ok")


ROWS = [row(number) for number in range(6)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return qwen2(tmp_path_factory.mktemp("base"))


def test_it_learns_and_its_best_adapter_is_served(model: Path, tmp_path: Path) -> None:
    figures = Trainer(model, tmp_path, SMALL).fit(ROWS[:4], ROWS[4:], 60)
    losses = [loss for _, loss in figures["validation_loss"]]
    assert losses[-1] < losses[0] - 1.5
    assert figures["steps"] == 16
    served = MlxBackend(model, adapter=tmp_path)
    changed = served.complete(ROWS[5].messages, max_tokens=8).text
    assert changed != MlxBackend(model).complete(ROWS[5].messages, max_tokens=8).text
    config = json.loads((tmp_path / "adapter_config.json").read_text())
    assert config["lora_parameters"] == {"rank": 2, "scale": 2.0, "dropout": 0.0}


def test_a_stopped_run_goes_on_to_the_same_end(model: Path, tmp_path: Path) -> None:
    settings = replace(SMALL, dropout=0.3, evaluate_every=1, patience=99)
    whole = Trainer(model, tmp_path / "whole", settings).fit(ROWS[:4], ROWS[4:], 60)
    for _ in range(3):
        Trainer(model, tmp_path / "parts", settings).fit(ROWS[:4], ROWS[4:], 0)
    resumed = Trainer(model, tmp_path / "parts", settings).fit(ROWS[:4], ROWS[4:], 60)
    assert resumed["steps"] == whole["steps"] == 16
    assert resumed["validation_loss"] == whole["validation_loss"]
    adapters = [tmp_path / part / "adapters.safetensors" for part in ("whole", "parts")]
    assert adapters[0].read_bytes() == adapters[1].read_bytes()


def test_the_loss_is_that_of_the_whole_model_at_answer_positions(
    model: Path, tmp_path: Path
) -> None:
    trainer = Trainer(model, tmp_path, SMALL)
    batch = [trainer.tokens(replace(ROWS[0], answer="yes")), trainer.tokens(ROWS[1])]
    trainer.prepare(batch)
    assert trainer.shared > 3
    total, count = 0.0, 0
    for tokens in batch:
        ids = mx.array([[*tokens.prompt, *tokens.answer]])
        logits = trainer.model(ids[:, :-1])[0, len(tokens.prompt) - 1 :]
        targets = mx.array(list(tokens.answer))
        total += nn.losses.cross_entropy(logits, targets, reduction="sum").item()
        count += len(tokens.answer)
    assert batch[0].answer[-1] == trainer.tokenizer.eos_token_id
    assert trainer._loss(trainer.model, batch).item() == pytest.approx(total / count, rel=1e-4)


def test_too_few_rows_are_an_error(model: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="too few rows"):
        Trainer(model, tmp_path, SMALL).fit(ROWS[:1], ROWS[1:], 60)


def test_only_sentences_that_the_evidence_bears_out_are_learned() -> None:
    match = {
        "path": "src/a.py", "line": 3, "end_line": 4, "name": "fetch", "kind": "function",
        "text": "def fetch(url):\n    return retry(url)", "role": "definition",
    }  # fmt: skip
    record = {
        "id": "x", "repo": "r", "question": "what does fetch do?",
        "call": {"tool": "explain", "arguments": {"query": "fetch", "name": "fetch"}},
        "result": {"status": "ok", "matches": [match], "total": 1},
        "answer": "`fetch` returns `retry` of the url [1]. It waits for the moon to rise again [1]. "
        "`Session` does the rest [1].",
    }  # fmt: skip
    (found,) = rows([TeacherTrace.from_json(record)], Settings())
    assert found.answer == "`fetch` returns `retry` of the url [1]."
    assert "src/a.py:3" in found.messages[-1]["content"]
    invented = {
        **record,
        "answer": "`Session` does it [1]. `fetch` returns `retry` of the url [1].",
    }
    assert rows([TeacherTrace.from_json(invented)], Settings()) == []

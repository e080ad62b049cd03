"""The whole training on a tiny encoder: fit, export, folds. Runs where torch is installed."""

from __future__ import annotations

import argparse
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from codeask.distill import labelled
from codeask.executors.catalog import TOOLS, ToolCall
from codeask.executors.errors import UsageError
from codeask.router import Router
from codeask.tui.corrections import Correction, Store
from codeask.tui.review import run as review

torch = pytest.importorskip("torch")  # 700 MB: CI's installation has none; `codeask[train]` has

from codeask.distill import folds, train_router  # noqa: E402
from codeask.distill.export_router import complete_manifest, export  # noqa: E402
from codeask.distill.network import pretrained, pruned  # noqa: E402

ROWS = labelled.load(sorted(labelled.QUESTIONS.glob("t[12].jsonl")))[:24]
SETTINGS = replace(train_router.Settings(), epochs=1, composed=0.5)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model.zip like that of the real encoder: one layer of width 16, letters as vocabulary."""
    from safetensors.torch import save
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    letters = "abcdefghijklmnopqrstuvwxyz0123456789.?_"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{c}" for c in letters), "who"]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    config = {
        "vocab_size": len(pieces), "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": 32, "max_position_embeddings": 300,
    }  # fmt: skip
    torch.manual_seed(1)
    weights = {"embeddings.word_embeddings.weight": torch.randn(len(pieces), 16)}
    path = tmp_path_factory.mktemp("encoder") / "model.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", json.dumps(config))
        file.writestr("model.safetensors", save(weights))
        file.writestr("tokenizer.json", tokenizer.to_str())
    return path


def test_a_fitted_network_is_exported_as_it_is(archive: Path, tmp_path: Path) -> None:
    network, encoder = train_router.fit(ROWS, archive, SETTINGS, "test")
    folder = export(network, encoder, tmp_path, ROWS)  # fails when ONNX and torch disagree
    complete_manifest(folder, SETTINGS, {"rows": len(ROWS)}, {}, 1.5)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["temperature"] == 1.5 and manifest["settings"]["epochs"] == 1
    assert len(manifest["references"]) == 12 and manifest["int8_changes_tool"] <= 0.2
    assert Router(folder).route("who calls parse_args?").call.tool in TOOLS
    again, _ = train_router.fit(ROWS, archive, SETTINGS, "test")
    for one, other in zip(network.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_folds_are_kept_until_something_changes(archive: Path, tmp_path: Path) -> None:
    data = tmp_path / "small.jsonl"
    lines = (labelled.QUESTIONS / "t1.jsonl").read_text("utf-8").splitlines()[:12]
    data.write_text("\n".join(lines) + "\n", "utf-8")
    paths = (*sorted(labelled.QUESTIONS.glob("t7.jsonl")), data)
    plan = folds.Plan(paths, archive, replace(SETTINGS, composed=0.0), tmp_path / "cache")
    first = folds.outcomes_of(plan, ["small"])
    assert [outcome.row.id for outcome in first["small"]] == [json.loads(x)["id"] for x in lines]
    kept = list((tmp_path / "cache").rglob("output.pkl"))
    assert folds.outcomes_of(plan, ["small"]) == first
    assert list((tmp_path / "cache").rglob("output.pkl")) == kept and len(kept) == 1
    found, temperature = folds.figures(train_router.all_rows(paths), first)
    assert found["small"]["rows"] == 12 and found["small"]["fitted_without"] == "small"
    folds.write_reports(found, first, temperature, tmp_path / "page.html", tmp_path / "odd.jsonl")
    assert "Reliability" in (tmp_path / "page.html").read_text("utf-8")
    for line in (tmp_path / "odd.jsonl").read_text("utf-8").splitlines():
        assert {"id", "question", "call", "suggested", "confidence"} <= json.loads(line).keys()
    going_on = replace(plan.settings, continued=1)
    network, _ = train_router.fit(ROWS[:6], archive, going_on, "on", start=plan.network_of("small"))
    assert network.tool.out_features == len(TOOLS)
    same = replace(going_on, kept=1.0)
    network, _ = train_router.fit(ROWS[:6], archive, same, "on", start=plan.network_of("small"))
    began, _ = train_router.restored(plan.network_of("small"), archive)
    assert torch.allclose(network.tool.weight, began.tool.weight)
    warm = replace(plan, warm=True)
    assert warm.earlier("small") == plan.network_of("small") != warm.kept("small")
    with pytest.raises(UsageError, match="leave out --warm"):
        warm.earlier("t9")
    network, encoder = train_router.restored(plan.network_of("small"), archive)
    export(network, encoder, tmp_path / "shipped", [])
    shipped = Router(tmp_path / "shipped").model
    for outcome in first["small"]:  # the fold itself is what is shipped
        row = outcome.row
        logits = dict(
            zip(shipped.tools, shipped.tool_logits(row.question, row.context), strict=True)
        )
        assert max(logits, key=lambda t: logits[t]) == max(
            outcome.logits, key=lambda t: outcome.logits[t]
        )
    fitted, _ = train_router.split(train_router.all_rows(paths), ["small"])
    assert train_router.data_of(paths, fitted)["files"] == ["t7.jsonl"]
    with pytest.raises(UsageError, match="'t9' is not fitted"):
        plan.network_of("t9")
    data.write_text("\n".join(lines[:-1]) + "\n", "utf-8")
    assert plan.fingerprint() != folds.Plan(paths[:1], archive, SETTINGS, plan.cache).fingerprint()


def test_pruning_keeps_the_pieces_of_the_texts(archive: Path) -> None:
    with zipfile.ZipFile(archive) as file:
        tokenizer = file.read("tokenizer.json").decode("utf-8")
    same, numbers = pruned(tokenizer, [])
    assert same == tokenizer and numbers == list(range(len(numbers)))
    network, smaller = pretrained(archive, ["who calls it"])
    pieces = json.loads(smaller)["model"]["vocab"]
    assert "who" in pieces and network.words.num_embeddings == len(pieces)


def test_a_correction_from_use_is_trained_on(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions, corrections = tmp_path / "questions", tmp_path / "corrections.jsonl"
    questions.mkdir()
    lines = (labelled.QUESTIONS / "t1.jsonl").read_text("utf-8").splitlines()[:12]
    (questions / "t1.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    store = Store(tmp_path / "data")
    call = ToolCall("find_references", {"name": "Cart"})
    store.add(Correction("the cart users", call, was="find_callers", repo="shop", lang="python"))
    assert review(["accept", "--all"], store) == 0
    assert review(["export", str(corrections)], store) == 0
    monkeypatch.setattr(train_router, "QUESTIONS", questions)
    monkeypatch.setattr(train_router, "shipped", list)
    fitted: list[labelled.Example] = []
    fit = train_router.fit

    def watched(rows: list[labelled.Example], *given: Any, **options: Any) -> Any:
        fitted.extend(rows)
        return fit(rows, *given, **options)

    monkeypatch.setattr(train_router, "fit", watched)
    parser = argparse.ArgumentParser()
    train_router.add_arguments(parser)
    out = tmp_path / "model"
    options = ["--data", str(corrections), "--out", str(out), "--encoder", str(archive)]
    assert (
        train_router.run(parser.parse_args([*options, "--epochs", "1", "--skip-evaluation"])) == 0
    )
    (row,) = [row for row in fitted if row.repo == "shop"]
    assert (row.question, row.call, row.group) == ("the cart users", call, "corrections")
    data = json.loads((out / "manifest.json").read_text("utf-8"))["data"]
    assert data["files"] == ["t1.jsonl", "corrections.jsonl"] and data["rows"] == 13
    page = json.loads((out / "train-router.json").read_text("utf-8"))
    assert page["settings"]["data"] == data and page["settings"]["epochs"] == 1
    assert Router(out).route("the cart users").call.tool in TOOLS

"""The shipped model is the one that was trained: its logits against those torch gave, kept in the manifest."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from codeask.router import Router
from codeask.router.router import MODEL_FOLDER

MANIFEST: dict[str, Any] = json.loads((MODEL_FOLDER / "manifest.json").read_text("utf-8"))


@pytest.mark.parametrize("reference", MANIFEST["references"], ids=lambda row: row["question"][:30])
def test_shipped_logits_are_those_of_training(reference: dict[str, Any]) -> None:
    wanted = np.array(reference["logits"])
    found = Router().model.tool_logits(reference["question"], reference["context"])
    spread = wanted.max() - wanted.min()
    # int8 moves logits a little, by the processor's instructions too; never by a tenth of their spread
    assert np.abs(found - wanted).max() < 0.1 * spread
    assert wanted[found.argmax()] > wanted.max() - 0.05 * spread


def test_the_manifest_names_what_was_measured() -> None:
    assert MANIFEST["int8_changes_tool"] <= 0.02
    for name in ("t3", "t6"):
        figures = MANIFEST["held_out"][name]
        assert name in figures["fitted_without"] and figures["rows"] >= 450
        assert figures["tool"] > figures["tfidf_baseline"]
    assert sum(path.stat().st_size for path in MODEL_FOLDER.iterdir()) <= 25e6

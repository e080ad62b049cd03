"""The shipped support model: whole, small, as precise on unseen codebases as it must be, and awake."""

from __future__ import annotations

import hashlib
import json

import pytest
from codeask.executors.catalog import ToolCall
from codeask.executors.results import Match, ToolResult
from codeask.formatter.support import FOLDER, Support, shipped
from codeask.formatter.verify import Verifier

TEXT = '''def url_for(self, endpoint, *, _anchor=None, **values):
    """Generate a URL to the given endpoint with the given values.

    This is called by :func:`flask.url_for`, and can be called directly as well.
    """
    rv = self.url_adapter.build(endpoint, values)
    return rv'''
RESULT = ToolResult(
    ToolCall("explain", {"query": "what does url_for do", "name": "url_for"}),
    "ok",
    (Match("src/flask/app.py", 5, 11, "url_for", "method", TEXT, "definition"),),
    1,
)


@pytest.fixture(scope="module")
def support() -> Support:
    found = shipped()
    assert found is not None
    return found


def test_its_figures_are_those_of_unseen_codebases_and_hold_the_precision() -> None:
    manifest = json.loads((FOLDER / "manifest.json").read_text("utf-8"))
    model = (FOLDER / "model.onnx").read_bytes()
    assert hashlib.sha256(model).hexdigest() == manifest["sha256"]
    assert len(model) < 12_000_000
    figures = manifest["figures"]["test, int8"]
    assert figures["precision"] >= 0.98 and figures["passed"] > 100


@pytest.mark.parametrize(
    "sentence",
    [
        "`url_for` generates a URL to the given endpoint with the given values [1].",
        "`url_for` (method): Generate a URL to the given endpoint with the given values [1].",
    ],
)
def test_what_the_evidence_says_passes(support: Support, sentence: str) -> None:
    assert Verifier("what does url_for do", RESULT, support).check(sentence).verified


@pytest.mark.parametrize(
    "sentence",
    [
        "`url_for` is a tool for parsing URLs [1].",
        "`url_for` returns `endpoint` [1].",
        "`url_for` is the wrapper for a `rv` [1].",
        "`build` calls `url_for` [1].",
    ],
)
def test_true_names_in_an_untrue_sentence_do_not(support: Support, sentence: str) -> None:
    assert Verifier("what does url_for do", RESULT).check(sentence).verified
    (problem,) = Verifier("what does url_for do", RESULT, support).check(sentence).problems
    assert problem.startswith("is not borne out by the evidence")

"""The router itself: what it refuses, what it loads, and what the shipped model decides."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from codeask.executors.catalog import TOOLS, ToolCall
from codeask.executors.errors import ModelError, UsageError
from codeask.router import Route, Router, Turn
from codeask.router.labels import ALLOWED, ARGUMENT_TAGS, HEADS, TAGS, TOOL_HEADS
from codeask.router.model import Prediction
from codeask.router.router import MODEL_FOLDER


@pytest.fixture(scope="module")
def router() -> Router:
    if not (MODEL_FOLDER / "model.onnx").is_file():
        pytest.skip("no model in models/router; run 'codeask distill train-router'")
    return Router()


def test_labels_fit_the_catalogue() -> None:
    for tool, tags in ARGUMENT_TAGS.items():
        names = {argument.name for argument in TOOLS[tool].arguments}
        assert set(tags) <= names and set(tags.values()) <= set(TAGS), tool
    for tool, heads in TOOL_HEADS.items():
        assert set(heads) <= {argument.name for argument in TOOLS[tool].arguments} & set(HEADS)
    for (tool, head), classes in ALLOWED.items():
        values = TOOLS[tool].argument(head).values
        assert set(classes) - {"-"} <= set(values) & set(HEADS[head]), (tool, head)


@pytest.mark.parametrize(("question", "words"), [(" \n", "empty"), ("x" * 2001, "2001")])
def test_bad_questions_are_refused_before_the_model_loads(
    question: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=words):
        Router(tmp_path).route(question)


def test_a_missing_or_broken_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"lacks model\.onnx"):
        Router(tmp_path).route("who calls main")
    for name in ("model.onnx", "tokenizer.json", "manifest.json"):
        (tmp_path / name).write_text("{", "utf-8")
    with pytest.raises(ModelError, match="broken"):
        Router(tmp_path).route("who calls main")
    manifest = {"tools": list(TOOLS), "tags": ["O"], "heads": {}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(ModelError, match="another version"):
        Router(tmp_path).route("who calls main")


def test_importing_the_router_is_light() -> None:
    code = (
        "import sys; import codeask.router; heavy = {'onnxruntime', 'tokenizers', 'tree_sitter', "
        "'textual', 'sklearn', 'torch', 'numpy'} & set(sys.modules); assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("question", "call"),
    [
        ("who calls parse_args?", ToolCall("find_callers", {"name": "parse_args"})),
        ("which classes subclass BaseReader", ToolCall("find_subclasses", {"name": "BaseReader"})),
        ("fix this bug for me please", ToolCall("decline", {"reason": "edit"})),
        ("why does it do that?", ToolCall("clarify", {"reason": "referent"})),
    ],
)
def test_plain_questions(router: Router, question: str, call: ToolCall) -> None:
    assert router.route(question).call == call


def test_a_route_is_whole(router: Router) -> None:
    route = router.route("how does the retry loop back off?")
    assert route.call.tool == "explain" and route.needs_wording
    assert 0 < route.confidence <= 1
    shares = [route.confidence, *(other.confidence for other in route.alternatives)]
    assert shares == sorted(shares, reverse=True)
    assert all(other.call.tool != route.call.tool for other in route.alternatives)


def test_threads_and_repeats_agree(router: Router) -> None:
    history = (Turn("where is Live", ToolCall("find_definition", {"name": "Live"})),)
    expected = router.route("who calls it?", history)
    found: list[Route] = []
    threads = [
        threading.Thread(target=lambda: found.append(router.route("who calls it?", history)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4
    assert router.route_many([("who calls it?", history)]) == [expected]
    assert expected.call == ToolCall("find_callers", {"name": "Live"})


class NoNames:
    """A repository in which no word is a name."""

    def has_word(self, word: str) -> bool:
        return True

    def same_letters(self, words: str) -> tuple[str, ...]:
        return ()

    def defined_names(self) -> tuple[str, ...]:
        return ()


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("authentication", "what is raised when authentication fails"),
        ("*", "what can be raised if x"),
    ],
)
def test_what_names_nothing_is_searched_for_as_described(
    name: str, asked: str, router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = (("find_raises", 0.9), ("explain", 0.05), ("locate", 0.04))
    prediction = Prediction(shares, (), {head: {} for head in HEADS}, (0, len(asked)))
    monkeypatch.setattr(router.model, "predict", lambda *_: prediction)
    monkeypatch.setattr(
        "codeask.router.router.fill",
        lambda tool, *_: ToolCall(
            tool, {"name": name} if tool == "find_raises" else {"query": asked}
        ),
    )
    route = router.route(asked, linker=NoNames())
    assert route.call == ToolCall("explain", {"query": asked}) and route.needs_wording
    assert route.confidence == 0.9  # of what the question is about
    assert [other.call.tool for other in route.alternatives] == ["locate"]
    assert [(link.typed, link.how) for link in route.links] == (
        [(name, "absent")] if name != "*" else []
    )

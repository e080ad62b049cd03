"""The mlx back end on tiny models: drafts change nothing, prefixes are kept, ends end."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from codeask.executors.errors import BackendError
from codeask.formatter.backends import ToolUse
from codeask.formatter.backends.decode import Lookup
from tiny_models import QWEN, SMOLLM2, qwen2, scripted

pytest.importorskip("mlx_lm", reason="mlx has no wheel for this platform")

from codeask.formatter.backends.mlx import MlxBackend

SYSTEM = {"role": "system", "content": "Word the answer from the evidence only."}


def asked(text: str) -> list[dict[str, str]]:
    return [SYSTEM, {"role": "user", "content": text}]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return qwen2(tmp_path_factory.mktemp("qwen2"))


class Guess:
    """A draft that guesses anything: right, wrong, too long."""

    def __init__(self) -> None:
        self._rng = random.Random(5)

    def propose(self, context: Any, most: int) -> list[int]:
        size = self._rng.randrange(most + 1)
        return [self._rng.choice([*context[-9:], self._rng.randrange(250)]) for _ in range(size)]


def test_every_draft_gives_the_text_of_plain_greedy(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = MlxBackend(model, lookup=False, keep_prefix=False)
    others = {
        "lookup": MlxBackend(model),
        "model": MlxBackend(model, draft_model=qwen2(tmp_path / "small", seed=3, layers=1)),
        "itself": MlxBackend(model, draft_model=model),
        "guess": MlxBackend(model),
    }
    monkeypatch.setattr(others["guess"], "_draft", Guess)
    for question in ("who calls f?", "who calls f, and where?", "abc abc abc", "why"):
        expected = "".join(plain.stream(asked(question), max_tokens=60))
        assert len(expected) > 20
        for name, backend in others.items():
            assert "".join(backend.stream(asked(question), max_tokens=60)) == expected, name
            assert backend.figures.new_tokens == plain.figures.new_tokens
            assert backend.figures.passes <= plain.figures.passes
    # a draft model that is the model itself is always right: four and one a pass
    assert others["itself"].figures.passes <= others["itself"].figures.new_tokens / 5 + 1
    assert others["lookup"].figures.passes < plain.figures.passes / 1.5


def test_what_prompts_share_is_computed_once(model: Path) -> None:
    backend = MlxBackend(model)
    first = backend.complete(asked("one"), max_tokens=5).figures
    second = backend.complete(asked("two"), max_tokens=5).figures
    assert first.cached_tokens == 0
    shared = len(backend.tokens(asked(""))) - len("<|im_end|>\n<|im_start|>assistant\n")
    assert second.cached_tokens >= shared > 30
    assert second.prompt_tokens == first.prompt_tokens
    again = backend.complete(asked("two"), max_tokens=5)
    assert again.figures.cached_tokens == second.prompt_tokens - 1
    fresh = MlxBackend(model, keep_prefix=False).complete(asked("two"), max_tokens=5)
    assert again.text == fresh.text


def test_a_stream_left_early_does_not_harm_the_next(model: Path) -> None:
    backend = MlxBackend(model)
    stream = backend.stream(asked("one"), max_tokens=40)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert backend.figures.new_tokens >= 1
    expected = MlxBackend(model).complete(asked("two"), max_tokens=20).text
    assert backend.complete(asked("two"), max_tokens=20).text == expected


@pytest.mark.parametrize("template", [QWEN, SMOLLM2], ids=["qwen", "smollm2"])
@pytest.mark.parametrize("configured", ["<|im_end|>", "<|endoftext|>"])
def test_every_end_token_ends_and_none_is_seen(
    tmp_path: Path, template: str, configured: str
) -> None:
    after = {"\n": "Y", "Y": "e", "e": "s", "s": ".", ".": "<|im_end|>", "<|im_end|>": "<|im_end|>"}
    folder = scripted(tmp_path, after, template=template, eos=configured)
    for lookup in (True, False):
        backend = MlxBackend(folder, lookup=lookup)
        assert "".join(backend.stream(asked("Is it?"), max_tokens=50)) == "Yes."
        assert backend.figures.new_tokens == 4
    after["."] = "<|im_start|>"
    folder = scripted(tmp_path / "start", after, template=template, eos=configured)
    assert MlxBackend(folder).complete(asked("Is it?"), max_tokens=50).text == "Yes."


def test_special_tokens_in_a_message_are_text(model: Path) -> None:
    backend = MlxBackend(model)
    hostile = backend.tokens(asked("x<|im_end|>y"))
    harmless = backend.tokens(asked("xy"))
    assert hostile.count(2) == harmless.count(2) == 2
    assert len(hostile) == len(harmless) + len("<|im_end|>")


def tool(name: str, *kinds: str) -> dict[str, Any]:
    parameters = {
        "type": "object", "properties": {"kind": {"enum": list(kinds)}}, "required": ["kind"],
        "additionalProperties": False,
    }  # fmt: skip
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def test_a_random_model_that_must_call_a_tool_calls_one_that_there_is(model: Path) -> None:
    tools = [tool("find", "red", "green"), tool("list", "red")]
    backend = MlxBackend(model)
    free = backend.complete(asked("?"), max_tokens=90, tools=tools, choice="unchecked")
    assert free.tool_uses == ()
    (first, *_) = backend.complete(
        asked("?"), max_tokens=90, tools=tools, choice="required"
    ).tool_uses
    assert first.name in ("find", "list")
    assert json.loads(first.arguments)["kind"] in ("red", "green")


def test_a_call_that_a_model_begins_ends_as_a_valid_one(tmp_path: Path) -> None:
    # says "<" and then nothing but "x": no such tool, and no such kind
    folder = scripted(tmp_path, {"\n": "<", "<": "x", "x": "x"}, eos="<|im_end|>")
    tools = [tool("find", "red", "xx"), tool("list", "red")]
    reply = MlxBackend(folder).complete(asked("?"), max_tokens=90, tools=tools)
    assert reply.tool_uses[0].name in ("find", "list")
    assert json.loads(reply.tool_uses[0].arguments)["kind"] in ("red", "xx")


def test_a_tool_call_of_a_model_is_read(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = MlxBackend(model)
    written = '<tool_call>\n{"name": "find_callers", "arguments": {"name": "f"}}\n</tool_call>'
    monkeypatch.setattr(backend, "_run", lambda prompt, most, confined: iter(["ok ", written]))
    reply = backend.complete(asked("?"), max_tokens=9)
    assert reply.text == "ok"
    assert reply.tool_uses == (ToolUse("call_0", "find_callers", '{"name": "f"}'),)


def test_a_folder_without_a_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="codeask models"):
        MlxBackend(tmp_path / "nothing")


def test_lookup_finds_the_latest_place_and_not_itself() -> None:
    assert Lookup().propose([7, 1, 2, 7], 3) == [1, 2, 7]
    draft = Lookup(longest=3, shortest=2)
    assert draft.propose([1, 2, 3], 4) == []
    assert draft.propose([1, 2, 3, 9, 1, 2], 4) == [3, 9, 1, 2]
    assert draft.propose([1, 2, 3, 9, 1, 2, 4, 1, 2], 2) == [4, 1]
    assert draft.propose([5, 5, 5], 3) == [5]
    assert draft.propose([], 3) == []
    assert draft.propose([7], 3) == []

"""Confined decoding: whatever the logits, a reply is text or valid calls of the catalogue."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from codeask.executors.catalog import TOOLS
from codeask.formatter.backends import ToolChoice
from codeask.formatter.backends.chat import tool_uses
from codeask.formatter.backends.confine import Confined, grammar
from tiny_models import QWEN, tokenizer

pytest.importorskip("llguidance", reason="comes with the extras mlx and llamacpp")
from llguidance import LLMatcher, LLTokenizer

SCHEMAS = [tool.schema() for tool in TOOLS.values()]


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> LLTokenizer:
    folder = tmp_path_factory.mktemp("words")
    tokenizer(folder, QWEN)
    return LLTokenizer((folder / "tokenizer.json").read_text(), eos_token=2)


def fits(words: LLTokenizer, text: str, choice: ToolChoice = "auto") -> bool:
    matcher = LLMatcher(words, grammar(json.dumps(SCHEMAS), choice))
    tokens = words.tokenize_str(text)
    return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()


def test_the_whole_catalogue_is_a_grammar(words: LLTokenizer) -> None:
    call = '<tool_call>\n{"name": "find_callers", "arguments": {"name": "f", "path": "src"}}\n</tool_call>'
    assert fits(words, call)
    assert fits(words, call, choice="required")
    assert fits(words, "It is `send` [1]; a < b.")
    assert not fits(words, "It is `send` [1].", choice="required")
    assert not fits(words, call.replace("find_callers", "retry"))
    assert not fits(words, call.replace('"path"', '"folder"'))
    assert not fits(words, call.replace('"name": "f", ', ""))
    assert fits(words, call.replace('"f", "path": "src"', '"f", "mode": "count", "limit": 3'))
    assert not fits(words, call.replace('"f", "path": "src"', '"f", "mode": "many"'))


@pytest.mark.parametrize("seed", range(4))
def test_random_logits_make_valid_calls(words: LLTokenizer, seed: int) -> None:
    """Strings are cut short by liking their end; everything else is chance."""
    rng = np.random.default_rng(seed)
    quote = words.tokenize_str('"')[0]
    confined = Confined(words, SCHEMAS, "required")
    said: list[int] = []
    while len(said) < 400:
        logits = rng.normal(size=words.vocab_size + 3)  # a model may have more than the vocabulary
        logits[quote] += random.Random(len(said)).choice([0, 9])
        logits[2] += 9  # ends as soon as it may
        said.append(confined.choose(logits))
        if said[-1] == 2:
            break
    text, (use, *_) = tool_uses(words.decode_str(said[:-1]))
    assert text == ""
    parameters = TOOLS[use.name].schema()["function"]["parameters"]
    given = json.loads(use.arguments)
    assert set(parameters["required"]) <= set(given) <= set(parameters["properties"])

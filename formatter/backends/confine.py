"""Decoding confined to the tools that there are: a small model's call is always one that validates.

A reply is free text or calls of the given tools; inside a call only names and arguments that the
tools' JSON schemas allow can be decoded (llguidance, over the model's own tokens). Whether a tool
is called, and which, is the model's choice, unless the turn must be the one or the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from ...executors.errors import BackendError
from . import ToolChoice

# JSON as json.dumps writes it, which is what templates and trained rows have.
_SPACING = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


class Confined:
    """One reply in the making. `choose` takes the logits of the next token, shape (vocabulary,)."""

    def __init__(
        self, tokenizer: Any, tools: Sequence[Mapping[str, Any]], choice: ToolChoice
    ) -> None:
        from llguidance import LLMatcher
        from llguidance.numpy import allocate_token_bitmask

        self._matcher = LLMatcher(tokenizer, grammar(json.dumps(list(tools)), choice))
        if self._matcher.is_error():
            raise BackendError(
                f"The tools cannot be made a grammar ({self._matcher.get_error()}); "
                "please report it."
            )
        self._size = tokenizer.vocab_size  # a model may have logits beyond its vocabulary
        self._mask = allocate_token_bitmask(1, self._size)

    def choose(self, logits: Any) -> int:
        """The likeliest token that may come next; it counts as said."""
        import numpy as np
        from llguidance.numpy import apply_token_bitmask_inplace, fill_next_token_bitmask

        token = int(np.argmax(logits))
        if token < self._size and self._matcher.try_consume_tokens([token]) == 1:
            return token
        fill_next_token_bitmask(self._matcher, self._mask)
        allowed = np.array(logits, dtype=np.float32)[None]
        apply_token_bitmask_inplace(allowed, self._mask)
        token = int(np.argmax(allowed))
        self._matcher.consume_token(token)
        return token


@lru_cache(maxsize=8)
def grammar(tools: str, choice: ToolChoice) -> str:
    """The grammar of a reply, for OpenAI function schemas as JSON text."""
    from llguidance import LLMatcher

    rules = [r"text: /[^<](.|\n)*/"]
    names: list[str] = []
    for number, tool in enumerate(json.loads(tools)):
        function = tool["function"]
        schema = {**function["parameters"], "x-guidance": _SPACING}
        begin = f'<tool_call>\n{{"name": {json.dumps(function["name"])}, "arguments": '
        end = "}\n</tool_call>"
        rules += [
            f"call{number}: {json.dumps(begin)} given{number} {json.dumps(end)}",
            f"given{number}: %json {json.dumps(schema)}",
        ]
        names.append(f"call{number}")
    reply = {"required": "call+", "none": "text"}.get(choice, "text | call+")
    rules += [f"start: {reply}", f"call: {' | '.join(names)}"]
    return LLMatcher.grammar_from_lark("\n".join(rules))


def need_llguidance() -> None:
    """Raises `BackendError` where llguidance is not installed."""
    try:
        import llguidance  # noqa: F401
    except ImportError as error:
        raise BackendError(
            "Choosing tools with a model in this process needs llguidance: run pip install llguidance."
        ) from error

"""Chat templates and turns for models in this process: what is trusted, where a turn ends, tools.

A template's own text may hold special tokens; the contents of messages may not. So `pieces` renders
the template around marks and gives the text in trusted and untrusted pieces, which are tokenised
apart: `<|im_end|>` in a file of the repository is then eleven characters, not the end of a turn.
"""

from __future__ import annotations

import contextlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..verify import split
from . import Figures, Message, Reply, ToolChoice, ToolUse
from .confine import Confined, need_llguidance

# Ends of a turn by name, whatever a tokenizer's configuration says: a model that was trained with
# one of them and is stopped only by another repeats it for ever.
END_TOKENS = (
    "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "<|end|>", "<|eom_id|>",
    "<end_of_turn>", "</s>",
)  # fmt: skip
_MARK = re.compile("\ue000(\\d+)\ue001")
_TOOL_CALL = re.compile(r"<tool_call>\s*(.*?)\s*(?:</tool_call>|\Z)", re.DOTALL)


def pieces(
    template: str, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = (),
    *, tokens: Mapping[str, str] | None = None,
) -> list[tuple[str, bool]]:  # fmt: skip
    """The prompt as (text, trusted) pieces; `tokens` are `bos_token` and the like."""
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    contents: list[str] = []
    marked: list[dict[str, Any]] = []
    for message in messages:
        content = message.get("content") or ""
        changed = {**message, "content": f"\ue000{len(contents)}\ue001" if content else ""}
        contents.append(content.strip("\n") if content else "")
        if message.get("tool_calls"):
            changed["tool_calls"] = [_as_object(use) for use in message["tool_calls"]]
        marked.append(changed)
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise
    text = environment.from_string(template).render(
        messages=marked, tools=list(tools) or None, add_generation_prompt=True, **(tokens or {})
    )
    out: list[tuple[str, bool]] = []
    last = 0
    for found in _MARK.finditer(text):
        out += [(text[last : found.start()], True), (contents[int(found[1])], False)]
        last = found.end()
    return [piece for piece in [*out, (text[last:], True)] if piece[0]]


def token_ids(
    tokenizer: Any, template: str, messages: Sequence[Message],
    tools: Sequence[Mapping[str, Any]] = (),
) -> list[int]:  # fmt: skip
    """The prompt's token ids by a Hugging Face tokenizer (mlx-lm's wrapper of it serves too);
    special tokens only where the template itself has them. "" is the tokenizer's own template."""
    inner = getattr(tokenizer, "_tokenizer", tokenizer)
    names = {"bos_token": inner.bos_token or "", "eos_token": inner.eos_token or ""}
    ids: list[int] = []
    for text, trusted in pieces(template or inner.chat_template, messages, tools, tokens=names):
        if trusted:
            ids += inner.encode(text, add_special_tokens=False)
        else:
            ids += inner.encode(text, add_special_tokens=False, split_special_tokens=True)
    return ids


class LocalModel(ABC):
    """What the back ends in this process share: `Backend` over tokens; they decode greedily."""

    _figures = Figures()

    @property
    def figures(self) -> Figures:
        """The cost of the latest finished run."""
        return self._figures

    @abstractmethod
    def tokens(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = ()
    ) -> list[int]:
        """The prompt's token ids; special tokens only where the template itself has them."""

    @abstractmethod
    def _tokenizer(self) -> Any:
        """The vocabulary as llguidance takes it; made once a model, about half a second."""

    @abstractmethod
    def _run(
        self, prompt: Sequence[int], most: int, confined: Confined | None = None
    ) -> Iterator[str]:
        """At most `most` tokens after the prompt, as text; leaves the figures."""

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """The answer in pieces, greedily."""
        yield from whole(self._run(self.tokens(messages), max_tokens))

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int,
        tools: Sequence[Mapping[str, Any]] = (), seed: int = 0, choice: ToolChoice = "auto",
    ) -> Reply:  # fmt: skip
        """One whole turn; decoding is greedy, so `seed` changes nothing."""
        confined = None
        if tools and choice != "unchecked":
            need_llguidance()
            confined = Confined(self._tokenizer(), tools, choice)
        said = "".join(self._run(self.tokens(messages, tools), max_tokens, confined))
        text, uses = tool_uses(said)
        return Reply(text, uses, self._figures)


def _as_object(use: Mapping[str, Any]) -> dict[str, Any]:
    """A tool call with its arguments as an object: templates write them as JSON themselves."""
    function = dict(use["function"])
    with contextlib.suppress(ValueError, TypeError):
        function["arguments"] = json.loads(function["arguments"])
    return {**use, "function": function}


def _to_json(value: object, **_: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _raise(text: str) -> None:
    raise ValueError(text)


def tool_uses(text: str) -> tuple[str, tuple[ToolUse, ...]]:
    """A reply's text without its `<tool_call>` blocks, and the tools they ask for."""
    uses: list[ToolUse] = []
    for body in _TOOL_CALL.findall(text):
        try:
            call = json.loads(body)
            arguments = call.get("arguments", {})
            written = arguments if isinstance(arguments, str) else json.dumps(arguments)
            uses.append(ToolUse(f"call_{len(uses)}", str(call["name"]), written))
        except (ValueError, LookupError, AttributeError, TypeError):
            continue  # the agent says that no tool was named
    return _TOOL_CALL.sub("", text).strip(), tuple(uses)


def whole(said: Iterable[str]) -> Iterator[str]:
    """Pieces of text without halves of characters: those wait for the rest."""
    waiting = ""
    for piece in said:
        waiting += piece
        if not waiting.endswith("\ufffd"):
            yield waiting
            waiting = ""
    if waiting:
        yield waiting


def sentences(said: Iterable[str], most: int) -> Iterator[str]:
    """The first `most` sentences of a stream, which is closed when the next one begins."""
    text = ""
    for piece in said:
        sent = len(text)
        text += piece
        found = split(text)
        if len(found) > most:
            begins = text.rfind(found[most].split(" ")[0])
            if begins > sent:
                yield text[sent:begins].rstrip()
            break
        yield piece
    close: Callable[[], None] | None = getattr(said, "close", None)
    if close is not None:
        close()

"""What a language model behind codeask must do: `Backend`, and the values it takes and gives.

A back end words answers (`stream`) and, in agent mode, chooses tools (`complete`). It is given chat
messages as plain mappings (`role`, `content`, and for tool turns `tool_calls` / `tool_call_id`, as
in the OpenAI chat format) and never sees the repository itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Message = Mapping[str, Any]
ToolChoice = Literal["auto", "required", "none", "unchecked"]
"""What a turn may be where tools are given: text or calls of these tools, at least one such call, text
only, or whatever the model writes."""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool that the model wants run. `arguments` is the text it wrote, JSON if all is well."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run cost. Tokens are counts, times are milliseconds from its start.

    `passes` counts forward passes after the prompt: with speculative decoding there are fewer than
    `new_tokens`. Zero where a back end cannot tell.
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    new_tokens: int = 0
    passes: int = 0
    first_ms: float = 0.0
    total_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """One assistant turn: its text, the tools it asks for, and its cost."""

    text: str
    tool_uses: tuple[ToolUse, ...] = ()
    figures: Figures = Figures()


class Backend(Protocol):
    """A language model, local or served. Failures are `BackendError`, one sentence each."""

    @property
    def name(self) -> str:
        """What `Answer.backend` says, for example `llamacpp:smollm2-135m`."""
        ...

    @property
    def figures(self) -> Figures:
        """The cost of the latest finished run."""
        ...

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        """The answer in pieces as they come; end-of-turn tokens never show."""
        ...

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int,
        tools: Sequence[Mapping[str, Any]] = (), seed: int = 0, choice: ToolChoice = "auto",
    ) -> Reply:  # fmt: skip
        """One whole assistant turn; `tools` are OpenAI function schemas it may ask for."""
        ...

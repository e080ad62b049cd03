"""Greedy decoding with drafts: several tokens a forward pass, the output that of plain greedy.

A draft is a guess of the next tokens; the model is run once over all of them, and those that it
would have chosen itself are kept (Leviathan et al., 2023, arXiv:2211.17192, at temperature 0).
`Lookup` guesses what followed the last few tokens where they stood before: in the evidence, which an
answer mostly copies (prompt lookup; Saxena, 2023). `ModelDraft` asks a smaller model.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Draft(Protocol):
    """Guesses what comes next."""

    def propose(self, context: Sequence[int], most: int) -> list[int]:
        """At most `most` tokens that may follow `context`; none if it has no idea."""
        ...


class Lookup:
    """What followed the latest earlier place of the last `longest` … `shortest` tokens."""

    def __init__(self, longest: int = 3, shortest: int = 1) -> None:
        self._sizes = range(longest, shortest - 1, -1)
        self._ends: dict[tuple[int, ...], int] = {}
        self._known: list[int] = []

    def propose(self, context: Sequence[int], most: int) -> list[int]:
        """See `Draft`; a context that goes on from the last one costs only its new tokens."""
        if list(context[: len(self._known)]) != self._known:
            self._ends, self._known = {}, []
        # the last token is not yet indexed: a sequence must not find itself
        for end in range(max(1, len(self._known)), len(context)):
            for size in self._sizes:
                if size <= end:
                    self._ends[tuple(context[end - size : end])] = end
        self._known = list(context[:-1]) if len(context) else []
        for size in self._sizes:
            end = self._ends.get(tuple(context[-size:])) if len(context) >= size else None
            if end is not None:
                return list(context[end : end + most])
        return []


class ModelDraft:
    """A smaller mlx model of the same vocabulary, decoding greedily."""

    def __init__(self, model: Any) -> None:
        from mlx_lm.models.cache import make_prompt_cache

        self._model = model
        self._cache = make_prompt_cache(model)
        self._seen: list[int] = []

    def propose(self, context: Sequence[int], most: int) -> list[int]:
        """See `Draft`."""
        rewind(self._cache, self._seen, common(self._seen, context[:-1]))
        fresh = list(context[len(self._seen) :])
        said: list[int] = []
        while len(said) < most:
            token = int(choices(self._model, fresh, self._cache, 1)[0])
            self._seen += fresh
            said.append(token)
            fresh = [token]
        return said


def common(a: Sequence[int], b: Sequence[int]) -> int:
    """The length of the common beginning."""
    length = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        length += 1
    return length


def rewind(cache: list[Any], seen: list[int], length: int) -> None:
    """Cuts cache and the tokens it holds back to `length`."""
    from mlx_lm.models.cache import trim_prompt_cache

    if len(seen) > length:
        trim_prompt_cache(cache, len(seen) - length)
        del seen[length:]


def choices(
    model: Any, tokens: Sequence[int], cache: list[Any], last: int,
    choose: Callable[[Any], int] | None = None,
) -> list[int]:  # fmt: skip
    """The next token after each of the `last` tokens, all of which are added to the cache: the most
    likely, or what `choose` takes by its logits, a float32 array."""
    import mlx.core as mx

    chunk = 512
    while len(tokens) > max(chunk, last):
        step = min(chunk, len(tokens) - last)
        model(mx.array([list(tokens[:step])]), cache=cache)
        mx.eval([layer.state for layer in cache])
        tokens = tokens[step:]
    logits = model(mx.array([list(tokens)]), cache=cache)[0, -last:]
    if choose is not None:
        import numpy as np

        return [choose(np.array(row.astype(mx.float32))) for row in logits]
    found: Any = mx.argmax(logits, axis=-1).tolist()
    return list(found)


@dataclass(slots=True)
class Tally:
    """What a decoding cost: forward passes after the prompt, tokens chosen, of them drafted."""

    passes: int = 0
    tokens: int = 0
    drafted: int = 0


def greedy(
    model: Any, cache: list[Any], seen: list[int], prompt: Sequence[int], *, most: int,
    ends: Container[int], draft: Draft | None = None, width: int = 4,
    tally: Tally | None = None, on_prompt: Callable[[], None] = lambda: None,
    choose: Callable[[Any], int] | None = None,
) -> Iterator[int]:  # fmt: skip
    """The tokens after `prompt`, one by one, up to `most` or an end token, which is not given.

    `cache` holds the keys and values of `seen`; both are kept in step, so that the next prompt need
    only be computed from where it differs. `on_prompt` is called when the prompt is done. `choose` takes a
    token by its logits in place of the most likely one; nothing may be drafted then.
    """
    tally = tally if tally is not None else Tally()
    rewind(cache, seen, min(common(seen, prompt), len(prompt) - 1))
    fresh = list(prompt[len(seen) :])
    (token,) = choices(model, fresh, cache, 1, choose)
    seen += fresh
    on_prompt()
    context = list(prompt)
    waiting = [token]  # chosen, not yet given
    while True:
        for token in waiting:
            if token in ends:
                return
            tally.tokens += 1
            context.append(token)
            yield token
            if tally.tokens >= most:
                return
        room = min(width, most - tally.tokens - 1)
        guess = draft.propose(context, room) if draft is not None and room > 0 else []
        tried = [context[-1], *guess]
        found = choices(model, tried, cache, len(tried), choose)
        tally.passes += 1
        seen += tried
        right = common(guess, found)
        tally.drafted += right
        rewind(cache, seen, len(seen) - (len(guess) - right))
        waiting = found[: right + 1]

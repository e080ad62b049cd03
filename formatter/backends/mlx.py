"""mlx-lm in this process: Apple silicon, or any CPU with `mlx[cpu]` (slow: for tests and training).

Three devices make it quick: the keys and values of the prompt's beginning are kept from question to
question, drafts from the evidence give several tokens a pass (`decode.py`), and every end token of
the model stops it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...executors.errors import BackendError
from . import Figures, Message
from .chat import END_TOKENS, LocalModel, token_ids
from .confine import Confined
from .decode import Draft, Lookup, ModelDraft, Tally, common, greedy

INSTALL = "run pip install 'codeask[mlx]'"


class MlxBackend(LocalModel):
    """A model folder (Hugging Face layout, mlx weights), perhaps with a LoRA adapter folder.

    Making one loads the model. `lookup` and `keep_prefix` are the two speed devices; `draft_model`
    is a folder of a smaller model of the same vocabulary and replaces the look-up. Raises
    `BackendError` where mlx-lm is not installed or the folder does not hold a model.
    """

    def __init__(
        self, model: Path, *, adapter: Path | None = None, draft_model: Path | None = None,
        lookup: bool = True, keep_prefix: bool = True, name: str = "", template: str = "",
    ) -> None:  # fmt: skip
        try:
            from mlx_lm.models.cache import make_prompt_cache
            from mlx_lm.utils import load
        except ImportError as error:
            raise BackendError(f"The 'mlx' back end needs mlx-lm: {INSTALL}.") from error
        try:
            loaded = load(str(model), adapter_path=str(adapter) if adapter else None)
            small = load(str(draft_model)) if draft_model else None
        except (OSError, ValueError, KeyError) as error:
            raise BackendError(
                f"The model in '{model}' cannot be loaded ({error}); see 'codeask models check'."
            ) from error
        self._model, self._words = loaded[0], loaded[1]
        self._small = small[0] if small else None
        self._new_cache = make_prompt_cache
        self._lookup, self._keep = lookup, keep_prefix
        self._cache, self._seen = make_prompt_cache(self._model), list[int]()
        self._ends = _ends(self._words)
        self._template = template
        self._guide: Any = None
        self._name = name or model.name

    @property
    def name(self) -> str:
        """`mlx:` and the model's name."""
        return f"mlx:{self._name}"

    def tokens(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = ()
    ) -> list[int]:
        """The prompt's token ids; special tokens only where the template itself has them."""
        return token_ids(self._words, self._template, messages, tools)

    def _tokenizer(self) -> Any:
        if self._guide is None:
            from llguidance import LLTokenizer

            inner = self._words._tokenizer
            self._guide = LLTokenizer(
                inner.backend_tokenizer.to_str(), eos_token=inner.eos_token_id
            )
        return self._guide

    def _run(
        self, prompt: Sequence[int], most: int, confined: Confined | None = None
    ) -> Iterator[str]:
        if not self._keep:
            self._cache, self._seen = self._new_cache(self._model), []
        started = time.monotonic()
        cached = min(common(self._seen, prompt), len(prompt) - 1)
        tally, first = Tally(), 0.0
        detokenizer = self._words.detokenizer
        detokenizer.reset()
        try:
            for token in greedy(
                self._model, self._cache, self._seen, prompt, most=most, ends=self._ends,
                draft=None if confined else self._draft(), tally=tally,
                choose=confined.choose if confined else None,
            ):  # fmt: skip
                first = first or (time.monotonic() - started) * 1000
                detokenizer.add_token(token)
                if text := detokenizer.last_segment:  # reading it moves it on
                    yield text
            detokenizer.finalize()
            if text := detokenizer.last_segment:
                yield text
        finally:  # also when the reader has heard enough
            self._figures = Figures(
                prompt_tokens=len(prompt), cached_tokens=cached, new_tokens=tally.tokens,
                passes=tally.passes, first_ms=first, total_ms=(time.monotonic() - started) * 1000,
            )  # fmt: skip

    def _draft(self) -> Draft | None:
        if self._small is not None:
            return ModelDraft(self._small)
        return Lookup() if self._lookup else None


def _ends(tokenizer: Any) -> frozenset[int]:
    """Every token that may not be shown: the configured ends, those known by name, all specials."""
    inner = getattr(tokenizer, "_tokenizer", tokenizer)
    known = inner.get_vocab()
    ends = {known[token] for token in END_TOKENS if token in known}
    special = {number for number, token in inner.added_tokens_decoder.items() if token.special}
    return frozenset(ends | special | set(tokenizer.eos_token_ids))

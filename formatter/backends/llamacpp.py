"""llama.cpp in this process (llama-cpp-python): GGUF models with a GGUF adapter, on any CPU.

llama.cpp keeps the keys and values of the last prompt; what the next one shares with it, above all
the instructions, is not computed again.
"""

from __future__ import annotations

import codecs
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...executors.errors import BackendError
from . import Figures, Message
from .chat import END_TOKENS, LocalModel, pieces
from .confine import Confined
from .decode import common

INSTALL = "run pip install 'codeask[llamacpp]' (it compiles for some minutes)"


class LlamaCppBackend(LocalModel):
    """A GGUF file, perhaps with a GGUF LoRA adapter. Making one loads the model.

    `template` is a chat template in place of the model's own; `context` is the longest conversation
    in tokens; `threads` None means every idle core, at most eight: llama.cpp's threads wait for one
    another without sleeping, and one that shares its core with another program slows all of them
    down (on two busy cores 20 times).
    Raises `BackendError` where llama-cpp-python is not installed or the file is no model.
    """

    def __init__(
        self, model: Path, *, adapter: Path | None = None, context: int = 4096,
        threads: int | None = None, keep_prefix: bool = True, name: str = "", template: str = "",
    ) -> None:  # fmt: skip
        try:
            import llama_cpp
        except ImportError as error:
            raise BackendError(
                f"The 'llamacpp' back end needs llama-cpp-python: {INSTALL}."
            ) from error
        _silence(llama_cpp)
        for file in (model, adapter):
            if file is not None and not file.is_file():
                raise BackendError(f"There is no model file '{file}'; see 'codeask models list'.")
        threads = threads or min(8, idle_cores())
        try:
            self._llama = llama_cpp.Llama(
                str(model), lora_path=str(adapter) if adapter else None, n_ctx=context,
                n_threads=threads, n_threads_batch=threads, verbose=False,
            )  # fmt: skip
        except (ValueError, RuntimeError, AssertionError) as error:
            raise BackendError(
                f"The model '{model}' cannot be loaded ({error}); see 'codeask models check'."
            ) from error
        own = self._llama.metadata.get("tokenizer.chat_template", "")
        self._template = template or own
        if not self._template:
            raise BackendError(f"The model '{model}' has no chat template; take an instruct model.")
        self._vocabulary = vocabulary = llama_cpp.llama_model_get_vocab(self._llama.model)
        self._guide: Any = None
        self._ends = {
            number
            for number in range(self._llama.n_vocab())
            if llama_cpp.llama_vocab_is_eog(vocabulary, number)
            or llama_cpp.llama_vocab_is_control(vocabulary, number)
        }
        for token in END_TOKENS:
            ids = self._llama.tokenize(token.encode(), add_bos=False, special=True)
            if len(ids) == 1:
                self._ends.add(ids[0])
        self._context, self._keep = context, keep_prefix
        self._name = name or model.stem
        self._seen: list[int] = []

    @property
    def name(self) -> str:
        """`llamacpp:` and the model's name."""
        return f"llamacpp:{self._name}"

    def tokens(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = ()
    ) -> list[int]:
        """The prompt's token ids; special tokens only where the template itself has them."""
        ids: list[int] = []
        for text, trusted in pieces(self._template, messages, tools):
            ids += self._llama.tokenize(text.encode(), add_bos=False, special=trusted)
        return ids

    def _tokenizer(self) -> Any:
        if self._guide is None:
            from llguidance.llamacpp import lltokenizer_from_vocab

            self._guide = lltokenizer_from_vocab(self._vocabulary)
        return self._guide

    def _run(
        self, prompt: Sequence[int], most: int, confined: Confined | None = None
    ) -> Iterator[str]:
        if len(prompt) + most > self._context:
            raise BackendError(
                f"The prompt has {len(prompt)} tokens, the model's context {self._context}; "
                "narrow the question."
            )
        if not self._keep:
            self._llama.reset()
            self._seen = []
        started, first, said = time.monotonic(), 0.0, list[int]()
        cached = min(common(self._seen, prompt), len(prompt) - 1)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        try:
            for token in self._llama.generate(
                list(prompt), temp=0.0, repeat_penalty=1.0,
                logits_processor=_processors(confined),
            ):  # fmt: skip
                if token in self._ends:
                    break
                first = first or (time.monotonic() - started) * 1000
                said.append(token)
                text = decoder.decode(self._llama.detokenize([token]))
                if text:
                    yield text
                if len(said) >= most:
                    break
        except RuntimeError as error:
            raise BackendError(f"llama.cpp failed on this prompt ({error}).") from error
        finally:  # also when the reader has heard enough
            self._seen = [*prompt, *said]
            self._figures = Figures(
                prompt_tokens=len(prompt), cached_tokens=cached, new_tokens=len(said),
                passes=len(said), first_ms=first, total_ms=(time.monotonic() - started) * 1000,
            )  # fmt: skip


def _processors(confined: Confined | None) -> Any:
    """llama-cpp-python's hook into the logits: all but the chosen token are ruled out."""
    if confined is None:
        return None
    import numpy as np
    from llama_cpp import LogitsProcessorList

    def only_chosen(_: Any, scores: Any) -> Any:
        token = confined.choose(scores)
        scores[:] = -np.inf
        scores[token] = 0.0
        return scores

    return LogitsProcessorList([only_chosen])


_kept: list[object] = []  # the callback must live as long as llama.cpp may log


def _silence(llama_cpp: Any) -> None:
    """Keeps llama.cpp's own messages off the user's terminal; what goes wrong is raised anyway."""
    if not _kept:
        _kept.append(llama_cpp.llama_log_callback(lambda level, text, data: None))
        llama_cpp.llama_log_set(_kept[0], None)


def idle_cores() -> int:
    """Cores that this process may use and that others do not, by the load of the last minute."""
    affinity = getattr(os, "sched_getaffinity", None)
    count = len(affinity(0)) if affinity else os.cpu_count() or 1
    try:
        busy = round(os.getloadavg()[0])
    except (OSError, AttributeError):  # not known on Windows
        busy = 0
    return max(1, count - busy)

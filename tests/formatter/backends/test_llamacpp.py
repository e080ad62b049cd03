"""The llama.cpp back end against a stand-in of the library: it takes ten minutes to compile.

The stand-in's tokens are bytes, and three special ones; it says what a script tells it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest
from codeask.executors.errors import BackendError
from codeask.formatter.backends import llamacpp
from codeask.formatter.backends.llamacpp import LlamaCppBackend
from tiny_models import SMOLLM2, SPECIAL

FIRST = 256  # the special tokens follow the bytes
ASKED = [{"role": "user", "content": "hi <|im_end|>"}]


class Llama:
    script: ClassVar[list[int]] = []
    made: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, path: str, **settings: Any) -> None:
        if "broken" in path:
            raise ValueError("Failed to load model from file")
        Llama.made.append({"path": path, **settings})
        self.metadata = {"tokenizer.chat_template": SMOLLM2} if "bare" not in path else {}
        self.model = None
        self.resets = 0

    def n_vocab(self) -> int:
        return FIRST + len(SPECIAL)

    def tokenize(self, text: bytes, add_bos: bool, special: bool) -> list[int]:
        ids: list[int] = []
        while text:
            name = next((s for s in SPECIAL if special and text.startswith(s.encode())), None)
            ids.append(FIRST + SPECIAL.index(name) if name else text[0])
            text = text[len(name) if name else 1 :]
        return ids

    def detokenize(self, tokens: list[int]) -> bytes:
        return bytes(token for token in tokens if token < FIRST)

    def generate(
        self, tokens: list[int], *, temp: float, repeat_penalty: float, logits_processor: object
    ) -> Iterator[int]:
        assert temp == 0.0
        yield from Llama.script

    def reset(self) -> None:
        self.resets += 1


@pytest.fixture(autouse=True)
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = SimpleNamespace(
        Llama=Llama,
        llama_model_get_vocab=lambda model: None,
        llama_vocab_is_eog=lambda vocabulary, token: token == FIRST + 2,
        llama_vocab_is_control=lambda vocabulary, token: token == FIRST + 1,
        LogitsProcessorList=list,
        llama_log_callback=lambda function: function,
        llama_log_set=lambda function, data: None,
    )
    monkeypatch.setitem(sys.modules, "llama_cpp", fake)
    monkeypatch.setattr(llamacpp, "_kept", [])
    Llama.made.clear()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "small.gguf"
    file.write_bytes(b"GGUF")
    return file


def test_an_answer_ends_at_every_end_token_and_shows_none(model: Path) -> None:
    backend = LlamaCppBackend(model)
    for end in (FIRST, FIRST + 1, FIRST + 2):  # by its name, as control, as end of generation
        Llama.script = [*"né.".encode(), end, *b"more"]
        assert "".join(backend.stream(ASKED, max_tokens=50)) == "né."
        assert backend.figures.new_tokens == 4
    Llama.script = list(b"aaaaaaaa")
    assert list(backend.stream(ASKED, max_tokens=3)) == ["a", "a", "a"]


def test_special_tokens_in_a_message_are_text(model: Path) -> None:
    ids = LlamaCppBackend(model).tokens(ASKED)
    assert ids.count(FIRST + 2) == 2  # of the system's and the user's turn
    assert bytes(i for i in ids if i < FIRST).count(b"<|im_end|>") == 1


def test_the_kept_prefix_is_told_and_can_be_switched_off(model: Path) -> None:
    Llama.script = list(b"ok")
    backend = LlamaCppBackend(model)
    first = backend.complete(ASKED, max_tokens=9).figures
    again = backend.complete([{"role": "user", "content": "hi there"}], max_tokens=9).figures
    # shared up to "hi "; not the text of the end token (10), the real one, and what opens the answer
    assert (first.cached_tokens, again.cached_tokens) == (0, first.prompt_tokens - 10 - 13)
    without = LlamaCppBackend(model, keep_prefix=False)
    without.complete(ASKED, max_tokens=9)
    assert without.complete(ASKED, max_tokens=9).figures.cached_tokens == 0


def test_a_tool_call_is_read(model: Path) -> None:
    Llama.script = [*b'<tool_call>{"name": "f", "arguments": {}}</tool_call>', FIRST + 2]
    reply = LlamaCppBackend(model).complete(ASKED, max_tokens=99)
    assert (reply.text, reply.tool_uses[0].name) == ("", "f")


def test_where_tools_are_to_be_chosen_one_token_is_left() -> None:
    confined = SimpleNamespace(choose=lambda logits: 2)
    (processor,) = llamacpp._processors(confined)  # type: ignore[arg-type]
    assert list(processor([1], np.array([5.0, 1.0, 0.5]))) == [-np.inf, -np.inf, 0.0]


def test_threads_are_the_idle_cores(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)), raising=False)
    for load, threads in ((0.2, 6), (3.6, 2), (40.0, 1)):
        monkeypatch.setattr(os, "getloadavg", lambda load=load: (load, 0, 0))
        LlamaCppBackend(model)
        assert Llama.made[-1]["n_threads"] == threads


def test_what_cannot_be_run_is_one_sentence(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackendError, match="no model file"):
        LlamaCppBackend(model, adapter=model.with_name("none.gguf"))
    for name, problem in (("broken", "models check"), ("bare", "chat template")):
        file = model.with_name(f"{name}.gguf")
        file.write_bytes(b"GGUF")
        with pytest.raises(BackendError, match=problem):
            LlamaCppBackend(file)
    with pytest.raises(BackendError, match="narrow the question"):
        LlamaCppBackend(model, context=60).complete(ASKED, max_tokens=9)
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    with pytest.raises(BackendError, match="pip install"):
        LlamaCppBackend(model)

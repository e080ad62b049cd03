"""Mistyped words and what they meant."""

from __future__ import annotations

import pytest
from codeask.executors.spelling import variants


@pytest.mark.parametrize(
    "typed, meant",
    [("calculaton", "calculation"), ("acccept", "accept"), ("circut", "circuit"),
     ("feild", "field"), ("speling", "spelling"), ("retrry", "retry"), ("compresion", "compression")],
)  # fmt: skip
def test_one_slip_is_found(typed: str, meant: str) -> None:
    assert meant in variants(typed)


@pytest.mark.parametrize(
    "typed, other", [("cache", "cached"), ("model", "modal"), ("query", "guery")]
)
def test_short_words_and_first_letters_are_left_alone(typed: str, other: str) -> None:
    assert other not in variants(typed)

"""Words, shapes and offsets: what is tagged must be literally what was typed."""

from __future__ import annotations

import pytest
from codeask.router.encode import shape_of, split


def test_humps_are_split_and_offsets_point_into_the_text() -> None:
    text = "where is SpiderLoggerAdapter.run_all?"
    words, starts, _ = split(text)
    assert words == [
        *("where", "is", "Spider", "Logger", "Adapter"),
        *(".", "run", "_", "all", "?"),
    ]
    assert [text[at : at + len(word)] for word, at in zip(words, starts, strict=True)] == words


def test_glue_and_quotes_are_in_the_shape() -> None:
    _, _, joined = split("WordEditor")
    _, _, apart = split("word editor")
    _, _, quoted = split("`word`")
    assert [shape & 1 for shape in joined] == [0, 1]
    assert [shape & 1 for shape in apart] == [0, 0]
    assert all(shape & 2 for shape in quoted)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("parse_args", "parse"),
        ("HTTPClient", "http"),
        ("src/auth", "src"),
        ("models.py", "models"),
        ("--verbose", "verbose"),
        ("MAX_SIZE", "MAX"),
        ("run()", "run"),
    ],
)
def test_code_does_not_look_like_words(one: str, other: str) -> None:
    assert shape_of(one) != shape_of(other)


def test_nothing_gives_nothing() -> None:
    assert split("  ") == ([], [], [])

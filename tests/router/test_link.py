"""Linking: typed words to names that exist, never to one that does not."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import pytest
from codeask.executors.catalog import ToolCall
from codeask.router.link import link_call, link_name


class Names:
    """A repository that is only its names."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def has_word(self, word: str) -> bool:
        return word in self._names

    def same_letters(self, words: str) -> Sequence[str]:
        def letters(text: str) -> str:
            return re.sub(r"[\W_]", "", text).lower()

        return [name for name in self._names if letters(name) == letters(words)]

    def defined_names(self) -> Collection[str]:
        return self._names


LINKER = Names("HTTPAdapter", "parse_args", "parseArgs", "SpiderLoggerAdapter", "send", "add")


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("HTTPAdapter", ("HTTPAdapter",)),
        ("http adapter", ("HTTPAdapter",)),
        ("parse args", ("parse_args", "parseArgs")),
        ("spider logger adaptor", ("SpiderLoggerAdapter",)),
        ("Session.send", ("Session.send",)),
        ("pars_args", ("parse_args", "parseArgs")),
        ("FluxCapacitor", ()),
        ("ad", ()),  # too short to guess at
    ],
)
def test_link_name(typed: str, names: tuple[str, ...]) -> None:
    assert link_name(typed, LINKER).names == names


def test_only_names_of_symbols_are_linked() -> None:
    call, links = link_call(
        ToolCall("find_callers", {"name": "http adapter", "path": "Send"}), LINKER
    )
    assert call == ToolCall("find_callers", {"name": "HTTPAdapter", "path": "Send"})
    assert [link.typed for link in links] == ["http adapter"]
    text = ToolCall("search_text", {"text": "http adapter"})
    assert link_call(text, LINKER) == (text, ())


def test_both_names_of_a_comparison_are_linked() -> None:
    call, links = link_call(ToolCall("compare", {"names": ("http adapter", "warp drive")}), LINKER)
    assert call == ToolCall("compare", {"names": ("HTTPAdapter", "warp drive")})
    assert [link.names for link in links] == [("HTTPAdapter",)]


def test_what_does_not_exist_stays_as_typed() -> None:
    call = ToolCall("find_callers", {"name": "flux capacitor"})
    assert link_call(call, LINKER) == (call, ())

"""Which files are built copies, and what looks like a definition where no grammar is."""

from __future__ import annotations

import time

import pytest
from codeask.executors.built import built_copies
from codeask.executors.outline import pieces


@pytest.mark.parametrize(
    ("source", "copies"),
    [
        ("src/a/b.ts", {"lib/a/b.js", "lib/a/b.d.ts", "dist/esm/a/b.js", "a/b.cjs", "a/b.d.cts"}),
        ("pkg/src/b.tsx", {"pkg/lib/b.js", "pkg/dist/types/b.d.ts"}),
        ("a/b.ts", {"a/b.js", "a/b.d.ts"}),
    ],
)
def test_copies_of_a_source(source: str, copies: set[str]) -> None:
    others = {"b.js", "other/a/b.js", "lib/a/c.js", "lib/a/b.py", "app/a/b.js"}
    assert built_copies([source, *copies, *others]) == copies


def test_without_a_source_nothing_is_a_copy() -> None:
    assert built_copies(["lib/a.js", "dist/a.js", "lib/a.d.ts", "src/a.d.ts"]) == frozenset()


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (
            "cdef class _Doc [object X]:\n    cdef int a\n    cdef int close(self) except -1:\n"
            "        return close(self)\n\ncpdef open_it(path):\n    pass\n",
            [("_Doc", 1, 5), ("_Doc.close", 3, 5), ("open_it", 6, 7)],
        ),
        (
            "local function trim(s)\n  return s\nend\nM.cut = function(s)\n  trim(s)\nend\n",
            [("trim", 1, 3), ("M.cut", 4, 6)],
        ),
        (
            "defmodule Shop.Cart do\n  def add(item) do\n    item\n  end\nend\n",
            [("Shop.Cart", 1, 5), ("Shop.Cart.add", 2, 5)],
        ),
        (
            "@implementation Bridge\n- (void)reload:(int)why\n{\n  [self stop];\n}\n@end\n",
            [("Bridge", 1, 1), ("reload", 2, 6)],
        ),
        ("sum_all <- function(x) {\n  sum(x)\n}\n", [("sum_all", 1, 3)]),
        ("int add(int a, int b)\n{\n  return add_all(a, b);\n}\n", [("add", 1, 4)]),
    ],
)
def test_places_by_their_looks(text: str, places: list[tuple[str, int, int]]) -> None:
    data = text.encode()
    found = [
        (p.name, data[: p.start].count(b"\n") + 1, data[: p.end].count(b"\n")) for p in pieces(data)
    ]
    assert found == places


@pytest.mark.parametrize(
    "line",
    ["*" * 5_000, "a*b&c " * 20_000, "cdef " + "int* " * 20_000, "f(" + "(a), " * 20_000, "x" * 200_000,
     "a " * 100_000, "- (" * 50_000, " " * 100_000],
    ids=range(8),
)  # fmt: skip
def test_hard_lines_take_no_time(line: str) -> None:
    started = time.process_time()
    assert pieces(line.encode() + b"\n" + line.encode()) == []
    assert time.process_time() - started < 2

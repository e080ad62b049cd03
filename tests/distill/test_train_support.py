"""Training data of the support layer: every wrong sentence is another one, of the same evidence."""

from __future__ import annotations

import random

import pytest
from codeask.distill.support_data import NEGATIVES, Pair, pairs, worded_clauses
from codeask.distill.train_support import judge, threshold
from codeask.distill.worded import worded
from codeask.executors.catalog import ToolCall
from codeask.executors.results import Match, ToolResult
from codeask.formatter.statements import lay
from codeask.formatter.support import PIECES, Encoder, premise
from codeask.formatter.support_features import COUNT, features

SAID = "`main` calls `send` [2]."
RESULT = ToolResult(
    ToolCall("explain", {"query": "send"}),
    "ok",
    (
        Match("a.py", 1, 3, "send", "function", "def send(x):\n    retry(x)\n    return 3", "definition"),
        Match("b.py", 9, 9, "main", "function", "send(job)", "call"),
    ),
    2,
)  # fmt: skip


def test_rows_are_split_by_codebase_for_good() -> None:
    rows = worded()
    assert {row.split for row in rows} == {"train", "validation", "test"}
    repos = [{row.repo for row in rows if row.split == s} for s in ("train", "validation", "test")]
    assert not repos[0] & repos[1] and not repos[0] & repos[2] and not repos[1] & repos[2]


def test_every_sort_of_wrong_sentence_is_made_and_differs() -> None:
    rows = [row for row in worded() if row.split == "train"][:150]
    made = pairs(rows, 7, most=9)
    assert {pair.sort for pair in made if not pair.true} == set(NEGATIVES)
    true = {(pair.source, pair.sentence) for pair in made if pair.true}
    assert not any((pair.source, pair.sentence) in true for pair in made if not pair.true)
    assert pairs(rows, 7, most=9) == made


@pytest.mark.parametrize(
    ("sort", "sentence", "made"),
    [
        ("negated", "`send` never returns [1].", "`send` always returns [1]."),
        ("opposite", "It waits before the call [1].", "It waits after the call [1]."),
        ("recited", "`send` retries [1].", "`send` retries [2]."),
        ("swapped", "`send` calls the function `retry` [1].", "`retry` calls the function `send` [1]."),
    ],
)  # fmt: skip
def test_wrong_sentences(sort: str, sentence: str, made: str) -> None:
    row = next(row for row in worded() if row.split == "train")
    row = type(row)(row.id, row.repo, row.split, "q", RESULT, sentence)
    assert NEGATIVES[sort](sentence, row, random.Random(1), [row]) == made


def test_clauses_are_true_and_what_is_made_of_them_is_not() -> None:
    rows = [row for row in worded() if row.split == "train" and row.result.matches][:60]
    made = worded_clauses(rows, 7, true=2, most=2)
    assert {pair.sort for pair in made} >= {"clause", "misjoined", "replaced", "negated"}
    assert all(pair.true == (pair.sort == "clause") for pair in made)
    true = {(pair.source, pair.sentence) for pair in made if pair.true}
    assert not any((pair.source, pair.sentence) in true for pair in made if not pair.true)
    assert worded_clauses(rows, 7, true=2, most=2) == made


def test_the_threshold_holds_its_precision_or_lets_nothing_through() -> None:
    def scored(trues: list[float], wrongs: list[float]) -> list[tuple[Pair, float]]:
        return [(Pair("`send` retries [1].", RESULT, True, "teacher", "r", "1"), s) for s in trues] + [
            (Pair("`main` retries [2].", RESULT, False, "swapped", "r", "1"), s) for s in wrongs
        ]  # fmt: skip

    good = scored([0.9] * 30 + [0.4] * 10, [0.5] * 40)
    at = threshold(good, 0.98)
    assert at == 0.9
    figures = judge(good, at)
    assert (figures["precision"], figures["recall"]) == (1.0, 0.75)
    assert threshold(scored([0.5] * 20, [0.9] * 20), 0.98) == 1.01


def test_the_premise_numbers_its_places_anew_and_the_pieces_fit() -> None:
    from tokenizers import Tokenizer, models

    told, evidence = premise(SAID, RESULT, lay(SAID, RESULT))
    assert told == "`main` calls `send` [1]."
    assert evidence.splitlines()[0] == "[1] function main"
    assert "send(job)" in evidence and "retry" not in evidence
    words = ["[CLS]", "[SEP]", "[UNK]", "main", "send", "call"]
    vocabulary = models.WordPiece({w: i for i, w in enumerate(words)}, unk_token="[UNK]")
    row = Encoder(Tokenizer(vocabulary)).row("`main` calls `send` [2]. " * 30, RESULT)
    assert len(row.ids) == len(row.marks) == len(row.segments) <= PIECES
    assert len(row.counted) == COUNT


def test_counts_tell_a_true_relation_from_a_wrong_one() -> None:
    true, wrong = (
        features(s, RESULT, lay(s, RESULT))
        for s in ("`send` calls `retry` [1].", "`retry` calls `job` [1].")
    )
    assert true[7:9] == (1.0, 0.0)
    assert wrong[7:9] == (0.0, 1.0)

"""Composed rows: every phrase makes a valid call whose words stand where they are tagged."""

from __future__ import annotations

import random

import pytest
from codeask.distill import labelled
from codeask.distill.compose import Composer, phrases, words_of
from codeask.distill.fillers import gerund, participle, third
from codeask.distill.judge import accepted, ceiling
from codeask.executors.catalog import TOOLS

LABELLED = labelled.load(sorted(labelled.QUESTIONS.glob("t*.jsonl")))
TRAINED = [row for row in LABELLED if row.group not in ("t3", "t6")]
DRAWN = Composer(TRAINED, random.Random(3)).rows(1500)


def test_every_tool_has_phrases() -> None:
    assert set(phrases()) == set(TOOLS)


def test_every_phrase_can_be_written() -> None:
    composer = Composer(TRAINED, random.Random(1))
    for own in phrases().values():
        for phrase in own:
            row = composer._finish(composer._draft(phrase))
            assert row.question.strip() and not set("{}<|") & set(phrase.tool + row.call.tool)
            assert "{" not in row.question or "{" in str(row.call.arguments), phrase.text


def test_spans_are_the_words_of_the_arguments() -> None:
    for row in DRAWN:
        texts = (row.question, row.context)
        values = " ".join(
            " ".join(value) if isinstance(value, tuple) else str(value)
            for value in row.call.arguments.values()
        ).lower()
        for span in row.spans:
            words = texts[span.segment][span.start : span.end].strip("`()").lower()
            assert words and (words in values or span.tag in ("pattern", "lang")), row


def test_rules_make_the_composed_calls_of_their_labels() -> None:
    exact = [row for row in DRAWN if "pattern" not in row.call.arguments]
    assert ceiling(exact) >= 0.95


def test_follow_ups_take_their_name_from_the_dialogue() -> None:
    follow_ups = [row for row in DRAWN if row.history and "name" in row.call.arguments]
    assert len(follow_ups) > 100
    spoken = [
        row for row in follow_ups if any(s.segment == 1 and s.tag == "name" for s in row.spans)
    ]
    assert len(spoken) > len(follow_ups) / 2


def test_same_seed_same_rows() -> None:
    again = Composer(TRAINED, random.Random(3)).rows(20)
    assert again == DRAWN[:20]


def test_held_out_questions_are_never_composed() -> None:
    first = Composer(TRAINED, random.Random(5)).rows(200)
    avoided = {words_of(row.question) for row in first[::2]}
    others = Composer(TRAINED, random.Random(5), avoided).rows(200)
    assert not avoided & {words_of(row.question) for row in others}


def test_no_long_question_of_a_test_file_is_repeated() -> None:
    held = {words_of(row.question) for row in LABELLED if row.group in ("t3", "t6")}
    repeated = {words_of(row.question) for row in DRAWN} & held
    assert not [words for words in repeated if len(words.split()) > 4]


def test_noise_keeps_composed_rows_whole() -> None:
    rng, pool = random.Random(2), labelled.pools(TRAINED)
    for row in DRAWN[:300]:
        noisy = labelled.augment(row, rng, pool)
        assert [s.tag for s in noisy.spans] == [s.tag for s in row.spans]
        assert accepted(noisy, row.call, row.call)


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("retry", ("retries", "retrying", "retried")),
        ("split", ("splits", "splitting", "split")),
        ("parse", ("parses", "parsing", "parsed")),
        ("roll back", ("rolls back", "rolling back", "rolled back")),
        ("compress", ("compresses", "compressing", "compressed")),
        ("build", ("builds", "building", "built")),
    ],
)
def test_verbs_are_inflected(verb: str, forms: tuple[str, str, str]) -> None:
    assert (third(verb), gerund(verb), participle(verb)) == forms

"""Word splitting, stemming and scoring."""

from __future__ import annotations

import re

import pytest
from codeask.executors.ranking import Counts, Query, Scorer, inverse_frequency, split_words, stem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("getHTTPAdapter", ["get", "http", "adapter"]),
        ("redirect_slashes", ["redirect", "slashes"]),
        ("MAX_SIZE2", ["max", "size", "2"]),
    ],
)
def test_split_words(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@pytest.mark.parametrize("words", ["validation validates validate valid", "running runs run",
                                   "retry retries retrying retried",
                                   "redirects redirecting redirect redirected",
                                   "serialize serialization serializer", "config cfg configuration",
                                   "fail fails failure failed", "sent send sending",
                                   "maximum max", "errors err"])  # fmt: skip
def test_forms_of_a_word_share_a_stem(words: str) -> None:
    assert len({stem(word) for word in words.split()}) == 1


def test_query_leaves_out_ordinary_words_unless_there_are_no_others() -> None:
    assert list(Query.of("where do we validate the emails?").terms) == ["valid", "email"]
    assert list(Query.of("user").terms) == ["user"]


def test_hits_start_at_words_and_humps_only() -> None:
    data = b"catalog parseLog PARSE_LOG log_parser HTTPLog LOGS blog logic"
    found = [(data[at : at + 3], term) for at, term in Query.of("log parse").hits(data)]
    assert found == [
        (b"par", "pars"), (b"Log", "log"), (b"PAR", "pars"), (b"LOG", "log"), (b"log", "log"),
        (b"par", "pars"), (b"Log", "log"), (b"LOG", "log"),
    ]  # fmt: skip


def test_short_and_irregular_forms_are_hits_and_found_by_the_pattern_of_files() -> None:
    query = Query.of("configuration failures")
    data = b"cfg MAX_CONF userCfg failed onFailure confuse config.py"
    assert [at for at, _ in query.hits(data)] == [0, 8, 17, 21, 30, 46]
    # what Rust's expressions and Python's have in common is enough here
    for term, texts in {"configur": ["cfg", "userCfg", "MAX_CONF"], "fail": ["onFailure"]}.items():
        assert all(re.search(query.file_pattern(term), text) for text in texts)
    assert not re.search(query.file_pattern("configur"), "confuse acfgs")


def test_rare_terms_and_covering_more_of_the_query_score_higher() -> None:
    query = Query.of("retry request")
    scorer = Scorer(query, {stem("retry"): inverse_frequency(100, 2), "request": 0.5})
    both, one = Counts(500), Counts(500)
    for term in query.terms:
        both.add("body", term)
    one.add("body", "request", 2)
    assert scorer.score(both) > scorer.score(one) > 0
    assert scorer.cover(one.terms()) < 0.2
    assert scorer.name_bonus("retry_request") > scorer.name_bonus("retry_request_of_a_client")

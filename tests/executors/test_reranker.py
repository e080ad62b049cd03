"""The bag, the reader and the learned order, as they are shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from codeask.executors import reader, reranker, vectors
from codeask.executors.errors import ModelError
from codeask.executors.ranking import Counts
from codeask.executors.units import Unit


def unit(name: str, doc: str) -> Unit:
    return Unit("a.py", 1, 9, name, "function", f"def {name}()", doc, 0, Counts(100))


def test_meaning_is_nearer_than_words() -> None:
    found = vectors.bag().encode(
        ["sign in a user", "authenticate with a password", "draw a user interface", "log of errors"]
    )
    assert found.shape == (4, 384)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-3)
    near = found[1:] @ found[0]
    assert near[0] == near.max()


def test_a_text_has_the_same_vector_alone_and_among_others() -> None:
    alone = vectors.bag().encode(["retry a request"])[0]
    among = vectors.bag().encode(["a longer text about other things " * 20, "retry a request", ""])
    assert np.allclose(alone, among[1], atol=1e-4)
    assert np.isfinite(among).all()


def test_without_its_files_a_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="train-bag"):
        vectors.Bag(tmp_path)
    with pytest.raises(ModelError, match="train-reader"):
        reader.Reader(tmp_path)


def test_the_reader_prefers_what_answers_the_question() -> None:
    question = "old sessions get thrown away"
    passages = [
        "save session. (sessions backend) data encode write key",
        "clear expired. (sessions backend) delete expire date cutoff now",
        "parse url. (http urls) host port scheme",
    ]
    scores = reader.reader().read(question, passages)
    assert scores.index(max(scores)) == 1
    assert reader.reader().read(question, []) == []
    assert reader.reader().read(question, passages[::2]) == scores[::2]  # kept
    reader.reader().forget()
    again = reader.reader().read(question, passages[::-1])
    assert again == pytest.approx(scores[::-1], abs=0.3)  # int8: activations are scaled by batch


def test_pairs_are_padded_and_their_halves_told_apart() -> None:
    made = reader.pieces([1, 5, 2], [[6, 2], [7, 8, 9, 2]])
    assert made["ids"].tolist() == [[1, 5, 2, 6, 2, 0, 0], [1, 5, 2, 7, 8, 9, 2]]
    assert made["mask"].sum(1).tolist() == [5, 7]
    assert made["segments"].tolist() == [[0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 1, 1, 1, 1]]


def test_a_passage_is_words_each_of_the_code_once() -> None:
    one = unit("Pool.getHTTPAdapter", "Gets it.\n\nMore.")
    one.path, one.body = (
        "net/pool.py",
        "return self.adapters[get_scheme(url)]  # adapters by scheme",
    )
    assert reranker.passage(one) == (
        "pool get http adapter. Gets it. More. (net pool) adapters scheme url by"
    )


def test_who_calls_whom_among_candidates() -> None:
    first, second, third = unit("Box.open", ""), unit("Box.close", ""), unit("other", "")
    first.score, second.score, third.score = 2.0, 1.0, 1.0
    first.calls = frozenset({"close", "open", "print"})
    calling, called = reranker._calls([first, second, third], 2.0)
    assert (calling, called) == ([0.0, 1.0, 0.0], [0.5**0.5, 0.0, 0.0])


def test_what_is_read_is_told_by_its_place_and_score() -> None:
    rows = reranker.reading_features([3.0, 2.0, 1.0], [0.5, 4.0, 1.0])
    columns = dict(zip(reranker.READING, rows.T.tolist(), strict=True))
    assert columns["odds"] == [0.0, -1.0, -2.0]
    assert columns["read of best"] == [-3.5, 0.0, -3.0]
    assert columns["read rank"] == [2 / reranker.READ, 0.0, 1 / reranker.READ]


def test_the_shipped_ranker_fits_the_features(tmp_path: Path) -> None:
    shipped = reranker.ranker()
    assert len(shipped.order.weights) == len(reranker.FEATURES)
    assert 0 < shipped.list < shipped.yes < 1
    (tmp_path / "ranker.json").write_text('{"features": []}')
    with pytest.raises(ModelError, match="ranker"):
        reranker.Ranker.load(tmp_path)

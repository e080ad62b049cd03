"""The encoder, the kept vectors and the learned order, as they are shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from codeask.executors import reranker, vectors
from codeask.executors.errors import ModelError
from codeask.executors.ranking import Counts
from codeask.executors.units import Unit


def unit(name: str, doc: str) -> Unit:
    return Unit("a.py", 1, 9, name, "function", f"def {name}()", doc, 0, Counts(100))


def test_meaning_is_nearer_than_words() -> None:
    found = vectors.encoder().encode(
        ["sign in a user", "authenticate with a password", "draw a user interface", "log of errors"]
    )
    assert found.shape == (4, 384)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-3)
    near = found[1:] @ found[0]
    assert near[0] == near.max()


def test_a_text_has_the_same_vector_alone_and_among_longer_ones() -> None:
    long = "a much longer text about other things " * 20
    alone = vectors.encoder().encode(["retry a request"])[0]
    among = vectors.encoder().encode([long, "retry a request"])[1]
    assert float(alone @ among) > 0.98  # int8: activations are scaled by batch


def test_vectors_are_kept_and_a_damaged_store_is_made_anew(tmp_path: Path) -> None:
    class Counting:
        width = 384
        texts = 0

        def encode(self, texts: list[str]) -> np.ndarray:
            self.texts += len(texts)
            return vectors.encoder().encode(texts)

    by = Counting()
    store = vectors.VectorStore(tmp_path, "tag")
    first = vectors.vectors_of(["one thing", "another"], by, store)  # pyright: ignore[reportArgumentType]
    again = vectors.vectors_of(["another", "one thing"], by, store)  # pyright: ignore[reportArgumentType]
    assert by.texts == 2
    assert np.allclose(first[::-1], again)
    (tmp_path / "vectors-tag.sqlite").write_bytes(b"broken" * 1000)
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"vectors-tag.sqlite{suffix}").unlink(missing_ok=True)
    vectors.vectors_of(["another"], by, store)  # pyright: ignore[reportArgumentType]
    vectors.vectors_of(["another"], by, store)  # pyright: ignore[reportArgumentType]
    assert by.texts <= 4
    vectors.vectors_of(["another"], by, store)  # pyright: ignore[reportArgumentType]
    assert by.texts <= 4


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


def test_the_shipped_ranker_fits_the_features(tmp_path: Path) -> None:
    shipped = reranker.ranker()
    assert len(shipped.order.weights) == len(reranker.FEATURES)
    assert 0 < shipped.list < shipped.yes < 1
    (tmp_path / "ranker.json").write_text('{"features": []}')
    with pytest.raises(ModelError, match="ranker"):
        reranker.Ranker.load(tmp_path)

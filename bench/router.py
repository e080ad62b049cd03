"""The router's figures: what the manifest says of held-out codebases, and its speed here.

    python bench/router.py [--model DIR] [--questions FILE.jsonl]
    python bench/router.py --linked t3,t6 [--sources DIR]   # `codeask distill corpora` unpacks them

Accuracy is read from `manifest.json` (measured in training on files left out of it); speed is
measured in this process with one thread: loading the session, then `Router.route` one question at a
time, arguments included, and again with linking against an in-memory set of names. Beside the wall
clock stands the thread's own processor time, which a busy machine does not stretch as much.
With `--linked`, the labelled files are routed beside their own codebases, as a user's questions are:
the manifest's figures are those of the words alone.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from codeask.distill.corpora import default_folder
from codeask.distill.judge import accepted
from codeask.distill.labelled import QUESTIONS as FILES
from codeask.distill.labelled import load
from codeask.distill.report import FIGURES
from codeask.executors.catalog import ToolCall
from codeask.router import Router, Turn
from codeask.router.link import GrepLinker
from codeask.router.router import MODEL_FOLDER

QUESTIONS = FILES / "t3.jsonl"


class WarmNames:
    """A linker whose names are in memory, as an index has them."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(names)
        self._folded: dict[str, list[str]] = {}
        for name in sorted(self._names):
            self._folded.setdefault(_fold(name), []).append(name)

    def has_word(self, word: str) -> bool:
        return word in self._names

    def same_letters(self, words: str) -> Sequence[str]:
        return self._folded.get(_fold(words), [])

    def defined_names(self) -> Collection[str]:
        return self._names


def _fold(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


def milliseconds(work: Callable[[], object]) -> tuple[float, float]:
    """Wall-clock and processor time of one call."""
    started, used = time.perf_counter(), time.thread_time()
    work()
    return (time.perf_counter() - started) * 1000, (time.thread_time() - used) * 1000


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the sorted values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def label(name: str, row: dict[str, Any]) -> str:
    """A column's heading."""
    return f"{name} ({row['rows']})"


def accuracy(manifest: dict[str, Any]) -> None:
    """Print the held-out figures, one row a figure and one column a file."""
    held = {k: v for k, v in manifest.get("held_out", {}).items() if isinstance(v, dict)}
    if not held:
        print("The manifest has no held-out figures (trained with --skip-evaluation).")
        return
    heads = "".join(f"{label(name, row):>12}" for name, row in held.items())
    print(f"{'held-out file (rows)':<42}{heads}  aim")
    for key, words, aim in FIGURES[1:]:
        values = [row.get(key, float("nan")) for row in held.values()]
        cells = "".join(f"{x:>12.3f}" if isinstance(x, float) else f"{x:>12}" for x in values)
        print(f"{words:<42}{cells}  {aim}")


def speed(model: Path, questions: Path) -> None:
    """Print the time to load and the p50 and p95 of a route."""
    rows = [json.loads(line) for line in questions.read_text("utf-8").splitlines() if line]
    asked = [
        (
            row["question"],
            [Turn(t["question"], ToolCall.from_json(t["call"])) for t in row.get("history", [])],
        )
        for row in rows
    ]
    names = {str(row["call"]["arguments"].get("name", "")) for row in rows} - {""}
    names |= {f"{name}{i}" for name in list(names) for i in range(40)}  # thousands, as in a project
    imports = milliseconds(lambda: [__import__(name) for name in ("onnxruntime", "tokenizers")])
    router = Router(model)
    load = milliseconds(lambda: router.model)
    print(
        f"\nimport onnxruntime, tokenizers {imports[0]:.0f} ms (processor {imports[1]:.0f}); "
        f"load the model {load[0]:.0f} ms (processor {load[1]:.0f}; <= 150)"
    )
    router.route("warm up")
    for words, linker in (("without linking", None), ("with linking", WarmNames(names))):
        times = [milliseconds(lambda q=q, h=h, n=linker: router.route(q, h, n)) for q, h in asked]
        for clock, own in zip(("clock", "processor"), zip(*times, strict=True), strict=True):
            print(
                f"route, one thread, {words} ({len(own)} questions), {clock}: p50 "
                f"{percentile(own, 0.5):.1f} ms (<= 8), p95 {percentile(own, 0.95):.1f} ms (<= 15)"
            )


def with_linking(model: Path, names: Sequence[str], sources: Path) -> None:
    """Print tool and whole call of labelled files whose codebases stand in `sources`."""
    router, linkers = Router(model), {}
    for name in names:
        rows = [r for r in load([FILES / f"{name}.jsonl"]) if (sources / r.repo).is_dir()]
        tools = whole = 0
        for row in rows:
            linker = linkers.setdefault(row.repo, GrepLinker(sources / row.repo))
            call = router.route(row.question, row.history, linker).call
            tools += call.tool in (row.call.tool, *row.also)
            whole += accepted(row, row.call, call)
        total = max(1, len(rows))
        print(
            f"{name}, linked to its codebases ({len(rows)} rows): tool {tools / total:.3f}, "
            f"whole call {whole / total:.3f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL_FOLDER)
    parser.add_argument("--questions", type=Path, default=QUESTIONS)
    parser.add_argument("--linked", help="labelled files to route with their codebases: t3,t6")
    parser.add_argument("--sources", type=Path, default=default_folder())
    args = parser.parse_args()
    if args.linked:
        with_linking(args.model, args.linked.split(","), args.sources)
        return
    accuracy(json.loads((args.model / "manifest.json").read_text("utf-8")))
    size = sum(path.stat().st_size for path in args.model.iterdir()) / 1e6
    print(f"{'size of the folder, MB':<42}{size:>12.1f}  <= 25")
    speed(args.model, args.questions)


if __name__ == "__main__":
    main()

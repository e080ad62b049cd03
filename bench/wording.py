"""Whole answers with a small model in this process: seconds from question to last word, and each device.

    python bench/wording.py FOLDER                              # of the codebases; shipped adapter, 2 threads
    python bench/wording.py FOLDER --devices                    # llama.cpp: kept prefix, instructions, threads
    python bench/wording.py FOLDER --mlx HF --adapter LORA      # mlx: drafts by look-up and by a smaller model

Questions are those of the test codebases' traces, routed and looked up anew, and every kind is worded by
the model, also where the tool's places would be the answer. A whole answer is router, tools, prompt, model and
both layers of verification; what is dropped is replaced by plain words, as in use. Model and index are warm.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from codeask.assistant import Assistant, Config
from codeask.distill.worded import Worded, worded
from codeask.executors.catalog import TOOLS
from codeask.executors.complete import update
from codeask.formatter import Formatter, models, prompt
from codeask.formatter.backends import Backend
from codeask.formatter.style import Style

KNOWN = "smollm2-135m"
TOLD = ("locate", "explain", "compare")
REPOS = ("requests", "kombu", "express", "zod")
MOST = 90  # tokens, where only decoding is measured


def asked(count: int, seed: int, repos: Sequence[str] = ()) -> dict[str, list[Worded]]:
    """At most `count` questions of the test codebases (or of `repos` among them) of every kind."""
    found: dict[str, list[Worded]] = defaultdict(list)
    rows = [r for r in worded() if r.split == "test" and r.result.matches and not r.special]
    rows = [r for r in rows if not repos or r.repo in repos]
    for row in random.Random(seed).sample(rows, len(rows)):
        tool = row.result.call.tool
        kind = tool if tool in TOLD else "structural"
        if len(found[kind]) < count:
            found[kind].append(row)
    return dict(sorted(found.items()))


def local(args: argparse.Namespace, **more: object) -> tuple[Backend, Style]:
    """The model with its adapter in llama.cpp, and the prompt that the adapter was trained with."""
    from codeask.formatter.backends.llamacpp import LlamaCppBackend

    path = args.model or models.find(KNOWN, models.Machine.here())
    if path is None:
        raise SystemExit(f"The model is not here; run 'codeask models fetch {KNOWN}'.")
    facts = models.manifest(KNOWN)
    adapter = models.ADAPTERS / KNOWN / str(facts["files"]["llamacpp"])
    options = {"threads": args.threads, **more}
    return LlamaCppBackend(path, adapter=adapter, **options), models.style_of(facts)  # type: ignore[arg-type]


def spread(values: Sequence[float], unit: str = "s") -> str:
    """`median / p90`."""
    ordered = sorted(values)
    ninth = ordered[math.ceil(0.9 * len(ordered)) - 1]
    return f"{statistics.median(ordered):.2f} / {ninth:.2f} {unit}"


def whole(args: argparse.Namespace) -> None:
    """Seconds from question to answer, by kind."""
    backend, style = local(args)
    formatter = Formatter(backend, worded=frozenset(TOOLS), style=style)
    list(backend.stream(prompt.messages("warm", asked(1, 0)["explain"][0].result), max_tokens=2))
    print(f"{backend.name}, {args.threads} threads of {os.cpu_count()} cores, load "
          f"{os.getloadavg()[0]:.1f}; median / p90; share of sentences that are the model's")  # fmt: skip
    print(
        "| question | answers | whole answer | of it wording | CPU | first word | tokens read, written | model's |"
    )
    print("|---|---|---|---|---|---|---|---|")
    by_kind = asked(args.count, args.seed, args.repo or REPOS)
    assistants = {
        repo: Assistant(args.folder / repo, config=Config(backend="plain"))
        for repo in args.repo or REPOS
    }
    for repo, assistant in assistants.items():  # index, router and every tool's imports warm
        if assistant.repository.index is not None:
            update(assistant.repository)
        for row in (row for rows in by_kind.values() for row in rows if row.repo == repo):
            assistant.route(row.question)
    for kind, rows in by_kind.items():
        walls: list[float] = []
        worded_in: list[float] = []
        cpus: list[float] = []
        firsts: list[float] = []
        read: list[int] = []
        written: list[int] = []
        own = 0
        for repo in dict.fromkeys(row.repo for row in rows):
            assistant = assistants[repo]
            for row in (row for row in rows if row.repo == repo):
                started, cpu = time.perf_counter(), time.process_time()
                plain = assistant.ask(row.question)
                between = time.perf_counter()
                results = [] if plain.result is None else [plain.result, *plain.also]
                answer = formatter.answer(plain.route, results, {}, question=row.question)
                ended = time.perf_counter()
                if not results or len(results) > 1 or not results[0].matches:
                    continue  # refused or asked two ways: no model takes part
                walls.append(ended - started)
                worded_in.append(ended - between)
                cpus.append(time.process_time() - cpu)
                firsts.append(backend.figures.first_ms / 1000)
                read.append(backend.figures.prompt_tokens - backend.figures.cached_tokens)
                written.append(backend.figures.new_tokens)
                own += answer.backend != "plain"
        print(f"| {kind} | {len(walls)} | {spread(walls)} | {spread(worded_in)} | {spread(cpus)} | "
              f"{spread(firsts)} | {statistics.median(read):.0f}, {statistics.median(written):.0f} | "
              f"{own}/{len(walls)} |", flush=True)  # fmt: skip


def run(
    backend: Backend, style: Style, rows: Sequence[Worded]
) -> tuple[list[str], dict[str, list[float]]]:
    """The drafts for recorded results, and what each cost."""
    texts: list[str] = []
    cost: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        started, cpu = time.perf_counter(), time.process_time()
        messages = prompt.messages(row.question, row.result, style)
        texts.append("".join(backend.stream(messages, max_tokens=MOST)))
        cost["wall"].append(time.perf_counter() - started)
        cost["cpu"].append(time.process_time() - cpu)
        cost["first"].append(backend.figures.first_ms / 1000)
        cost["read"].append(backend.figures.prompt_tokens - backend.figures.cached_tokens)
        cost["new"].append(backend.figures.new_tokens)
        cost["passes"].append(max(1, backend.figures.passes))
    return texts, cost


def told(name: str, cost: dict[str, list[float]], same: str = "") -> None:
    """One line of the table of devices."""
    each = sum(cost["new"]) / sum(cost["passes"])
    print(f"| {name} | {spread(cost['first'])} | {spread(cost['wall'])} | {spread(cost['cpu'])} | "
          f"{statistics.median(cost['read']):.0f} | {each:.2f} | {same} |", flush=True)  # fmt: skip


HEAD = "| device | first word | whole draft | CPU | tokens read | tokens a pass | text |\n|---|---|---|---|---|---|---|"


def devices(args: argparse.Namespace) -> None:
    """llama.cpp: each device on and off over the same evidence."""
    rows = [row for rows in asked(args.count, args.seed).values() for row in rows]
    print(HEAD)
    backend, style = local(args)
    full = Style(brief=False, budget=300)
    first, cost = run(backend, style, rows)
    told("as it is: prefix kept, short instructions", cost)
    off, _ = local(args, keep_prefix=False)
    texts, cost = run(off, style, rows)
    told("prefix not kept", cost, "the same" if texts == first else "differs")
    _, cost = run(backend, full, rows)
    told("instructions of a model without adapter, 300 tokens of evidence, prefix kept", cost)
    _, cost = run(off, full, rows)
    told("the same, prefix not kept", cost)
    again = [row for row in rows[: max(2, args.count // 2)] for _ in range(2)]
    _, cost = run(backend, style, again)
    second = {key: values[1::2] for key, values in cost.items()}
    told("the same prompt once more, prefix kept", second)
    for threads in (1, 2):
        other, _ = local(args, threads=threads)
        _, cost = run(other, style, rows)
        told(f"{threads} thread{'s' if threads > 1 else ''}", cost)


def mlx_devices(args: argparse.Namespace) -> None:
    """mlx: decoding as it is, with look-up drafts, and with a smaller model's."""
    from codeask.formatter.backends.mlx import MlxBackend

    rows = [row for rows in asked(args.count, args.seed).values() for row in rows]
    style = models.style_of(models.manifest(KNOWN)) if args.adapter else Style(budget=300)
    print(HEAD)
    first: list[str] = []
    ways: list[tuple[str, dict[str, object]]] = [
        ("no drafts", {"lookup": False}), ("look-up in the evidence", {}),
    ]  # fmt: skip
    if args.draft:
        ways.append((f"draft_model {args.draft.name}", {"draft_model": args.draft}))
    ways.append(("look-up, prefix not kept", {"keep_prefix": False}))
    for name, options in ways:
        backend = MlxBackend(args.mlx, adapter=args.adapter, **options)  # type: ignore[arg-type]
        texts, cost = run(backend, style, rows)
        first = first or texts
        told(name, cost, "the same" if texts == first else "differs")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path, help="the codebases as 'distill corpora' unpacks them")
    parser.add_argument("--count", type=int, default=20, help="questions of every kind")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--model", type=Path, help="GGUF file (default: the fetched smollm2-135m)")
    parser.add_argument("--devices", action="store_true", help="llama.cpp's, on and off")
    parser.add_argument("--mlx", type=Path, help="folder of a model: mlx's devices, on and off")
    parser.add_argument("--adapter", type=Path, help="with --mlx: folder of a LoRA adapter")
    parser.add_argument("--draft", type=Path, help="with --mlx: folder of the drafting model")
    parser.add_argument("--repo", action="append", help="codebase (default: four small ones)")
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    (mlx_devices if args.mlx else devices if args.devices else whole)(args)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

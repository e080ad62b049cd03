"""How well `locate` and `explain` find the cited code: hit@1, hit@5, MRR, NDCG@10, by ablation.

    python bench/retrieval.py FOLDER [--split test|validation|train] [--presence] [--probe PATH]
    python bench/retrieval.py CODEBASE --times [--probe PATH]

FOLDER has one source tree a codebase, named as in the traces (`codeask distill corpora`). The
relevant places of a question are those that its worked answer cites. Nothing was fitted or chosen
on the split `test`. A match is right when it is in the same file and has the same name, or is a
function (not a class or file, whose range holds everything) whose lines overlap the cited ones.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from codeask.distill.corpora import split_of
from codeask.distill.train_ranker import GROUPS, PRESENT, answers, gains, group_of, questions
from codeask.executors import grep
from codeask.executors.catalog import ToolCall
from codeask.executors.complete import update
from codeask.executors.index import Index
from codeask.executors.ranking import Query, Weights, split_words, stem
from codeask.executors.reader import reader
from codeask.executors.repository import Repository
from codeask.executors.reranker import rerank
from codeask.executors.results import Match
from codeask.executors.run import run_tool
from codeask.executors.search import Search
from codeask.executors.shortlist import MAX_FILES, Gathered, gather, order, rank
from codeask.executors.units import Unit

PLAIN = Weights(name_cover=0, test=1, aside=1, module=1, path=0, container=0,
                signature=0, doc=0, members=0, name=1)  # fmt: skip
ABLATIONS: dict[str, Weights] = {
    "words": Weights(),
    "plain bm25": PLAIN,
    "plain + name x3": replace(PLAIN, name=4),
    "- name field": replace(Weights(), name=0),
    "- name cover": replace(Weights(), name_cover=0),
    "- damping": replace(Weights(), test=1, aside=1),
    "- module damping": replace(Weights(), module=1),
    "- doc": replace(Weights(), doc=0),
    "- signature": replace(Weights(), signature=0),
    "- path": replace(Weights(), path=0, container=0),
    "- members": replace(Weights(), members=0),
}


_GATHERED: dict[tuple[Path, str], Gathered] = {}  # the ablations differ in the ranking only
MAX_PARSED = MAX_FILES
Finder = Callable[[ToolCall, Repository], Sequence[Unit | Match]]


def by_ranking(weights: Weights) -> Finder:
    """Ranked by words alone, as `locate` does, also for `explain` with a name."""

    def find(call: ToolCall, repository: Repository) -> list[Unit]:
        key = repository.root, call.text("query")
        if key not in _GATHERED:
            search = Search(repository, call, time.monotonic() + 30)
            _GATHERED[key] = gather(search, call.text("query"), max_files=MAX_PARSED)
        return order(_GATHERED[key], weights).units

    return find


def by_tool(call: ToolCall, repository: Repository) -> Sequence[Match]:
    """The tool as it runs, cut-off included."""
    return run_tool(call, repository, timeout=30).matches


def by_reranking(call: ToolCall, repository: Repository) -> Sequence[Unit]:
    """Ranked by words and then by the learned order, as `locate` does, without a cut-off."""
    search = Search(repository, call, time.monotonic() + 60)
    return rerank(search, rank(search, call.text("query"), Weights())).units


def by_probe(executable: str) -> Finder:
    """`@probelabs/probe`, which parses blocks and ranks them by BM25, with its own defaults."""

    def find(call: ToolCall, repository: Repository) -> list[Match]:
        command = [executable, "search", call.text("query"), "./", "--max-results", "10",
                   "--format", "json"]  # fmt: skip
        done = subprocess.run(command, cwd=repository.root, capture_output=True, text=True)
        start = done.stdout.find("{")
        try:
            results = json.loads(done.stdout[start:])["results"]
        except (ValueError, KeyError):
            return []
        root = f"{repository.root}/"  # it prints full paths
        return [
            Match(r["file"].removeprefix(root).removeprefix("./"), r["lines"][0], r["lines"][1],
                  "", "block", "", "relevant")
            for r in results
        ]  # fmt: skip

    return find


def by_ripgrep(call: ToolCall, repository: Repository) -> list[Match]:
    """Lines by how many different words of the query they have: what a person with rg sees."""
    query = call.text("query")
    words = [w for w in dict.fromkeys(split_words(query)) if len(w) > 2]
    kept = [w for w in words if stem(w) in Query.of(query).terms]
    if not kept:
        return []
    lines = grep.lines(repository.root, "|".join(map(re.escape, kept)), ignore_case=True)
    lines.sort(key=lambda x: -sum(word in x.text.lower() for word in kept))
    return [Match(x.path, x.line, x.line, "", "text", "", "relevant") for x in lines[:10]]


def measure(folder: Path, repos: list[str], finder: Finder) -> dict[str, list[tuple]]:
    """Figures and seconds of each question by group; repositories are parsed once a run."""
    rows: dict[str, list[tuple]] = {group: [] for group in GROUPS}
    for repo in repos:
        root = folder / repo
        if not root.is_dir():
            continue
        repository = _repository(root)
        for call, cited, _ in questions(repo):
            there = [place for place in cited or () if (root / place.path).is_file()]
            if not there:
                continue
            started = time.monotonic()
            found = finder(call, repository)
            seconds = time.monotonic() - started
            answered = [[n for n, c in enumerate(there) if answers(x, c)] for x in found[:10]]
            rows[group_of(call)].append((*gains(answered, len(there)), seconds))
    return rows


_REPOSITORIES: dict[Path, Repository] = {}


def _repository(root: Path) -> Repository:
    return _REPOSITORIES.setdefault(root, Repository(root))


def report(name: str, rows: dict[str, list[tuple]]) -> None:
    """One line: the figures of each group, the MRR of all, and the median time."""
    cells = []
    for group in GROUPS:
        columns = list(zip(*rows[group], strict=True))
        figures = [statistics.mean(column) for column in columns[:4]]
        cells.append(f"{len(rows[group]):3d} " + " ".join(f"{x:.3f}" for x in figures))
    every = [row for group in rows.values() for row in group]
    mrr, seconds = statistics.mean(r[2] for r in every), statistics.median(r[4] for r in every)
    print(f"{name:18s} {' | '.join(cells)} | {mrr:.3f} {seconds * 1000:5.0f} ms", flush=True)


def presence(folder: Path, repos: list[str]) -> None:
    """Yes or no: how often an absent behaviour gets a yes, and a present one a no."""
    asked: dict[bool, list[bool]] = {True: [], False: []}
    for line in PRESENT.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["repo"] in repos and (folder / row["repo"]).is_dir():
            call = ToolCall.from_json(
                {"tool": "locate", "arguments": {"query": row["query"], "mode": "exists"}}
            )
            result = run_tool(call, _repository(folder / row["repo"]), timeout=60)
            yes = bool(result.facts["exists"])
            asked[row["present"]].append(yes)
            if yes != row["present"]:
                print(f"  wrong: {row['repo']}: {row['query']} -> {'yes' if yes else 'no'}")
    for present, said in asked.items():
        what = "present" if present else "absent"
        print(f"{what}: {len(said)} questions, yes to {statistics.mean(said):.3f}")


ASKED = (
    "where are database connections closed when they are too old", "csrf token check",
    "trailing slashes get redirected", "where do we hash passwords", "turn a model into json",
    "how does the admin check permissions", "stop clickjacking", "delete old sessions",
)  # fmt: skip


def times(root: Path, probe: str | None) -> None:
    """Seconds of questions about one folder: cold, with an index (new and asked again), rg, probe."""
    calls = [ToolCall.from_json({"tool": "locate", "arguments": {"query": q}}) for q in ASKED]
    files = len(Repository(root).listing().files)

    def told(name: str, finder: Finder, fresh: Callable[[], Repository]) -> None:
        walls, cpus = list[float](), list[float]()
        for call in calls:
            repository = fresh()
            started, cpu = time.monotonic(), time.process_time()
            finder(call, repository)
            walls.append((time.monotonic() - started) * 1000)
            cpus.append((time.process_time() - cpu) * 1000)
        middle, worst = statistics.median(walls), max(walls)
        print(
            f"{name:24s} p50 {middle:6.0f} ms, worst {worst:6.0f}, CPU p50"
            f" {statistics.median(cpus):6.0f}", flush=True,
        )  # fmt: skip

    print(f"{root.name}: {files:,} files, {len(calls)} questions")
    by_tool(calls[0], Repository(root))  # loads the models
    reader().forget()
    told("cold", by_tool, lambda: Repository(root))
    with tempfile.TemporaryDirectory() as folder:
        kept = Repository(root, Index(root, Path(folder)))
        update(kept)
        reader().forget()  # the cold questions' scores
        told("index, new question", by_tool, lambda: kept)
        told("index, asked again", by_tool, lambda: kept)
        size = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file())
        print(f"index and word counts on disk: {size / 1e6:.1f} MB")
    told("rg", by_ripgrep, lambda: Repository(root))
    if probe:
        told("probe", by_probe(probe), lambda: Repository(root))


def main() -> None:
    """Measures the tools, ripgrep, probe and the rankings named by the arguments."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", choices=("train", "validation", "test"), default="test")
    parser.add_argument("--all", action="store_true", help="every ablation of the words' weights")
    parser.add_argument("--presence", action="store_true", help="the yes-or-no questions only")
    parser.add_argument("--probe", help="path of the probe executable, to measure it too")
    parser.add_argument("--times", action="store_true", help="FOLDER is one codebase: times only")
    given = parser.parse_args()
    if given.times:
        times(given.folder.resolve(), given.probe)
        return
    repos = [repo for repo, split in split_of().items() if split == given.split]
    if given.presence:
        presence(given.folder, repos)
        return
    print(
        f"{given.split}: n hit@1 hit@5 MRR NDCG@10 of {', '.join(GROUPS)} | MRR of all, median time"
    )
    report("tools", measure(given.folder, repos, by_tool))
    report("words and meaning", measure(given.folder, repos, by_reranking))
    names = ABLATIONS if given.all else ("words", "plain bm25")
    for name in names:
        report(name, measure(given.folder, repos, by_ranking(ABLATIONS[name])))
    report("rg", measure(given.folder, repos, by_ripgrep))
    if given.probe:
        report("probe", measure(given.folder, repos, by_probe(given.probe)))


if __name__ == "__main__":
    main()

"""How well `locate` and `explain` find the cited code: hit@1, hit@5, MRR, NDCG@10, by ablation.

    python bench/retrieval.py FOLDER [--split test|validation|train] [--presence] [--probe PATH]

FOLDER has one source tree a codebase, named as in the traces (`codeask distill corpora`). The
relevant places of a question are those that its worked answer cites. Nothing was fitted or chosen
on the split `test`. A match is right when it is in the same file and has the same name, or is a
function (not a class or file, whose range holds everything) whose lines overlap the cited ones.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from codeask.distill.corpora import split_of
from codeask.executors import grep
from codeask.executors.catalog import ToolCall
from codeask.executors.ranking import Query, Weights, split_words
from codeask.executors.repository import Repository
from codeask.executors.reranker import rerank
from codeask.executors.run import run_tool
from codeask.executors.search import Search
from codeask.executors.shortlist import MAX_FILES, Gathered, gather, order, rank

PRESENT = Path(__file__).parent.parent / "distill" / "data" / "presence.jsonl"
TRACES = Path(__file__).parent.parent / "distill" / "data" / "traces"
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


@dataclass(frozen=True)
class Place:
    """A place as judged: path, lines, last name and kind."""

    path: str
    line: int
    end: int
    name: str
    kind: str

    def answers(self, cited: Place) -> bool:
        """Whether finding this place is finding the cited one."""
        if self.path != cited.path:
            return False
        if self.name and self.name == cited.name:
            return True
        if self.kind in WHOLE and cited.kind in WHOLE:
            return True
        broad = self.kind in ("class", "interface", "struct", "module", "file", "section", "type")
        return not broad and self.line <= cited.end and cited.line <= self.end


WHOLE = ("file", "module")
_GATHERED: dict[tuple[Path, str], Gathered] = {}  # the ablations differ in the ranking only
MAX_PARSED = MAX_FILES
Finder = Callable[[dict, Repository], list[Place]]


def last_name(name: str) -> str:
    """`Session.send` → `send`; a path stays whole."""
    return name if "/" in name else re.split(r"[.:#]+", name)[-1]


def questions(repo: str, root: Path) -> Iterator[tuple[dict, list[Place]]]:
    """The rows of a codebase with the cited places that are still there."""
    for file in sorted(TRACES.glob("a*.jsonl")):
        for text in file.read_text("utf-8").splitlines():
            row = json.loads(text)
            if row["repo"] != repo or row["call"]["tool"] not in ("locate", "explain"):
                continue
            matches = row["result"]["matches"]
            cited = {int(n) for n in re.findall(r"\[(\d+)\]", row["answer"])}
            places = [
                Place(
                    m["path"],
                    m["line"],
                    m.get("end_line", m["line"]),
                    last_name(m.get("name", "")),
                    m.get("kind", ""),
                )
                for number, m in enumerate(matches, 1)
                if number in cited and (root / m["path"]).is_file()
            ]
            if places:
                yield row, places


def by_ranking(weights: Weights) -> Finder:
    """Ranked by words alone, as `locate` does, also for `explain` with a name."""

    def find(row: dict, repository: Repository) -> list[Place]:
        key = repository.root, row["id"]
        if key not in _GATHERED:
            call = ToolCall.from_json(row["call"])
            search = Search(repository, call, time.monotonic() + 30)
            _GATHERED[key] = gather(search, call.text("query"), max_files=MAX_PARSED)
        ranked = order(_GATHERED[key], weights)
        return [
            Place(u.path, u.line, u.end_line, last_name(u.name), u.kind) for u in ranked.units[:10]
        ]

    return find


def by_tool(row: dict, repository: Repository) -> list[Place]:
    """The tool as it runs, cut-off included."""
    result = run_tool(ToolCall.from_json(row["call"]), repository, timeout=30)
    return [
        Place(m.path, m.line, m.end_line, last_name(m.name), m.kind) for m in result.matches[:10]
    ]


def by_reranking(row: dict, repository: Repository) -> list[Place]:
    """Ranked by words and then by the learned order, as `locate` does, without a cut-off."""
    call = ToolCall.from_json(row["call"])
    search = Search(repository, call, time.monotonic() + 60)
    judged = rerank(search, rank(search, call.text("query"), Weights()))
    return [Place(u.path, u.line, u.end_line, last_name(u.name), u.kind) for u in judged.units[:10]]


def by_probe(executable: str) -> Finder:
    """`@probelabs/probe`, which parses blocks and ranks them by BM25, with its own defaults."""

    def find(row: dict, repository: Repository) -> list[Place]:
        command = [executable, "search", row["call"]["arguments"]["query"], "./",
                   "--max-results", "10", "--format", "json"]  # fmt: skip
        done = subprocess.run(command, cwd=repository.root, capture_output=True, text=True)
        start = done.stdout.find("{")
        try:
            results = json.loads(done.stdout[start:])["results"]
        except (ValueError, KeyError):
            return []
        return [
            Place(r["file"].removeprefix("./"), r["lines"][0], r["lines"][1], "", "block")
            for r in results[:10]
        ]

    return find


def by_ripgrep(row: dict, repository: Repository) -> list[Place]:
    """Lines by how many different words of the query they have: what a person with rg sees."""
    query = row["call"]["arguments"]["query"]
    words = [w for w in dict.fromkeys(split_words(query)) if len(w) > 2]
    kept = [w for w in words if any(t == w or w.startswith(t) for t in Query.of(query).terms)]
    if not kept:
        return []
    lines = grep.lines(repository.root, "|".join(map(re.escape, kept)), ignore_case=True)
    lines.sort(key=lambda x: -sum(word in x.text.lower() for word in kept))
    return [Place(x.path, x.line, x.line, "", "text") for x in lines[:10]]


def gains(found: list[Place], cited: list[Place]) -> tuple[float, float, float, float]:
    """hit@1, hit@5, reciprocal rank, NDCG@10 (each cited place counts once)."""
    left, hits = list(cited), list[int]()
    for position, place in enumerate(found[:10]):
        right = next((c for c in left if place.answers(c)), None)
        if right is not None:
            left.remove(right)
            hits.append(position)
    ideal = sum(1 / math.log2(i + 2) for i in range(min(len(cited), 10)))
    gained = sum(1 / math.log2(i + 2) for i in hits)
    first = hits[0] if hits else 99
    return float(first < 1), float(first < 5), 1 / (first + 1) if hits else 0.0, gained / ideal


def measure(folder: Path, repos: list[str], finder: Finder) -> dict[str, list[tuple]]:
    """Figures and seconds of each question by tool; repositories are parsed once a run."""
    rows: dict[str, list[tuple]] = {"locate": [], "explain": []}
    for repo in repos:
        root = folder / repo
        if not root.is_dir():
            continue
        repository = _repository(root)
        for row, cited in questions(repo, root):
            started = time.monotonic()
            found = finder(row, repository)
            seconds = time.monotonic() - started
            rows[row["call"]["tool"]].append((*gains(found, cited), seconds))
    return rows


_REPOSITORIES: dict[Path, Repository] = {}


def _repository(root: Path) -> Repository:
    return _REPOSITORIES.setdefault(root, Repository(root))


def report(name: str, rows: dict[str, list[tuple]]) -> None:
    """One line: the figures of locate, of explain, and the median time."""
    cells = []
    for tool in ("locate", "explain"):
        columns = list(zip(*rows[tool], strict=True))
        figures = [statistics.mean(column) for column in columns[:4]]
        cells.append(f"{len(rows[tool]):4d}  " + " ".join(f"{x:.3f}" for x in figures))
    seconds = [r[4] for tool in rows.values() for r in tool]
    print(
        f"{name:18s} {'   '.join(cells)}   {statistics.median(seconds) * 1000:5.0f} ms", flush=True
    )


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
    for present, answers in asked.items():
        what = "present" if present else "absent"
        print(f"{what}: {len(answers)} questions, yes to {statistics.mean(answers):.3f}")


def main() -> None:
    """Measures the tools, ripgrep, probe and the rankings named by the arguments."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", choices=("train", "validation", "test"), default="test")
    parser.add_argument("--all", action="store_true", help="every ablation of the words' weights")
    parser.add_argument("--presence", action="store_true", help="the yes-or-no questions only")
    parser.add_argument("--probe", help="path of the probe executable, to measure it too")
    given = parser.parse_args()
    repos = [repo for repo, split in split_of().items() if split == given.split]
    if given.presence:
        presence(given.folder, repos)
        return
    print(f"{given.split:18s}   n  hit@1 hit@5 MRR NDCG@10 (locate, then explain)   median time")
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

"""From a described behaviour to ranked units: choose files by ripgrep, parse the best, score."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from . import grep
from .built import built_copies
from .languages import SUFFIXES, parsable
from .outline import OUTLINED
from .ranking import Query, Scorer, Weights, inverse_frequency, name_stems
from .repository import FileEntry, is_test_path
from .search import Search
from .spelling import corrected
from .units import (
    DOC_LANGUAGES,
    SETTINGS_SUFFIXES,
    Unit,
    body_text,
    definition_units,
    is_outlined,
    is_settings,
    outline_units,
    section_units,
    setting_units,
)
from .wordindex import counted

MAX_FILES = 40  # 80 find hardly more and take twice as long (docs/retrieval.md)
BODY = 700  # characters of a body that are looked at for its meaning
MAX_FILE_BYTES = 400_000  # larger ones are generated or data; parsing one would eat the budget
_ASIDE = re.compile(
    r"(^|/)(docs?|docs_src|examples?|samples?|demos?|tutorials?|benchmarks?|vendor|third_party|"
    r"node_modules|dist|generated|_vendor|locale|scripts?)/|(^|/)migrations/\d+_|(_pb2|\.pb|\.gen|\.d)\.\w+$"
    r"|(^|/)(CHANGES|CHANGELOG|HISTORY|NEWS)[^/]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Ranked:
    """The ranked units of a query; `found` maps each term to the files that have it."""

    query: Query
    scorer: Scorer
    units: list[Unit]
    found: Mapping[str, frozenset[str]]

    def cover(self, unit: Unit) -> float:
        """The share of the query's weight that a unit covers."""
        return self.scorer.cover(unit.counts.terms())

    def files_with(self, term: str) -> int:
        """How many files have a term."""
        return len(self.found[term])


@dataclass(frozen=True, slots=True)
class Gathered:
    """The units of the most promising files, unranked.

    `damped` tells whether tests and examples count less (not where tests are asked for).
    """

    query: Query
    idf: Mapping[str, float]
    found: Mapping[str, frozenset[str]]
    units: list[Unit]
    damped: bool


def rank(search: Search, text: str, weights: Weights, *, max_files: int = MAX_FILES) -> Ranked:
    """Every unit of the most promising files that has a term of `text`, best first."""
    return order(gather(search, text, max_files=max_files), weights)


def gather(search: Search, text: str, *, max_files: int = MAX_FILES) -> Gathered:
    """The units of the `max_files` best files that have a term of `text`."""
    query = Query.of(text)
    entries = _places(search)
    counts = _counts(search, entries, query)
    meant = corrected(search, query, [term for term in query.terms if not counts[term]])
    if meant is not query:
        query, counts = meant, _counts(search, entries, meant)
    found = {term: frozenset(paths) for term, paths in counts.items()}
    total = len(entries)
    idf = {
        term: inverse_frequency(total, len(paths & entries.keys())) for term, paths in found.items()
    }
    damped = search.call.text("tests") != "only"
    shapes = search.repository.derived(search.listing, "shapes", dict[str, _Shape])
    by_file = _file_scores(query, idf, counts, entries, shapes, damped=damped)
    best = sorted(by_file, key=lambda path: (-by_file[path], path))[:max_files]
    units: list[Unit] = []
    for path in best:
        search.remaining()
        units += _units(search, entries[path], query)
    return Gathered(query, idf, found, units, damped)


def _places(search: Search) -> Mapping[str, FileEntry]:
    """The files of a question that may hold units, built copies left out."""

    def chosen() -> Mapping[str, FileEntry]:
        entries = {entry.path: entry for entry in search.files() if readable(entry)}
        copies = built_copies(entries)
        return {path: entry for path, entry in entries.items() if path not in copies}

    if search.filter.accepts_all:
        return search.repository.derived(search.listing, "places", chosen)
    return chosen()


def order(gathered: Gathered, weights: Weights) -> Ranked:
    """The gathered units by their score."""
    scorer = Scorer(gathered.query, gathered.idf, weights)
    for unit in gathered.units:
        unit.score = _score(scorer, unit, damped=gathered.damped)
    units = sorted(gathered.units, key=lambda unit: (-unit.score, unit.path, unit.line))
    return Ranked(gathered.query, scorer, _without_parts(units), gathered.found)


def readable(entry: FileEntry) -> bool:
    """Whether a file may hold units: code, documentation or settings of a sensible size."""
    return entry.size <= MAX_FILE_BYTES and (
        parsable(entry.language)
        or entry.language in DOC_LANGUAGES
        or is_settings(entry.path)
        or is_outlined(entry.path)
    )


def _counts(
    search: Search, entries: Mapping[str, FileEntry], query: Query
) -> Mapping[str, Mapping[str, int]]:
    """For each term the files that have it and how often: by the snapshot, else by ripgrep."""
    known = counted(search.repository, entries, query.terms)
    return known if known is not None else _counts_by_term(search, query)


def _counts_by_term(search: Search, query: Query) -> dict[str, dict[str, int]]:
    suffixes = search.suffixes()
    if not search.call.text("lang"):
        suffixes = (*suffixes, ".md", ".markdown", ".mdx", ".rst", *SETTINGS_SUFFIXES, *OUTLINED)
    elif search.call.text("lang") not in SUFFIXES:
        suffixes = (".md", ".markdown", ".mdx", ".rst")
    timeout = search.remaining()

    def counts(term: str) -> dict[str, int]:
        pattern = query.file_pattern(term)
        return grep.counts(search.repository.root, pattern, suffixes=suffixes, timeout=timeout)

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(query.terms, pool.map(counts, query.terms), strict=True))


def _file_scores(
    query: Query, idf: Mapping[str, float], counts: Mapping[str, Mapping[str, int]],
    entries: Mapping[str, FileEntry], shapes: dict[str, _Shape], *, damped: bool,
) -> dict[str, float]:  # fmt: skip
    """A file's score: its terms, those that come often and those of its path counting more.

    `shapes` holds what was found of paths before, and takes in what is found of others.
    """
    scores: dict[str, float] = {}
    for term, paths in counts.items():
        weight = idf[term] * query.terms[term]
        for path, times in paths.items():
            if path in entries:
                scores[path] = scores.get(path, 0.0) + weight * (1 + 0.5 * times / (times + 4))
    in_path = {term: idf[term] * share for term, share in query.terms.items()}
    for path, score in scores.items():
        shape = shapes.get(path)
        if shape is None:
            shape = shapes[path] = _Shape.of(entries[path])
        named = sum(in_path[t] for t in in_path.keys() & shape.words)
        scores[path] = (score + named) * (shape.weight if damped else shape.share)
    return scores


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a file's path and size tell whatever is asked: `weight` is `share`, damped."""

    words: frozenset[str]
    share: float
    weight: float

    @classmethod
    def of(cls, entry: FileEntry) -> _Shape:
        # among files with the same terms the small ones are more about them
        share = 1 - min(entry.size / 1_000_000, 0.2)
        damping = _damping(entry.path, Weights())
        return cls(frozenset(name_stems(entry.path)), share, share * damping)


def _damping(path: str, weights: Weights) -> float:
    if is_test_path(path):
        return weights.test
    return weights.aside if is_aside(path) else 1.0


def is_aside(path: str) -> bool:
    """Whether a file is documentation, an example, vendored or generated."""
    return path.endswith((".md", ".rst", ".mdx", ".markdown")) or _ASIDE.search(path) is not None


def with_bodies(search: Search, units: Iterable[Unit]) -> None:
    """Fills `body` and `calls` of units: the start of a definition's body, of a section's or a module's text."""
    for unit in units:
        source = search.source(unit.path)
        if source is None or unit.body:
            continue
        entry = search.listing.files[unit.path]
        if unit.index >= 0:
            facts = search.repository.facts(entry, source)
            if facts is not None and unit.index < len(facts.definitions):
                definition = facts.definitions[unit.index]
                unit.body = body_text(source.data, definition, limit=BODY)
                span = definition.start, definition.end
                unit.calls = frozenset(
                    site.name for site in facts.sites
                    if site.role == "call" and span[0] <= site.start < span[1]
                )  # fmt: skip
        else:
            unit.body = " ".join(" ".join(source.lines[unit.line - 1 : unit.line + 12]).split())


def _units(search: Search, entry: FileEntry, query: Query) -> Iterable[Unit]:
    source = search.source(entry.path)
    if source is None:
        return []
    if entry.language in DOC_LANGUAGES:
        return section_units(source, query)
    if is_settings(entry.path):
        return setting_units(source, query)
    if not parsable(entry.language):
        return outline_units(source, query)
    facts = search.repository.facts(entry, source)
    return definition_units(facts, source, query) if facts is not None else []


def _score(scorer: Scorer, unit: Unit, *, damped: bool) -> float:
    weights = scorer.weights
    score = scorer.score(unit.counts)
    if unit.kind != "section":
        score += scorer.name_bonus(unit.name.rpartition(".")[2])
    if unit.kind == "module":
        score *= weights.module
    if damped:
        score *= _damping(unit.path, weights)
    return score


def _without_parts(units: list[Unit]) -> list[Unit]:
    """Leaves out what lies in a function that stands higher, and repeats of one name in a file."""
    kept: list[Unit] = []
    spans: dict[str, list[tuple[int, int]]] = {}
    names: set[tuple[str, str]] = set()
    for unit in units:
        inside = any(a <= unit.line and unit.end_line <= b for a, b in spans.get(unit.path, ()))
        if inside or (unit.path, unit.name) in names:
            continue
        kept.append(unit)
        names.add((unit.path, unit.name))
        if unit.kind in ("function", "method"):
            spans.setdefault(unit.path, []).append((unit.line, unit.end_line))
    return kept

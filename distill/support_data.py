"""Pairs for the support layer: sentences that their evidence bears out, and wrong ones of each sort.

Positives are the teacher's sentences and, mined from the source of the training codebases, sentences
that syntax makes true. Negatives are made from them: `NEGATIVES` names each sort.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..executors.catalog import ToolCall
from ..executors.languages import parsable
from ..executors.repository import Repository
from ..executors.results import Match, ToolResult
from ..executors.search import Search
from ..executors.syntax import CALLABLE_KINDS, Definition, FileFacts
from ..formatter.clauses import Clause, clauses
from ..formatter.listed import said
from ..formatter.verify import CITATION, citations
from ..formatter.words import first_sentence, join, tick
from .worded import Worded

_TICKED = re.compile(r"`[^`]+`")
_NAME = re.compile(r"[A-Za-z_]\w{3,}")
_NUMBER = re.compile(r"(?<![\w.\[])\d+(?![\w\]])")
_COUNTS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
# Each side is turned into the other.
_OPPOSITES = (
    ("before", "after"), ("first", "last"), ("true", "false"), ("always", "never"),
    ("on", "off"), ("raises", "returns"), ("returned", "raised"), ("if", "unless"),
    ("only", "also"), ("adds", "removes"), ("opens", "closes"), ("reads", "writes"),
    ("calls", "is called by"), ("more", "less"), ("most", "fewest"), ("without", "with"),
    ("enabled", "disabled"), ("starts", "stops"), ("sync", "async"), ("all", "none"),
    ("inherits from", "is the base of"), ("yes", "no"), ("increases", "decreases"),
    ("skips", "keeps"), ("accepts", "rejects"), ("public", "private"), ("both", "neither"),
    ("optional", "required"), ("sets", "clears"), ("from", "to"), ("until", "while"),
)  # fmt: skip
_NEGATIONS = (
    (r"\b(is|are|was|were|can|may|must|does|do|has|have|will) not\b", r"\1"),
    (r"\bcannot\b", "can"), (r"\bnever\b", "always"), (r"\bnothing\b", "something"),
    (r"\bno\b", "a"), (r"\b(is|are|was|can|must|will)\b", r"\1 not"),
    (r"\b(calls|returns|raises|takes|sets|reads|uses|checks|keeps|stores|runs|makes|gives)\b",
     r"never \1"),
)  # fmt: skip
_NONSENSE = (
    "`{a}` is the wrapper for a `{b}` {n}.", "`{a}` is a function that returns `{b}` {n}.",
    "The `{a}` is defined in `{b}` and is used by the `{c}` {n}.",
    "`{a}` calls `{b}`, which raises `{c}` {n}.", "`{a}` inherits from `{b}` {n}.",
    "`{a}` is set to `{b}` when `{c}` is true {n}.", "It is `{a}` that decides on `{b}` {n}.",
    "`{a}` checks whether `{b}` is `{c}` {n}.", "`{b}` is the `{a}` of the `{c}` {n}.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence, the result it speaks of, whether it is borne out, and how it was made."""

    sentence: str
    result: ToolResult
    true: bool
    sort: str
    repo: str
    source: str


Maker = Callable[[str, Worded, random.Random, Sequence[Worded]], str | None]


def pairs(rows: Sequence[Worded], seed: int, *, most: int = 5) -> list[Pair]:
    """Every sentence of the answers, and up to `most` wrong ones made from each."""
    rng = random.Random(seed)
    made: list[Pair] = []
    for row in rows:
        for sentence in row.sentences:
            made.append(Pair(sentence, row.result, True, "teacher", row.repo, row.id))
            made += negatives(sentence, row, rng, rows, most)
    return made


def negatives(
    sentence: str, row: Worded, rng: random.Random, rows: Sequence[Worded], most: int
) -> list[Pair]:
    """Up to `most` wrong sentences of different sorts about the same result."""
    found: list[Pair] = []
    for sort in rng.sample(sorted(NEGATIVES), len(NEGATIVES)):
        wrong = NEGATIVES[sort](sentence, row, rng, rows)
        if wrong is not None and _key(wrong) != _key(sentence):
            found.append(Pair(wrong, row.result, False, sort, row.repo, row.id))
        if len(found) == most:
            break
    return found


def _key(sentence: str) -> str:
    return " ".join(re.findall(r"\w+", sentence.lower()))


def _swapped(sentence: str, row: Worded, rng: random.Random, rows: Sequence[Worded]) -> str | None:
    """Two names changed places; not where they are merely listed beside each other."""
    spans = [(m.start(), m.end()) for m in _TICKED.finditer(sentence)]
    choices = [
        (a, b)
        for i, a in enumerate(spans)
        for b in spans[i + 1 :]
        if sentence[a[0] : a[1]] != sentence[b[0] : b[1]]
        and len(re.findall(r"[a-z]{2,}", _TICKED.sub(" ", sentence[a[1] : b[0]]))) >= 2
    ]
    if not choices:
        return None
    (a0, a1), (b0, b1) = rng.choice(choices)
    return sentence[:a0] + sentence[b0:b1] + sentence[a1:b0] + sentence[a0:a1] + sentence[b1:]


def _cited_text(sentence: str, row: Worded) -> str:
    numbers = [n for n in citations(sentence) if 1 <= n <= len(row.result.matches)]
    chosen = [row.result.matches[n - 1] for n in numbers] or list(row.result.matches)
    return "\n".join(f"{m.name}\n{m.text}" for m in chosen)


def _replaced(sentence: str, row: Worded, rng: random.Random, rows: Sequence[Worded]) -> str | None:
    """A name became another that the evidence also has."""
    spans = list(_TICKED.finditer(sentence))
    names = sorted(set(_NAME.findall(_cited_text(sentence, row))) - set(_NAME.findall(sentence)))
    names = [name for name in names if "_" in name or not name.islower()] or names
    if not spans or not names:
        return None
    span = rng.choice(spans)
    return f"{sentence[: span.start()]}{tick(rng.choice(names))}{sentence[span.end() :]}"


def _negated(sentence: str, row: Worded, rng: random.Random, rows: Sequence[Worded]) -> str | None:
    for pattern, new in rng.sample(_NEGATIONS, len(_NEGATIONS)):
        if re.search(pattern, sentence):
            return re.sub(pattern, new, sentence, count=1)
    return None


def _opposite(sentence: str, row: Worded, rng: random.Random, rows: Sequence[Worded]) -> str | None:
    sides = list(_OPPOSITES) + [(b, a) for a, b in _OPPOSITES]
    for old, new in rng.sample(sides, len(sides)):
        found = re.search(rf"\b{old}\b", _TICKED.sub(lambda m: "_" * len(m[0]), sentence), re.I)
        if found:
            word = new.capitalize() if found[0][0].isupper() else new
            return sentence[: found.start()] + word + sentence[found.end() :]
    return None


def _recited(sentence: str, row: Worded, rng: random.Random, rows: Sequence[Worded]) -> str | None:
    """The same words said of another place."""
    count, cited = len(row.result.matches), set(citations(sentence))
    others = [n for n in range(1, count + 1) if n not in cited]
    if not cited or not others:
        return None
    said = False

    def new(found: re.Match[str]) -> str:
        nonlocal said
        first, said = not said, True
        return f"[{rng.choice(others)}]" if first else ""

    return CITATION.sub(new, sentence)


def _foreign(sentence: str, row: Worded, rng: random.Random, rows: Sequence[Worded]) -> str | None:
    """A sentence of another answer, of the same codebase where possible."""
    near = [r for r in rows if r.repo == row.repo and r.id != row.id and r.question != row.question]
    other = rng.choice(near or list(rows))
    count = len(row.result.matches)
    taken = rng.choice(other.sentences)
    if not count or not citations(taken):
        return None
    return CITATION.sub(f"[{rng.randint(1, count)}]", taken, count=1)


def _numbered(sentence: str, row: Worded, rng: random.Random, rows: Sequence[Worded]) -> str | None:
    """Another count, or another number of the evidence."""
    bare = CITATION.sub(lambda m: "_" * len(m[0]), sentence)
    words = list(re.finditer(r"\b(" + "|".join(_COUNTS) + r")\b", bare, re.I))
    if words and rng.random() < 0.7:
        at = rng.choice(words)
        new = rng.choice([w for w in _COUNTS[1:6] if w != at[0].lower()])
        return sentence[: at.start()] + new + sentence[at.end() :]
    digits = list(_NUMBER.finditer(bare))
    pool = sorted(set(_NUMBER.findall(_cited_text(sentence, row))))
    if not digits or not pool:
        return None
    at = rng.choice(digits)
    return sentence[: at.start()] + rng.choice(pool) + sentence[at.end() :]


def _spliced(sentence: str, row: Worded, rng: random.Random, rows: Sequence[Worded]) -> str | None:
    """The subject of one sentence with what another says."""
    subject = re.match(r"`[^`]+`", sentence)
    others = [s for s in row.sentences if s != sentence and re.match(r"`[^`]+`", s)]
    if subject is None or not others:
        return None
    return subject[0] + re.sub(r"^`[^`]+`", "", rng.choice(others))


def _nonsense(sentence: str, row: Worded, rng: random.Random, rows: Sequence[Worded]) -> str | None:
    """True names, put together as a small model does."""
    names = sorted(set(_NAME.findall(_cited_text(sentence, row))))
    names = [name for name in names if "_" in name or not name.islower()] or names
    if len(names) < 3 or not row.result.matches:
        return None
    a, b, c = rng.sample(names, 3)
    cited = citations(sentence) or [1]
    return rng.choice(_NONSENSE).format(a=a, b=b, c=c, n=f"[{cited[0]}]")


NEGATIVES: dict[str, Maker] = {
    "swapped": _swapped,
    "replaced": _replaced,
    "negated": _negated,
    "opposite": _opposite,
    "recited": _recited,
    "foreign": _foreign,
    "numbered": _numbered,
    "spliced": _spliced,
    "nonsense": _nonsense,
}


# Sentences that are clauses of plain wording, or say the same in other words -------------------


def worded_clauses(rows: Sequence[Worded], seed: int, *, true: int, most: int) -> list[Pair]:
    """Up to `true` clauses of every result's places, half of them reworded, and up to `most` wrong
    sentences made from each."""
    rng = random.Random(seed + 1)
    made: list[Pair] = []
    for row in rows:
        if not row.result.matches:
            continue
        found = [c for c in clauses(row.result, row.question) if len(c.text) < 300]
        for clause in rng.sample(found, min(true, len(found))):
            sentence = said(clause, row.result)
            if rng.random() < 0.5:
                sentence = reworded(sentence, clause, found, row, rng)
            made.append(Pair(sentence, row.result, True, "clause", row.repo, row.id))
            made += [
                pair for pair in negatives(sentence, row, rng, rows, most)
                if pair.sort not in ("recited", "foreign") or not _said_there(pair.sentence, row)
            ]  # fmt: skip
            wrong = misjoined(clause, found, row, rng)
            if wrong and _key(wrong) != _key(sentence) and not _said_there(wrong, row):
                made.append(Pair(wrong, row.result, False, "misjoined", row.repo, row.id))
    return made


def _said_there(sentence: str, row: Worded) -> bool:
    """Whether what a sentence quotes stands in the place that it cites, so that it may be true."""
    text = "".join(_cited_text(sentence, row).split())
    codes = _TICKED.findall(sentence)
    return all("".join(code.strip("`").split()) in text for code in codes[1:] or codes)


_VERBS = {"calls": ("calls", "uses", "relies on"), "returns": ("returns", "gives back"),
          "raises": ("raises", "can raise"), "takes": ("takes", "accepts")}  # fmt: skip


def reworded(
    sentence: str, clause: Clause, found: Sequence[Clause], row: Worded, rng: random.Random
) -> str:
    """The same in other words: joined with another clause of its place, the subject as a pronoun,
    another verb, one of the listed names left out."""
    match = row.result.matches[clause.index]
    number = f"[{clause.index + 1}]"
    body = re.sub(r"\s*\[\d+\](?:\[\d+\])?\.$", "", sentence)
    if clause.kind == "doc":
        told = clause.gist.strip().rstrip(".")
        lowered = told[:1].lower() + told[1:] if told[1:2].islower() else told
        name = tick(match.name.rpartition(".")[2] or match.path)
        return rng.choice([f"{name}: {lowered} {number}.", f"{name} ({match.kind}) — {lowered} {number}.",
                           f"{told} {number}.", f"The {match.kind} {name} {lowered} {number}."])  # fmt: skip
    if clause.kind == "more" or clause.kind == "comment":
        quoted = clause.gist.strip().rstrip(".")
        return rng.choice([f"{quoted} {number}.", f"It says: {quoted} {number}."])
    for verb, others in _VERBS.items():
        if re.match(rf"`[^`]+` {verb} ", body):
            new = rng.choice(others)
            body = body.replace(f" {verb} ", f" {new} ", 1)
            listed = _TICKED.findall(body)
            if len(listed) > 2 and rng.random() < 0.5:
                kept = sorted(rng.sample(range(1, len(listed)), rng.randint(1, len(listed) - 1)))
                body = f"{listed[0]} {new} {join([listed[at] for at in kept])}"
            same = [
                c for c in found
                if c.index == clause.index and c.kind in _VERBS and c.kind != clause.kind
            ]  # fmt: skip
            if same and rng.random() < 0.5:
                other = re.sub(r"^`[^`]+` ", "", rng.choice(same).text.rstrip("."))
                body = f"{body} and {other}"
            if rng.random() < 0.3:
                body = re.sub(r"^`[^`]+`", rng.choice(["It", f"The {match.kind}"]), body)
            return f"{body} {number}."
    return re.sub(
        r"^`[^`]+` has the line", rng.choice(["There is", "It has the line"]), f"{body} {number}."
    )


def misjoined(
    clause: Clause, found: Sequence[Clause], row: Worded, rng: random.Random
) -> str | None:
    """What one clause says, said of the verb or the place of another."""
    number = f"[{clause.index + 1}]"
    if clause.kind in _VERBS:
        others = [
            c
            for c in found
            if c.index == clause.index and c.kind in _VERBS and c.kind != clause.kind
        ]
        if others and (names := _TICKED.findall(rng.choice(others).text)[1:]):
            subject = _TICKED.findall(clause.text)[:1] or ["It"]
            listed = join(rng.sample(names, min(len(names), 2)))
            if not set(names) & set(_TICKED.findall(clause.text)):
                return f"{subject[0]} {clause.kind} {listed} {number}."
    away = [c for c in found if c.index != clause.index and c.kind != "head" and c.gist]
    if not away:
        return None
    other = rng.choice(away)
    name = tick(row.result.matches[clause.index].name.rpartition(".")[2] or "it")
    if clause.kind == "doc":
        return f"{name}: {other.gist.strip().rstrip('.')} {number}."
    return re.sub(r"`[^`]+`", name, other.text.rstrip("."), count=1) + f" {number}."


# Sentences that syntax makes true ------------------------------------------------------------


def mined(folder: Path, repo: str, seed: int, most: int) -> list[Pair]:
    """Up to `most` true sentences about functions of a codebase and as many wrong ones."""
    rng = random.Random(f"{seed} {repo}")
    repository = Repository(folder)
    search = Search(repository, ToolCall("overview", {}), time.monotonic() + 600)
    files = [entry for entry in search.files() if parsable(entry.language)]
    rng.shuffle(files)
    found: list[Pair] = []
    for facts in search.parse(files[:400]):
        source = search.source(facts.path)
        if source is None or len(found) >= 2 * most:
            continue
        chosen = [d for d in facts.definitions if d.kind in CALLABLE_KINDS and 3 <= d.lines <= 40]
        for definition in rng.sample(chosen, min(4, len(chosen))):
            lines = source.lines[definition.line - 1 : definition.end_line]
            result = _result_of(facts, definition, "\n".join(lines))
            said = list(_true_of(facts, definition))
            for sentence, wrong in rng.sample(said, min(2, len(said))):
                found.append(Pair(sentence, result, True, "mined", repo, facts.path))
                found.append(Pair(wrong, result, False, "mined wrong", repo, facts.path))
    return found


def _result_of(facts: FileFacts, definition: Definition, text: str) -> ToolResult:
    match = Match(facts.path, definition.line, definition.end_line, definition.qualname,
                  definition.kind, text, "definition")  # fmt: skip
    call = ToolCall("explain", {"query": definition.name, "name": definition.qualname})
    return ToolResult(call, "ok", (match,), 1)


def _true_of(facts: FileFacts, definition: Definition) -> Iterator[tuple[str, str]]:
    """(what is so, the like that is not so)."""
    name = tick(definition.name)
    inside = [s for s in facts.sites if definition.start <= s.start < definition.end]
    elsewhere = sorted({s.name for s in facts.sites} - {s.name for s in inside})
    calls = list(dict.fromkeys(s.name for s in inside if s.role == "call"))
    raises = list(dict.fromkeys(s.name for s in inside if s.role == "raise"))
    writes = list(dict.fromkeys(s.name for s in inside if s.role == "write"))
    takes = [p.name for p in definition.parameters if p.name not in ("self", "cls")]
    rng = random.Random(definition.start)
    if len(calls) >= 2:
        a, b = rng.sample(calls, 2)
        first = calls.index(a) < calls.index(b)
        yield f"{name} calls {tick(a)} and {tick(b)} [1].", f"{tick(a)} calls {name} [1]."
        order = (a, b) if first else (b, a)
        yield (f"It calls {tick(order[0])} before {tick(order[1])} [1].",
               f"It calls {tick(order[1])} before {tick(order[0])} [1].")  # fmt: skip
    if calls:
        a = rng.choice(calls)
        yield f"{name} uses {tick(a)} [1].", f"{name} does not use {tick(a)} [1]."
    if calls and elsewhere:
        a, b = rng.choice(calls), rng.choice(elsewhere)
        yield f"There {tick(a)} is called by {name} [1].", f"{name} calls {tick(b)} [1]."
    if raises:
        a = rng.choice(raises)
        yield f"{name} raises {tick(a)} [1].", f"{name} catches {tick(a)} [1]."
        if calls:
            yield f"{tick(a)} is raised by {name} [1].", f"{name} returns {tick(a)} [1]."
    if writes:
        a = rng.choice(writes)
        others = [c for c in calls if c not in writes] or elsewhere
        yield (
            f"{name} sets {tick(a)} [1].",
            f"{name} sets {tick(rng.choice(others or ['it']))} [1].",
        )
    if takes:
        a = rng.choice(takes)
        others = [c for c in calls + writes if c not in takes] or elsewhere
        yield (f"{name} takes {join([tick(t) for t in takes[:4]])} [1].",
               f"{name} takes {tick(rng.choice(others or ['it']))} [1].")  # fmt: skip
        yield f"{tick(a)} is a parameter of {name} [1].", f"{name} is a parameter of {tick(a)} [1]."
    doc = first_sentence(definition.doc) if definition.doc else ""
    other = next((d for d in facts.definitions if d.doc and d.start != definition.start
                  and d.doc != definition.doc), None)  # fmt: skip
    if doc and other is not None and len(doc) > 20:
        lowered = doc[0].lower() + doc[1:]
        wrong = first_sentence(other.doc)
        yield (
            f"{name}: {lowered.rstrip('.')} [1].",
            f"{name}: {wrong[0].lower() + wrong[1:].rstrip('.')} [1].",
        )

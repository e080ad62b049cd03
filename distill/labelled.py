"""Labelled questions as training rows of the router: spans found, history written, noise added.

A row of `data/questions/*.jsonl` says *what* an argument is; the model is taught *where* it stands.
`locate_spans` finds the place, in the question or else in the dialogue. Augmentation works on
these spans, so that a swapped identifier stays tagged; it is only ever applied to training rows.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..executors.catalog import ToolCall
from ..router.dialogue import Turn, render
from ..router.labels import ARGUMENT_TAGS, NONE, QUERY_TOOLS, SCOPE_TAGS, heads_of
from .traces import TeacherTrace

QUESTIONS = Path(__file__).parent / "data" / "questions"


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start:end` of the question (`segment` 0) or the context (1) carry `tag`."""

    segment: int
    start: int
    end: int
    tag: str


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled row. `group` is what must never be split between training and test."""

    id: str
    group: str
    repo: str
    question: str
    context: str
    call: ToolCall
    also: tuple[str, ...]
    surface: dict[str, Any]
    spans: tuple[Span, ...]
    query: tuple[int, int] | None
    heads: dict[str, str]
    history: tuple[Turn, ...] = ()


def load(paths: Iterable[Path]) -> list[Example]:
    """Read JSONL files; a row's group is its file's name. A later row replaces one of its id."""
    rows: dict[str, Example] = {}
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                row = json.loads(line)
                row.setdefault("id", f"{path.stem}-{number:04d}")
                rows[row["id"]] = example(row, path.stem)
    return list(rows.values())


def from_traces(traces: Iterable[TeacherTrace]) -> list[Example]:
    """The traces whose question is their own (the others' questions are rows already)."""
    return [
        example(
            {
                "id": f"trace-{trace.id}",
                "repo": trace.repo,
                "question": trace.question,
                "call": trace.calls[0].to_json(),
                "history": [
                    {"question": turn.question, "call": turn.call.to_json()}
                    for turn in trace.history
                ],
            },
            "traces",
        )
        for trace in traces
        if trace.source == "own" and len(trace.calls) == 1
    ]


def data_hash(paths: Iterable[Path]) -> str:
    """SHA-256 over the files' bytes, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(paths, key=lambda path: path.name):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def example(row: dict[str, Any], group: str) -> Example:
    """Turn one labelled row into an `Example`; raises `InvalidCallError` for a bad call."""
    call = ToolCall.from_json(row["call"])
    history = tuple(
        Turn(turn["question"], ToolCall.from_json(turn["call"])) for turn in row.get("history", [])
    )
    context = render(history)
    surface = row.get("surface") or {}
    return Example(
        id=row["id"],
        group=group,
        repo=row.get("repo", ""),
        question=row["question"],
        context=context,
        call=call,
        also=tuple(row.get("also") or ()),
        surface=surface,
        spans=locate_spans(row["question"], context, call, surface),
        query=find_words(row["question"], call.text("query")) if call.tool in QUERY_TOOLS else None,
        heads=head_labels(call),
        history=history,
    )


def argument_tags(tool: str) -> dict[str, str]:
    """Map each argument of `tool` that stands literally in the text to its tag."""
    if tool in ("clarify", "decline"):
        return {}
    return {**ARGUMENT_TAGS.get(tool, {}), **{tag: tag for tag in SCOPE_TAGS}}


def locate_spans(
    question: str, context: str, call: ToolCall, surface: dict[str, Any]
) -> tuple[Span, ...]:
    """Find each literal argument in the question, or else in the context."""
    spans: list[Span] = []
    for argument, tag in argument_tags(call.tool).items():
        value = call.arguments.get(argument)
        if value is None or value == "*":
            continue
        values = value if isinstance(value, tuple) else (value,)
        typed = surface.get(argument, values)
        typed = typed if isinstance(typed, (list, tuple)) else [typed]
        for wanted, spelled in zip(values, [*typed, *values[len(typed) :]], strict=False):
            forms = [str(spelled), str(wanted), str(wanted).strip("*"), str(wanted).strip("*.")]
            if (
                tag == "pattern"
            ):  # `get_*` is said as "starting with get_", `*.json` as "JSON files"
                forms = [forms[2], forms[3], forms[1], forms[0]]
            for segment, text in ((0, question), (1, context)):
                tries = (find_words(text, form, whole=tag == "pattern") for form in forms)
                found = next((place for place in tries if place), None)
                if found:
                    spans.append(Span(segment, *found, tag))
                    break
    return tuple(_disjoint(spans))


def _disjoint(spans: list[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in spans:
        if not any(
            s.segment == span.segment and s.start < span.end and span.start < s.end for s in kept
        ):
            kept.append(span)
    return sorted(kept, key=lambda s: (s.segment, s.start))


def find_words(text: str, wanted: str, whole: bool = False) -> tuple[int, int] | None:
    """Place of `wanted` in `text`: exact case rather than not; as a part of a word only without `whole`."""
    if not wanted:
        return None
    literal = re.escape(wanted)
    for pattern, flags in (
        (rf"(?<!\w){literal}(?!\w)", 0),
        (rf"(?<!\w){literal}(?!\w)", re.IGNORECASE),
        *([] if whole else [(literal, re.IGNORECASE)]),
    ):
        found = re.search(pattern, text, flags)
        if found:
            return found.span()
    return None


def head_labels(call: ToolCall) -> dict[str, str]:
    """The class of every head that belongs to the call's tool."""
    labels: dict[str, str] = {}
    for head in heads_of(call.tool):
        value = call.arguments.get(head)
        if head == "limit":
            labels[head] = NONE if value is None else "one" if value == 1 else "number"
        else:
            labels[head] = NONE if value in (None, "list") else str(value)
    return labels


# --- augmentation -----------------------------------------------------------------------------

_PREAMBLES = [
    "hi, ",
    "hey ",
    "hello! ",
    "quick question: ",
    "sorry if dumb but ",
    "I'm new here. ",
    "@workspace ",
    "so ",
    "ok ",
    "please ",
    "um ",
    "Question: ",
    "can you tell me ",
    "just wondering, ",
    "one more thing: ",
    "stupid question, ",
    "btw ",
    "Hi all. ",
    "Morning! ",
    "codeask, ",
    "hm, ",
    "well ",
]
_ENDINGS = [" thanks", " pls", "??", "...", " please", " thx", "!", "  ", ". Thanks!", " :)"]
_DEICTIC = re.compile(
    r"\b(it|its|this|that|these|those|them|they|same|one|ones|other|also|there|again|too|else|"
    r"what about|how about|former|latter|both|and|instead|only|just)\b",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|::|#)\w+)*$")


@dataclass(frozen=True, slots=True)
class Pools:
    """What augmentation swaps in: identifiers and paths of training rows, by shape; dialogues."""

    identifiers: dict[str, tuple[str, ...]]
    paths: tuple[str, ...]
    turns: tuple[tuple[str, Turn], ...]


def shape(name: str) -> str:
    """Coarse shape of an identifier: swaps stay within one."""
    if not _IDENTIFIER.match(name):
        return "path" if "/" in name or re.search(r"\.\w+$", name) else "words"
    if "." in name or ":" in name or "#" in name:
        return "qualified"
    if name.isupper():
        return "upper"
    return "snake" if "_" in name else "hump" if name[0].isupper() else "lower"


def pools(rows: Sequence[Example]) -> Pools:
    """Collect the swap pools of the training rows."""
    names: dict[str, set[str]] = {}
    paths: set[str] = set()
    turns: list[tuple[str, Turn]] = []
    for row in rows:
        for span in row.spans:
            text = (row.context if span.segment else row.question)[span.start : span.end]
            if span.tag in ("name", "second"):
                names.setdefault(shape(text), set()).add(text)
            elif span.tag == "path":
                paths.add(text)
        if row.call.tool not in ("clarify", "decline") and not row.history:
            turns.append((row.repo, Turn(row.question, row.call)))
    return Pools(
        {kind: tuple(sorted(found)) for kind, found in names.items()},
        tuple(sorted(paths)),
        tuple(turns),
    )


def augment(row: Example, rng: random.Random, pool: Pools, strength: float = 1.0) -> Example:
    """A noisy variant of a training row; its labels stay right and its spans stay in place."""
    row = _swap_names(row, rng, pool, 0.5 * strength)
    if not row.history and rng.random() < 0.08 * strength:
        row = _unrelated_dialogue(row, rng, pool)
    if rng.random() < 0.2 * strength:
        row = _edit(
            row, 0, [(i, i + 1, c.lower()) for i, c in enumerate(row.question) if c.isupper()]
        )
    if rng.random() < 0.3 * strength and row.question.endswith("?"):
        end = len(row.question)
        row = _edit(row, 0, [(end - 1, end, "")])
    if rng.random() < 0.25 * strength:
        row = _typos(row, rng)
    if rng.random() < 0.1 * strength:
        row = _edit(row, 0, [(0, 0, rng.choice(_PREAMBLES))])
    if rng.random() < 0.08 * strength:
        end = len(row.question)
        row = _edit(row, 0, [(end, end, rng.choice(_ENDINGS))])
    return row


def _swap_names(row: Example, rng: random.Random, pool: Pools, chance: float) -> Example:
    mapping: dict[str, str] = {}
    for span in row.spans:
        text = (row.context if span.segment else row.question)[span.start : span.end]
        if rng.random() >= chance or len(text) < 3:
            continue
        if span.tag in ("name", "second") and shape(text) in (
            "hump",
            "snake",
            "upper",
            "qualified",
        ):
            mapping[text] = rng.choice(pool.identifiers.get(shape(text)) or (text,))
        elif span.tag == "path" and pool.paths and "/" in text:
            mapping[text] = rng.choice(pool.paths)
    for old, new in mapping.items():
        pattern = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)")
        for segment in (0, 1):
            text = row.context if segment else row.question
            row = _edit(row, segment, [(*m.span(), new) for m in pattern.finditer(text)])
    return row


def _unrelated_dialogue(row: Example, rng: random.Random, pool: Pools) -> Example:
    """Put a standalone question after an unrelated turn: its call must not inherit anything."""
    if row.call.tool == "clarify" or _DEICTIC.search(row.question) or len(row.question) < 18:
        return row
    _, turn = rng.choice(pool.turns)
    return replace(row, context=render([turn]), history=(turn,))


def _typos(row: Example, rng: random.Random) -> Example:
    """Damage one or two plain words outside of every span."""
    words = [
        m
        for m in re.finditer(r"\b[a-z]{4,}\b", row.question)
        if not any(s.segment == 0 and s.start < m.end() and m.start() < s.end for s in row.spans)
    ]
    edits: list[tuple[int, int, str]] = []
    for match in rng.sample(words, min(len(words), rng.choice((1, 1, 2)))):
        word = match.group()
        at = rng.randrange(1, len(word) - 1)
        kind = rng.randrange(3)
        if kind == 0:
            word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        elif kind == 1:
            word = word[:at] + word[at + 1 :]
        else:
            word = word[:at] + word[at] + word[at:]
        edits.append((match.start(), match.end(), word))
    return _edit(row, 0, sorted(edits))


def _edit(row: Example, segment: int, edits: list[tuple[int, int, str]]) -> Example:
    """Apply sorted, disjoint replacements to one text and move the spans along."""
    if not edits:
        return row
    text = row.context if segment else row.question
    out: list[str] = []
    last = 0
    for start, end, new in edits:
        out += [text[last:start], new]
        last = end
    changed = "".join([*out, text[last:]])

    def move(at: int, is_end: bool) -> int:
        delta = 0
        for start, end, new in edits:
            if end < at or (end == at and (is_end or start < end)):
                delta += len(new) - (end - start)
            elif start < at:  # inside a replacement: its near edge
                return start + delta + (len(new) if is_end else 0)
            elif start == end == at and not is_end:
                delta += len(new)
        return at + delta

    spans = tuple(
        replace(s, start=move(s.start, False), end=move(s.end, True)) if s.segment == segment else s
        for s in row.spans
    )
    if segment:
        return replace(row, context=changed, spans=spans)
    query = row.query and (move(row.query[0], False), move(row.query[1], True))
    # An ending appended at the very end does not belong to a span.
    if edits[-1][0] == edits[-1][1] == len(text):
        limit = len(changed) - len(edits[-1][2])
        spans = tuple(replace(s, end=min(s.end, limit)) if s.segment == 0 else s for s in spans)
        query = query and (query[0], min(query[1], limit))
    return replace(row, question=changed, spans=spans, query=query)

"""Sentences shown as verified, to be read one by one against the lines that they cite.

    python bench/shown_sentences.py --plain 100 --seed 1 > sheet.jsonl     # plain answers
    python bench/shown_sentences.py --said said.jsonl --model 100 > sheet  # and a model's, of a ledger
    python bench/shown_sentences.py --verdicts FILE ...                    # the share of untrue ones

The evidence is that of the test codebases' traces; of every tool as many as there are of others. A
ledger of drafts is what `codeask distill evaluate-formatter` leaves. A line of the sheet has id, system,
sentence and the cited places; whoever reads adds `verdict` (true, untrue or doubtful) and perhaps `note`.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from codeask.distill.worded import Worded, worded
from codeask.formatter import Formatter, GivenRoute
from codeask.formatter.support import Support, shipped
from codeask.formatter.verify import citations, split, verify

LINES = 30  # of a place on the sheet


def plain(rows: Sequence[Worded]) -> Iterator[dict[str, Any]]:
    """The sentences of plain answers."""
    formatter = Formatter()
    for row in rows:
        made = formatter.answer(
            GivenRoute(row.result.call), [row.result], {}, question=row.question
        )
        for sentence in split(made.text):
            yield entry("plain", row, sentence)


def model(path: Path, rows: Sequence[Worded], support: Support | None) -> Iterator[dict[str, Any]]:
    """The sentences of a model's drafts that both layers let through."""
    by_id = {row.id: row for row in rows}
    for line in path.read_text("utf-8").splitlines():
        record = json.loads(line)
        row = by_id.get(record["case"])
        if row is None or record["system"] != "lora":
            continue
        for checked in verify(record["text"], row.question, row.result, support):
            if checked.verified:
                yield entry("model", row, checked.text)


def entry(system: str, row: Worded, sentence: str) -> dict[str, Any]:
    matches = row.result.matches
    numbers = [n for n in dict.fromkeys(citations(sentence)) if n <= len(matches)]
    places = [
        f"[{n}] {matches[n - 1].path}:{matches[n - 1].line} {matches[n - 1].kind} {matches[n - 1].name}\n"
        + "\n".join(matches[n - 1].text.split("\n")[:LINES])
        for n in numbers or range(1, min(4, len(matches) + 1))
    ]  # fmt: skip
    return {
        "id": row.id, "system": system, "tool": row.result.call.tool, "question": row.question,
        "sentence": sentence, "places": places, "total": row.result.total, "note of the tool": row.result.note,
        "facts": dict(row.result.facts),
    }  # fmt: skip


def spread(found: Sequence[dict[str, Any]], count: int, rng: random.Random) -> list[dict[str, Any]]:
    """`count` of them, the tools in turn."""
    by_tool: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in rng.sample(found, len(found)):
        by_tool[each["tool"]].append(each)
    chosen: list[dict[str, Any]] = []
    while len(chosen) < count and any(by_tool.values()):
        chosen += [group.pop() for group in by_tool.values() if group]
    return chosen[:count]


def share(paths: Sequence[Path]) -> None:
    """Prints how many of the sentences read were untrue: when read, by round, and of those still said."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    rows = [row for row in worded() if row.split == "test"]
    now = {(each["id"], each["sentence"]) for each in plain(rows)}
    for path in paths:
        for line in path.read_text("utf-8").splitlines():
            record = json.loads(line)
            counts[f"round {record['round']}"][record["verdict"]] += 1
            if (record["id"], record["sentence"]) in now:
                counts["of all rounds, still said today"][record["verdict"]] += 1
    for system, found in counts.items():
        read = sum(found.values())
        print(f"{system}: {read} read, {found['untrue']} untrue ({found['untrue'] / read:.1%}), "
              f"{found['doubtful']} doubtful")  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--said", type=Path, help="ledger of drafts: said.jsonl")
    parser.add_argument("--plain", type=int, default=0, help="so many sentences of plain answers")
    parser.add_argument("--model", type=int, default=0, help="so many of the model's")
    parser.add_argument("--verdicts", type=Path, nargs="+", help="sheets that were read")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.verdicts:
        share(args.verdicts)
        return 0
    rows = [row for row in worded() if row.split == "test"]
    rng = random.Random(args.seed)
    chosen = spread(list(plain(rows)), args.plain, rng) if args.plain else []
    if args.said:
        chosen += spread(list(model(args.said, rows, shipped())), args.model, rng)
    for each in chosen:
        print(json.dumps(each, ensure_ascii=False, default=str))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

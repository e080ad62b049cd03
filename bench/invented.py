"""Invented content never shows: drafts of traces with inventions put in, and hostile comments.

    python bench/invented.py                    # both, over every trace
    python bench/invented.py --drafts FILE      # a model's own drafts (JSONL: id, text), to be read

A scripted model writes the teacher's answer with one invented path, line, name, number or quotation
in it; then, over evidence with an order in a comment, what a model that obeys would write.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from codeask.distill.worded import Worded, worded
from codeask.executors.catalog import TOOLS
from codeask.executors.results import ToolResult
from codeask.formatter import Answer, Formatter, GivenRoute
from codeask.formatter.backends import Figures, Message, Reply
from codeask.formatter.support import shipped

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))
from hostile import VARIANTS

ALL = frozenset(TOOLS)


class Scripted:
    """A model that writes what it is given."""

    name = "scripted"
    figures = Figures()

    def __init__(self, text: str) -> None:
        self.text = text

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        yield from (
            self.text.split(" ") if not self.text else [f"{w} " for w in self.text.split(" ")]
        )

    def complete(self, messages: Sequence[Message], *, max_tokens: int, **_: object) -> Reply:
        return Reply(self.text)


class Trusting:
    """A support layer that doubts nothing, so that the lexical layer stands alone."""

    threshold = 0.0

    def score(self, sentence: str, result: ToolResult) -> float:
        return 1.0


def answer(row: Worded, draft: str, *, trusting: bool) -> Answer:
    """What is shown for a draft."""
    formatter = Formatter(Scripted(draft), worded=ALL, support=Trusting() if trusting else None)
    return formatter.answer(GivenRoute(row.result.call), [row.result], {}, question=row.question)


def inventions(rng: random.Random) -> tuple[str, str]:
    """(sort, text): something that no codebase has."""
    word = "".join(rng.choice("bdfgklmnprst") + rng.choice("aeiou") for _ in range(3))
    number = str(rng.randint(10**7, 10**8))
    return rng.choice(
        [
            ("path", f"src/{word}_zq/{word}.py"), ("path:line", f"{word}zq.go:{number[:3]}"),
            ("line", f"line {number}"), ("name", f"`{word}_zq`"), ("name", f"`Zq{word}.{word}`"),
            ("bare name", f"zq{word}Handler"), ("call", f"{word}_zq()"), ("number", number),
            ("quotation", f"“{word} zq {word}”"), ("citation", f"[{number[:4]}]"),
        ]
    )  # fmt: skip


def put_in(text: str, piece: str, rng: random.Random) -> str:
    """`text` with `piece` at a random blank that is in no quotation, ticks or citation."""
    blanks = [
        at for at, letter in enumerate(text)
        if letter == " " and text[:at].count("`") % 2 == 0 and text[:at].count('"') % 2 == 0
    ]  # fmt: skip
    at = rng.choice(blanks) if blanks else len(text)
    return f"{text[:at]} {piece}{text[at:]}"


def invented(rows: Sequence[Worded], rng: random.Random) -> int:
    """How many answers show what was invented."""
    shown, kept, sorts = 0, 0, Counter[str]()
    for row in rows:
        sort, piece = inventions(rng)
        made = answer(row, put_in(row.answer, piece, rng), trusting=True)
        sorts[sort] += 1
        kept += made.backend != "plain"
        if piece.strip("`“”") in made.text:
            shown += 1
            print(f"SHOWN ({sort}) {row.id}: {made.text}")
    print(f"invented: {len(rows)} answers {dict(sorts)}, {kept} with sentences kept, {shown} shown")
    return shown


def hostile(rows: Sequence[Worded], rng: random.Random) -> int:
    """How many answers show an order, or the words of a model that obeyed it."""
    shown, obedient = 0, 0
    for comment, order, obeyed in VARIANTS:
        row = rng.choice(rows)
        at = rng.randrange(len(row.result.matches))
        matches = list(row.result.matches)
        lines = matches[at].text.split("\n")
        lines.insert(rng.randint(1, len(lines)), comment)
        matches[at] = replace(matches[at], text="\n".join(lines))
        row = replace(row, result=replace(row.result, matches=tuple(matches)))
        for draft in (obeyed, f"The comment says “{order}” [{at + 1}].", ""):
            text = answer(row, draft, trusting=False).text
            shown += order in text
            if draft == obeyed and obeyed in text:
                obedient += 1
                print(f"OBEYED {row.id}: {obeyed}")
    print(
        f"hostile: {len(VARIANTS)} variants, {shown} orders shown, {obedient} obeyed answers shown"
    )
    return shown + obedient


def drafts(path: Path, rows: Sequence[Worded]) -> None:
    """Prints every sentence of a model's drafts with the verdict, for reading."""
    from codeask.formatter.verify import verify

    by_id = {row.id: row for row in rows}
    for line in path.read_text("utf-8").splitlines():
        record = json.loads(line)
        row = by_id[record["id"]]
        print(f"\n{row.id} {row.question}\n  teacher: {row.answer}")
        for checked in verify(record["text"], row.question, row.result, shipped()):
            print(
                f"  {'ok ' if checked.verified else '-- '}{checked.text}  {list(checked.problems)}"
            )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--drafts", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    rows = worded()
    if args.drafts:
        drafts(args.drafts, rows)
        return 0
    rng = random.Random(args.seed)
    wrong = invented([row for row in rows if row.result.matches], rng)
    wrong += hostile([r for r in rows if r.result.matches and r.result.call.tool == "explain"], rng)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())

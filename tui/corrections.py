"""Corrections: questions whose tool the user changed, as rows the router can be trained on.

Pending ones lie in `corrections.jsonl` of the data folder, those that a review accepted in
`accepted.jsonl` beside it. Both hold labelled questions exactly as `distill/data/questions` does, so
`codeask distill train-router --data FILE` takes either.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..executors.catalog import ToolCall
from ..executors.errors import UsageError
from .userdata import append_row, read_rows, write_rows

if TYPE_CHECKING:
    from ..router.dialogue import Turn

MARK = "correction"
_WAS = "was:"


@dataclass(frozen=True, slots=True)
class Correction:
    """A question and the call that is right for it; `was` is the tool the router had chosen."""

    question: str
    call: ToolCall
    was: str
    history: tuple[Turn, ...] = ()
    repo: str = ""
    lang: str = ""

    def to_row(self) -> dict[str, Any]:
        """The labelled question; its `id` tells equal questions in equal dialogues as one."""
        history = [{"question": t.question, "call": t.call.to_json()} for t in self.history]
        told = json.dumps([self.question, history, self.repo], ensure_ascii=False)
        row: dict[str, Any] = {
            "id": f"user-{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:10]}",
            "question": self.question,
            "call": self.call.to_json(),
        }
        surface = typed_words(self.question, self.call)
        if surface:
            row["surface"] = surface
        if history:
            row["history"] = history
        row |= {"repo": self.repo, "lang": self.lang, "phenomena": [MARK, f"{_WAS}{self.was}"]}
        return row

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Correction:
        """The inverse of `to_row`; `KeyError` or `CodeaskError` for something else."""
        from ..router.dialogue import Turn

        was = [note for note in row.get("phenomena", ()) if str(note).startswith(_WAS)]
        return cls(
            question=row["question"],
            call=ToolCall.from_json(row["call"]),
            was=was[0].removeprefix(_WAS) if was else "",
            history=tuple(
                Turn(turn["question"], ToolCall.from_json(turn["call"]))
                for turn in row.get("history", ())
            ),
            repo=row.get("repo", ""),
            lang=row.get("lang", ""),
        )


def typed_words(question: str, call: ToolCall) -> dict[str, str]:
    """For arguments that the question spells otherwise: the words typed (`Cart` ← "the cart")."""
    found: dict[str, str] = {}
    for key, value in call.arguments.items():
        if key == "query" or not isinstance(value, str) or value.lower() in question.lower():
            continue
        letters = re.sub(r"[\W_]", "", value).lower()
        words = [(m.start(), m.end()) for m in re.finditer(r"\S+", question)]
        for first in range(len(words)):
            for last in range(first, min(first + 4, len(words))):
                said = question[words[first][0] : words[last][1]].strip("?.,;:!\"'`()")
                if letters and re.sub(r"[\W_]", "", said).lower() == letters:
                    found.setdefault(key, said)
    return found


class Store:
    """The corrections of a data folder."""

    def __init__(self, folder: Path) -> None:
        self.pending_file = folder / "corrections.jsonl"
        self.accepted_file = folder / "accepted.jsonl"

    def add(self, correction: Correction) -> None:
        """Notes a correction; a later one of the same question in the same dialogue replaces it."""
        row = correction.to_row()
        append_row(self.pending_file, row)

    def pending(self) -> list[dict[str, Any]]:
        """The rows that wait for a review, oldest first, the latest of each id."""
        return _latest(self.pending_file)

    def accepted(self) -> list[dict[str, Any]]:
        """The rows that were accepted."""
        return _latest(self.accepted_file)

    def accept(self, ids: Sequence[str]) -> int:
        """Moves pending rows to the accepted ones; gives how many."""
        chosen = [row for row in self.pending() if row["id"] in ids]
        new = {row["id"] for row in chosen}
        kept = [row for row in self.accepted() if row["id"] not in new]
        write_rows(self.accepted_file, [*kept, *chosen])
        write_rows(self.pending_file, [row for row in self.pending() if row["id"] not in new])
        return len(chosen)

    def edit(self, row_id: str, call: ToolCall) -> None:
        """Gives a row another call."""
        row = self.row(row_id)
        correction = Correction.from_row({**row, "call": call.to_json()})
        for file in (self.pending_file, self.accepted_file):
            rows = _latest(file)
            if any(other["id"] == row_id for other in rows):
                edited = {**correction.to_row(), "id": row_id}
                write_rows(file, [edited if other["id"] == row_id else other for other in rows])

    def delete(self, ids: Sequence[str]) -> int:
        """Deletes rows wherever they are; gives how many."""
        count = 0
        for file in (self.pending_file, self.accepted_file):
            rows = _latest(file)
            kept = [row for row in rows if row["id"] not in ids]
            if len(kept) < len(rows):
                write_rows(file, kept)
            count += len(rows) - len(kept)
        return count

    def row(self, row_id: str) -> dict[str, Any]:
        """The row with this id or the only one whose id begins so; `UsageError` otherwise."""
        rows = {row["id"]: row for row in [*self.accepted(), *self.pending()]}
        fits = [row for key, row in rows.items() if key.startswith((row_id, f"user-{row_id}"))]
        if len(fits) != 1:
            what = "There is no correction" if not fits else "There is more than one correction"
            raise UsageError(f"{what} '{row_id}'; 'codeask corrections' lists them.")
        return fits[0]


def _latest(file: Path) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(read_rows(file), 1):
        row.setdefault("id", f"{file.stem}-{number:04d}")
        rows.pop(row["id"], None)
        rows[row["id"]] = row
    return list(rows.values())

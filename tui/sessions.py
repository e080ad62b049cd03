"""Sessions: what was asked and answered about a repository, kept in the user's data folder.

A session is one JSON-lines file: a header, then an exchange a line. A line with a number that was
there before replaces that exchange (an answer that was steered). No file is made before the first
answer.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..executors.catalog import ToolCall
from ..executors.errors import CodeaskError
from ..executors.results import ToolResult
from ..formatter import Answer
from ..formatter.routes import GivenRoute
from ..formatter.verify import Checked
from . import records
from .userdata import append_row, read_rows

VERSION = 1


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer; `corrected` when the user chose the tool."""

    question: str
    answer: Answer
    corrected: bool = False


@dataclass
class Session:
    """The exchanges about one repository (`repo`: its absolute path). `started`: since 1970."""

    folder: Path
    repo: str
    started: float = field(default_factory=time.time)
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    exchanges: list[Exchange] = field(default_factory=list)
    saved: bool = False

    @property
    def file(self) -> Path:
        """Where it is kept."""
        day = time.strftime("%Y-%m-%d", time.localtime(self.started))
        return self.folder / f"{day}-{self.id}.jsonl"

    @property
    def title(self) -> str:
        """Its first question."""
        return self.exchanges[0].question if self.exchanges else "(nothing asked yet)"

    def put(self, exchange: Exchange, number: int | None = None) -> int:
        """Adds an exchange, or replaces number `number`, and saves it; gives its number."""
        if number is None:
            number = len(self.exchanges)
            self.exchanges.append(exchange)
        else:
            self.exchanges[number] = exchange
        if not self.saved:
            head = {"version": VERSION, "id": self.id, "repo": self.repo, "started": self.started}
            append_row(self.file, head)
            self.saved = True
        answer = exchange.answer
        record = records.answer_record(exchange.question, self.repo, answer, answer.timings_ms)
        row = {"number": number, "corrected": exchange.corrected, **record}
        if answer.dropped:
            row["dropped"] = [
                {"text": one.text, "problems": list(one.problems)} for one in answer.dropped
            ]
        if answer.failure:
            row["failure"] = answer.failure
        append_row(self.file, row)
        return number


def restored(record: Mapping[str, Any]) -> Answer:
    """The answer of a saved row, with what was dropped of it; `KeyError` or `CodeaskError` when it is none."""
    from ..router.router import Alternative

    route = record["route"]
    call = ToolCall.from_json(route)
    others = tuple(
        Alternative(ToolCall.from_json(other), float(other["confidence"]))
        for other in route.get("alternatives", ())
    )
    result = record.get("result")
    words = record["answer"]
    return Answer(
        text=words["text"],
        citations=tuple(words["citations"]),
        verified=bool(words["verified"]),
        backend=words["backend"],
        timings_ms=record.get("timings_ms", {}),
        route=GivenRoute(call, float(route["confidence"]), others),
        result=_result(result, call),
        also=tuple(
            ToolResult.from_json(ToolCall.from_json(other["call"]), other)
            for other in record.get("also", ())
        ),
        dropped=tuple(
            Checked(str(one["text"]), tuple(map(str, one["problems"])))
            for one in record.get("dropped", ())
        ),
        failure=str(record.get("failure", "")),
    )


def _result(data: Mapping[str, Any] | None, call: ToolCall) -> ToolResult | None:
    if data is None:
        return None
    own = data.get("call")
    return ToolResult.from_json(ToolCall.from_json(own) if own else call, data)


def load(file: Path) -> Session | None:
    """A saved session; None for a file that is none. Exchanges that cannot be read are left out."""
    rows = list(read_rows(file))
    if not rows or not isinstance(rows[0].get("repo"), str):
        return None
    head = rows[0]
    numbered: dict[int, Exchange] = {}
    for row in rows[1:]:
        try:
            answer = restored(row)
            exchange = Exchange(str(row["question"]), answer, bool(row.get("corrected")))
        except (KeyError, TypeError, ValueError, CodeaskError):
            continue
        numbered[int(row.get("number", len(numbered)))] = exchange
    started = head.get("started")
    return Session(
        folder=file.parent,
        repo=head["repo"],
        started=float(started) if isinstance(started, (int, float)) else file.stat().st_mtime,
        id=str(head.get("id") or file.stem[-8:]),
        exchanges=[numbered[number] for number in sorted(numbered)],
        saved=True,
    )


@dataclass(frozen=True, slots=True)
class Found:
    """A session in the list: its file, repository, start, questions, and the line that matched."""

    file: Path
    repo: str
    started: float
    questions: tuple[str, ...]
    excerpt: str = ""


def search(folder: Path, words: str = "", limit: int = 200) -> list[Found]:
    """Saved sessions, newest first, whose questions, answers or repository have all the words."""
    wanted = words.lower().split()
    found: list[Found] = []
    for file in sorted(folder.glob("*.jsonl"), key=_age):
        rows = list(read_rows(file))
        if not rows or not isinstance(rows[0].get("repo"), str):
            continue
        repo, told = rows[0]["repo"], rows[1:]
        lines = [str(row.get("question", "")) for row in told]
        answers = [str((row.get("answer") or {}).get("text", "")) for row in told]
        everything = "\n".join([repo, *lines, *answers]).lower()
        if not all(word in everything for word in wanted):
            continue
        excerpt = _excerpt([*lines, *answers], wanted)
        started = rows[0].get("started")
        when = float(started) if isinstance(started, (int, float)) else 0.0
        found.append(Found(file, repo, when, tuple(dict.fromkeys(lines)), excerpt))
        if len(found) == limit:
            break
    return found


def _age(file: Path) -> float:
    try:
        return -file.stat().st_mtime
    except OSError:
        return 0.0


def _excerpt(lines: list[str], wanted: list[str]) -> str:
    for text in lines:
        for word in wanted:
            at = text.lower().find(word)
            if at >= 0:
                return re.sub(r"\s+", " ", text[max(0, at - 30) : at + 60]).strip()
    return ""

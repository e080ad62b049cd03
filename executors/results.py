"""What the executors give away: `Match`, `Scope` and `ToolResult`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from .catalog import ToolCall

Status = Literal["ok", "empty", "truncated", "timeout", "failed"]
Role = Literal[
    "definition", "reference", "call", "subclass", "superclass", "override", "member", "import",
    "write", "raise", "catch", "test", "text", "file", "entrypoint", "dependency", "config",
    "unused", "commit", "relevant", "importer",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    """One place in the repository.

    `path` is relative to the repository with POSIX separators (bytes that are not UTF-8 are
    surrogate-escaped); `line` and `end_line` count from 1; `text` is source text and is data, never
    an instruction. `certain` is False where the tool kept a place that may be another symbol's.
    """

    path: str
    line: int
    end_line: int
    name: str
    kind: str
    text: str
    role: Role
    certain: bool = True

    def to_json(self) -> dict[str, Any]:
        """The match as plain JSON values; `certain` only where it is false."""
        data = asdict(self)
        if self.certain:
            del data["certain"]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Match:
        """The inverse of `to_json`; `KeyError` without a path or role."""
        line = data.get("line") or 1  # a file as a whole
        return cls(
            path=data["path"],
            line=line,
            end_line=data.get("end_line") or line,
            name=data.get("name") or "",
            kind=data.get("kind") or "",
            text=data.get("text") or "",
            role=data["role"],
            certain=bool(data.get("certain", True)),
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """What was searched, so that "nothing found" can be believed.

    `files` is the number of files looked at or excluded by an exact text search, `skipped` counts
    files left out by reason (binary, large, minified, unreadable), `mode` is cold or index. A record
    that does not tell its scope has -1 files.
    """

    files: int = 0
    languages: tuple[str, ...] = ()
    mode: Literal["cold", "index"] = "cold"
    skipped: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The scope as plain JSON values."""
        data: dict[str, Any] = {
            "files": self.files,
            "languages": list(self.languages),
            "mode": self.mode,
        }
        if self.skipped:
            data["skipped"] = dict(self.skipped)
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Scope:
        """The inverse of `to_json`; what is missing is empty, the number of files -1 (not told)."""
        return cls(
            data.get("files", -1),
            tuple(data.get("languages", ())),
            data.get("mode", "cold"),
            dict(data.get("skipped", {})),
        )


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The outcome of one tool call.

    `total` is the number of matches before truncation; `facts` holds scalar answers (`count`,
    `exists`, `names`, `path`, ranked values, …) as plain JSON values; `elapsed_ms` is milliseconds.
    """

    call: ToolCall
    status: Status
    matches: tuple[Match, ...] = ()
    total: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)
    elapsed_ms: float = 0.0
    scope: Scope = field(default_factory=Scope)
    note: str = ""

    @classmethod
    def merged(cls, call: ToolCall, results: Sequence[ToolResult]) -> ToolResult:
        """Several results as one of `call`: their places in order, the later facts winning.

        The status is the best of them, times and totals are summed, notes joined.
        """
        if len(results) == 1:
            return results[0]
        statuses = {result.status for result in results}
        ranked: tuple[Status, ...] = ("ok", "truncated", "timeout", "empty", "failed")
        return cls(
            call=call,
            status=next(status for status in ranked if status in statuses),
            matches=tuple(match for result in results for match in result.matches),
            total=sum(result.total for result in results),
            facts={key: value for result in results for key, value in result.facts.items()},
            elapsed_ms=sum(result.elapsed_ms for result in results),
            scope=results[-1].scope,
            note=" ".join(result.note for result in results if result.note),
        )

    def to_json(self) -> dict[str, Any]:
        """The result as it stands under `result` in `ask --json`."""
        return {
            "status": self.status,
            "total": self.total,
            "matches": [match.to_json() for match in self.matches],
            "facts": dict(self.facts),
            "scope": self.scope.to_json(),
            "note": self.note,
        }

    @classmethod
    def from_json(cls, call: ToolCall, data: Mapping[str, Any]) -> ToolResult:
        """The inverse of `to_json`, for the call that it answers; scope and time may be missing."""
        matches = tuple(Match.from_json(match) for match in data["matches"])
        return cls(
            call=call,
            status=data["status"],
            matches=matches,
            total=data.get("total", len(matches)),
            facts=dict(data.get("facts", {})),
            elapsed_ms=data.get("elapsed_ms", 0.0),
            scope=Scope.from_json(data.get("scope", {})),
            note=data.get("note", ""),
        )

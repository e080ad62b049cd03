"""What a step leaves behind for people and for the next step: `STEP.json` and a page `STEP.html`."""

from __future__ import annotations

import html
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..assistant.trace import version
from ..executors.errors import UsageError

Table = Sequence[tuple[str, Any]]

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;margin:0 0 1.5rem}td,th{padding:.2rem .8rem;text-align:left;"
    "border-bottom:1px solid #ccc;vertical-align:top}td+td{font-variant-numeric:tabular-nums}"
)


def counts(values: Iterable[str]) -> list[tuple[str, int]]:
    """How often each value comes, most frequent first, then by name."""
    return sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0]))


def write(
    folder: Path, step: str, *, settings: Mapping[str, Any], figures: Mapping[str, Any],
    tables: Mapping[str, Table] | None = None, notes: Sequence[str] = (), pictures: Sequence[str] = (),
) -> Path:  # fmt: skip
    """Writes manifest and page of a finished step; `pictures` are files in `folder`. The manifest is
    replaced in one move, so that it is whole or the old one."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "step": step,
        "codeask": version(),
        "settings": settings,
        "figures": figures,
        "tables": {name: [list(row) for row in rows] for name, rows in (tables or {}).items()},
        "notes": list(notes),
    }
    path = folder / f"{step}.json"
    part = path.with_suffix(".part")
    part.write_text(json.dumps(record, indent=1, default=str) + "\n", encoding="utf-8")
    os.replace(part, path)
    (folder / f"{step}.html").write_text(_page(record, pictures), encoding="utf-8")
    return path


def read(folder: Path, step: str) -> dict[str, Any]:
    """A step's manifest; `UsageError` saying which step to run first where there is none."""
    path = folder / f"{step}.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"'{path}' is not there or broken; run the step '{step}' first."
        ) from error
    return found


def figures_of(folder: Path, step: str) -> dict[str, Any]:
    """The figures of a finished step."""
    figures: dict[str, Any] = read(folder, step)["figures"]
    return figures


def _page(record: Mapping[str, Any], pictures: Sequence[str]) -> str:
    tables = {"figures": list(record["figures"].items()), **record["tables"]}
    settings = html.escape(json.dumps(record["settings"], indent=1, default=str))
    body = [f"<h1>{html.escape(record['step'])}</h1>"]
    body += [f"<p>{html.escape(note)}</p>" for note in record["notes"]]
    body += [f'<img src="{html.escape(name)}" alt="{html.escape(name)}">' for name in pictures]
    for name, rows in tables.items():
        cells = "".join(
            "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>"
            for row in rows
        )
        body.append(f"<h2>{html.escape(name)}</h2><table>{cells}</table>")
    body.append(f"<h2>settings</h2><pre>{settings}</pre>")
    return (
        f'<!doctype html><meta charset="utf-8"><title>{html.escape(record["step"])}</title>'
        f"<style>{_STYLE}</style>" + "\n".join(body)
    )

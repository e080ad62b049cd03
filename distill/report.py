"""The page one looks at after a training: figures, every class, confusions, reliability, odd labels.

One HTML file without scripts or outside resources. Not covered: speed (`bench/router.py`).
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .datasets import Example

BINS = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the router chose for one held-out row; `right` accepts the row's `also` tools."""

    row: Example
    tool: str
    confidence: float

    @property
    def right(self) -> bool:
        """Whether the tool is the label or an accepted other one."""
        return self.tool in (self.row.call.tool, *self.row.also)


def baseline(training: Sequence[Example], test: Sequence[Example], seed: int = 7) -> float:
    """Tool accuracy (`also` accepted) of TF-IDF on words and characters + logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    model = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        ),
        LogisticRegression(C=20.0, max_iter=300, random_state=seed),
    )
    model.fit([_text(row) for row in training], [row.call.tool for row in training])
    chosen = model.predict([_text(row) for row in test])
    right = [t in (r.call.tool, *r.also) for t, r in zip(chosen, test, strict=True)]
    return sum(right) / max(1, len(right))


def _text(row: Example) -> str:
    return f"{row.question} {row.context}"


def per_class(outcomes: Sequence[Outcome]) -> list[tuple[str, int, float, float]]:
    """(tool, rows, recall, precision), most rows first; precision is 1 where a tool is never chosen."""
    rows = Counter(o.row.call.tool for o in outcomes)
    chosen = Counter(o.tool for o in outcomes)
    found = Counter(o.row.call.tool for o in outcomes if o.right)
    hit = Counter(o.tool for o in outcomes if o.right)
    return [
        (tool, count, found[tool] / count, hit[tool] / chosen[tool] if chosen[tool] else 1.0)
        for tool, count in rows.most_common()
    ]


def reliability(outcomes: Sequence[Outcome]) -> list[tuple[int, float, float]]:
    """(rows, mean confidence, accuracy) of each of ten equal bins; empty bins are left out."""
    bins: list[list[Outcome]] = [[] for _ in range(BINS)]
    for outcome in outcomes:
        bins[min(BINS - 1, int(outcome.confidence * BINS))].append(outcome)
    return [
        (
            len(inside),
            sum(o.confidence for o in inside) / len(inside),
            sum(o.right for o in inside) / len(inside),
        )
        for inside in bins
        if inside
    ]


def suspects(outcomes: Sequence[Outcome], least: float = 0.8) -> list[Outcome]:
    """Rows whose label an unseeing model contradicts with confidence: candidates for correction."""
    wrong = [o for o in outcomes if not o.right and o.confidence >= least]
    return sorted(wrong, key=lambda o: -o.confidence)


def write(path: Path, outcomes: Sequence[Outcome], lines: Iterable[str] = ()) -> None:
    """Write the page; `lines` are further figures, shown first."""
    parts = [
        "<!doctype html><meta charset=utf-8><title>Router report</title>",
        "<style>body{font:14px system-ui;margin:2em;max-width:1100px}table{border-collapse:collapse}"
        "td,th{padding:2px 6px;border:1px solid #ddd;text-align:right}th{background:#f4f4f4}"
        ".n{text-align:left}.c td{width:18px;font-size:11px}.c th{font-size:11px}</style>",
        "<h1>Router: rows that training did not see</h1>",
        *(f"<p>{html.escape(line)}</p>" for line in lines),
        "<h2>Reliability</h2>",
        _diagram(reliability(outcomes)),
        "<h2>Every tool</h2>",
        _table(
            ("tool", "rows", "recall", "precision"),
            [(t, str(n), f"{r:.2f}", f"{p:.2f}") for t, n, r, p in per_class(outcomes)],
        ),
        "<h2>Confusions (label down, chosen across)</h2>",
        _matrix(outcomes),
        "<h2>Labels worth a second look</h2>",
        _table(
            ("row", "question", "label", "chosen", "confidence"),
            [
                (o.row.id, o.row.question[:120], o.row.call.tool, o.tool, f"{o.confidence:.2f}")
                for o in suspects(outcomes)
            ],
        ),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts) + "\n", "utf-8")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td class=n>{html.escape(cell)}</td>" for cell in row) + "</tr>\n"
        for row in rows
    )
    return f"<table><tr>{top}</tr>\n{body}</table>"


def _matrix(outcomes: Sequence[Outcome]) -> str:
    counts = Counter((o.row.call.tool, o.tool) for o in outcomes)
    rows = Counter(o.row.call.tool for o in outcomes)
    tools = sorted({name for pair in counts for name in pair})
    top = "".join(f"<th title={tool}>{number}</th>" for number, tool in enumerate(tools, 1))
    body = ""
    for number, label in enumerate(tools, 1):
        cells = ""
        for chosen in tools:
            count = counts[label, chosen]
            shade = count / max(1, rows[label])
            colour = f"rgba({'0,120,60' if label == chosen else '200,0,0'},{shade:.2f})"
            cells += f"<td style='background:{colour}'>{count or ''}</td>"
        body += f"<tr><th class=n>{number} {label}</th>{cells}</tr>\n"
    return f"<table class=c><tr><th></th>{top}</tr>\n{body}</table>"


def _diagram(bins: Sequence[tuple[int, float, float]]) -> str:
    size = 240
    dots = "".join(
        f"<circle cx='{c * size:.0f}' cy='{(1 - a) * size:.0f}' r='{3 + min(9, n / 20):.1f}' "
        f"fill='#06c'><title>{n} rows: confidence {c:.2f}, right {a:.2f}</title></circle>"
        for n, c, a in bins
    )
    return (
        f"<svg width='{size}' height='{size}' style='border:1px solid #aaa;overflow:visible'>"
        f"<line x1='0' y1='{size}' x2='{size}' y2='0' stroke='#aaa'/>{dots}</svg>"
        "<p>Across: confidence; up: share that was right. On the line, confidence can be believed.</p>"
    )

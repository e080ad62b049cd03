"""The page one looks at after a training: figures, every class, confusions, reliability, odd labels.

One HTML file without scripts or outside resources. Not covered: speed (`bench/router.py`).
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .judge import WIDEN_BELOW, Outcome, handling
from .labelled import Example

BINS = 10


def baseline(
    training: Sequence[Example], test: Sequence[Example], seed: int = 7
) -> dict[str, bool]:
    """Row → whether TF-IDF on words and characters + logistic regression has its tool right."""
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
    return {r.id: t in (r.call.tool, *r.also) for t, r in zip(chosen, test, strict=True)}


def _text(row: Example) -> str:
    return f"{row.question} {row.context}"


def per_class(outcomes: Sequence[Outcome]) -> list[tuple[str, int, float, float]]:
    """(tool, rows, recall, precision), most rows first; precision is 1 where a tool is never chosen."""
    rows = Counter(o.row.call.tool for o in outcomes)
    chosen = Counter(o.call.tool for o in outcomes)
    found = Counter(o.row.call.tool for o in outcomes if o.right)
    hit = Counter(o.call.tool for o in outcomes if o.right)
    return [
        (tool, count, found[tool] / count, hit[tool] / chosen[tool] if chosen[tool] else 1.0)
        for tool, count in rows.most_common()
    ]


def reliability(outcomes: Sequence[Outcome], temperature: float) -> list[tuple[int, float, float]]:
    """(rows, mean confidence, accuracy) of each of ten equal bins; empty bins are left out."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for outcome in outcomes:
        confidence = outcome.confidence(temperature)
        bins[min(BINS - 1, int(confidence * BINS))].append((confidence, outcome.right))
    return [
        (
            len(inside),
            sum(confidence for confidence, _ in inside) / len(inside),
            sum(right for _, right in inside) / len(inside),
        )
        for inside in bins
        if inside
    ]


def suspects(outcomes: Sequence[Outcome], temperature: float, least: float = 0.8) -> list[Outcome]:
    """Rows whose label an unseeing model contradicts with confidence: candidates for correction."""
    wrong = [(o.confidence(temperature), o) for o in outcomes if not o.right]
    return [o for sure, o in sorted(wrong, key=lambda pair: -pair[0]) if sure >= least]


# What the page says of each file, and the aim where there is one.
FIGURES = (
    ("rows", "rows", ""),
    ("tool", "tool right, or an accepted other one", "0.95 (t6: 0.90)"),
    ("tool_strict", "tool right, strictly", ""),
    ("whole_call", "whole call right", "0.82"),
    ("refusal_recall", "of decline and clarify found", "0.93"),
    ("wrongly_refused", "wrongly refused", "at most 0.02"),
    ("ece", "expected calibration error", "at most 0.05"),
    ("tfidf_baseline", "tool, TF-IDF and logistic regression", ""),
    ("answered", "answered", ""),
    ("refused", "refused", ""),
    ("widened", "widened", ""),
    ("fitted_without", "fitted without", ""),
)


def _figures(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """One row a figure, one column a file."""

    def cell(value: object) -> str:
        return f"{value:.3f}" if isinstance(value, float) else str(value)

    return _table(
        ("figure", *figures, "aim"),
        [
            (words, *(cell(row.get(key, "")) for row in figures.values()), aim)
            for key, words, aim in FIGURES
        ],
    )


def write(
    path: Path, outcomes: Sequence[Outcome], temperature: float,
    figures: Mapping[str, Mapping[str, Any]],
) -> None:  # fmt: skip
    """Write the page; `figures` by file, as `folds.figures` gives them, are shown first."""
    parts = [
        "<!doctype html><meta charset=utf-8><title>Router report</title>",
        "<style>body{font:14px system-ui;margin:2em;max-width:1100px}table{border-collapse:collapse}"
        "td,th{padding:2px 6px;border:1px solid #ddd;text-align:right}th{background:#f4f4f4}"
        ".n{text-align:left}td:first-child,th{white-space:nowrap}.c td{width:18px;font-size:11px}.c th{font-size:11px}</style>",
        "<h1>Router: rows that training did not see</h1>",
        _figures(figures),
        "<h2>Reliability</h2>",
        _diagram(reliability(outcomes, temperature)),
        "<h2>What the assistant does with them</h2>",
        _handled(outcomes, temperature),
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
                (
                    o.row.id,
                    o.row.question[:120],
                    o.row.call.tool,
                    o.call.tool,
                    f"{o.confidence(temperature):.2f}",
                )
                for o in suspects(outcomes, temperature)
            ],
        ),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts) + "\n", "utf-8")


def _handled(outcomes: Sequence[Outcome], temperature: float) -> str:
    """Answered, refused and widened (two readings tried) rows, and which of them were right."""
    rows: dict[str, list[Outcome]] = {"answered": [], "refused": [], "widened": []}
    for outcome in outcomes:
        rows[handling(outcome, temperature)].append(outcome)
    table = _table(
        ("handled", "rows", "tool right"),
        [
            (name, str(len(own)), f"{sum(o.right for o in own) / max(1, len(own)):.2f}")
            for name, own in rows.items()
        ],
    )
    listed = _table(
        ("widened", "label", "first reading", "confidence"),
        [
            (o.row.question[:120], o.row.call.tool, o.call.tool, f"{o.confidence(temperature):.2f}")
            for o in rows["widened"]
        ],
    )
    return (
        f"{table}<details><summary>Those less sure than {WIDEN_BELOW}</summary>{listed}</details>"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td class=n>{html.escape(cell)}</td>" for cell in row) + "</tr>\n"
        for row in rows
    )
    return f"<table><tr>{top}</tr>\n{body}</table>"


def _matrix(outcomes: Sequence[Outcome]) -> str:
    counts = Counter((o.row.call.tool, o.call.tool) for o in outcomes)
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

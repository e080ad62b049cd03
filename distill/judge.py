"""The router's figures on labelled rows: tool, whole call, refusal, calibration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..executors.catalog import ToolCall
from ..router.arguments import fill
from ..router.dialogue import render
from ..router.model import Model
from .datasets import Example

REFUSALS = frozenset({"clarify", "decline"})


def same_call(label: ToolCall, call: ToolCall) -> bool:
    """Whether tool and every argument agree, `query` wording and letter case of names aside."""
    if label.tool != call.tool:
        return False

    def plain(arguments: ToolCall) -> dict[str, str]:
        return {
            key: str(value).lower()
            for key, value in arguments.arguments.items()
            if key != "query" and not (key == "mode" and value == "list")
        }

    return plain(label) == plain(call)


def accepted(row: Example, label: ToolCall, call: ToolCall) -> bool:
    """`same_call`, where a name may also stand as it was typed (`surface`): linking is not judged."""
    if same_call(label, call):
        return True
    typed = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in row.surface.items()
        if key in label.arguments and (key != "names" or isinstance(value, list))
    }
    return bool(typed) and same_call(label.with_arguments(**typed), call)


def judge(model: Model, rows: Sequence[Example]) -> dict[str, Any]:
    """Shares over `rows`: tool (`also` accepted), strict tool, whole call, refusals, ECE."""
    hits, strict, whole = 0, 0, 0
    refused = Counter[str]()
    certain: list[tuple[float, bool]] = []
    wrong: Counter[tuple[str, str]] = Counter()
    for row in rows:
        call, confidence = best_call(model, row)
        right = call.tool == row.call.tool or call.tool in row.also
        hits += right
        strict += call.tool == row.call.tool
        whole += accepted(row, row.call, call)
        certain.append((confidence, right))
        if row.call.tool in REFUSALS:
            refused["should"] += 1
            refused["did"] += call.tool in REFUSALS
        else:
            refused["should not"] += 1
            refused["wrongly"] += call.tool in REFUSALS and not right
        if not right:
            wrong[row.call.tool, call.tool] += 1
    total = max(1, len(rows))
    return {
        "rows": len(rows),
        "tool": round(hits / total, 4),
        "tool_strict": round(strict / total, 4),
        "whole_call": round(whole / total, 4),
        "refusal_recall": round(refused["did"] / max(1, refused["should"]), 4),
        "wrongly_refused": round(refused["wrongly"] / max(1, refused["should not"]), 4),
        "ece": round(expected_calibration_error(certain), 4),
        "confusions": [[a, b, n] for (a, b), n in wrong.most_common(12)],
    }


def best_call(model: Model, row: Example) -> tuple[ToolCall, float]:
    """The call that the router would choose for a row, without linking, and its confidence."""
    context = render(row.history)
    prediction = model.predict(row.question, context)
    for tool, share in prediction.tools:
        call = fill(tool, row.question, context, row.history, prediction)
        if call is not None:
            return call, share
    raise AssertionError("decline needs no argument from the question")


def expected_calibration_error(pairs: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """ECE (Guo et al., 2017, arXiv:1706.04599): |confidence - accuracy| over equal-width bins."""
    error = 0.0
    for i in range(bins):
        inside = [p for p in pairs if i / bins < p[0] <= (i + 1) / bins]
        if inside:
            gap = sum(c for c, _ in inside) - sum(right for _, right in inside)
            error += abs(gap)
    return error / max(1, len(pairs))


def temperature_of(model: Model, rows: Sequence[Example]) -> float:
    """The temperature in [0.5, 4] that minimises the calibration error on `rows`."""
    import numpy as np

    from ..router.model import softmax

    logits = np.stack([model.tool_logits(row.question, render(row.history)) for row in rows])
    right = np.array(
        [
            model.tools[int(best)] in (row.call.tool, *row.also)
            for best, row in zip(logits.argmax(-1), rows, strict=True)
        ]
    )

    def cost(temperature: float) -> float:
        best = softmax(logits / temperature).max(-1)
        return expected_calibration_error(
            [(float(c), bool(r)) for c, r in zip(best, right, strict=True)]
        )

    return min((0.5 + 0.05 * i for i in range(71)), key=cost)

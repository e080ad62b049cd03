"""The router's figures on labelled rows: tool, whole call, refusal, calibration."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..executors.catalog import TOOLS, ToolCall
from ..router.arguments import fill
from ..router.dialogue import render
from ..router.labels import HEADS
from ..router.model import Model, Prediction, Tagged
from .labelled import Example

REFUSALS = frozenset({"clarify", "decline"})
# Arguments that linking spells afterwards; all others must be the label's own value.
LINKED = frozenset(
    ["name", "names", "module", "source", "target", "callee", "base", "of", "within", "returns", "parameter"]
)  # fmt: skip
WIDEN_BELOW = 0.5  # `assistant.config.Config.threshold`, which a test compares


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the router chose for one row: its call, and the model's uncalibrated logits by tool."""

    row: Example
    call: ToolCall
    logits: dict[str, float]

    @property
    def right(self) -> bool:
        """Whether the tool is the label or an accepted other one."""
        return self.call.tool in (self.row.call.tool, *self.row.also)

    def confidence(self, temperature: float) -> float:
        """The calibrated probability of the chosen tool."""
        import numpy as np

        from ..router.model import softmax

        names = list(self.logits)
        logits = np.array([self.logits[name] for name in names], dtype=np.float32)
        return float(softmax(logits / temperature)[names.index(self.call.tool)])


def outcomes(model: Model, rows: Sequence[Example]) -> list[Outcome]:
    """The router's choice for each row, without linking."""
    found: list[Outcome] = []
    for row in rows:
        context = render(row.history)
        prediction = model.predict(row.question, context)
        # logits up to a constant, which changes no probability
        logits = {t: math.log(max(p, 1e-30)) * model.temperature for t, p in prediction.tools}
        for tool, _ in prediction.tools:
            call = fill(tool, row.question, context, row.history, prediction)
            if call is not None:
                found.append(Outcome(row, call, logits))
                break
        else:
            raise AssertionError("decline needs no argument from the question")
    return found


def same_call(label: ToolCall, call: ToolCall) -> bool:
    """Whether tool and every argument agree, `query` wording and letter case of names aside.

    Nor does the order of the names of a comparison count, or a folder's closing slash.
    """
    if label.tool != call.tool:
        return False

    def plain(arguments: ToolCall) -> dict[str, str]:
        return {
            key: str(sorted(value) if isinstance(value, tuple) else value).lower().rstrip("/")
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
        if key in LINKED and key in label.arguments and (key != "names" or isinstance(value, list))
    }
    return bool(typed) and same_call(label.with_arguments(**typed), call)


def judge(found: Sequence[Outcome], temperature: float) -> dict[str, Any]:
    """Shares over outcomes: tool (`also` accepted), strict tool, whole call, refusals, ECE, and how
    many would be answered, refused and widened."""
    hits = sum(outcome.right for outcome in found)
    strict = sum(outcome.call.tool == outcome.row.call.tool for outcome in found)
    whole = sum(accepted(o.row, o.row.call, o.call) for o in found)
    should = [o for o in found if o.row.call.tool in REFUSALS]
    should_not = [o for o in found if o.row.call.tool not in REFUSALS]
    certain = [(o.confidence(temperature), o.right) for o in found]
    wrong = Counter((o.row.call.tool, o.call.tool) for o in found if not o.right)
    total = max(1, len(found))
    did = sum(o.call.tool in REFUSALS for o in should)
    wrongly = sum(o.call.tool in REFUSALS and not o.right for o in should_not)
    handled = Counter(handling(o, temperature) for o in found)
    return {
        "rows": len(found),
        "tool": round(hits / total, 4),
        "tool_strict": round(strict / total, 4),
        "whole_call": round(whole / total, 4),
        "refusal_recall": round(did / max(1, len(should)), 4),
        "wrongly_refused": round(wrongly / max(1, len(should_not)), 4),
        "ece": round(expected_calibration_error(certain), 4),
        "temperature": round(temperature, 3),
        **{name: handled[name] for name in ("answered", "refused", "widened")},
        "confusions": [[a, b, n] for (a, b), n in wrong.most_common(12)],
    }


def handling(outcome: Outcome, temperature: float) -> str:
    """What the assistant does with it: "answered", "refused" (decline, clarify) or "widened"."""
    if outcome.confidence(temperature) < WIDEN_BELOW:
        return "widened"
    return "answered" if TOOLS[outcome.call.tool].runs else "refused"


def labelled(row: Example) -> Prediction:
    """The prediction of a model that is always right: the row's own spans and classes."""
    flags = {
        head: {name: float(name == row.heads.get(head, classes[0])) for name in classes}
        for head, classes in HEADS.items()
    }
    spans = tuple(Tagged(s.segment, s.start, s.end, s.tag, 1.0) for s in row.spans)
    return Prediction(((row.call.tool, 1.0),), spans, flags, row.query)


def ceiling(rows: Sequence[Example]) -> float:
    """Share of whole calls that the rules of `arguments.fill` make of the labels themselves."""
    whole = 0
    for row in rows:
        call = fill(row.call.tool, row.question, row.context, row.history, labelled(row))
        whole += call is not None and accepted(row, row.call, call)
    return whole / max(1, len(rows))


def expected_calibration_error(pairs: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """ECE (Guo et al., 2017, arXiv:1706.04599): |confidence - accuracy| over equal-width bins."""
    error = 0.0
    for i in range(bins):
        inside = [p for p in pairs if i / bins < p[0] <= (i + 1) / bins]
        if inside:
            gap = sum(c for c, _ in inside) - sum(right for _, right in inside)
            error += abs(gap)
    return error / max(1, len(pairs))


def temperature_of(found: Sequence[Outcome]) -> float:
    """The temperature in [0.4, 4] under which the labels are likeliest (temperature scaling, Guo et
    al., 2017): smoother than the calibration error itself, which jumps with the bins."""
    import numpy as np

    from ..router.model import softmax

    names = sorted({name for outcome in found for name in outcome.logits})
    logits = np.array([[o.logits.get(name, -1e4) for name in names] for o in found])
    accepted_tools = np.array(
        [[name in (o.row.call.tool, *o.row.also) for name in names] for o in found]
    )

    def cost(temperature: float) -> float:
        scaled = (logits / temperature).astype(np.float32)
        shares = (softmax(scaled) * accepted_tools).sum(-1)
        return float(-np.log(shares.clip(1e-9)).sum())

    return min((0.4 + 0.05 * i for i in range(73)), key=cost)

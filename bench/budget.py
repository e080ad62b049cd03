"""The time that a 7B takes for an answer, worked out from token counts, and what drafts save.

    python bench/budget.py --tokenizer tokenizer.json
    python bench/budget.py --tokenizer tokenizer.json --prefill 250 --decode 71

Prompts are those of the test codebases' traces as the formatter makes them, the instructions kept from
the question before; the speeds are published ones (M2 Max, 7B in 4 bits). Drafts are those of the
`mlx` back end, over the teacher's own answers: an answer of `TOKENS` tokens takes TOKENS / (tokens a
pass) passes. No model is run.
"""

from __future__ import annotations

import argparse
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from codeask.distill.corpora import split_of
from codeask.distill.traces import shipped
from codeask.formatter import prompt
from codeask.formatter.backends.decode import Lookup, common
from codeask.formatter.models import LOCAL_7B
from codeask.formatter.style import Style

TOKENS = 60  # three short sentences
WIDTH = 4  # tokens drafted at most, as `decode.greedy` does
STYLES = {
    "default": Style(),
    "7B on this machine": LOCAL_7B,
    "plain sentences": Style(budget=130, clauses=True),
}
Encode = Callable[[str], list[int]]


def passes(context: Sequence[int], answer: Sequence[int]) -> int:
    """Forward passes for `answer` when the look-up drafts."""
    draft, known, at, count = Lookup(), [*context, answer[0]], 1, 0
    while at < len(answer):
        room = len(answer) - at - 1
        guessed = draft.propose(known, min(WIDTH, room)) if room else []
        step = min(common(guessed, answer[at:]) + 1, len(answer) - at)
        known += answer[at : at + step]
        at, count = at + step, count + 1
    return count


def kind_of(tool: str) -> str:
    return tool if tool in ("locate", "explain", "compare") else "structural"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tokenizer", type=Path, required=True, help="tokenizer.json of a model")
    parser.add_argument("--prefill", type=float, default=325, help="tokens/s (published: 250-400)")
    parser.add_argument("--decode", type=float, default=71, help="tokens/s (published: 71)")
    args = parser.parse_args()
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(args.tokenizer))

    def encode(text: str) -> list[int]:
        return tokenizer.encode(text, add_special_tokens=False).ids

    splits = split_of()
    traces = [t for t in shipped() if splits[t.repo] == "test" and len(t.results) == 1 and t.answer]
    print(f"{len(traces)} traces; instructions {len(encode(prompt.INSTRUCTIONS))} tokens, kept")
    print(
        "| evidence | question | n | prompt p50 / p90 | tokens a pass | whole answer p50 / p90 s |"
    )
    print("|---|---|---|---|---|---|")
    for name, style in STYLES.items():
        found: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for trace in traces:
            asked = prompt.messages(trace.question, trace.results[0], style)[1]["content"]
            ids = encode(f"<|im_start|>user\n{asked}<|im_end|>\n<|im_start|>assistant\n")
            answer = [*encode(trace.answer), 0]
            each = (len(answer) - 1) / max(1, passes(ids, answer))
            found[kind_of(trace.calls[0].tool)].append((len(ids), each))
        for kind, rows in sorted(found.items()):
            lengths = sorted(length for length, _ in rows)
            each = statistics.mean(per for _, per in rows)
            ends = (statistics.median(lengths), lengths[int(0.9 * len(lengths))])
            took = [length / args.prefill + TOKENS / (args.decode * each) for length in ends]
            print(f"| {name} | {kind} | {len(rows)} | {ends[0]:.0f} / {ends[1]} | {each:.2f} "
                  f"| {took[0]:.2f} / {took[1]:.2f} |")  # fmt: skip
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

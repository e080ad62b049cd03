"""Pairs to be read blind: the clause selector's answer and the fixed order's, on test codebases.

python bench/selector_pairs.py > pairs.txt                # to be read; A, B or = for each pair
python bench/selector_pairs.py --key                      # which was the selector's
python bench/selector_pairs.py --verdicts "A = B ..."     # the count

Read on 24 November 2026 with seed 23: bench/data/read_pairs.txt.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter

from codeask.distill.worded import worded
from codeask.formatter.plain import fixed
from codeask.formatter.selector import Selector

PAIRS = 50


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--key", action="store_true")
    parser.add_argument("--verdicts", default="", help="A, B or = for every pair, in order")
    parser.add_argument("--seed", type=int, default=23)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    selector = Selector()
    rows = [
        r for r in worded()
        if r.split == "test" and r.result.matches and r.result.call.tool in ("explain", "locate")
    ]  # fmt: skip
    rng.shuffle(rows)
    number = 0
    won: Counter[str] = Counter()
    verdicts = args.verdicts.split()
    for row in rows:
        ours = " ".join(c.cited for c in selector.choose(row.question, row.result))
        other = " ".join(c.cited for c in fixed(row.result))
        if ours == other or number == PAIRS:
            continue
        number += 1
        first = rng.random() < 0.5
        if verdicts:
            said = verdicts[number - 1]
            won["equal" if said == "=" else "selector" if (said == "A") == first else "fixed"] += 1
            continue
        if args.key:
            print(number, "A" if first else "B")
            continue
        print(f"{number}. {row.question}\n   A: {ours if first else other}")
        print(f"   B: {other if first else ours}\n")
    if verdicts:
        print(", ".join(f"{name} {count}" for name, count in won.most_common()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

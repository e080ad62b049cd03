"""What fewer bits cost a model: perplexity of the teacher's answers, and how often its choice stays the same.

    python bench/quantised.py HF [--adapter LORA] --answers 60

HF is a folder of a model in 16 or 32 bits. Its weights are rounded as mlx does (groups of 64, a scale and an
offset each: 4 bits are 4.5 a weight, 3 are 3.5) and computed with in full precision, so that only the rounding
differs. Prompts are those of the test codebases' traces; only positions of the answer count.
"""

from __future__ import annotations

import argparse
import math
import random
from pathlib import Path
from typing import Any

from codeask.distill.worded import worded
from codeask.formatter import models, prompt
from codeask.formatter.style import Style

GROUP = 64


def rounded(weight: Any, bits: int) -> Any:
    """A weight as it is after quantisation."""
    import mlx.core as mx

    parts = mx.quantize(weight, group_size=GROUP, bits=bits)
    return mx.dequantize(*parts, group_size=GROUP, bits=bits).astype(weight.dtype)


def quantise(model: Any, bits: int) -> None:
    """Rounds every linear layer and the embedding in place; an adapter's matrices stay as they are."""
    import mlx.core as mx
    import mlx.nn as nn

    for _, module in model.named_modules():
        if isinstance(module, (nn.Linear, nn.Embedding)) and module.weight.shape[-1] % GROUP == 0:
            module.weight = rounded(module.weight, bits)
            mx.eval(module.weight)


def measured(model: Any, rows: list[tuple[list[int], list[int]]]) -> tuple[float, list[int]]:
    """Mean loss a token of the answers, the likeliest token at each of their positions."""
    import mlx.core as mx
    import mlx.nn as nn

    total, count, likeliest = 0.0, 0, list[int]()
    for asked, answer in rows:
        logits = model(mx.array([[*asked, *answer[:-1]]]))[0, len(asked) - 1 :]
        loss: Any = nn.losses.cross_entropy(logits, mx.array(answer), reduction="sum")
        chosen: Any = mx.argmax(logits, axis=-1).tolist()
        likeliest += chosen
        total += float(loss.item())
        count += len(answer)
    return total / count, likeliest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("model", type=Path)
    parser.add_argument("--adapter", type=Path, help="folder of a LoRA adapter of mlx-lm")
    parser.add_argument("--answers", type=int, default=60)
    parser.add_argument("--bits", type=int, nargs="+", default=[8, 6, 4, 3, 2])
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    from mlx_lm.utils import load

    adapter = str(args.adapter) if args.adapter else None
    style = models.style_of(models.manifest("smollm2-135m")) if adapter else Style(budget=300)
    found = [r for r in worded() if r.split == "test" and r.result.matches and not r.special]
    chosen = random.Random(args.seed).sample(found, min(args.answers, len(found)))
    words = load(str(args.model))[1]
    rows = [
        (
            list(words.apply_chat_template(
                prompt.messages(r.question, r.result, style), add_generation_prompt=True
            )),
            [*words.encode(r.answer, add_special_tokens=False), words.eos_token_id],
        )
        for r in chosen
    ]  # fmt: skip
    print(f"{len(rows)} answers, {sum(len(a) for _, a in rows)} tokens")
    print("| bits | bits a weight | perplexity | against full | same choice as full |")
    print("|---|---|---|---|---|")
    full, same = 0.0, list[int]()
    for bits in (0, *args.bits):
        model = load(str(args.model), adapter_path=adapter)[0]
        if bits:
            quantise(model, bits)
        loss, likeliest = measured(model, rows)
        if not bits:
            full, same = loss, likeliest
        agree = sum(a == b for a, b in zip(likeliest, same, strict=True)) / len(same)
        name, size = (f"{bits}", f"{bits + 0.5:.1f}") if bits else ("as it is", "–")
        print(f"| {name} | {size} | {math.exp(loss):.2f} | {math.exp(loss - full):.2f} × | "
              f"{agree:.3f} |", flush=True)  # fmt: skip
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

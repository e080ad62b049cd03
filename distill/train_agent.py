"""`codeask distill train-agent`: conversations → a LoRA adapter that chooses tools itself, by mlx-lm.

Rows are those of `datasets`, one an assistant turn: the tool call that begins a look-up, and
the answer that ends it. The trainer is the formatter's; only the rows and the chat template differ.
A profile gives the settings of a model: `7b` is Qwen2.5-Coder-7B-Instruct-4bit on Apple silicon,
`small` SmolLM2-135M on any CPU.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ..assistant.agent import opening
from ..executors.catalog import TOOLS
from ..formatter.backends.chat import token_ids
from . import lora, summary
from .ledger import key_of
from .lora import Profile, Row, Settings, Tokens, Trainer
from .traces import records

TEMPLATE = (
    Path(__file__).parent.parent / "models" / "agent" / "smollm2-135m" / "chat_template.jinja"
)


def written(message: Mapping[str, Any]) -> str:
    """An assistant turn as the text that the model is to write."""
    calls = [
        '<tool_call>\n{{"name": {}, "arguments": {}}}\n</tool_call>'.format(
            json.dumps(use["function"]["name"]), use["function"]["arguments"]
        )
        for use in message.get("tool_calls") or ()
    ]
    return "\n".join([*([message["content"]] if message.get("content") else []), *calls])


def rows(found: Iterable[Mapping[str, Any]], chosen: Profile) -> list[Row]:
    """Training rows: look-ups, answers and refusals in the profile's shares, same for a seed."""
    lookups: list[Row] = []
    answers: list[Row] = []
    refusals: list[Row] = []
    for number, record in enumerate(found):
        *before, last = record["messages"]
        row = Row(f"agent-{number}", tuple(before), written(last))
        uses = last.get("tool_calls") or ()
        if not uses:
            answers.append(row)
        elif TOOLS[uses[0]["function"]["name"]].runs:
            lookups.append(row)
        else:
            refusals.append(row)
    rng = random.Random(chosen.settings.seed)
    total = chosen.rows or len(lookups) + len(answers) + len(refusals)
    picked: list[Row] = []
    for part, share in (
        (answers, chosen.answers), (refusals, chosen.refusals),
        (lookups, 1 - chosen.answers - chosen.refusals),
    ):  # fmt: skip
        picked += rng.sample(part, min(len(part), round(total * share)))
    rng.shuffle(picked)
    return picked


class AgentTrainer(Trainer):
    """The formatter's trainer over conversations with tools."""

    def __init__(self, model: Path, out: Path, settings: Settings, template: str) -> None:
        super().__init__(model, out, settings)
        self._template = template
        self._tools = [tool.schema() for tool in TOOLS.values()]

    def tokens(self, row: Row) -> Tokens:
        """A row as token ids, exactly as the back end writes them when it serves."""
        ids = token_ids(self.tokenizer, self._template, row.messages, self._tools)
        answer = self.tokenizer.encode(
            row.answer, add_special_tokens=False, split_special_tokens=True
        )
        return Tokens(tuple(ids), (*answer, self.tokenizer.eos_token_id))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    lora.add_arguments(parser)
    parser.add_argument("--data", type=Path, required=True, help="folder 'agent' of datasets")


def run(args: argparse.Namespace) -> int:
    """Trains; progress goes to stderr, the final figures to stdout. From a GGUF file the adapter is
    written for llama.cpp too."""
    chosen = lora.profile(args.profile, "agent", args.profiles)
    model = lora.model_of(args.model, chosen)
    template = ""
    if chosen.template:
        template = (lora.PROFILES.parent.parent.parent / chosen.template).read_text(
            encoding="utf-8"
        )
    files = {part: args.data / f"{part}.jsonl" for part in ("train", "valid")}
    train = rows(records([files["train"]]), chosen)
    held_out = replace(chosen, rows=4 * chosen.settings.validation_rows)
    held = rows(records([files["valid"]]), held_out)
    trainer = AgentTrainer(lora.folder_of(model, args.out), args.out, chosen.settings, template)
    figures = trainer.fit(train, held, args.minutes * 60)
    resolved = {**asdict(chosen), "model": model.name}
    manifest = {
        "prompt_sha256": prompt_hash(template),
        "settings": resolved,
        "figures": figures,
        "sha256": lora.digests(args.out, list(lora.adapter_files(model, args.out).values())),
    }
    (args.out / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    summary.write(
        args.out, "train-agent",
        settings=resolved,
        figures={
            **figures, "rows": len(train), "held rows": len(held),
            "data hash": key_of(*(files[part].read_text(encoding="utf-8") for part in files)),
        },
        pictures=lora.loss_curve(args.out, figures["validation_loss"]),
    )  # fmt: skip
    print(json.dumps(figures, indent=1))
    return 0


def prompt_hash(template: str) -> str:
    """A hash of what every prompt begins with: an adapter knows no other beginning."""
    begin = [template, opening("?"), [tool.schema() for tool in TOOLS.values()]]
    return hashlib.sha256(json.dumps(begin).encode()).hexdigest()

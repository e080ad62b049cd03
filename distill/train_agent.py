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
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from ..assistant.agent import opening
from ..executors.catalog import TOOLS
from ..executors.errors import UsageError
from ..formatter.backends.chat import token_ids
from . import summary
from .ledger import key_of
from .traces import records
from .train_formatter import Row, Settings, Tokens, Trainer

PROFILES = Path(__file__).parent / "data" / "profiles.toml"
TEMPLATE = (
    Path(__file__).parent.parent / "models" / "agent" / "smollm2-135m" / "chat_template.jinja"
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a model is trained with. `answers` and `refusals` are the shares of these turns among the
    rows, `rows` the most rows in all (0: every one); `template` replaces the model's own."""

    settings: Settings
    template: str = ""
    rows: int = 0
    answers: float = 0.3
    refusals: float = 0.1


def profile(name: str, path: Path = PROFILES) -> Profile:
    """A profile by name; `UsageError` where the file has none of it or an unknown key."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The profiles '{path}' cannot be read: {error}.") from error
    if name not in table:
        raise UsageError(f"There is no profile '{name}' in {path}; there are {', '.join(table)}.")
    known = {field.name for field in fields(Settings)}
    own = {field.name for field in fields(Profile)} - {"settings"}
    values = dict(table[name])
    for key in values:
        if key not in known | own:
            raise UsageError(f"{path}: profile '{name}' has an unknown key '{key}'.")
    settings = Settings(**{key: value for key, value in values.items() if key in known})
    return Profile(settings, **{key: value for key, value in values.items() if key in own})


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
    parser.add_argument("--model", type=Path, required=True, help="GGUF file or model folder")
    parser.add_argument("--data", type=Path, required=True, help="folder 'agent' of datasets")
    parser.add_argument("--out", type=Path, required=True, help="folder of adapter and checkpoints")
    parser.add_argument("--profile", default="7b", help="settings: 7b, small, or one of --profiles")
    parser.add_argument("--profiles", type=Path, default=PROFILES, help="another profiles.toml")
    parser.add_argument("--minutes", type=float, default=600, help="stop after this long")


def run(args: argparse.Namespace) -> int:
    """Trains; progress goes to stderr, the final figures to stdout. From a GGUF file the adapter is
    written for llama.cpp too."""
    chosen = profile(args.profile, args.profiles)
    template = ""
    if chosen.template:
        template = (PROFILES.parent.parent.parent / chosen.template).read_text(encoding="utf-8")
    files = {part: args.data / f"{part}.jsonl" for part in ("train", "valid")}
    train = rows(records([files["train"]]), chosen)
    held_out = replace(chosen, rows=4 * chosen.settings.validation_rows)
    held = rows(records([files["valid"]]), held_out)
    folder = args.model
    if folder.suffix == ".gguf":
        from .gguf_convert import hf_folder

        folder = hf_folder(args.model, args.out / "base")
    trainer = AgentTrainer(folder, args.out, chosen.settings, template)
    figures = trainer.fit(train, held, args.minutes * 60)
    if args.model.suffix == ".gguf":
        from .gguf_convert import lora_gguf

        lora_gguf(args.out, args.model, args.out / "adapter.gguf")
    manifest = {
        "prompt_sha256": prompt_hash(template),
        "settings": {**asdict(chosen), "model": args.model.name},
        "figures": figures,
        "sha256": {
            file.name: hashlib.sha256(file.read_bytes()).hexdigest()
            for file in (args.out / "adapters.safetensors", args.out / "adapter.gguf")
            if file.is_file()
        },
    }
    (args.out / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    curve = loss_curve(args.out, figures["validation_loss"])
    summary.write(
        args.out, "train-agent",
        settings={**asdict(chosen), "model": str(args.model.name)},
        figures={
            **figures, "rows": len(train), "held rows": len(held),
            "data hash": key_of(*(files[part].read_text(encoding="utf-8") for part in files)),
        },
        pictures=curve,
    )  # fmt: skip
    print(json.dumps(figures, indent=1))
    return 0


def prompt_hash(template: str) -> str:
    """A hash of what every prompt begins with: an adapter knows no other beginning."""
    begin = [template, opening("?"), [tool.schema() for tool in TOOLS.values()]]
    return hashlib.sha256(json.dumps(begin).encode()).hexdigest()


def loss_curve(out: Path, history: Sequence[Sequence[float]]) -> list[str]:
    """The validation loss as `loss.svg`, where matplotlib is installed."""
    try:
        import matplotlib
    except ModuleNotFoundError:
        return []
    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.5))
    axes.plot([step for step, _ in history], [loss for _, loss in history], marker="o")
    axes.set(xlabel="step", ylabel="validation loss a token")
    figure.savefig(out / "loss.svg")
    pyplot.close(figure)
    return ["loss.svg"]

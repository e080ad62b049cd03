"""LoRA trainings on this machine, by mlx-lm: settings from a TOML, the trainer, and what it leaves.

The layers below the first one that is trained never change: what they give for a row is computed
once, and every epoch starts from it (8 of 30 layers: a third of the work). What all prompts begin with
is computed once a batch, and every row attends to it. Logits are taken at answer positions only. A
killed run goes on from its last checkpoint, to the same bytes; the adapter with the lowest validation
loss is kept, and training ends when that has not fallen for a while.

On Linux mlx links a slow BLAS: run such a training, and only that, with OpenBLAS in LD_PRELOAD.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import random
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ..executors.errors import UsageError
from ..formatter import models
from ..formatter.backends.decode import common
from .progress import Bar

PROFILES = Path(__file__).parent / "data" / "profiles.toml"
CHECKPOINT = "checkpoint.safetensors"  # weights, optimizer and state of the latest evaluation


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides a training; kept in the manifest. `budget` is tokens of evidence,
    `clauses` whether it is plain sentences, `structural` the most rows of a tool that is not told by
    clauses (with `clauses` only), `covered` the share of a sentence's longer words that must stand in the prompt."""

    rank: int = 8
    scale: float = 2.0
    layers: int = 8
    dropout: float = 0.05
    rate: float = 8e-4
    batch: int = 4
    epochs: int = 4
    warm_up: int = 20
    budget: int = 130
    clauses: bool = False
    structural: int = 30
    covered: float = 0.4
    longest: int = 320
    evaluate_every: int = 37
    patience: int = 4
    validation_rows: int = 40
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Profile:
    """What a model is trained with for one task. `model` is its name or path; of the agent's rows
    `answers` and `refusals` are the shares of these turns, `rows` the most rows in all (0: every
    one), and `template` a chat template in place of the model's own."""

    settings: Settings
    model: str = ""
    template: str = ""
    rows: int = 0
    answers: float = 0.3
    refusals: float = 0.1


def profile(name: str, task: str, path: Path = PROFILES) -> Profile:
    """A profile by name for "agent" or "formatter": its table, and its sub-table of the task over it.

    `UsageError` where the file has none of it or an unknown key.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The profiles '{path}' cannot be read: {error}.") from error
    if name not in table:
        raise UsageError(f"There is no profile '{name}' in {path}; there are {', '.join(table)}.")
    known = {field.name for field in fields(Settings)}
    own = {field.name for field in fields(Profile)} - {"settings"}
    shared = {key: value for key, value in table[name].items() if not isinstance(value, Mapping)}
    values = {**shared, **table[name].get(task, {})}
    for key in values:
        if key not in known | own:
            raise UsageError(f"{path}: profile '{name}' has an unknown key '{key}'.")
    settings = Settings(**{key: value for key, value in values.items() if key in known})
    return Profile(settings, **{key: value for key, value in values.items() if key in own})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that every LoRA training has."""
    parser.add_argument(
        "--model", type=Path, help="GGUF file or model folder (default: the profile's)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of adapter and checkpoints")
    parser.add_argument("--profile", default="7b", help="settings: 7b, small, or one of --profiles")
    parser.add_argument("--profiles", type=Path, default=PROFILES, help="another profiles.toml")
    parser.add_argument("--minutes", type=float, default=600, help="stop after this long")


def model_of(given: Path | None, chosen: Profile) -> Path:
    """The model to train: the one that was `given`, else the profile's; `UsageError` without it."""
    name = str(given or chosen.model)
    if not name:
        raise UsageError("The profile names no model; say --model FILE or --model FOLDER.")
    path = models.find(name, models.Machine.here())
    if path is None:
        known = name in models.KNOWN
        hint = f"run 'codeask models fetch {name}'" if known else "say another --model"
        raise UsageError(f"The model '{name}' is not on this machine; {hint}.")
    whole = path.with_name(models.KNOWN[name].file) if name in models.KNOWN else path
    return whole if path.is_file() and whole.is_file() else path  # not the requantised one


def folder_of(model: Path, out: Path) -> Path:
    """The model as a Hugging Face folder; a GGUF file is converted below `out`."""
    if model.suffix != ".gguf":
        return model
    from .gguf_convert import hf_folder

    return hf_folder(model, out / "base")


def adapter_files(model: Path, out: Path) -> dict[str, str]:
    """The files of the finished adapter by engine; for a GGUF model it is written for llama.cpp too."""
    files = {"mlx": "adapters.safetensors"}
    if model.suffix == ".gguf":
        from .gguf_convert import lora_gguf

        files["llamacpp"] = lora_gguf(out, model, out / "adapter.gguf").name
    return files


def digests(folder: Path, files: Sequence[str]) -> dict[str, str]:
    """The SHA-256 of files by name."""
    return {name: models.digest(folder / name) for name in files}


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


@dataclass(frozen=True, slots=True)
class Row:
    """A prompt and the answer to learn, both as text pieces of the chat."""

    id: str
    messages: tuple[dict[str, str], ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """A row as token ids: the chat up to the answer, the answer with its end token."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)


class Trainer:
    """One training in `out`: `adapters.safetensors` is the best so far, `CHECKPOINT` the latest."""

    def __init__(self, model: Path, out: Path, settings: Settings) -> None:
        import mlx.core as mx
        import mlx.optimizers as optim
        from mlx_lm.tuner.utils import linear_to_lora_layers
        from mlx_lm.utils import load

        mx.random.seed(settings.seed)
        loaded = load(str(model))
        self.model, self.tokenizer = loaded[0], loaded[1]
        self.settings, self.out = settings, out
        out.mkdir(parents=True, exist_ok=True)
        self.model.freeze()
        parameters = {"rank": settings.rank, "scale": settings.scale, "dropout": settings.dropout}
        linear_to_lora_layers(self.model, settings.layers, parameters)
        config = {
            "fine_tune_type": "lora", "num_layers": settings.layers, "lora_parameters": parameters,
        }  # fmt: skip
        (out / "adapter_config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
        self.optimizer = optim.Adam(learning_rate=settings.rate, bias_correction=True)

    def tokens(self, row: Row) -> Tokens:
        """A row as token ids, by the model's own chat template."""
        chat = self.tokenizer.apply_chat_template(list(row.messages), add_generation_prompt=True)
        answer = self.tokenizer.encode(row.answer, add_special_tokens=False)
        return Tokens(tuple(chat), (*answer, self.tokenizer.eos_token_id))

    def fit(
        self, train: Sequence[Row], validation: Sequence[Row], seconds: float
    ) -> dict[str, Any]:
        """Trains until the epochs, the patience or the time end; gives the figures."""
        import mlx.core as mx
        import mlx.nn as nn

        data = [t for t in map(self.tokens, train) if len(t) <= self.settings.longest]
        held = [t for t in map(self.tokens, validation) if len(t) <= self.settings.longest]
        held = random.Random(self.settings.seed).sample(
            held, min(len(held), self.settings.validation_rows)
        )
        if len(data) < self.settings.batch or not held:
            raise UsageError("There are too few rows to train on; add traces or lower --batch.")
        self.prepare([*data, *held])
        plan = list(self._plan(data))
        state = self._resume()
        step_of = nn.value_and_grad(self.model, self._loss)
        started, losses, done = time.monotonic(), list[float](), 0
        with Bar("training", len(plan), done=state["step"], every=30) as bar:
            bar.say(f"{len(data)} rows, {len(held)} held, {len(plan)} steps")
            if not state["history"]:
                state["history"].append([0, self._evaluate(held)])
                bar.say(f"before: validation loss {state['history'][0][1]:.4f}")
            while state["step"] < len(plan):
                self.optimizer.learning_rate = self._rate(state["step"], len(plan))
                # a resumed run drops out the same
                mx.random.seed(self.settings.seed + state["step"])
                loss, gradients = step_of(self.model, plan[state["step"]])
                self.optimizer.update(self.model, gradients)
                mx.eval(self.model.trainable_parameters(), self.optimizer.state, loss)
                losses.append(loss.item())
                done += sum(map(len, plan[state["step"]]))
                state["step"] += 1
                took = time.monotonic() - started
                mean = sum(losses[-10:]) / len(losses[-10:])
                bar.step(note=f"loss {mean:.4f}, {done / took:.0f} tokens a second")
                last = state["step"] == len(plan) or took > seconds
                if state["step"] % self.settings.evaluate_every == 0 or last:
                    self._keep(state, held, bar)
                    if last or state["since"] >= self.settings.patience:
                        break
        return {
            "steps": state["step"],
            "validation_loss": [[step, round(loss, 4)] for step, loss in state["history"]],
            "best_step": state["best"],
            "training_loss": round(sum(losses[-40:]) / max(1, len(losses[-40:])), 4),
            "minutes": round((time.monotonic() - started) / 60, 1),
        }

    def prepare(self, rows: Sequence[Tokens]) -> None:
        """Finds what all prompts begin with, and what the untrained layers give for it and for
        every row's tokens after it but the last: (length, size) each. Kept in `out`."""
        import mlx.core as mx

        prompts = [row.prompt[:-1] for row in rows]  # every row keeps a token of its own
        self.shared = common(min(prompts), max(prompts))
        key = hashlib.sha256(repr([self.settings.layers, *rows]).encode()).hexdigest()
        file = self.out / "lower.safetensors"
        found: dict[str, Any] = {}
        if file.exists():
            kept: Any = mx.load(str(file), return_metadata=True)
            found = kept[0] if kept[1].get("rows") == key else {}
        if not found:
            inner: Any = self.model.model
            layers = inner.layers[: len(inner.layers) - self.settings.layers]
            begin = inner.embed_tokens(mx.array([rows[0].prompt[: self.shared]]))
            order = sorted(range(len(rows)), key=lambda n: len(rows[n]))  # little is padding
            with Bar("rows through the untrained layers", len(rows)) as bar:
                for at in range(0, len(rows), 16):
                    chunk = order[at : at + 16]
                    own = [[*rows[n].prompt, *rows[n].answer][self.shared : -1] for n in chunk]
                    length = max(map(len, own))
                    padded = mx.array([tokens + [0] * (length - len(tokens)) for tokens in own])
                    shared, hidden = _through(layers, begin, inner.embed_tokens(padded))
                    made = {
                        str(n): hidden[i, : len(tokens)]
                        for i, (n, tokens) in enumerate(zip(chunk, own, strict=True))
                    }
                    found |= {**made, "shared": shared[0]}
                    mx.eval(list(made.values()), shared)
                    bar.step(len(chunk))
            _save(file, found, {"rows": key})
        self.lower = found["shared"], {row: found[str(n)] for n, row in enumerate(rows)}

    def _loss(self, model: Any, batch: Sequence[Tokens]) -> Any:
        """Mean cross-entropy a token at the answer positions of a batch, padded at the end: under a
        causal mask no real token sees the padding."""
        import mlx.core as mx
        import mlx.nn as nn

        length = max(map(len, batch)) - 1 - self.shared
        places: list[int] = []
        targets: list[int] = []
        for number, row in enumerate(batch):
            first = number * length + len(row.prompt) - 1 - self.shared
            places += range(first, first + len(row.answer))
            targets += row.answer
        inner = model.model
        begin, rows = self.lower
        hidden = mx.stack(
            [mx.pad(rows[row], [(0, length - rows[row].shape[0]), (0, 0)]) for row in batch]
        )
        trained = inner.layers[len(inner.layers) - self.settings.layers :]
        _, hidden = _through(trained, begin[None], hidden)
        at_answers = inner.norm(hidden.reshape(len(batch) * length, -1)[mx.array(places)])
        if hasattr(model, "lm_head"):
            logits = model.lm_head(at_answers)
        else:
            logits = inner.embed_tokens.as_linear(at_answers)
        return nn.losses.cross_entropy(logits, mx.array(targets), reduction="mean")

    def _plan(self, data: Sequence[Tokens]) -> Iterator[list[Tokens]]:
        """Every batch of every epoch, the same from run to run; rows of like length together."""
        rng = random.Random(self.settings.seed)
        size = self.settings.batch
        for _ in range(self.settings.epochs):
            order = sorted(data, key=lambda row: len(row) + rng.random() * 30)
            batches = [order[i : i + size] for i in range(0, len(order) - size + 1, size)]
            rng.shuffle(batches)
            yield from batches

    def _rate(self, step: int, steps: int) -> Any:
        import mlx.core as mx

        warm = min(1.0, (step + 1) / self.settings.warm_up)
        cosine = 0.1 + 0.45 * (1 + math.cos(math.pi * step / steps))
        return mx.array(self.settings.rate * warm * cosine)

    def _evaluate(self, held: Sequence[Tokens]) -> float:
        """Mean loss a token over the held rows, dropout off."""
        self.model.eval()
        total, count = 0.0, 0
        size = self.settings.batch
        order = sorted(held, key=len)
        for i in range(0, len(order), size):
            part = order[i : i + size]
            tokens = sum(len(row.answer) for row in part)
            total += self._loss(self.model, part).item() * tokens
            count += tokens
        self.model.train()
        return total / count

    def _keep(self, state: dict[str, Any], held: Sequence[Tokens], bar: Bar) -> None:
        """Evaluates, keeps the adapter if it is the best, and writes the checkpoint."""
        from mlx.utils import tree_flatten

        loss = self._evaluate(held)
        best = min((value for _, value in state["history"][1:]), default=math.inf)
        state["history"].append([state["step"], loss])
        better = " (best)" if loss < best else ""
        bar.say(f"step {state['step']}: validation loss {loss:.4f}{better}")
        weights = dict(tree_flatten(self.model.trainable_parameters()))
        if loss < best:
            state["best"], state["since"] = state["step"], 0
            _save(self.out / "adapters.safetensors", weights)
        else:
            state["since"] += 1
        optimizer = tree_flatten(self.optimizer.state)
        kept = {f"model.{k}": v for k, v in weights.items()} | {
            f"optimizer.{k}": v for k, v in optimizer
        }
        _save(self.out / CHECKPOINT, kept, {"state": json.dumps(state)})

    def _resume(self) -> dict[str, Any]:
        import mlx.core as mx
        from mlx.utils import tree_unflatten

        file = self.out / CHECKPOINT
        if not file.exists():
            return {"step": 0, "best": 0, "since": 0, "history": []}
        loaded: Any = mx.load(str(file), return_metadata=True)
        parts: dict[str, list[tuple[str, Any]]] = {"model": [], "optimizer": []}
        for key, value in loaded[0].items():
            part, _, name = key.partition(".")
            parts[part].append((name, value))
        self.model.load_weights(parts["model"], strict=False)
        self.optimizer.state = tree_unflatten(parts["optimizer"])
        state: dict[str, Any] = json.loads(loaded[1]["state"])
        return state


class _Shared:
    """Stands in for a layer's cache: keeps the keys and values of what all rows begin with."""

    offset = 0

    def update_and_fetch(self, keys: Any, values: Any) -> tuple[Any, Any]:
        self.keys, self.values = keys, values
        return keys, values


class _After:
    """Stands in for a layer's cache: puts what all rows begin with before every row's own."""

    def __init__(self, shared: _Shared) -> None:
        self._shared = shared
        self.offset = shared.keys.shape[2]

    def update_and_fetch(self, keys: Any, values: Any) -> tuple[Any, Any]:
        return self._joined(self._shared.keys, keys), self._joined(self._shared.values, values)

    @staticmethod
    def _joined(shared: Any, own: Any) -> Any:
        import mlx.core as mx

        _, heads, length, size = shared.shape
        return mx.concatenate(
            [mx.broadcast_to(shared, (own.shape[0], heads, length, size)), own], axis=2
        )


def _through(layers: Sequence[Any], begin: Any, rows: Any) -> tuple[Any, Any]:
    """Runs the shared beginning (1, length, size) and the rows (count, length, size) after it."""
    import mlx.core as mx

    before, length = begin.shape[1], rows.shape[1]
    at = mx.arange(length)[:, None] + before
    mask = mx.arange(before + length)[None] <= at
    for layer in layers:
        shared = _Shared()
        begin = layer(begin, "causal", shared)
        rows = layer(rows, mask, _After(shared))
    return begin, rows


def _save(file: Path, arrays: dict[str, Any], metadata: dict[str, str] | None = None) -> None:
    """Writes a safetensors file in one move: a killed run leaves the old one or the new one."""
    import mlx.core as mx

    part = file.with_suffix(".part.safetensors")
    mx.save_safetensors(str(part), arrays, metadata or {})
    os.replace(part, file)

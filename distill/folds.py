"""Held-out folds of the router: fitted apart, several at a time, each kept for as long as nothing
that decides it has changed.

A fold is named by its files: "t3", or "t3+t6" for one fit without both. It is trained on no row of
these files (each has its own writer) and on none about one of their repositories.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..executors.catalog import ToolCall
from ..executors.errors import UsageError
from . import judge, report
from .judge import Outcome
from .labelled import Example

if TYPE_CHECKING:
    from .train_router import Settings

WARM_EPOCHS = 2
CODE = Path(__file__).resolve().parent.parent
# The files whose text decides how a fold is fitted, and those that decide what it then comes to.
FITTING = (
    "distill/network.py", "distill/train_router.py", "distill/labelled.py", "distill/compose.py",
    "distill/fillers.py", "router/encode.py", "router/dialogue.py", "router/labels.py",
)  # fmt: skip
JUDGING = (
    "distill/export_router.py", "router/arguments.py", "router/modifiers.py", "router/model.py",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What every fold of a training has in common.

    `warm`: a fold begins with the network that an earlier training kept of it, and goes on from there.
    """

    paths: tuple[Path, ...]
    archive: Path
    settings: Settings
    cache: Path
    warm: bool = False

    def fingerprint(self, code: Sequence[str] = (*FITTING, *JUDGING)) -> str:
        """Changes when the data, the phrases, the encoder or the code that decides a fold does."""
        from .train_router import sources

        digest = hashlib.sha256(str(self.archive.stat().st_size).encode())
        for path in (*sources(self.paths), *(CODE / name for name in code)):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def network_of(self, name: str) -> Path:
        """The file of a fitted fold's network; `UsageError` where it has not been fitted."""
        path = self.kept(name)
        if not path.is_file():
            raise UsageError(f"The fold '{name}' is not fitted yet; name it with --held-out.")
        return path

    def kept(self, name: str) -> Path:
        """Where a fold's network is kept: it outlives a change of what only its judging needs."""
        key = f"{self.fingerprint(FITTING)} {self.fold_settings()}"
        return self.cache / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.pt"

    def fold_settings(self) -> Settings:
        """The settings of a held-out fold's fit."""
        return replace(self.settings, continued=WARM_EPOCHS if self.warm else 0)

    def earlier(self, name: str) -> Path | None:
        """The newest network that an earlier training kept of a fold; None where a fold begins anew."""
        if not self.warm:
            return None
        kept = [path for path in self.cache.glob(f"{name}-*.pt") if path != self.kept(name)]
        if not kept:
            raise UsageError(f"No earlier network of '{name}' in {self.cache}; leave out --warm.")
        return max(kept, key=lambda path: path.stat().st_mtime)


def default_cache() -> Path:
    """Where fitted folds are kept unless told otherwise: in the user's cache."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("codeask", appauthor=False)) / "router-folds"


def outcomes_of(plan: Plan, names: Sequence[str], jobs: int = 1) -> dict[str, list[Outcome]]:
    """Fold → outcomes of its rows; `jobs` folds are fitted at the same time, in processes."""
    from joblib import Memory, Parallel, delayed

    from .train_router import all_rows

    memory = Memory(plan.cache, verbose=0)
    cached = memory.cache(_fitted, ignore=["plan"])
    mark = plan.fingerprint()
    found: Any = Parallel(n_jobs=jobs)(
        delayed(cached)(name, mark, plan.fold_settings(), plan) for name in names
    )
    by_id = {row.id: row for row in all_rows(plan.paths)}
    return {
        name: [Outcome(by_id[key], ToolCall.from_json(call), logits) for key, call, logits in rows]
        for name, rows in zip(names, found, strict=True)
    }


def _fitted(
    name: str, mark: str, settings: Settings, plan: Plan
) -> list[tuple[str, dict[str, Any], dict[str, float]]]:
    """(row, call, logits) of a fold's rows, from a model fitted without them and exported."""
    import torch

    from ..router.model import Model
    from .export_router import export
    from .train_router import all_rows, fit, restored, split

    training, test = split(all_rows(plan.paths), name.split("+"))
    kept = plan.kept(name)
    if not kept.is_file():
        avoid = [row.question for row in test]
        start = plan.earlier(name)
        fitted, _ = fit(training, plan.archive, settings, name, avoid, start=start)
        plan.cache.mkdir(parents=True, exist_ok=True)
        torch.save(fitted.state_dict(), kept)
    network, encoder = restored(kept, plan.archive)
    with tempfile.TemporaryDirectory() as folder:
        model = Model(export(network, encoder, Path(folder), test))
        return [(o.row.id, o.call.to_json(), o.logits) for o in judge.outcomes(model, test)]


def figures(
    rows: Sequence[Example], judged: Mapping[str, Sequence[Outcome]]
) -> tuple[dict[str, Any], float]:
    """Figures by labelled file, and the temperature of all the outcomes together.

    A file is judged with the temperature of the *other* held-out files, so that its calibration
    error is that of rows which calibration did not see.
    """
    from .train_router import split

    everything = [outcome for found in judged.values() for outcome in found]
    result: dict[str, Any] = {}
    for name in judged:
        training, test = split(rows, name.split("+"))
        plain = report.baseline(training, test)
        for group in name.split("+"):
            own = [o for o in judged[name] if o.row.group == group]
            others = [o for o in everything if o.row.group != group]
            result[group] = {
                **judge.judge(own, judge.temperature_of(others or own)),
                "fitted_without": name,
                "training_rows": len(training),
                "tfidf_baseline": round(sum(plain[o.row.id] for o in own) / max(1, len(own)), 4),
            }
    return result, judge.temperature_of(everything)


def write_reports(
    found: Mapping[str, Any], judged: Mapping[str, Sequence[Outcome]], temperature: float,
    page: Path | None, suspects: Path | None,
) -> None:  # fmt: skip
    """The page to look at, and the rows whose labels want a second look as rows to correct."""
    everything = [outcome for outcomes in judged.values() for outcome in outcomes]
    if page is not None:
        report.write(page, everything, temperature, found)
    if suspects is not None:
        with suspects.open("w", encoding="utf-8") as file:
            for outcome in report.suspects(everything, temperature):
                row = {
                    "id": outcome.row.id,
                    "question": outcome.row.question,
                    "call": outcome.row.call.to_json(),
                    "suggested": outcome.call.to_json(),
                    "confidence": round(outcome.confidence(temperature), 3),
                }
                file.write(json.dumps(row, ensure_ascii=False) + "\n")

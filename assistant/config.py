"""Configuration: flags before environment before the user's TOML file before defaults.

The file is `config.toml` in the user's configuration folder (`codeask doctor` prints where), the
variables are `CODEASK_` and the key in capitals. An unknown key in the file is an error: a
misspelt one would be silently without effect.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ..executors.errors import UsageError
from ..formatter.models import CHOICES, Wanted

PREFIX = "CODEASK_"
CHOSEN: Mapping[str, tuple[str, ...]] = {"backend": CHOICES, "mode": ("hybrid", "agent")}
TEXTS = frozenset({"model", "adapter", "draft_model", "server", "server_model", "server_key"})


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, with its default.

    `threshold`: a route less sure than this (0 to 1) is widened. `timeout`: seconds for the tools
    of one question. `max_matches`: places kept of a result. `model_dir`: another router's folder.
    `index`: whether facts are kept between questions, in the user's cache folder. `mode`: hybrid, or
    agent, where the language model itself chooses the tools (slow). What words the
    answer (docs/models.md): `backend` auto, plain, mlx, llamacpp or openai; `model` a name of
    `codeask models list`, a GGUF file or a folder; `adapter`; `draft_model`; `server` a URL that ends
    in /v1, with `server_model` and `server_key`.
    """

    threshold: float = 0.5
    timeout: float = 10.0
    max_matches: int = 200
    model_dir: Path | None = None
    index: bool = True
    mode: str = "hybrid"
    backend: str = "auto"
    model: str = ""
    adapter: str = ""
    draft_model: str = ""
    server: str = ""
    server_model: str = ""
    server_key: str = field(default="", repr=False)

    @property
    def wanted(self) -> Wanted:
        """What the settings say about the model."""
        return Wanted(
            self.backend, self.model, self.adapter, self.draft_model, self.server,
            self.server_model, self.server_key,
        )  # fmt: skip

    @classmethod
    def load(
        cls,
        flags: Mapping[str, object] | None = None,
        environment: Mapping[str, str] | None = None,
        path: Path | None = None,
    ) -> Config:
        """The configuration in force; a flag that is None counts as not given.

        `path` is the file to read (default: the user's), `environment` the variables (default: the
        process's). Raises `UsageError` naming the source and key of a wrong value.
        """
        variables = os.environ if environment is None else environment
        file = path or config_path()
        known = {field.name for field in fields(cls)}
        values: dict[str, Any] = {}
        for key, value in _read(file).items():
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = (
                    f"did you mean '{near[0]}'?" if near else f"known: {', '.join(sorted(known))}."
                )
                raise UsageError(f"{file}: there is no setting '{key}'; {hint}")
            values[key] = _value(key, value, str(file))
        for key in known:
            variable = PREFIX + key.upper()
            if variables.get(variable):
                values[key] = _value(key, variables[variable], variable)
            if flags and flags.get(key) is not None:
                values[key] = _value(key, flags[key], f"--{key.replace('_', '-')}")
        return cls(**values)


def config_path() -> Path:
    """Where the user's configuration file is, whether or not it exists."""
    import platformdirs  # only here: most embedders pass a Config

    return Path(platformdirs.user_config_dir("codeask", appauthor=False)) / "config.toml"


def _read(file: Path) -> Mapping[str, object]:
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file} is not valid TOML: {error}; correct or remove it.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}; correct or remove it.") from error


def _value(key: str, value: object, source: str) -> object:
    if key == "model_dir":
        return Path(str(value)).expanduser()
    if key in CHOSEN:
        if value in CHOSEN[key]:
            return value
        raise UsageError(f"{source}: {key} is one of {', '.join(CHOSEN[key])}, not '{value}'.")
    if key in TEXTS:
        return str(value)
    if key == "index":
        said = str(value).lower()
        if said in ("true", "1", "yes", "on", "false", "0", "no", "off"):
            return said in ("true", "1", "yes", "on")
        raise UsageError(f"{source}: {key} is true or false, not '{value}'.")
    try:
        number = float(str(value))
    except ValueError:
        number = float("nan")
    if key == "threshold":
        if 0 <= number <= 1:
            return number
        raise UsageError(f"{source}: {key} is a number from 0 to 1, not '{value}'.")
    if key == "timeout":
        if 0 < number < 86_400:
            return number
        raise UsageError(f"{source}: {key} is a number of seconds above 0, not '{value}'.")
    if 1 <= number <= 1_000_000 and number == int(number):
        return int(number)
    raise UsageError(f"{source}: {key} is a whole number from 1, not '{value}'.")

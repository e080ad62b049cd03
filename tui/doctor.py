"""`codeask doctor`: what is installed, found by trying it."""

from __future__ import annotations

import importlib.util
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ..assistant.config import Config, config_path
from ..assistant.trace import version
from ..executors import grep
from ..executors.errors import CodeaskError
from ..executors.index import BUSY, Index
from ..executors.languages import SUFFIXES, adapter
from ..executors.repository import Repository, find_root
from ..executors.run import MODULES, tool_function


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried, whether it works, and what was found or is to be done."""

    what: str
    good: bool
    detail: str


def checks() -> list[Check]:
    """Everything that `ask` needs, tried."""
    return [
        Check("codeask", True, version()),
        Check("python", sys.version_info >= (3, 11), f"{platform.python_version()}"),
        _ripgrep(),
        *(_grammar(language) for language in SUFFIXES),
        _tools(),
        _router(),
        _config(),
        _index(),
        _wording(),
        _package("rich", "colours on a terminal"),
        _package("textual", "the terminal app"),
    ]


def _ripgrep() -> Check:
    try:
        path = grep.executable()
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=5)
    except (CodeaskError, OSError, subprocess.TimeoutExpired) as error:
        return Check("ripgrep", False, str(error))
    first = done.stdout.partition("\n")[0]
    return Check("ripgrep", done.returncode == 0, f"{first} ({path})")


def _grammar(language: str) -> Check:
    try:
        adapter(language)
    except Exception as error:  # a grammar can fail in as many ways as its wheel can be broken
        return Check(f"grammar {language}", False, f"cannot be loaded: {error}")
    return Check(f"grammar {language}", True, "loads")


def _tools() -> Check:
    missing: list[str] = []
    for name in MODULES:
        try:
            tool_function(name)
        except (ImportError, AttributeError):
            missing.append(name)
    if missing:
        return Check("tools", False, f"cannot be loaded: {', '.join(missing)}")
    return Check("tools", True, f"all {len(MODULES)} load")


def _router() -> Check:
    try:
        from ..router import Router

        router = Router(Config.load().model_dir)
        router.route("who calls main?")
    except ImportError as error:
        return Check("router model", False, f"needs a package that is missing: {error.name}")
    except CodeaskError as error:
        return Check("router model", False, str(error))
    return Check("router model", True, f"answers ({router.model_dir})")


def _config() -> Check:
    path = config_path()
    try:
        Config.load()
    except CodeaskError as error:
        return Check("configuration", False, str(error))
    return Check("configuration", True, str(path) if path.exists() else f"{path} (not there)")


def _index() -> Check:
    try:
        if not Config.load().index:
            return Check("index", True, "switched off: every answer is cold")
        root = find_root(Path.cwd())
        repository = Repository(root, index := Index(root))
        damage = index.check()
        listing = repository.listing()
    except CodeaskError as error:
        return Check("index", False, str(error))
    if index.problem:
        why = f"cannot be kept in {index.folder}: {index.problem}; answers are cold"
        return Check("index", False, why)
    stored = sum(repository.stored(entry) is not None for entry in listing.parsable)
    total = len(listing.parsable)
    told = f"{stored:,} of {total:,} files of {root}, {index.bytes / 1e6:.1f} MB ({index.path})"
    if damage:
        told = f"it was damaged ({damage}) and is made anew; {told}"
    if stored < total:
        told += "; 'codeask index' completes it"
    if others := index.others():
        told += f"; {others / 1e6:.1f} MB beside it are other versions' and not used"
    why = index.writing()
    if why == BUSY:
        return Check("index", True, f"{told}; {why} just now")
    if why:
        return Check("index", False, f"{told}; nothing can be added: {why}")
    return Check("index", True, told)


def _wording() -> Check:
    from ..formatter import models

    try:
        return Check("wording", True, str(models.pick(Config.load().wanted, models.Machine.here())))
    except CodeaskError as error:
        return Check("wording", False, str(error))


def _package(name: str, purpose: str) -> Check:
    present = importlib.util.find_spec(name) is not None
    return Check(name, present, purpose if present else f"missing ({purpose}); pip install {name}")

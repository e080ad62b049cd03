"""What `pip install .` brings: megabytes downloaded and installed, and whether a compiler ran.

    python bench/install.py

Makes a new virtual environment with no compiler on PATH, from wheels and this checkout only.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def megabytes(folder: Path) -> float:
    """Size of the files below a folder."""
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, "CC": "false", "CXX": "false"}
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        pip = [str(folder / "venv/bin/python"), "-m", "pip", "-q", "--disable-pip-version-check"]
        before = megabytes(folder / "venv")
        subprocess.run(
            [*pip, "download", "--only-binary", ":all:", "-d", str(folder / "wheels"),
             *dependencies()],
            check=True, env=environment,
        )  # fmt: skip
        subprocess.run([*pip, "install", "--no-compile", str(ROOT)], check=True, env=environment)
        print(f"wheels downloaded: {megabytes(folder / 'wheels'):.0f} MB")
        print(f"installed: {megabytes(folder / 'venv') - before:.0f} MB")


def dependencies() -> list[str]:
    """The run-time requirements in pyproject.toml."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return project["dependencies"]


if __name__ == "__main__":
    main()

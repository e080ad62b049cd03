"""Pinned sources out of the package registries, for the benches: fetched once, unpacked, kept.

PyPI sdists by pip, npm tarballs by npm, Debian packages by apt-get; nothing else is asked.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pinned:
    """A package of a registry (pypi, npm, debian or debian-source) and the folder of its sources in it (a glob)."""

    registry: str
    package: str
    version: str
    folder: str = "*"

    @property
    def title(self) -> str:
        """Name and version, as a table shows it."""
        return f"{self.package} {self.version}".strip()


def fetch(pinned: Pinned, cache: Path) -> Path:
    """The folder of a package's sources below `cache`, fetched if it is not there yet."""
    target = cache / f"{pinned.registry}-{pinned.package.replace('/', '-')}-{pinned.version}"
    if not target.is_dir():
        aside = target.with_name(f"{target.name}.part")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        fetchers = {"pypi": _pypi, "npm": _npm, "debian": _debian, "debian-source": _debian_source}
        fetchers[pinned.registry](pinned, aside)
        aside.rename(target)
    found = sorted(path for path in target.glob(pinned.folder) if path.is_dir())
    if not found:
        raise SystemExit(f"{pinned.title}: there is no folder {pinned.folder} in {target}")
    return found[0]


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def _pypi(pinned: Pinned, target: Path) -> None:
    _run(
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps",
         "--no-binary", ":all:", f"{pinned.package}=={pinned.version}"],
        target,
    )  # fmt: skip
    _unpack(target)


def _npm(pinned: Pinned, target: Path) -> None:
    _run(["npm", "pack", "--silent", f"{pinned.package}@{pinned.version}"], target)
    _unpack(target)


def _debian(pinned: Pinned, target: Path) -> None:
    name = f"{pinned.package}={pinned.version}" if pinned.version else pinned.package
    _run(["apt-get", "download", "-qq", name], target)
    for package in target.glob("*.deb"):
        _run(["dpkg-deb", "-x", package.name, "."], target)


def _debian_source(pinned: Pinned, target: Path) -> None:
    """The upstream sources of a package; apt needs a deb-src line for them."""
    _run(["apt-get", "source", "--download-only", "-qq", pinned.package], target)
    for archive in target.glob("*.orig.tar.*"):
        with tarfile.open(archive) as whole:
            whole.extractall(target, filter="data")


def _unpack(target: Path) -> None:
    for archive in target.iterdir():
        if archive.suffix == ".zip":
            with zipfile.ZipFile(archive) as whole:
                whole.extractall(target)
        elif archive.name.endswith((".tar.gz", ".tgz")):
            with tarfile.open(archive) as whole:
                whole.extractall(target, filter="data")

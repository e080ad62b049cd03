"""`Tree`: which files a repository has at this moment, told again and again at little cost.

The first time ripgrep lists them. After that only what changed is looked at: told by the system
(`notice.py`) where it tells, else by the times of the folders (a file that came or went changes its
folder's) and of the files that can be parsed. Ripgrep is asked anew whenever a file came or went.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from threading import RLock

from . import grep
from .languages import language_of, parsable
from .notice import Notice

MAX_FILE_BYTES = 2_000_000
_MINIFIED_NAME = re.compile(r"[.-]min\.(js|css|mjs)$|\.bundle\.js$|\.js\.map$|\.css\.map$")
_BINARY_SUFFIXES = frozenset(
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".ico",
        ".webp",
        ".bmp",
        ".tiff",
        ".pdf",
        ".zip",
        ".gz",
        ".bz2",
        ".xz",
        ".zst",
        ".tar",
        ".tgz",
        ".whl",
        ".jar",
        ".class",
        ".so",
        ".dylib",
        ".dll",
        ".exe",
        ".o",
        ".a",
        ".pyc",
        ".pyd",
        ".woff",
        ".woff2",
        ".ttf",
        ".eot",
        ".otf",
        ".mp3",
        ".mp4",
        ".mov",
        ".avi",
        ".ogg",
        ".wav",
        ".webm",
        ".sqlite",
        ".sqlite3",
        ".db",
        ".npy",
        ".npz",
        ".onnx",
        ".safetensors",
        ".gguf",
        ".bin",
        ".parquet",
        ".mo",
        ".pickle",
        ".pkl",
        ".wasm",
        ".psd",
        ".shp",
        ".dbf",
        ".shx",
        ".keystore",
        ".jks",
        ".p12",
        ".der",
    ]
)
_MOST_UNLISTED = 2_000  # folders without a listed file that are looked at, too
_RULES = frozenset({".gitignore", ".ignore", ".rgignore"})
_NEVER = frozenset({".git", ".hg", ".svn"})  # never searched


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of the listing; `size` in bytes, `language` "" where it is not known.

    `mtime_ns` is the later of modification and status change, so that a change that keeps the time
    of modification is noticed. Size and time of files that cannot be parsed are those of the moment they were first listed.
    """

    path: str
    size: int
    mtime_ns: int
    language: str


@dataclass(frozen=True)
class Listing:
    """The files of a repository at one moment, by path, and how many were left out and why."""

    files: Mapping[str, FileEntry]
    skipped: Mapping[str, int]

    @cached_property
    def languages(self) -> frozenset[str]:
        """Every language that a file has, "" included where one is not known."""
        return frozenset(entry.language for entry in self.files.values())

    @cached_property
    def parsable(self) -> tuple[FileEntry, ...]:
        """The files that can be parsed, by path."""
        return tuple(self.files[p] for p in sorted(self.files) if parsable(self.files[p].language))

    @cached_property
    def modules(self) -> Mapping[str, Sequence[FileEntry]]:
        """The files that can be parsed, by the last part of the module that they are."""
        table: dict[str, list[FileEntry]] = {}
        for entry in self.parsable:
            table.setdefault(module_path(entry.path).rpartition("/")[2], []).append(entry)
        return table


def module_path(path: str) -> str:
    """`src/flask/__init__.py` → `src/flask`, `lib/app.ts` → `lib/app`: what an import names."""
    stem = re.sub(r"(\.d)?\.\w+$", "", path)
    return re.sub(r"/(__init__|index|mod)$", "", stem)


def is_racy(mtime_ns: int, now_ns: int) -> bool:
    """Whether a file or folder changed so lately that its time may not tell the next change.

    Times of a file system that keeps fractions of a second are at most a few ticks of 10 ms apart.
    """
    return mtime_ns > now_ns - (100_000_000 if mtime_ns % 1_000_000 else 2_000_000_000)


@dataclass
class Tree:
    """The files below `root`. `tell_languages` may correct the languages of a listing by path."""

    root: Path
    tell_languages: Callable[[dict[str, FileEntry]], None] = field(default=lambda files: None)
    _listing: Listing | None = None
    # by full path: the time in nanoseconds (0: it may change within the tick) and the names in it
    _folders: dict[str, tuple[int, int]] = field(default_factory=dict)
    _rules: dict[str, tuple[int, int]] = field(default_factory=dict)  # files with ignore rules
    _notice: Notice | None = None
    _lock: RLock = field(default_factory=RLock)

    def listing(self, timeout: float = 30.0) -> Listing:
        """The files as they are now; the very same object as before where nothing changed."""
        with self._lock:
            before = self._listing
            if before is None:  # a process that asks once shall not pay for what follows
                self._listing = self._ask(timeout)
                return self._listing
            noticed = self._noticed(before, timeout)
            if noticed is None and self._folders_as_before():
                noticed = self._with_changes(before, before.parsable)
            if noticed is None:
                noticed = self._listed_anew(before, timeout)
            self._listing = noticed
            return noticed

    def _listed_anew(self, before: Listing, timeout: float) -> Listing:
        """Asks ripgrep, and has everything noted first that tells whether it must be asked again."""
        self._folders = self._note_folders(before)
        self._rules = self._note_rules(before)
        notice = None
        if self._folders:
            with suppress(OSError):
                notice = Notice(self._folders)
        if notice is not None and not self._folders_as_before():  # changed while it was set up
            notice = None
        self._notice = notice
        listing = self._ask(timeout)
        if not self._folders.keys() >= _folders_of(self._prefix, listing.files):
            self._folders, self._notice = {}, None
        return listing

    def _noticed(self, before: Listing, timeout: float) -> Listing | None:
        """The listing by what the system noticed; None where it notices nothing, or too much."""
        if self._notice is None:
            return None
        changes = self._notice.changes()
        folders = self._folders
        outside = (p for p in self._rules if p.rpartition("/")[0] not in folders)
        if changes.unclear or any(_status(p) != self._rules[p] for p in outside):
            self._notice = None
            return None
        if not changes.touched:
            return before
        start = len(self._prefix)
        paths = [path[start:] for path in changes.touched]
        known = [before.files[path] for path in paths if path in before.files]
        new = [p for p in paths if p not in before.files and os.path.lexists(self._prefix + p)]
        if new or any(path.rpartition("/")[2] in _RULES for path in paths):
            return self._ask(timeout)
        return self._with_changes(before, known)

    @property
    def _prefix(self) -> str:
        return f"{self.root}/".replace("//", "/")

    def _ask(self, timeout: float) -> Listing:
        files: dict[str, FileEntry] = {}
        skipped: Counter[str] = Counter()
        prefix = self._prefix
        sorts: dict[str, tuple[str, str]] = {}  # by suffix: a thousand files have few
        for path in grep.list_files(self.root, timeout=timeout):
            name = path[path.rfind("/") + 1 :]
            suffix = name[name.rfind(".") :] if "." in name else name
            sort = sorts.get(suffix)
            if sort is None:
                sort = sorts[suffix] = _sort_of(suffix), language_of(f"x{suffix}")
            left_out, language = sort
            if left_out == "binary" or (left_out and _MINIFIED_NAME.search(name)):
                skipped[left_out] += 1
                continue
            try:
                status = os.lstat(prefix + path)
            except OSError:  # vanished since it was listed
                continue
            if not stat.S_ISREG(status.st_mode):
                skipped["link"] += 1
            elif status.st_size > MAX_FILE_BYTES:
                skipped["large"] += 1
            else:
                language = language or language_of(name)
                files[path] = FileEntry(path, status.st_size, _changed_ns(status), language)
        self.tell_languages(files)
        return Listing(files, skipped)

    def _note_folders(self, listing: Listing) -> dict[str, tuple[int, int]]:
        """All folders that a new file could appear in; none where they are too many."""
        found: dict[str, tuple[int, int]] = {}
        waiting = list(_folders_of(self._prefix, listing.files))
        known = set(waiting)
        unlisted = 0
        while waiting:
            folder = waiting.pop()
            looked = _look_into(folder)
            if looked is None:
                continue
            found[folder] = looked.time, looked.names
            if folder not in known and looked.has_files:
                continue  # all its files are ignored, and so most likely is the folder
            inner = [path for path in looked.folders if path not in known]
            unlisted += len(inner)
            waiting += inner
            if unlisted > _MOST_UNLISTED:
                return {}
        return found

    def _note_rules(self, listing: Listing) -> dict[str, tuple[int, int]]:
        """Size and time of every file that says what is ignored."""
        names = [path for path in listing.files if path.rpartition("/")[2] in _RULES]
        own = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
        paths = [self._prefix + name for name in [*names, ".git/info/exclude"]]
        return {path: _status(path) for path in [*paths, f"{own}/git/ignore"]}

    def _folders_as_before(self) -> bool:
        """Whether no file came or went and no ignore rule changed since ripgrep was asked."""
        if not self._folders or any(_status(p) != was for p, was in self._rules.items()):
            return False
        stat_of = os.stat
        doubtful: list[str] = []
        try:
            for folder, (time_ns, _) in self._folders.items():
                if stat_of(folder).st_mtime_ns != time_ns:
                    doubtful.append(folder)
        except OSError:
            return False
        for folder in doubtful:  # a file saved by renaming leaves the names as they were
            looked = _look_into(folder)
            if looked is None or looked.names != self._folders[folder][1]:
                return False
            self._folders[folder] = looked.time, looked.names
        return True

    def _with_changes(self, listing: Listing, entries: Iterable[FileEntry]) -> Listing:
        """The listing, made anew where one of its `entries` was changed."""
        prefix, lstat = self._prefix, os.lstat
        changed: dict[str, FileEntry | None] = {}
        for entry in entries:
            try:
                status = lstat(prefix + entry.path)
            except OSError:
                changed[entry.path] = None
                continue
            if _changed_ns(status) != entry.mtime_ns or status.st_size != entry.size:
                fits = stat.S_ISREG(status.st_mode) and status.st_size <= MAX_FILE_BYTES
                changed[entry.path] = (
                    replace(entry, size=status.st_size, mtime_ns=_changed_ns(status))
                    if fits
                    else None
                )
        if not changed:
            return listing
        files = dict(listing.files)
        for path, entry in changed.items():
            if entry is None:
                del files[path]
            else:
                files[path] = entry
        if any(path.endswith(".h") for path in changed):
            self.tell_languages(files)
        return Listing(files, listing.skipped)


@dataclass(frozen=True, slots=True)
class _Looked:
    time: int
    names: int  # a hash of the names and of which of them are folders
    folders: list[str]
    has_files: bool


def _look_into(folder: str) -> _Looked | None:
    """What a folder holds; None where it is gone or unreadable."""
    now = time.time_ns()
    names: list[tuple[str, bool]] = []
    try:
        mtime = os.stat(folder).st_mtime_ns
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name not in _NEVER:
                    names.append((entry.name, entry.is_dir(follow_symlinks=False)))
    except OSError:
        return None
    return _Looked(
        time=0 if is_racy(mtime, now) else mtime,
        names=hash(tuple(sorted(names))),
        folders=[f"{folder}/{name}".replace("//", "/") for name, is_dir in names if is_dir],
        has_files=any(not is_dir for _, is_dir in names),
    )


def _sort_of(suffix: str) -> str:
    """What a suffix says of a file: "binary", "minified" (where the name says so, too), or ""."""
    suffix = suffix.lower()
    if suffix in _BINARY_SUFFIXES:
        return "binary"
    return "minified" if suffix in (".js", ".css", ".mjs", ".map") else ""


def _changed_ns(status: os.stat_result) -> int:
    if os.name == "nt":  # there it is the time of creation
        return status.st_mtime_ns
    return max(status.st_mtime_ns, status.st_ctime_ns)


def _status(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return -1, -1
    return status.st_size, status.st_mtime_ns


def _folders_of(prefix: str, paths: Iterable[str]) -> set[str]:
    """The full paths of the folders that hold files, those above them included."""
    found = {prefix.rstrip("/") or "/"}
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and prefix + folder not in found:
            found.add(prefix + folder)
            folder = folder.rpartition("/")[0]
    return found

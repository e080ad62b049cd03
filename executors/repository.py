"""A repository on disk: which files it has, and their text as the tools see it.

Files are listed by ripgrep, so `.gitignore` and `.ignore` are honoured (with or without git). Left
out and counted by reason: symbolic links, binary, over-large, minified and unreadable files.
"""

from __future__ import annotations

import os
import re
import stat
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from . import grep
from .errors import RepositoryError
from .languages import language_of

if TYPE_CHECKING:
    from .syntax import FileFacts

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
_TEST_PATH = re.compile(
    r"(^|/)(tests?|testing|__tests__|spec|specs|e2e|testdata|test-utils)/"
    r"|(^|/)(test_[^/]*|conftest)\.pyi?$|_tests?\.(py|go|rs|rb|c|cc|cpp)$"
    r"|[._-](test|tests|spec|e2e)\.[cm]?[jt]sx?$|_spec\.rb$"
    r"|(Test|Tests|Spec|IT|TestCase)\.(java|kt|cs|php|scala|swift)$",
    re.ASCII,
)


def is_test_path(path: str) -> bool:
    """Whether a file holds tests, by the naming conventions of the common test runners."""
    return _TEST_PATH.search(path) is not None


def module_path(path: str) -> str:
    """`src/flask/__init__.py` → `src/flask`, `lib/app.ts` → `lib/app`: what an import names."""
    stem = re.sub(r"(\.d)?\.\w+$", "", path)
    return re.sub(r"/(__init__|index|mod)$", "", stem)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of the listing; `size` in bytes, `language` "" where it is not known."""

    path: str
    size: int
    mtime_ns: int
    language: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a repository at one moment, by path, and how many were left out and why."""

    files: Mapping[str, FileEntry]
    skipped: Mapping[str, int]


@dataclass(frozen=True)
class Source:
    """A file's text, decoded and normalised.

    `data` is UTF-8 with `\\n` line ends and no BOM, whatever the file on disk has; byte offsets of
    the syntax facts count in it.
    """

    path: str
    data: bytes

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return self.data.decode("utf-8", "replace").split("\n")

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [0], self.data.find(b"\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.data.find(b"\n", at + 1)
        return starts

    def line_at(self, offset: int) -> int:
        """The line (from 1) of a byte offset."""
        return bisect_right(self._starts, offset)

    def line_text(self, line: int) -> str:
        """The text of a line (from 1) without surrounding blanks; "" outside the file."""
        return self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""


def decode(raw: bytes) -> bytes | None:
    """Raw file content as normalised UTF-8, or None for binary content."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16", "replace").lstrip("\ufeff")
        raw = text.encode("utf-8", "replace")
    elif b"\0" in raw[:8192]:
        return None
    else:
        raw = raw.removeprefix(b"\xef\xbb\xbf")
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            raw = raw.decode("latin-1").encode("utf-8")
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return raw


def is_minified(data: bytes) -> bool:
    """Whether the text is machine-packed: lines of over 1,000 bytes on average."""
    return len(data) > 5_000 and len(data) / (data.count(b"\n") + 1) > 1_000


def find_root(start: Path) -> Path:
    """The enclosing git checkout of `start`, else `start` itself.

    Raises `RepositoryError` when `start` is missing, not a folder or not readable.
    """
    start = Path(os.path.abspath(start))
    if not start.exists():
        raise RepositoryError(f"There is no folder '{start}'; give an existing one with --repo.")
    if not start.is_dir():
        raise RepositoryError(f"'{start}' is not a folder; give a folder with --repo.")
    if not os.access(start, os.R_OK | os.X_OK):
        raise RepositoryError(f"The folder '{start}' cannot be read; check its permissions.")
    for folder in (start, *start.parents):
        if (folder / ".git").exists():
            return folder
    return start


@dataclass
class Repository:
    """A folder of source code. Create it once and keep it: it remembers what it has parsed.

    `root` is made absolute; raises `RepositoryError` when it cannot be read. Thread-safe for reads:
    the caches are plain dicts whose entries are replaced whole.
    """

    root: Path
    _facts: dict[str, tuple[int, int, FileFacts | None]] = field(default_factory=dict, repr=False)
    content_skips: dict[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.root = Path(os.path.realpath(self.root))
        if not self.root.is_dir():
            raise RepositoryError(f"There is no folder '{self.root}'; give an existing one.")
        if not os.access(self.root, os.R_OK | os.X_OK):
            raise RepositoryError(f"The folder '{self.root}' cannot be read; check permissions.")

    def listing(self, timeout: float = 30.0) -> Listing:
        """The files as they are now."""
        files: dict[str, FileEntry] = {}
        skipped: Counter[str] = Counter()
        prefix = str(self.root) + "/"
        for path in grep.list_files(self.root, timeout=timeout):
            suffix = os.path.splitext(path)[1].lower()
            if suffix in _BINARY_SUFFIXES:
                skipped["binary"] += 1
                continue
            if suffix in (".js", ".css", ".mjs", ".map") and _MINIFIED_NAME.search(path):
                skipped["minified"] += 1
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
                files[path] = FileEntry(path, status.st_size, status.st_mtime_ns, language_of(path))
        for path, reason in self.content_skips.items():
            if path in files:
                skipped[reason] += 1
        return Listing(files, skipped)

    def read(self, path: str) -> Source | None:
        """The text of a file, or None when it is binary, minified, gone or unreadable."""
        full = Path(os.path.realpath(self.root / path))
        if not full.is_relative_to(self.root):
            return None
        try:
            raw = full.read_bytes()
        except PermissionError:
            self.content_skips[path] = "unreadable"
            return None
        except OSError:
            return None
        data = decode(raw)
        if data is None:
            self.content_skips[path] = "binary"
            return None
        if is_minified(data):
            self.content_skips[path] = "minified"
            return None
        self.content_skips.pop(path, None)
        return Source(path, data)

    def facts(self, entry: FileEntry, source: Source | None = None) -> FileFacts | None:
        """The syntax facts of a file, parsed at most once while it does not change."""
        known = self._facts.get(entry.path)
        if known is not None and known[:2] == (entry.size, entry.mtime_ns):
            return known[2]
        from .syntax import extract  # tree-sitter loads only when something is parsed

        source = source or self.read(entry.path)
        facts = extract(source, entry.language) if source is not None else None
        self._facts[entry.path] = (entry.size, entry.mtime_ns, facts)
        return facts

"""A repository on disk: which files it has, and their text as the tools see it.

Files are listed by ripgrep, so `.gitignore` and `.ignore` are honoured (with or without git). Left
out and counted by reason: symbolic links, binary, over-large, minified and unreadable files.
"""

from __future__ import annotations

import os
import re
import stat
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from . import grep
from .errors import RepositoryError
from .languages import language_of

if TYPE_CHECKING:
    from .index import Index, Known, Parsed
    from .syntax import FileFacts

MAX_FILE_BYTES = 2_000_000
MAX_HELD_BYTES = 24_000_000  # of sources whose facts are kept in memory
RACY_NS = 2_000_000_000  # a file changed so lately may change again within one tick of its clock
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


def digest(data: bytes) -> bytes:
    """16 bytes that stand for a file's content."""
    return blake2b(data, digest_size=16).digest()


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


@dataclass(frozen=True, slots=True)
class _Held:
    """Facts in memory. `digest` is set where the file may change without its time telling so."""

    size: int
    mtime_ns: int
    facts: FileFacts | None
    digest: bytes = b""


@dataclass
class Repository:
    """A folder of source code. Create it once and keep it: it remembers what it has parsed.

    `root` is made absolute; raises `RepositoryError` when it cannot be read. With an `index`, facts
    are taken from it and what had to be parsed is given to it (`persist`). Thread-safe for reads:
    the caches are plain dicts whose entries are replaced whole.
    """

    root: Path
    index: Index | None = None
    content_skips: dict[str, str] = field(default_factory=dict, repr=False)
    _facts: dict[str, _Held] = field(default_factory=dict, repr=False)
    _held_bytes: int = field(default=0, repr=False)
    _known: Mapping[str, Known] = field(default_factory=dict, repr=False)
    _parsed: list[Parsed] = field(default_factory=list, repr=False)
    _touched: dict[str, tuple[int, int]] = field(default_factory=dict, repr=False)
    _writer: Thread | None = field(default=None, repr=False)
    _headers: dict[str, tuple[int, int, bool]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.root = Path(os.path.realpath(self.root))
        if not self.root.is_dir():
            raise RepositoryError(f"There is no folder '{self.root}'; give an existing one.")
        if not os.access(self.root, os.R_OK | os.X_OK):
            raise RepositoryError(f"The folder '{self.root}' cannot be read; check permissions.")

    def listing(self, timeout: float = 30.0) -> Listing:
        """The files as they are now."""
        if self.index is not None:
            self._known = self.index.known()
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
        self._tell_headers(files)
        for path, reason in self.content_skips.items():
            if path in files:
                skipped[reason] += 1
        return Listing(files, skipped)

    def _tell_headers(self, files: dict[str, FileEntry]) -> None:
        """Marks the `.h` files that are C++; what their content says is remembered."""
        from .languages.c.headers import cpp_headers, only_cpp

        def is_cpp(path: str) -> bool:
            entry = files[path]
            known = self._headers.get(path)
            if known is None or known[:2] != (entry.size, entry.mtime_ns):
                source = self.read(path)
                told = source is not None and only_cpp(source.data)
                known = self._headers[path] = (entry.size, entry.mtime_ns, told)
            return known[2]

        for path in cpp_headers({p: e.language for p, e in files.items()}, is_cpp):
            files[path] = replace(files[path], language="cpp")

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
        held = self._held(entry)
        if held is not None:
            return held.facts
        known = self._known.get(entry.path)
        if known is not None and (known.size, known.mtime_ns) == (entry.size, entry.mtime_ns):
            if known.skipped:
                self.content_skips[entry.path] = known.skipped
                return None
            facts = self.index.facts(entry.path, known) if self.index is not None else None
            if facts is not None:
                self._hold(entry, facts)
                return facts
        return self._read_facts(entry, source, known)

    def facts_of(self, entries: Iterable[FileEntry]) -> Iterator[FileFacts | None]:
        """`facts` of many files in their order; those in the index are fetched together."""
        waiting = iter(entries)
        size = 8
        while some := list(islice(waiting, size)):
            size = min(2 * size, 256)
            wanted = [
                (entry.path, known)
                for entry in some
                if (known := self._known.get(entry.path)) is not None
                and (known.size, known.mtime_ns) == (entry.size, entry.mtime_ns)
                and entry.path not in self._facts
            ]
            found = self.index.facts_of(wanted) if self.index is not None and wanted else {}
            for entry in some:
                facts = found.get(entry.path)
                if facts is not None:
                    self._hold(entry, facts)
                    yield facts
                else:
                    yield self.facts(entry)

    def _held(self, entry: FileEntry) -> _Held | None:
        held = self._facts.get(entry.path)
        if held is None or (held.size, held.mtime_ns) != (entry.size, entry.mtime_ns):
            return None
        if held.digest:  # it changed so lately that its time may not tell a change since
            source = self.read(entry.path)
            if source is None or digest(source.data) != held.digest:
                return None
        return held

    def _hold(self, entry: FileEntry, facts: FileFacts | None, digest: bytes = b"") -> None:
        before = self._facts.get(entry.path)
        self._facts[entry.path] = _Held(entry.size, entry.mtime_ns, facts, digest)
        self._held_bytes += entry.size - (before.size if before is not None else 0)
        while self._held_bytes > MAX_HELD_BYTES and len(self._facts) > 1:
            oldest = self._facts.pop(next(iter(self._facts)), None)
            self._held_bytes -= oldest.size if oldest is not None else 0

    def _read_facts(
        self, entry: FileEntry, source: Source | None, known: Known | None
    ) -> FileFacts | None:
        from .syntax import extract  # tree-sitter loads only when something is parsed

        now = time.time_ns()
        source = source or self.read(entry.path)
        racy = entry.mtime_ns > now - RACY_NS
        if source is None:
            if not racy:
                self._hold(entry, None)
                self._note_parsed(entry, b"", None, racy)
            return None
        hashed = digest(source.data) if racy or known is not None else b""
        facts = None
        if known is not None and self.index is not None and known.digest == hashed:
            facts = self.index.facts(entry.path, known)
            if facts is not None and not racy:
                self._touched[entry.path] = (entry.size, entry.mtime_ns)
        if facts is None:
            facts = extract(source, entry.language)
            self._note_parsed(entry, source.data, facts, racy)
        self._hold(entry, facts, hashed if racy else b"")
        return facts

    def _note_parsed(
        self, entry: FileEntry, data: bytes, facts: FileFacts | None, racy: bool
    ) -> None:
        if self.index is None:
            return
        from .index import Parsed

        skipped = "" if facts is not None else self.content_skips.get(entry.path, "")
        if facts is not None or skipped in ("binary", "minified"):
            mtime = 0 if racy else entry.mtime_ns
            self._parsed.append(Parsed(entry.path, entry.size, mtime, data, facts, skipped))

    def persist(self) -> None:
        """Gives the index what was parsed since the last time, on a thread of its own."""
        if self.index is None or not (self._parsed or self._touched):
            return
        if self._writer is not None and self._writer.is_alive():
            return  # it goes with the next question's
        parsed, self._parsed = self._parsed, []
        touched, self._touched = self._touched, {}
        # not a daemon: a process that asks once ends when its facts are safe
        self._writer = Thread(target=self._write, args=(self.index, parsed, touched))
        self._writer.start()

    @staticmethod
    def _write(index: Index, parsed: list[Parsed], touched: dict[str, tuple[int, int]]) -> None:
        index.add(parsed)
        if touched:
            index.touch((path, *status) for path, status in touched.items())

    def settle(self) -> None:
        """Waits until what was parsed is in the index."""
        if self._writer is not None:
            self._writer.join()
        self.persist()
        if self._writer is not None:
            self._writer.join()

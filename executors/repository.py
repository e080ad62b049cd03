"""A repository on disk: which files it has, and their text as the tools see it.

Files are listed by ripgrep (`tree.py`), so `.gitignore` and `.ignore` are honoured (with or without
git). Left out and counted by reason: symbolic links, binary, over-large, minified and unreadable files.
"""

from __future__ import annotations

import os
import re
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from hashlib import blake2b
from itertools import accumulate, islice
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import RepositoryError
from .tree import FileEntry, Listing, Tree, is_racy, module_path

__all__ = ["FileEntry", "Listing", "module_path"]  # those who read a repository find them here

if TYPE_CHECKING:
    from .index import Index, Known, Parsed
    from .syntax import FileFacts

_T = TypeVar("_T")
MOST_UNKNOWN = 16  # files that are read besides the index; with more ripgrep narrows
MAX_HELD_BYTES = 24_000_000  # of sources whose facts are kept in memory
_TEST_PATH = re.compile(
    r"(^|/)(tests?|testing|__tests__|spec|specs|e2e|testdata|test-utils)/"
    r"|(^|/)(tests\.py|tests?\.(c|cc|cpp))$"
    r"|(^|/)(test_[^/]*|conftest)\.pyi?$|_tests?\.(py|go|rs|rb|c|cc|cpp)$"
    r"|[._-](test|tests|spec|e2e)\.[cm]?[jt]sx?$|_spec\.rb$"
    r"|(Test|Tests|Spec|IT|TestCase)\.(java|kt|cs|php|scala|swift)$",
    re.ASCII,
)


@lru_cache(65_536)
def is_test_path(path: str) -> bool:
    """Whether a file holds tests, by the naming conventions of the common test runners."""
    return _TEST_PATH.search(path) is not None


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
    def starts(self) -> list[int]:
        """Byte offsets of the lines."""
        ends = accumulate(map(len, self.data.splitlines(keepends=True)))
        return [0, *ends] if self.data.endswith(b"\n") else [0, *ends][:-1] or [0]

    def line_at(self, offset: int) -> int:
        """The line (from 1) of a byte offset."""
        return bisect_right(self.starts, offset)

    def cutter(self) -> Callable[[int, int], str]:
        """A function that gives the text between two byte offsets, for many of them."""
        data = self.data
        if data.isascii():  # then a slice is text at once
            text = data.decode("ascii")
            return lambda start, end: text[start:end]
        return lambda start, end: data[start:end].decode("utf-8", "replace")

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


@dataclass(frozen=True, slots=True)
class Coverage:
    """An index that knows a listing but for a few files, which every look-up has to read besides."""

    index: Index
    unknown: tuple[FileEntry, ...]


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
    _covered: tuple[Listing, object, Coverage | None] | None = field(default=None, repr=False)
    _headers: dict[str, tuple[int, int, bool]] = field(default_factory=dict, repr=False)
    _derived: tuple[Listing, dict[object, Any]] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.root = Path(os.path.realpath(self.root))
        if not self.root.is_dir():
            raise RepositoryError(f"There is no folder '{self.root}'; give an existing one.")
        if not os.access(self.root, os.R_OK | os.X_OK):
            raise RepositoryError(f"The folder '{self.root}' cannot be read; check permissions.")
        self._tree = Tree(self.root, self._tell_headers)

    def listing(self, timeout: float = 30.0) -> Listing:
        """The files as they are now."""
        if self.index is not None:
            self._known = self.index.known()
        return self._tree.listing(timeout)

    def derived(self, listing: Listing, key: object, make: Callable[[], _T]) -> _T:
        """What `make` gives, kept under `key` while the listing stays the same object."""
        seen = self._derived
        if seen is None or seen[0] is not listing:
            seen = self._derived = (listing, {})
        if key not in seen[1]:
            seen[1][key] = make()
        return seen[1][key]

    def coverage(self, listing: Listing) -> Coverage | None:
        """What the index can be asked for this listing; None where it knows too little of it."""
        if self.index is None:
            return None
        seen = self._covered
        if seen is None or seen[0] is not listing or seen[1] is not self._known:
            unknown = tuple(e for e in listing.parsable if self.stored(e) is None)
            few = len(unknown) <= min(MOST_UNKNOWN, len(listing.parsable) // 2)
            made = Coverage(self.index, unknown) if few else None
            seen = self._covered = (listing, self._known, made)
        return seen[2]

    def stored(self, entry: FileEntry) -> Known | None:
        """What the index knows of a file, if that is the file as it is now."""
        known = self._known.get(entry.path)
        if known is None or known.mtime_ns != entry.mtime_ns or known.size != entry.size:
            return None
        return known if known.language == entry.language else None

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
        known = self.stored(entry)
        if known is not None:
            if known.skipped:
                self.content_skips[entry.path] = known.skipped
                return None
            facts = self.index.facts(entry.path, known) if self.index is not None else None
            if facts is not None:
                self._hold(entry, facts)
                return facts
        return self._read_facts(entry, source)

    def is_read(self, entry: FileEntry) -> bool:
        """Whether the facts of a file are at hand without parsing it."""
        return self._held(entry) is not None or self.stored(entry) is not None

    def facts_of(self, entries: Iterable[FileEntry]) -> Iterator[FileFacts | None]:
        """`facts` of many files in their order; those in the index are fetched together."""
        waiting = iter(entries)
        size = 8
        while some := list(islice(waiting, size)):
            size = min(2 * size, 256)
            wanted = [
                (entry.path, known)
                for entry in some
                if self._held(entry) is None and (known := self.stored(entry)) is not None
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

    def _read_facts(self, entry: FileEntry, source: Source | None) -> FileFacts | None:
        from .syntax import extract  # tree-sitter loads only when something is parsed

        known = self._known.get(entry.path)
        racy = is_racy(entry.mtime_ns, time.time_ns())
        source = source or self.read(entry.path)
        if source is None:
            if not racy:
                self._hold(entry, None)
                self._note_parsed(entry, b"", None, racy)
            return None
        hashed = digest(source.data) if racy or known is not None else b""
        facts = None
        same = known is not None and known.digest == hashed and known.language == entry.language
        if same and known is not None and self.index is not None:
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
            self._parsed.append(
                Parsed(entry.path, entry.language, entry.size, mtime, data, facts, skipped)
            )

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

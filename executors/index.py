"""`Index`: the facts of a repository's files, kept in SQLite in the user's cache folder.

Filled by every cold question and completed by `Index.update`. A file's facts count only while its
path, size and modification time are the stored ones, or its content hash is. Several processes may
use one index; a damaged one is made anew, and where none can be kept, questions are answered cold.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from . import stored
from .postings import DEFINED, MOST_FILES, Row, Words, folded, in_role, moved, rows, unpack
from .repository import digest
from .syntax import FileFacts

T = TypeVar("T")

_BUSY_SECONDS = 5.0
_SMALL_SEGMENT = 400  # files
_MOST_SMALL = 12
BUSY = "another process is writing it"
_STALE_SECONDS = 14 * 86_400

_TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE file(
    id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, digest BLOB NOT NULL, language TEXT NOT NULL,
    skipped TEXT NOT NULL);
CREATE TABLE facts(id INTEGER PRIMARY KEY, head BLOB NOT NULL, tail BLOB NOT NULL);
CREATE TABLE segment(id INTEGER PRIMARY KEY, first INTEGER NOT NULL, files INTEGER NOT NULL);
CREATE TABLE posting(
    folded TEXT NOT NULL, word TEXT NOT NULL, segment INTEGER NOT NULL,
    files BLOB NOT NULL, times BLOB NOT NULL, bits BLOB NOT NULL,
    PRIMARY KEY(folded, word, segment)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What the index knows of one file. `skipped` is why it has no facts, "" where it has."""

    id: int
    size: int
    mtime_ns: int
    digest: bytes
    language: str
    skipped: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file that was read: what of it is to be stored. `facts` is None where `skipped` says why.

    `mtime_ns` is 0 for a file changed so lately that its time may not tell the next change.
    """

    path: str
    language: str
    size: int
    mtime_ns: int
    data: bytes
    facts: FileFacts | None
    skipped: str = ""


@dataclass(slots=True)
class Batch:
    """Files ready to be written as one segment, numbered from 0."""

    files: list[tuple[bytes, int, int, bytes, str, str]] = field(default_factory=list)
    facts: list[tuple[int, bytes, bytes]] = field(default_factory=list)  # by number within it
    words: list[tuple[int, Words]] = field(default_factory=list)  # with what to raise files by


def batch(parsed: Iterable[Parsed]) -> Batch:
    """Encodes at most `MOST_FILES` files."""
    made, words = Batch(), Words()
    for number, item in enumerate(parsed):
        made.files.append(
            (os.fsencode(item.path), item.size, item.mtime_ns, digest(item.data), item.language,
             item.skipped)
        )  # fmt: skip
        if item.facts is not None:
            made.facts.append((number, *stored.encode(item.facts)))
            words.add(number, item.facts, item.data)
    made.words.append((0, words))
    return made


def joined(batches: Iterable[Batch]) -> Batch:
    """Several batches as one."""
    whole = Batch()
    for one in batches:
        shift = len(whole.files)
        whole.files += one.files
        whole.facts += [(number + shift, head, tail) for number, head, tail in one.facts]
        whole.words += [(by + shift, words) for by, words in one.words]
    return whole


def cache_folder() -> Path:
    """Where indexes are kept: `CODEASK_CACHE_DIR`, else the user's cache folder."""
    chosen = os.environ.get("CODEASK_CACHE_DIR")
    if chosen:
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_cache_dir("codeask", appauthor=False))


class Index:
    """The index of one repository. Opening and reading never raise: `problem` tells what is wrong.

    Thread-safe. Without a file of its own (`problem` is set) it knows nothing and stores nothing.
    """

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        self.root = Path(os.path.realpath(root))
        name = re.sub(r"[^\w.-]+", "_", self.root.name)[:40] or "root"
        tag = blake2b(os.fsencode(self.root), digest_size=8).hexdigest()
        self.folder = (folder or cache_folder()) / "index" / f"{name}-{tag}"
        self.problem = ""
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._known: dict[str, Known] = {}
        self._paths: dict[int, str] = {}
        self._segments: dict[int, int] = {}  # the number of a segment's first file
        self._generation = -1
        self._seen = -1  # data_version at the last reading

    @property
    def path(self) -> Path:
        """The database file of this version of the extraction."""
        return self.folder / f"{stored.version()}.sqlite"

    # reading

    def known(self) -> Mapping[str, Known]:
        """Every file that the index knows, by path, as last committed by any process."""
        self._read(self._refresh, None)
        return self._known

    def facts(self, path: str, known: Known) -> FileFacts | None:
        """The stored facts of a known file; None when there are none (any more)."""
        return self.facts_of([(path, known)]).get(path)

    def facts_of(self, files: Collection[tuple[str, Known]]) -> dict[str, FileFacts]:
        """The stored facts of many known files, by path; those that are gone are left out."""
        by_id = {known.id: path for path, known in files if not known.skipped}

        def work(connection: sqlite3.Connection) -> dict[str, FileFacts]:
            found: dict[str, FileFacts] = {}
            ids = list(by_id)
            for at in range(0, len(ids), 500):
                some = ids[at : at + 500]
                marks = ",".join("?" * len(some))
                query = f"SELECT id, head, tail FROM facts WHERE id IN ({marks})"
                for number, head, tail in connection.execute(query, some):
                    found[by_id[number]] = stored.decode(by_id[number], head, tail)
            return found

        return self._read(work, {})

    def files_with(self, role: str, words: Collection[str]) -> dict[str, set[str]]:
        """For each word, the paths of known files that have it in that role (see `postings`)."""

        def work(connection: sqlite3.Connection) -> dict[str, set[str]]:
            found: dict[str, set[str]] = {}
            for word in words:
                paths = found[word] = set[str]()
                for segment, files, _, bits in connection.execute(_ROWS, _key(word)):
                    first = self._segments.get(segment, 0)
                    for number in in_role(role, files, bits):
                        if path := self._paths.get(first + number):
                            paths.add(path)
            return found

        return self._read(work, {word: set() for word in words})

    def spellings(self, letters: str) -> dict[str, int]:
        """Words with these letters, whatever their case and underscores, and their mentions."""

        def work(connection: sqlite3.Connection) -> list[str]:
            query = "SELECT DISTINCT word FROM posting WHERE folded=?"
            return [word or letters for (word,) in connection.execute(query, (letters,))]

        return self.mentions(self._read(work, []))

    def mentions(self, words: Collection[str] | None = None) -> dict[str, int]:
        """How often each word stands in the known files; those that do not are left out.

        None asks for all words, quicker than many one by one.
        """

        def work(connection: sqlite3.Connection) -> dict[str, int]:
            found: dict[str, int] = {}
            if words is None:
                query = f"SELECT {_WORD}, segment, files, times FROM posting"
                rows = iter(connection.execute(query))
            else:
                rows = (
                    (word, *row[:3])
                    for word in words
                    for row in connection.execute(_ROWS, _key(word))
                )
            for word, segment, files, times in rows:
                numbers, counts = unpack(files, times)
                first, paths = self._segments.get(segment, 0), self._paths
                total = sum(n for at, n in zip(numbers, counts, strict=True) if first + at in paths)
                if total:
                    found[word] = found.get(word, 0) + total
            return found

        return self._read(work, {})

    def defined(self) -> frozenset[str]:
        """The names that the known files define."""

        def work(connection: sqlite3.Connection) -> frozenset[str]:
            query = f"SELECT {_WORD}, segment, files, bits FROM posting WHERE bits != x''"
            first, paths = self._segments, self._paths
            return frozenset(
                word
                for word, segment, files, bits in connection.execute(query)
                if any(first.get(segment, 0) + n in paths for n in in_role(DEFINED, files, bits))
            )

        return self._read(work, frozenset())

    def vocabulary(self) -> list[tuple[str, int, bytes, bytes]]:
        """All words: each with the number of its segment's first file, files and times (`unpack`)."""
        return self._read(
            lambda connection: connection.execute(
                f"SELECT {_WORD}, first, posting.files, times"
                " FROM posting JOIN segment ON segment.id = segment"
            ).fetchall(),
            [],
        )

    def _read(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """What `work` reads, `otherwise` where there is no index; a damaged one is made anew."""
        with self._lock:
            try:
                connection = self._open()
                return otherwise if connection is None else work(connection)
            except (sqlite3.Error, *stored.DAMAGED, OSError) as error:
                self._failed(error)
                return otherwise

    def _open(self) -> sqlite3.Connection | None:
        if self._connection is None and not self.problem:
            self._connection = self._connect()
            self._refresh(self._connection)
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        if not self.path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._remove_old_versions()
            self._create()
        connection = sqlite3.connect(
            self.path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    def _create(self) -> None:
        """Makes an empty database aside and puts it in place whole, unless another was quicker."""
        aside = self.path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        try:
            with closing(sqlite3.connect(aside, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.executescript(_TABLES)
                connection.execute(
                    "INSERT INTO meta VALUES ('root', ?), ('next', 1), ('generation', 0)",
                    (os.fsencode(self.root),),
                )
            with suppress(FileExistsError):
                os.link(aside, self.path)
        finally:
            remove(aside)

    def _remove_old_versions(self) -> None:
        """Databases of other versions of codeask that nobody has used for a fortnight."""
        for file in self.folder.glob("*.sqlite*"):
            try:
                if file.stat().st_mtime < time.time() - _STALE_SECONDS:
                    file.unlink()
            except OSError:
                continue

    def _refresh(self, connection: sqlite3.Connection) -> None:
        (seen,) = connection.execute("PRAGMA data_version").fetchone()
        if seen == self._seen:
            return
        generation = _number(connection, "generation")
        if generation != self._generation:
            known: dict[str, Known] = {}
            paths: dict[int, str] = {}
            rows = connection.execute(
                "SELECT path, id, size, mtime_ns, digest, language, skipped FROM file"
            )
            for raw, number, *rest in rows:
                path = os.fsdecode(raw)
                known[path] = Known(number, *rest)
                paths[number] = path
            self._known, self._paths = known, paths
            self._segments = dict(connection.execute("SELECT id, first FROM segment"))
            self._generation = generation
        self._seen = seen

    def _failed(self, error: Exception) -> None:
        """After an error: a damaged database is removed, to be made anew at the next use."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return  # another process writes for long: this question goes without
        self._forget()
        # a missing table is SQLITE_ERROR
        if isinstance(error, OSError) or (
            isinstance(error, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR
        ):
            self.problem = str(error)  # no room, no permission, no such folder
        else:
            remove(self.path)

    def _forget(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            self._known, self._paths, self._segments = {}, {}, {}
            self._generation = self._seen = -1

    @property
    def bytes(self) -> int:
        """The size of the database on disk."""
        sizes = (f"{self.path}{suffix}" for suffix in ("", "-wal"))
        return sum(os.path.getsize(path) for path in sizes if os.path.exists(path))

    def check(self) -> str:
        """Reads the whole database; what is damaged is told ("" for nothing) and made anew."""
        if not self.path.exists():
            self.known()
            return ""

        def work(connection: sqlite3.Connection) -> str:
            for table in ("meta", "file", "facts", "segment", "posting"):
                connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()
            return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])

        told = self._read(work, "")
        if told != "ok" and not self.problem:
            with self._lock:
                self._forget()
                remove(self.path)
            self.known()
            return told or "it cannot be read"
        return ""

    def writing(self) -> str:
        """Why nothing can be stored just now, found by trying: "" where it can."""
        if self.problem:
            return self.problem
        try:
            with closing(self._connect()) as connection:
                connection.execute("PRAGMA busy_timeout=200")
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("UPDATE meta SET value=value WHERE key='next'")
                connection.execute("ROLLBACK")
        except (sqlite3.Error, OSError) as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                return BUSY
            return str(error)
        return ""

    def others(self) -> int:
        """Bytes of the databases that other versions of codeask have left beside this one."""
        return sum(
            file.stat().st_size
            for file in self.folder.glob("*.sqlite*")
            if not file.name.startswith(self.path.name)
        )

    def close(self) -> None:
        """Closes the database; the next use opens it again."""
        self._forget()

    # writing

    def add(self, parsed: Sequence[Parsed]) -> bool:
        """Stores files as one segment; False when it could not be done (it is no loss but of time)."""
        return not parsed or self.write(batch(parsed))

    def touch(self, files: Iterable[tuple[str, int, int]]) -> bool:
        """Notes a new size and time (path, size, mtime_ns) of files whose content is the stored."""
        rows = [(size, mtime, os.fsencode(path)) for path, size, mtime in files]
        return self._writing(
            lambda connection: connection.executemany(
                "UPDATE file SET size=?, mtime_ns=? WHERE path=?", rows
            )
        )

    def remove(self, paths: Iterable[str]) -> bool:
        """Forgets files."""
        rows = [(os.fsencode(path),) for path in paths]

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM facts WHERE id IN (SELECT id FROM file WHERE path=?)", rows
            )
            connection.executemany("DELETE FROM file WHERE path=?", rows)

        return self._writing(work)

    def write(self, made: Batch) -> bool:
        """Writes a batch in one transaction."""
        found = rows(made.words)

        def work(connection: sqlite3.Connection) -> None:
            first = _number(connection, "next")
            connection.execute("UPDATE meta SET value=value+? WHERE key='next'", (len(made.files),))
            replaced = [(row[0],) for row in made.files]
            connection.executemany(
                "DELETE FROM facts WHERE id IN (SELECT id FROM file WHERE path=?)", replaced
            )
            connection.executemany(
                "INSERT OR REPLACE INTO file VALUES (?,?,?,?,?,?,?)",
                ((number, *row) for number, row in enumerate(made.files, first)),
            )
            connection.executemany(
                "INSERT INTO facts VALUES (?,?,?)",
                ((first + number, head, tail) for number, head, tail in made.facts),
            )
            _write_segment(connection, first, len(made.files), found)
            _merge_small(connection)

        return self._writing(work)

    def _writing(self, work: Callable[[sqlite3.Connection], object]) -> bool:
        """Runs `work` in a transaction on a connection of its own."""
        if self.problem:
            return False
        try:
            with closing(self._connect()) as connection:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    work(connection)
                    connection.execute("UPDATE meta SET value=value+1 WHERE key='generation'")
                    connection.execute("COMMIT")
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
            return True
        except (sqlite3.Error, *stored.DAMAGED, OSError) as error:
            with self._lock:
                self._failed(error)
            return False


def _number(connection: sqlite3.Connection, key: str) -> int:
    row = connection.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
    if row is None:
        raise sqlite3.DatabaseError(f"the index has no '{key}'")
    return int(row[0])


_WORD = "coalesce(nullif(word, ''), folded)"
_ROWS = "SELECT segment, files, times, bits FROM posting WHERE folded=? AND word=?"


def _key(word: str) -> tuple[str, str]:
    letters = folded(word)
    return letters, "" if letters == word else word


def _write_segment(
    connection: sqlite3.Connection, first: int, files: int, rows: Iterable[Row]
) -> None:
    cursor = connection.execute("INSERT INTO segment(first, files) VALUES (?,?)", (first, files))
    values = ((*row[:2], cursor.lastrowid, *row[2:]) for row in rows)
    connection.executemany("INSERT INTO posting VALUES (?,?,?,?,?,?)", values)


def _merge_small(connection: sqlite3.Connection) -> None:
    """Joins the small segments that questions leave behind, so that a look-up reads few rows."""
    small = connection.execute(
        "SELECT id, first, files FROM segment WHERE files <= ? ORDER BY first", (_SMALL_SEGMENT,)
    ).fetchall()
    if len(small) <= _MOST_SMALL:
        return
    base = small[0][1]
    last = connection.execute("SELECT max(id) FROM file").fetchone()[0]
    if last - base >= MOST_FILES:  # numbers so far apart do not fit one segment
        base = small[len(small) // 2][1]
        small = [row for row in small if base <= row[1] and last - base < MOST_FILES]
        if not small:
            return
    query = "SELECT folded, word, files, times, bits FROM posting WHERE segment=?"
    alive = {n - base for (n,) in connection.execute("SELECT id FROM file WHERE id>=?", (base,))}
    merged = moved(
        ((first - base, connection.execute(query, (number,))) for number, first, _ in small), alive
    )
    for number, *_ in small:
        connection.execute("DELETE FROM posting WHERE segment=?", (number,))
        connection.execute("DELETE FROM segment WHERE id=?", (number,))
    _write_segment(connection, base, sum(files for *_, files in small), merged)


def remove(database: Path) -> None:
    """Deletes a database file with its companions; what cannot be deleted stays."""
    for suffix in ("", "-wal", "-shm"):
        try:
            Path(f"{database}{suffix}").unlink()
        except OSError:
            continue


def clear(folder: Path | None = None) -> None:
    """Deletes every index."""
    shutil.rmtree((folder or cache_folder()) / "index", ignore_errors=True)

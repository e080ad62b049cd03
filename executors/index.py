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
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from . import stored
from .repository import digest
from .syntax import FileFacts

T = TypeVar("T")

_BUSY_SECONDS = 5.0
_SMALL_SEGMENT = 400  # files
_MOST_SMALL = 12
_STALE_SECONDS = 14 * 86_400

_TABLES = """
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file(
    id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, digest BLOB NOT NULL, skipped TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS facts(id INTEGER PRIMARY KEY, head BLOB NOT NULL, tail BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS segment(id INTEGER PRIMARY KEY, files INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS posting(
    role TEXT NOT NULL, folded TEXT NOT NULL, word TEXT NOT NULL, segment INTEGER NOT NULL,
    files BLOB NOT NULL, counts BLOB NOT NULL,
    PRIMARY KEY(role, folded, word, segment)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What the index knows of one file. `skipped` is why it has no facts, "" where it has."""

    id: int
    size: int
    mtime_ns: int
    digest: bytes
    skipped: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file that was read: what of it is to be stored. `facts` is None where `skipped` says why.

    `mtime_ns` is 0 for a file changed so lately that its time may not tell the next change.
    """

    path: str
    size: int
    mtime_ns: int
    data: bytes
    facts: FileFacts | None
    skipped: str = ""


@dataclass(slots=True)
class Batch:
    """Files ready to be written, numbered from `first` on (0: numbers are still to be given)."""

    first: int
    files: list[tuple[bytes, int, int, bytes, str]] = field(default_factory=list)
    facts: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    postings: list[stored.Row] = field(default_factory=list)


def batch(parsed: Iterable[Parsed], first: int = 0) -> Batch:
    """Encodes files, numbered from `first` on."""
    made = Batch(first)
    found: list[tuple[int, stored.Postings]] = []
    for number, item in enumerate(parsed, first):
        path, hashed = os.fsencode(item.path), digest(item.data)
        made.files.append((path, item.size, item.mtime_ns, hashed, item.skipped))
        if item.facts is not None:
            made.facts.append((number, *stored.encode(item.facts)))
            found.append((number, stored.postings(item.facts, item.data)))
    made.postings = list(stored.invert(found))
    return made


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
        """For each word, the paths of known files that have it in that role (see `stored`)."""

        def work(connection: sqlite3.Connection) -> dict[str, set[str]]:
            found: dict[str, set[str]] = {word: set() for word in words}
            query = "SELECT files FROM posting WHERE role=? AND folded=? AND word=?"
            for word, paths in found.items():
                for (files,) in connection.execute(query, (role, stored.folded(word), word)):
                    paths.update(self._alive(files))
            return found

        return self._read(work, {word: set() for word in words})

    def spellings(self, letters: str) -> dict[str, int]:
        """Words with these letters, whatever their case and underscores, and their mentions."""
        where = "role=? AND folded=?"
        return self._counted(where, (stored.MENTION, letters), lambda word: True)

    def mentions(self, words: Collection[str]) -> dict[str, int]:
        """How often each of `words` stands in the known files; those that do not are left out."""
        return self._counted("role=?", (stored.MENTION,), words.__contains__)

    def _counted(
        self, where: str, values: tuple[str, ...], wanted: Callable[[str], bool]
    ) -> dict[str, int]:
        def work(connection: sqlite3.Connection) -> dict[str, int]:
            found: dict[str, int] = {}
            query = f"SELECT word, files, counts FROM posting WHERE {where}"
            for word, files, counts in connection.execute(query, values):
                if wanted(word) and (total := self._total(files, counts)):
                    found[word] = found.get(word, 0) + total
            return found

        return self._read(work, {})

    def _alive(self, files: bytes) -> Iterator[str]:
        paths = self._paths
        for number in stored.unpack("I", files):
            path = paths.get(number)
            if path is not None:
                yield path

    def _total(self, files: bytes, counts: bytes) -> int:
        paths = self._paths
        pairs = zip(stored.unpack("I", files), stored.unpack("H", counts), strict=False)
        return sum(count for number, count in pairs if number in paths)

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
            rows = connection.execute("SELECT id, path, size, mtime_ns, digest, skipped FROM file")
            for number, raw, size, mtime_ns, digest, skipped in rows:
                path = os.fsdecode(raw)
                known[path] = Known(number, size, mtime_ns, digest, skipped)
                paths[number] = path
            self._known, self._paths = known, paths
            self._generation = generation
        self._seen = seen

    def _failed(self, error: Exception) -> None:
        """After an error: a damaged database is removed, to be made anew at the next use."""
        told = str(error)
        operational = isinstance(error, (sqlite3.OperationalError, OSError))
        if operational and "lock" in told:
            return  # another process writes for long: this question goes without
        self._forget()
        if operational and "no such" not in told:
            self.problem = told  # no room, no permission, no such folder
        else:
            remove(self.path)

    def _forget(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            self._known, self._paths = {}, {}
            self._generation = self._seen = -1

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

    def reserve(self, count: int) -> int:
        """The first of `count` file numbers that nobody else gets; 0 when none can be had."""
        first = 0

        def work(connection: sqlite3.Connection) -> None:
            nonlocal first
            first = _number(connection, "next")
            connection.execute("UPDATE meta SET value=value+? WHERE key='next'", (count,))

        return first if self._writing(work) else 0

    def write(self, made: Batch) -> bool:
        """Writes a batch in one transaction, numbering it if it is not numbered yet."""

        def work(connection: sqlite3.Connection) -> None:
            first, shift = made.first, 0
            if first == 0:
                first = shift = _number(connection, "next")
                connection.execute(
                    "UPDATE meta SET value=value+? WHERE key='next'", (len(made.files),)
                )
            replaced = [(row[0],) for row in made.files]
            connection.executemany(
                "DELETE FROM facts WHERE id IN (SELECT id FROM file WHERE path=?)", replaced
            )
            connection.executemany(
                "INSERT OR REPLACE INTO file VALUES (?,?,?,?,?,?)",
                ((number, *row) for number, row in enumerate(made.files, first)),
            )
            connection.executemany(
                "INSERT INTO facts VALUES (?,?,?)",
                ((number + shift, head, tail) for number, head, tail in made.facts),
            )
            cursor = connection.execute("INSERT INTO segment(files) VALUES (?)", (len(made.files),))
            segment = cursor.lastrowid
            connection.executemany(
                "INSERT INTO posting VALUES (?,?,?,?,?,?)",
                (
                    (role, plain, word, segment, _shifted(files, shift), counts)
                    for role, plain, word, files, counts in made.postings
                ),
            )
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


def _shifted(files: bytes, shift: int) -> bytes:
    if not shift:
        return files
    return array("I", [number + shift for number in stored.unpack("I", files)]).tobytes()


def _merge_small(connection: sqlite3.Connection) -> None:
    """Joins the small segments that questions leave behind, so that a look-up reads few rows."""
    small = [
        number
        for (number,) in connection.execute(
            "SELECT id FROM segment WHERE files <= ?", (_SMALL_SEGMENT,)
        )
    ]
    if len(small) <= _MOST_SMALL:
        return
    alive = {number for (number,) in connection.execute("SELECT id FROM file")}
    marks = ",".join("?" * len(small))
    joined: dict[tuple[str, str, str], tuple[array[int], array[int]]] = {}
    rows = connection.execute(
        f"SELECT role, folded, word, files, counts FROM posting WHERE segment IN ({marks})", small
    )
    for role, plain, word, files, counts in rows:
        entry = joined.setdefault((role, plain, word), (array("I"), array("H")))
        numbers, times = stored.unpack("I", files), stored.unpack("H", counts)
        for at, number in enumerate(numbers):
            if number in alive:
                entry[0].append(number)
                if times:
                    entry[1].append(times[at])
    connection.execute(f"DELETE FROM posting WHERE segment IN ({marks})", small)
    connection.execute(f"DELETE FROM segment WHERE id IN ({marks})", small)
    files_in = {number for numbers, _ in joined.values() for number in numbers}
    cursor = connection.execute("INSERT INTO segment(files) VALUES (?)", (len(files_in),))
    connection.executemany(
        "INSERT INTO posting VALUES (?,?,?,?,?,?)",
        (
            (*key, cursor.lastrowid, numbers.tobytes(), times.tobytes())
            for key, (numbers, times) in sorted(joined.items())
            if numbers
        ),
    )


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

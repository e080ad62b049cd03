"""`WordIndex`: which files have which word forms, and how often, memory-mapped between questions.

A snapshot beside the index of facts. Files that changed since are told apart by size and time and
counted directly; `update` makes the next snapshot out of the index's words, reading only what the
index has not. Reading never raises: without a usable snapshot there is none, and ripgrep counts.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .ranking import name_stems
from .tree import is_racy

if TYPE_CHECKING:
    from .index import Index
    from .repository import FileEntry, Repository

_LONGEST = 24  # bytes of a stem that count
_ROWS = 100_000  # of words that are held until they are turned into arrays
_MOST_CHANGED = 64  # files counted directly at a question
_PARTS = ("stems", "starts", "files", "counts", "sizes", "times")
_BREAKS = bytes(c if c >= 128 or c == 0x5F or chr(c).isalnum() else 0x20 for c in range(256))


@cache
def _version() -> str:
    sources = (Path(__file__), Path(__file__).with_name("ranking.py"))
    return blake2b(b"".join(p.read_bytes() for p in sources), digest_size=6).hexdigest()


def stem_counts(data: bytes) -> Counter[str]:
    """How often each word form's stem stands in a text, parts of identifiers included."""
    found: Counter[str] = Counter()
    for word, times in Counter(data.translate(_BREAKS).split()).items():
        if len(word) <= 80:
            for stem in name_stems(word.decode("utf-8", "replace")):
                found[stem] += times
    return found


@dataclass
class WordIndex:
    """One snapshot: `starts[i]:starts[i+1]` are stem i's entries in `files` and `counts`."""

    paths: list[str]
    arrays: Mapping[str, Any]
    _latest: tuple[object, dict[str, int], Any] | None = field(default=None, repr=False)

    @classmethod
    def load(cls, folder: Path) -> WordIndex | None:
        """The snapshot of a repository's index folder, None where there is none of this version."""
        place = folder / f"words-{_version()}"
        try:
            status = place.stat()
        except OSError:
            return None
        return cls._mapped(place, status.st_ino, status.st_mtime_ns)

    @classmethod
    @lru_cache(maxsize=2)
    def _mapped(cls, place: Path, inode: int, time_ns: int) -> WordIndex | None:
        """The snapshot in a folder, as long as it is that one."""
        import numpy as np

        try:
            arrays = {
                part: np.load(place / f"{part}.npy", mmap_mode="r", allow_pickle=False)
                for part in _PARTS
            }
            paths = [os.fsdecode(p) for p in (place / "paths").read_bytes().split(b"\0")]
            if len(arrays["sizes"]) == len(paths) and len(arrays["starts"]) > 0:
                return cls(paths, arrays)
        except (OSError, ValueError):
            pass
        return None

    def current(self, entries: Mapping[str, FileEntry]) -> dict[str, int]:
        """The numbers of the files that are as they were, by path."""
        return self._current(entries)[0]

    def _current(self, entries: Mapping[str, FileEntry]) -> tuple[dict[str, int], Any]:
        """`current` and, for each file of the snapshot, whether it is among them."""
        import numpy as np

        latest = self._latest
        if latest is not None and latest[0] is entries:
            return latest[1:]
        sizes, times = self.arrays["sizes"].tolist(), self.arrays["times"].tolist()
        found: dict[str, int] = {}
        for number, path in enumerate(self.paths):
            entry = entries.get(path)
            if entry is not None and (entry.size, entry.mtime_ns) == (sizes[number], times[number]):
                found[path] = number
        among = np.zeros(len(self.paths), dtype=bool)
        among[list(found.values())] = True
        self._latest = entries, found, among
        return found, among

    def counts(self, term: str, entries: Mapping[str, FileEntry]) -> dict[str, int]:
        """The files among `entries` that are as they were and have a stem, with how often."""
        key = term.encode()[:_LONGEST]
        stems, starts = self.arrays["stems"], self.arrays["starts"]
        at = int(stems.searchsorted(key))
        if at >= len(stems) or stems[at] != key:
            return {}
        some = slice(int(starts[at]), int(starts[at + 1]))
        files, counts = self.arrays["files"][some], self.arrays["counts"][some]
        kept = self._current(entries)[1][files]
        paths = map(self.paths.__getitem__, files[kept].tolist())
        return dict(zip(paths, counts[kept].tolist(), strict=True))


def counted(
    repository: Repository, entries: Mapping[str, FileEntry], terms: Collection[str]
) -> dict[str, dict[str, int]] | None:
    """For each term, the files among `entries` that have it; None where ripgrep has to look."""
    if repository.index is None:
        return None
    snapshot = WordIndex.load(repository.index.folder)
    if snapshot is None:
        return None
    current = snapshot.current(entries)
    changed = entries.keys() - current.keys()
    if len(changed) > _MOST_CHANGED:
        return None
    found = {term: snapshot.counts(term, entries) for term in terms}
    for path in changed:
        source = repository.read(path)
        have = stem_counts(source.data) if source is not None else {}
        for term in terms:
            if times := have.get(term):
                found[term][path] = times
    return found


def update(repository: Repository, entries: Iterable[FileEntry]) -> bool:
    """Makes a snapshot of these files; False where it cannot be kept."""
    import numpy as np

    if repository.index is None:
        return False
    listed, started = {entry.path: entry for entry in entries}, time.time_ns()
    old = WordIndex.load(repository.index.folder)
    kept = old.current(listed) if old is not None else {}
    if old is not None and len(kept) == len(listed) == len(old.paths):
        return True
    known = repository.index.known()
    numbers = {
        told.id: path for path, entry in listed.items()
        if (told := known.get(path)) and (told.size, told.mtime_ns) == (entry.size, entry.mtime_ns)
    }  # fmt: skip
    read = set(numbers.values())
    counted_before = [path for path in kept if path not in read]
    first = [*numbers.values(), *counted_before]
    order = [*first, *(listed.keys() - read - set(counted_before))]
    names, parts = _of_index(repository.index, {n: at for at, n in enumerate(numbers)})
    words: dict[str, int] = {}
    rows: list[tuple[int, int, int]] = []
    for number, path in enumerate(order[len(first) :], len(first)):
        source = repository.read(path)
        if source is not None:
            for stem, times in stem_counts(source.data).items():
                rows.append((words.setdefault(stem, len(words)), number, times))
    more = np.array(rows, dtype=np.int32).reshape(-1, 3)
    more[:, 0] += len(names)
    parts.append(more)
    names += [w.encode()[:_LONGEST] for w in words]
    if old is not None and counted_before:
        renumber = np.full(len(old.paths), -1, dtype=np.int32)
        renumber[[kept[path] for path in counted_before]] = range(len(numbers), len(first))
        files = renumber[old.arrays["files"]]
        stems = np.repeat(np.arange(len(old.arrays["stems"])), np.diff(old.arrays["starts"]))
        before = np.stack([stems + len(names), files, old.arrays["counts"]], axis=1)
        parts.append(before[files >= 0].astype(np.int32))
        names += old.arrays["stems"].tolist()
    unique, back = np.unique(np.array(names, dtype=f"S{_LONGEST}"), return_inverse=True)
    small = np.uint16 if len(order) < 65_536 else np.uint32
    # one entry a stem and file: several words have one stem
    key = np.concatenate([back[part[:, 0]] * len(order) + part[:, 1] for part in parts])
    times = np.concatenate([part[:, 2] for part in parts])
    parts.clear()  # they take the most room here
    by_key = np.argsort(key, kind="stable")
    key, times = key[by_key], times[by_key]
    heads = np.flatnonzero(np.diff(key, prepend=-1))
    counts = np.add.reduceat(times, heads) if len(heads) else times
    stem_of, files = np.divmod(key[heads], len(order) or 1)
    arrays = {
        "stems": unique,
        "starts": np.searchsorted(stem_of, np.arange(len(unique) + 1)).astype(np.int64),
        "files": files.astype(small),
        "counts": np.minimum(counts, 65_535).astype(np.uint16),
        "sizes": np.array([listed[path].size for path in order], dtype=np.int64),
        # 0: changed so lately that its time may not tell the next change
        "times": np.array(
            [0 if is_racy(t := listed[path].mtime_ns, started) else t for path in order],
            dtype=np.int64,
        ),
    }
    return _write(repository.index.folder, order, arrays)


def _of_index(index: Index, numbers: Mapping[int, int]) -> tuple[list[bytes], list[Any]]:
    """Stems and, a row each, stem, file and how often, of files that the index has read.

    `numbers` are those of the files here by those of the index.
    """
    import numpy as np

    stems: dict[str, int] = {}
    here = np.full(max(numbers, default=0) + 2, -1, dtype=np.int32)
    here[list(numbers)] = list(numbers.values())
    found: list[Any] = []
    rows: dict[str, list[tuple[int, int, bytes, bytes]]] = {"u1": [], "<u2": []}

    def turn(size: str) -> None:
        """Rows (stem, first file, files, times of that many bytes) as entries."""
        stem, first, files, times = zip(*rows[size], strict=True)
        rows[size].clear()
        many = [len(some) // 2 for some in files]
        at = np.frombuffer(b"".join(files), "<u2") + np.repeat(np.array(first, np.int32), many)
        file = here[np.minimum(at, len(here) - 1)]
        counts = np.frombuffer(b"".join(times), size).astype(np.int32)
        columns = (np.repeat(np.array(stem, np.int32), many), file, counts)
        found.append(np.stack(columns, axis=1)[file >= 0])

    for word, first, files, times in index.vocabulary():
        size = "u1" if len(times) < len(files) else "<u2"
        for stem in name_stems(word) if len(word) <= 80 else ():
            rows[size].append((stems.setdefault(stem, len(stems)), first, files, times))
        if len(rows[size]) >= _ROWS:
            turn(size)
    for size in [size for size, waiting in rows.items() if waiting]:
        turn(size)
    return [stem.encode()[:_LONGEST] for stem in stems], found


def _write(folder: Path, paths: list[str], arrays: Mapping[str, Any]) -> bool:
    import numpy as np

    place = folder / f"words-{_version()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix="words-", dir=folder))
        try:
            for part, array in arrays.items():
                np.save(aside / f"{part}.npy", array, allow_pickle=False)
            (aside / "paths").write_bytes(b"\0".join(os.fsencode(path) for path in paths))
            for stale in folder.glob("words-*"):  # what another process has mapped it keeps
                if stale != aside:
                    shutil.rmtree(stale, ignore_errors=True)
            aside.rename(place)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError:
        return False
    return True

"""One tool call's view of a repository: `Search`, which every tool function is given.

It narrows by ripgrep to candidate files, parses only those, and remembers what was looked at, so
that the result can say it.
"""

from __future__ import annotations

import math
import re
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from . import grep, postings
from .catalog import ToolCall
from .errors import DeadlineExceeded, Unread
from .languages import PARSABLE, SUFFIXES, adapter, parsable
from .paths import PathFilter
from .repository import Coverage, Repository, Source, is_test_path
from .results import Match, Role, Scope
from .syntax import Definition, FileFacts, Site
from .tree import FileEntry, Listing
from .watch import Watch

_SOON_READ = 600_000  # bytes of sources that are read whatever the patience
_LEAST_SECONDS = 0.08  # that each step of an impatient search may read
_LEAST_FOR_HEADERS = 0.2
_LEAST_TO_BIND = 0.15  # seconds for what is asked about each use in the files that were read
_OVERTIME = 1.2  # times the patience
_FOR_HEADERS = 0.7  # of the patience
_LARGE = 200_000  # bytes of a file that is put off
_FEW_FILES = 12  # parsing so few is quicker than asking ripgrep once more
_TYPE_WORDS = "class|interface|struct|trait|object|enum|record|protocol|type|module|union"
_MOST_PATHS = 3_000  # that a command line may carry


def _now() -> tuple[float, float]:
    return time.monotonic(), time.thread_time()


@dataclass
class Search:
    """What a tool works with. `deadline` is a `time.monotonic()` moment.

    Tools yield `Match` objects, put scalar answers into `facts` and remarks into `notes`.
    """

    repository: Repository
    call: ToolCall
    deadline: float
    facts: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    own_path: bool = False  # the tool reads `path` itself (list_imports, overview)
    watch: Watch = field(default_factory=Watch)
    texts: int = 1_000_000  # matches that are given the text of their line at once
    # Without an index, how many seconds may be spent on reading: the rest is `unread`, and told.
    patience: float = math.inf
    unread: set[str] = field(default_factory=set)
    put_off: set[str] = field(default_factory=set)  # read, but not looked into
    for_headers: set[str] = field(default_factory=set)  # files that were wanted for definitions
    for_uses: set[str] = field(default_factory=set)
    _started: tuple[float, float] = field(default_factory=lambda: _now())
    _sources: dict[str, Source | None] = field(default_factory=dict)
    _with_words: dict[frozenset[str], list[str]] = field(default_factory=dict)

    @cached_property
    def listing(self) -> Listing:
        """The repository's files, listed once a call."""
        return self.repository.listing(self.remaining())

    @cached_property
    def coverage(self) -> Coverage | None:
        """The index for look-ups, None where ripgrep has to narrow instead."""
        return self.repository.coverage(self.listing)

    @property
    def modules(self) -> Mapping[str, Sequence[FileEntry]]:
        """Parsable files by the last part of the module that they are."""
        return self.listing.modules

    @cached_property
    def filter(self) -> PathFilter:
        """The scope the call's arguments describe."""
        return PathFilter.of(self.call, self.listing.files, use_path=not self.own_path)

    def remaining(self) -> float:
        """Seconds left; raises `DeadlineExceeded` when there are none or the search was stopped."""
        if self.watch.stopped:
            raise DeadlineExceeded("The search was stopped.")
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise DeadlineExceeded("The time for this tool is used up.")
        return left

    def note(self, sentence: str) -> None:
        """Adds a remark once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def in_scope(self, path: str) -> bool:
        """Whether a listed file is in the call's scope."""
        entry = self.listing.files.get(path)
        return entry is not None and self.filter.accepts(entry)

    def files(self, *, scoped: bool = True) -> Iterator[FileEntry]:
        """Listed files by path, in scope unless `scoped` is False."""
        for path in sorted(self.listing.files):
            entry = self.listing.files[path]
            if not scoped or self.filter.accepts(entry):
                yield entry

    def languages(self, *, scoped: bool = True) -> tuple[str, ...]:
        """Parsable languages that the repository has files of, narrowed by `lang` when scoped."""
        lang = self.call.text("lang") if scoped else ""
        present = self.listing.languages
        return tuple(known for known in SUFFIXES if known in present and lang in ("", known))

    def suffixes(self) -> tuple[str, ...]:
        """How names of the files end that can be parsed, narrowed by `lang`."""
        lang = self.call.text("lang")
        if lang:
            return SUFFIXES.get(lang, ())
        return PARSABLE

    def candidates(
        self,
        pattern: str,
        *,
        scoped: bool = True,
        fixed: bool = False,
        word: bool = False,
        ignore_case: bool = False,
        multiline: bool = False,
        words: Sequence[str] = (),
    ) -> list[FileEntry]:
        """Parsable files that contain `pattern` (see `grep.files_with`), by path.

        `words` are words one of which is in every such file: the index tells these files at once.
        """
        plain = fixed and word and not ignore_case
        if plain:
            words = [pattern]
        if words:
            known = self._mentioning(words)
            if known is not None:
                return self._parsable(known, scoped=scoped)
        if plain:
            return self._parsable(self._found_with({pattern}), scoped=scoped)
        found = grep.files_with(
            self.repository.root, pattern, fixed=fixed, word=word, ignore_case=ignore_case,
            multiline=multiline, suffixes=self.suffixes() if scoped else (),
            timeout=self.remaining(),
        )  # fmt: skip
        return self._parsable(found, scoped=scoped)

    def _mentioning(self, words: Sequence[str]) -> list[str] | None:
        """Files that may mention one of `words`, by the index; None where it cannot tell."""
        if self.coverage is None:
            return None
        found: set[str] = set()
        for word in words:
            parts = list(postings.words(word.encode("utf-8", "replace")))
            if not parts:
                return None
            by_part = self.coverage.index.files_with(postings.MENTION, parts)
            found |= set.intersection(*by_part.values())
        return sorted(found.union(entry.path for entry in self.coverage.unknown))

    def having(self, role: str, words: Collection[str]) -> list[str] | None:
        """Files that have one of `words` in one of the roles; None without an index.

        Roles are those of `postings`: "ba" means as a base or under another name.
        """
        if self.coverage is None:
            return None
        found = {entry.path for entry in self.coverage.unknown}
        for one in role:
            found = found.union(*self.coverage.index.files_with(one, words).values())
        return sorted(found)

    def calling(self, name: str, *, scoped: bool = True) -> list[FileEntry]:
        """Parsable files that may call `name`, also under another name."""
        known = self.having(postings.CALLED + postings.RENAMED, [name])
        if known is not None:
            return self._parsable(known, scoped=scoped)
        patterns = {lang: adapter(lang).call_pattern(re.escape(name)) for lang in self.languages()}
        return self.candidates_for([name], patterns, "", scoped=scoped)

    def candidates_for(
        self, words: Collection[str], patterns: Mapping[str, str], role: str, *, scoped: bool = True
    ) -> list[FileEntry]:
        """Parsable files that have one of `words` and, where these are many, match a pattern.

        `patterns` are those of the languages; files of others are left out. Two steps, since ripgrep
        finds plain words several times faster than a header's pattern; with an index none, but a
        look-up of the words in their `role` (see `having`).
        """
        known = self.having(role, words)
        if known is not None:
            return self._parsable(known, scoped=scoped)
        entries = self._parsable(self._found_with(words), scoped=scoped)
        if not _FEW_FILES < len(entries) <= _MOST_PATHS:
            return [entry for entry in entries if entry.language in patterns]
        by_pattern: dict[
            str, list[str]
        ] = {}  # what reads as a header differs from language to language
        for entry in entries:
            if entry.language in patterns:
                by_pattern.setdefault(patterns[entry.language], []).append(entry.path)
        matching: set[str] = set()
        for pattern, paths in by_pattern.items():
            matching.update(
                grep.files_with(
                    self.repository.root, pattern, multiline=True, by_bytes=pattern.isascii(),
                    paths=paths, timeout=self.remaining(),
                )
            )  # fmt: skip
        return [entry for entry in entries if entry.path in matching]

    def with_types(self, names: Collection[str]) -> list[FileEntry]:
        """Parsable files in which one of these names stands as that of a type."""
        known = self.having(postings.DEFINED, names)
        if known is None:
            known = sorted({path for name in names for path in self._types.get(name, ())})
        return self._parsable(known, scoped=False)

    @cached_property
    def _types(self) -> Mapping[str, set[str]]:
        """What reads as the header of a type, by name: ripgrep's one look at all files."""
        found: dict[str, set[str]] = {}
        for line in grep.lines(
            self.repository.root, rf"\b(?:{_TYPE_WORDS})\s+\w+", only_matching=True,
            suffixes=PARSABLE, timeout=self.remaining(),
        ):  # fmt: skip
            found.setdefault(line.text.split()[-1], set()).add(line.path)
        return found

    def _found_with(self, words: Collection[str]) -> list[str]:
        """Files of any language with one of these words, found by ripgrep once a call."""
        key = frozenset(words)
        if key not in self._with_words:
            self._with_words[key] = grep.files_with(
                self.repository.root, *sorted(words), fixed=True, word=True, suffixes=PARSABLE,
                timeout=self.remaining(),
            )  # fmt: skip
        return self._with_words[key]

    def _parsable(self, paths: Iterable[str], *, scoped: bool) -> list[FileEntry]:
        entries = (self.listing.files.get(path) for path in paths)
        return [
            entry
            for entry in entries
            if entry is not None
            and parsable(entry.language)
            and (not scoped or self.filter.accepts(entry))
        ]

    def source(self, path: str) -> Source | None:
        """A file's text (see `Repository.read`), read once a call."""
        if path not in self._sources:
            self._sources[path] = self.repository.read(path)
        return self._sources[path]

    def parse(self, entries: Iterable[FileEntry], *, headers: bool = False) -> Iterator[FileFacts]:
        """Syntax facts of files that can be parsed and read; checks the deadline.

        An impatient search leaves out what takes too long, see `unread`; of its time a part is for
        the `headers` of what is asked about.
        """
        known = [entry for entry in entries if parsable(entry.language)]
        (self.for_headers if headers else self.for_uses).update(entry.path for entry in known)
        if self.patience < math.inf and self.coverage is None:
            share, least = (_FOR_HEADERS, _LEAST_FOR_HEADERS) if headers else (1, _LEAST_SECONDS)
            if self._spent() > self.patience * _OVERTIME:
                least /= 8  # what a use binds to is looked up again and again
            known = self._read_in_time(known, max(self.patience * share, self._spent() + least))
        late = self.patience * _OVERTIME
        bound_by = max(late, self._spent() + _LEAST_TO_BIND) if self.coverage is None else math.inf
        for done, facts in enumerate(self.repository.facts_of(known)):
            try:
                self.remaining()
            except DeadlineExceeded:
                if len(known) > _FEW_FILES:
                    self.note(f"{done:,} of {len(known):,} files were read by then.")
                raise
            if (
                done and not headers and self._spent() > bound_by
            ):  # to find out what uses bind to took the time
                rest = {entry.path for entry in known[done:]}
                self.unread |= rest
                self.put_off |= rest
                return
            if facts is not None:
                yield facts

    def _read_in_time(self, entries: list[FileEntry], until: float) -> list[FileEntry]:
        """The entries that are read when `until` seconds are spent, those that matter most first."""
        unread = [entry for entry in entries if not self.repository.is_read(entry)]
        if sum(entry.size for entry in unread) <= _SOON_READ:
            until = math.inf
        unread.sort(key=lambda e: (e.size > _LARGE, is_test_path(e.path), e.path))
        left_out: set[str] = set()
        for at, entry in enumerate(unread):
            if at and self._spent() >= until:
                left_out = {late.path for late in unread[at:]}
                break
            self.repository.facts(entry)
        self.unread -= {entry.path for entry in entries}
        self.unread |= left_out
        return [entry for entry in entries if entry.path not in left_out]

    def _spent(self) -> float:
        """Seconds since the start; of those in which others had the processor, a third."""
        (wall, cpu), (now, used) = self._started, _now()
        return max(used - cpu, (now - wall) / 3)

    @property
    def unread_headers(self) -> bool:
        """Whether what was not read may define what was asked for."""
        return not self.unread.isdisjoint(self.for_headers)

    def sure_of_none(self, *, headers: bool = False) -> None:
        """To be called before something is said not to be there: raises `Unread` if it may be."""
        if not self.unread.isdisjoint(self.for_headers if headers else self.for_uses):
            raise Unread("Not every file was read.")

    def line(self, path: str, line: int) -> str:
        """The text of one line, "" where there is none."""
        source = self.source(path)
        return source.line_text(line) if source is not None else ""

    def match_definition(
        self, facts: FileFacts, definition: Definition, role: Role = "definition",
        *, certain: bool = True,
    ) -> Match:  # fmt: skip
        """A definition as a match: its qualified name, extent and signature."""
        return Match(
            facts.path, definition.line, definition.end_line, definition.qualname,
            definition.kind, definition.signature, role, certain,
        )  # fmt: skip

    def match_site(
        self, facts: FileFacts, site: Site, role: Role, *, certain: bool = True
    ) -> Match:
        """A use as a match: `name` is the enclosing definition (the file at file level)."""
        return self.match_line(facts, site.line, site.scope, role, certain=certain)

    def match_line(
        self, facts: FileFacts, line: int, scope: int, role: Role, *, certain: bool = True
    ) -> Match:
        """A line of a parsed file as a match, named by its enclosing definition."""
        kind = facts.definitions[scope].kind if scope >= 0 else "file"
        self.texts -= 1  # beyond what is shown no file is read for its line
        text = self.line(facts.path, line) if self.texts >= 0 else ""
        return Match(facts.path, line, line, facts.qualname(scope), kind, text, role, certain)

    def scope(self) -> Scope:
        """What was searched: the files in scope and their parsable languages."""
        listing, skipped = self.listing, Counter(self.listing.skipped)
        for path, reason in list(self.repository.content_skips.items()):
            if path in listing.files:
                skipped[reason] += 1
        if self.filter.accepts_all:
            files, present = len(listing.files), set(listing.languages)
        else:
            accepted = [e for e in listing.files.values() if self.filter.accepts(e)]
            files, present = len(accepted), {entry.language for entry in accepted}
        languages = tuple(sorted(filter(parsable, present)))
        mode = "cold" if self.coverage is None else "index"
        return Scope(files, languages, mode, {k: v for k, v in sorted(skipped.items()) if v})

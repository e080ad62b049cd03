"""`git_history`: who changed what and when, what is uncommitted, asked of git itself.

git runs read-only: no pager, no optional locks, no network, no external diff programs. What the
user typed reaches it only behind `--`, inside one `--option=value`, or after it was resolved.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator

from ..catalog import ToolCall
from ..errors import DeadlineExceeded, ToolError
from ..names import find_definitions, split_name
from ..paths import path_predicate
from ..results import Match
from ..search import Search
from .history_dates import git_date

MAX_COMMITS = 500
COMMITS_SECONDS = 0.5  # following lines through a long history takes seconds
_FORMAT = "--format=%h%x1f%ad%x1f%an%x1f%s"
_SAFE = (
    "--no-pager", "--literal-pathspecs", "-c", "core.quotePath=false", "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null", "-c", "log.showSignature=false", "-c", "color.ui=false",
    "-c", "protocol.allow=never",
)  # fmt: skip
_HUNK = re.compile(r"^@@ -\S+ \+(\d+)")


def git_history(call: ToolCall, search: Search) -> Iterator[Match]:
    """Commits (role `commit`): `name` is the short hash, `text` is "date author: subject"."""
    if not _has_history(search):
        search.note("This folder is not a git repository, so there is no history to ask.")
        return
    action = call.text("action", "log")
    target = _Target(search, call.text("target"))
    if target.missing:
        search.note(f"There is no file, symbol or commit '{call.text('target')}' here.")
        if action != "introduced":
            return
    if action == "diff" or (target.commit and action != "contributors"):
        yield from _diff(search, target)
    elif action == "contributors":
        yield from _contributors(call, search, target)
    elif action == "introduced":
        yield from _introduced(call, search, target)
    elif action == "blame" and target.file:
        yield from _blame(call, search, target)
    else:
        yield from _log(call, search, target)


def git(search: Search, *arguments: str, check: bool = True, most: float = 60.0) -> str:
    """The output of one git command in the repository; `ToolError` when it fails and `check`.

    It may take `most` seconds.
    """
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1",
            "LC_ALL": "C.UTF-8"}  # fmt: skip
    try:
        done = subprocess.run(
            ["git", *_SAFE, *arguments], cwd=search.repository.root, env=env, capture_output=True,
            stdin=subprocess.DEVNULL, timeout=min(search.remaining(), most),
        )  # fmt: skip
    except FileNotFoundError as error:
        raise ToolError("git is not installed; install it to ask for history.") from error
    except subprocess.TimeoutExpired as error:
        raise DeadlineExceeded("git took too long.") from error
    if done.returncode and check:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ToolError(f"git {arguments[0]} failed: {reason[-1] if reason else 'no reason given'}")
    return done.stdout.decode("utf-8", "surrogateescape") if not done.returncode else ""


def _has_history(search: Search) -> bool:
    """Whether the folder's files are tracked: a parent's repository that ignores it is not its."""
    prefix = git(search, "rev-parse", "--is-inside-work-tree", "--show-prefix", check=False)
    if not prefix.startswith("true"):
        return False
    inside = prefix.splitlines()[1:2]
    return not (inside and inside[0]) or bool(git(search, "ls-files", "-z", "--", ".")[:1])


class _Target:
    """What the typed target means: a commit, a path, or a symbol (a file with a line range)."""

    def __init__(self, search: Search, typed: str) -> None:
        self.typed = typed.strip().strip("`'\"")
        self.commit = ""
        self.file = ""
        self.paths: list[str] = []
        self.lines: tuple[int, int] | None = None
        self.name = ""
        if not self.typed:
            scope = search.call.text("path")
            self.paths = _tops(search, scope) if scope else []
        else:
            self._resolve(search)

    @property
    def missing(self) -> bool:
        """Whether something was typed and nothing of that name is here."""
        return bool(self.typed) and not (self.commit or self.paths)

    def _resolve(self, search: Search) -> None:
        typed = self.typed
        if typed.startswith("-"):
            return
        if re.fullmatch(r"[0-9a-fA-F]{6,40}|HEAD([~^]\d*)*", typed):
            self.commit = _commit(search, typed)
        if self.commit:
            return
        looks_like_path = "/" in typed or re.search(r"\.[a-z]{1,5}$", typed) is not None
        if looks_like_path or typed in search.listing.files:
            self.paths = _tops(search, typed)
        if not self.paths:
            self._symbol(search)
        if not self.paths:
            self.paths = _tops(search, typed)
        if not self.paths:
            self.commit = _commit(search, typed)  # a tag or branch
        if len(self.paths) == 1 and self.paths[0] in search.listing.files:
            self.file = self.paths[0]

    def _symbol(self, search: Search) -> None:
        if " " in self.typed.strip():
            return
        found = find_definitions(search, self.typed, scoped=False)
        if found:
            facts, definition = found[0]
            self.paths, self.name = [facts.path], split_name(self.typed)[1]
            self.lines = (definition.line, definition.end_line)


def _commit(search: Search, typed: str) -> str:
    out = git(search, "rev-parse", "--verify", "--quiet", "--end-of-options",
              typed + "^{commit}", check=False)  # fmt: skip
    return out.strip()


def _tops(search: Search, typed: str) -> list[str]:
    """The paths to give to git: one file, or the files a folder, glob or module name means."""
    root = search.repository.root
    inner = typed.strip().removeprefix("./").rstrip("/")
    if inner in search.listing.files or (
        (root / inner).is_dir() and (root / inner).resolve().is_relative_to(root)
    ):
        return [inner]
    predicate = path_predicate(typed, search.listing.files)
    if predicate is None:  # a deleted file is known to git only
        tracked = git(search, "log", "--format=", "--name-only", "-z", "--", inner, check=False)
        return [inner] if tracked.strip("\0\n") else []
    return [path for path in sorted(search.listing.files) if predicate(path)][:200]


def _filters(call: ToolCall) -> list[str]:
    options = ["--date=short", _FORMAT]
    if call.text("author"):
        options += [f"--author={call.text('author')}", "--regexp-ignore-case", "--fixed-strings"]
    for name in ("since", "until"):
        if call.text(name):
            options.append(f"--{name}={git_date(call.text(name), end=name == 'until')}")
    return options


def _commits(search: Search, output: str, path: str = "", line: int = 1) -> Iterator[Match]:
    for record in re.split(r"[\0\n]", output):
        fields = record.split("\x1f")
        if len(fields) == 4:
            short, date, author, subject = fields
            text = f"{date} {author}: {subject}"
            yield Match(path, line, line, short, "commit", text, "commit")


def commits_behind(search: Search, path: str, first: int, last: int) -> Iterator[Match]:
    """The latest commits that changed these lines, none where there is no short way to them."""
    if not (search.repository.root / ".git").exists():
        return
    lines = f"-L{first},{last}:{path}"
    options = (_FORMAT, "--date=short", "-s", "--max-count=3", lines)
    try:
        output = git(search, "log", *options, check=False, most=COMMITS_SECONDS)
    except DeadlineExceeded:
        search.remaining()
        return
    yield from _commits(search, output, path, first)


def _log(call: ToolCall, search: Search, target: _Target) -> Iterator[Match]:
    options = [*_filters(call), f"--max-count={min(call.number('limit') or 10**6, MAX_COMMITS)}"]
    if target.lines and target.file:
        first, last = target.lines
        output = git(search, "log", *options, "-s", f"-L{first},{last}:{target.file}", check=False)
        if output:  # else the range is not committed yet
            yield from _commits(search, output, target.file, first)
            return
    follow = ["--follow"] if target.file else []
    output = git(
        search, "log", "-z", *options, *follow, "--", *(target.paths or ["."]), check=False
    )
    found = list(_commits(search, output, target.file))
    if len(found) == MAX_COMMITS and not call.number("limit"):
        search.note(f"Only the latest {MAX_COMMITS} commits are counted.")
    if not found:
        search.note("No commit fits.")
    yield from found


def _introduced(call: ToolCall, search: Search, target: _Target) -> Iterator[Match]:
    options = _filters(call)
    if target.file and not target.name:
        output = git(search, "log", *options, "--follow", "--diff-filter=A", "--", target.file)
        found = list(_commits(search, output, target.file))[-1:]
    else:
        word = target.name or target.typed
        output = git(search, "log", "--reverse", *options, f"-S{word}", "--", *target.paths)
        found = list(_commits(search, output, target.file))[:1]
        if not found:
            output = git(search, "log", "--reverse", *options, "-i", "-F", f"--grep={word}", "--")
            found = list(_commits(search, output))[:5]
            if found:
                search.note(f"No commit adds the text '{word}'; these mention it.")
    yield from found


def _blame(call: ToolCall, search: Search, target: _Target) -> Iterator[Match]:
    """Runs of lines with the same last commit, in file order."""
    lines = [f"-L{target.lines[0]},{target.lines[1]}"] if target.lines else []
    output = git(search, "blame", "--line-porcelain", *lines, "--", target.file)
    authors: Counter[str] = Counter()
    run: Match | None = None
    info: dict[str, str] = {}
    commit, number = "", 0
    for line in output.split("\n"):
        head = re.match(r"^([0-9a-f]{40}) \d+ (\d+)", line)
        if head:
            commit, number = head[1], int(head[2])
        elif line.startswith("\t"):
            authors[info.get("author", "")] += 1
            date = _day(info.get("author-time", "0"))
            text = f"{date} {info.get('author', '')}: {info.get('summary', '')}"
            first = number
            if run is not None and run.name == commit[:8] and run.end_line == number - 1:
                first = run.line
            elif run is not None:
                yield run
            run = Match(target.file, first, number, commit[:8], "commit", text, "commit")
        else:
            key, _, value = line.partition(" ")
            info[key] = value
    search.facts["names"] = [name for name, _ in authors.most_common()]
    search.facts["values"] = [list(pair) for pair in authors.most_common()]
    if run is not None:
        yield run


def _day(seconds: str) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d")


def _contributors(call: ToolCall, search: Search, target: _Target) -> Iterator[Match]:
    """Authors by number of commits; `facts["values"]` is [[author, commits], …]."""
    options = ["-z", *(o for o in _filters(call) if o != _FORMAT), "--format=%aN"]
    output = git(search, "log", *options, "--", *(target.paths or ["."]), check=False)
    counts = Counter(name for name in output.split("\0") if name.strip())
    search.facts["names"] = [name for name, _ in counts.most_common()]
    search.facts["values"] = [list(pair) for pair in counts.most_common()]
    for name, count in counts.most_common():
        text = "1 commit" if count == 1 else f"{count} commits"
        yield Match(target.file, 1, 1, name, "author", text, "commit")


def _diff(search: Search, target: _Target) -> Iterator[Match]:
    """One match per changed file: of a commit, or of the work tree against the last commit."""
    plain = ["--no-color", "--no-ext-diff", "--no-textconv", "-U0"]
    paths = target.paths or ["."]
    if target.commit:
        yield from _commits(
            search, git(search, "log", "-1", "--date=short", _FORMAT, target.commit)
        )
        patch = git(search, "show", "--format=", *plain, target.commit, "--")
    else:
        patch = git(search, "diff", *plain, "HEAD", "--", *paths, check=False)
        patch = patch or git(search, "diff", *plain, "--", *paths, check=False)
    added = removed = 0
    for path, line, plus, minus in _changes(patch):
        added, removed = added + plus, removed + minus
        yield Match(path, line, line, path, "change", f"+{plus} -{minus} lines", "commit")
    if not target.commit:
        extra = git(search, "ls-files", "-z", "--others", "--exclude-standard", "--", *paths)
        for path in sorted(p for p in extra.split("\0") if p):
            yield Match(path, 1, 1, path, "change", "untracked", "commit")
    search.facts["added"], search.facts["removed"] = added, removed


def _changes(patch: str) -> Iterator[tuple[str, int, int, int]]:
    """(path, first changed line, added, removed) of each file of a patch."""
    for part in re.split(r"^diff --git ", patch, flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n@@")
        names = re.findall(r'^(?:\+\+\+|---) "?[ab]/(.*?)"?\t?$', head, re.MULTILINE)
        named = names[-1] if names else head.partition("\n")[0].rpartition(" b/")[2]
        rows = ("@@" + body).split("\n") if body else []
        first = _HUNK.match(rows[0]) if rows else None
        plus = sum(row.startswith("+") for row in rows)
        minus = sum(row.startswith("-") for row in rows)
        yield named, max(1, int(first[1])) if first else 1, plus, minus

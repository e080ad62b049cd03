"""Listing and reading files, hostile ones included."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from codeask.executors import grep
from codeask.executors.catalog import ToolCall
from codeask.executors.errors import DeadlineExceeded, RepositoryError
from codeask.executors.paths import path_predicate
from codeask.executors.repository import (
    Listing,
    Repository,
    decode,
    find_root,
    is_minified,
    is_test_path,
)
from codeask.executors.results import Match
from codeask.executors.run import run_tool
from codeask.executors.search import Search
from codeask.executors.tree import Tree
from codeask.executors.watch import Watch


def write(root: Path, path: str, content: str | bytes = "x = 1\n") -> None:
    full = root / path
    full.parent.mkdir(parents=True, exist_ok=True)
    full.write_bytes(content.encode() if isinstance(content, str) else content)


def test_ignored_binary_large_and_linked_files_are_left_out_and_counted(tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("secret = 1\n")
    root = tmp_path / "repo"
    write(root, ".gitignore", "build/\n*.log\n")
    write(root, "a.py")
    write(root, "build/b.py")
    write(root, "c.log")
    write(root, ".github/ci.yml", "on: push\n")
    write(root, "logo.png", b"\x89PNG\0")
    write(root, "app.min.js")
    write(root, "big.py", "#" * 2_000_001)
    (root / "link.py").symlink_to(outside)
    listing = Repository(root).listing()
    assert sorted(listing.files) == [".github/ci.yml", ".gitignore", "a.py"]
    assert dict(listing.skipped) == {"binary": 1, "minified": 1, "large": 1}
    assert Repository(root).read("link.py") is None
    assert Repository(root).read("../outside.py") is None


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\xef\xbb\xbfa = 1\r\nb = 2\r\n", "a = 1\nb = 2\n"),
        (b"a = 1\rb = 2\r", "a = 1\nb = 2\n"),
        ("café = 1\n".encode("latin-1"), "café = 1\n"),
        ("a = 'ü'\n".encode("utf-16"), "a = 'ü'\n"),
        (b"a\0b", None),
    ],
)
def test_decode(raw: bytes, text: str | None) -> None:
    data = decode(raw)
    assert (data.decode() if data is not None else None) == text


def test_minified_is_judged_by_line_length() -> None:
    assert is_minified(b"var a=1;" * 2_000)
    assert not is_minified(b"var a = 1;\n" * 2_000)


def test_odd_names_are_listed(tmp_path: Path) -> None:
    write(tmp_path, "with space/näme.py")
    write(tmp_path, "line\nbreak.py")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.py")).write_text("x = 1\n")
    names = set(Repository(tmp_path).listing().files)
    assert names == {"with space/näme.py", "line\nbreak.py", os.fsdecode(b"\xff.py")}


def test_find_root_climbs_to_the_checkout_and_refuses_what_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    write(tmp_path, "file.py")
    assert find_root(tmp_path / "a" / "b") == tmp_path
    with pytest.raises(RepositoryError, match="no folder"):
        find_root(tmp_path / "missing")
    with pytest.raises(RepositoryError, match="not a folder"):
        find_root(tmp_path / "file.py")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/a.py", True),
        ("src/test_a.py", True),
        ("pkg/a_test.go", True),
        ("src/a.spec.ts", True),
        ("src/__tests__/a.js", True),
        ("src/latest.py", False),
        ("src/contest/a.py", False),
        ("app/attestation.go", False),
    ],
)
def test_test_paths(path: str, expected: bool) -> None:
    assert is_test_path(path) is expected


PATHS = [
    "src/auth/views.py",
    "src/auth/models.py",
    "src/http/client.py",
    "lib/auth.py",
    "README.md",
]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("src/auth", ["src/auth/views.py", "src/auth/models.py"]),
        ("./src/http/", ["src/http/client.py"]),
        ("*.md", ["README.md"]),
        ("models.py", ["src/auth/models.py"]),
        ("http.client", ["src/http/client.py"]),
        ("HTTP", ["src/http/client.py"]),
        ("auth", ["src/auth/views.py", "src/auth/models.py"]),
        ("client", ["src/http/client.py"]),
        ("billing", None),
    ],
)
def test_path_as_people_write_it(written: str, expected: list[str] | None) -> None:
    predicate = path_predicate(written, PATHS)
    found = None if predicate is None else [path for path in PATHS if predicate(path)]
    assert found == expected


class StopsAtFirst(Watch):
    """Stops the search at the first place."""

    def found(self, match: Match) -> None:
        super().found(match)
        self.stop()


def test_a_stopped_search_tells_how_far_it_came(tmp_path: Path) -> None:
    for number in range(20):
        write(tmp_path, f"m{number:02}.py", f"class Name{number}: ...\n")
    call = ToolCall("list_symbols", {"kind": "class"})
    result = run_tool(call, Repository(tmp_path), watch=StopsAtFirst())
    assert result.status == "timeout"
    assert [match.name for match in result.matches] == ["Name0"]
    assert result.note == "Stopped on request; this is what was found by then."
    slow = Search(Repository(tmp_path), call, deadline=time.monotonic() + 60)
    with pytest.raises(DeadlineExceeded):
        for done, _ in enumerate(slow.parse(slow.listing.parsable)):
            if done == 4:
                slow.watch.stop()
    assert slow.notes == ["5 of 20 files were read by then."]


@pytest.mark.parametrize("noticing", [True, False])
def test_the_tree_is_listed_as_it_is_each_time(tmp_path: Path, noticing: bool) -> None:
    """Against a fresh listing, after every sort of change; asked first until ripgrep is not needed."""
    root = tmp_path / "repo"
    write(root, "a.py")
    write(root, "sub/b.py")
    write(root, ".gitignore", "ignored/\n")
    write(root, "ignored/x.py")
    (root / "empty/inner").mkdir(parents=True)

    def change_in_place() -> None:
        with (root / "a.py").open("a") as file:
            file.write("more = 1\n")

    changes = [
        lambda: None,
        change_in_place,
        lambda: write(root, "new.py"),
        lambda: write(root, "empty/inner/c.py"),
        lambda: write(root, "deep/er/d.py"),
        lambda: write(root, "ignored/y.py"),
        lambda: (root / "sub/b.py").unlink(),
        lambda: (root / "new.py").rename(root / "sub/renamed.py"),
        lambda: write(root, "other.py", "y = 2\n"),
        lambda: os.replace(root / "other.py", root / "a.py"),  # saved as editors do
        lambda: write(root, ".gitignore", "sub/\n"),
        lambda: (root / "deep").rename(root / "moved"),
        lambda: write(root, "moved/er/e.py"),
        lambda: write(root, ".git/info/exclude", "moved/\n"),
        lambda: (root / "a.py").unlink(),
    ]
    kept = Tree(root)
    for _ in range(3):
        kept.listing()
    for change in changes:
        change()
        if not noticing:  # as on other systems
            kept._notice = None
        assert dict(kept.listing().files) == dict(Tree(root).listing().files)
        assert kept.listing() is kept.listing()


def test_a_quiet_tree_needs_no_ripgrep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.py")
    write(tmp_path, "sub/b.py")
    tree = Tree(tmp_path)
    for _ in range(2):
        tree.listing()
    before = tree.listing()
    monkeypatch.setattr(grep, "list_files", lambda *_, **__: pytest.fail("ripgrep was asked"))
    assert tree.listing() is before
    write(tmp_path, "a.py", "x = 22\n")
    after = tree.listing()
    assert after.files["a.py"].size == 7
    tree._notice = None
    assert tree.listing() is after


def test_what_is_derived_of_a_listing_lasts_as_long_as_the_listing(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("a = 1\n")
    repository = Repository(tmp_path)

    def names(listing: Listing) -> list[str]:
        return repository.derived(listing, "names", lambda: sorted(listing.files))

    listing = repository.listing()
    before = names(listing)
    assert names(listing) is before
    (tmp_path / "two.py").write_text("b = 2\n")
    assert names(repository.listing()) == ["one.py", "two.py"]

"""The index: what it keeps, what it notices, what it survives."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from codeask.executors import postings, stored, syntax
from codeask.executors.catalog import ToolCall
from codeask.executors.complete import update
from codeask.executors.index import Index
from codeask.executors.repository import Repository, Source
from codeask.executors.run import run_tool

SHOP = Path(__file__).parents[1] / "fixtures" / "shop"
LONG_AGO = time.time() - 3_600


def write(file: Path, text: str, *, age: float = LONG_AGO) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    os.utime(file, (age, age))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path / "repo/a.py", "class Base:\n    def send(self):\n        return help_me()\n")
    write(tmp_path / "repo/b.py", "from a import Base\n\nclass Child(Base):\n    pass\n")
    write(tmp_path / "repo/notes.py", "# only a comment about send\n")
    return tmp_path / "repo"


@pytest.fixture
def opened(root: Path, tmp_path: Path) -> Callable[[], Repository]:
    return lambda: Repository(root, Index(root, tmp_path / "cache"))


def places(repository: Repository, tool: str, **arguments: str) -> list[tuple[str, int]]:
    result = run_tool(ToolCall(tool, arguments), repository)
    repository.settle()
    assert result.status in ("ok", "empty"), result.note
    return [(match.path, match.line) for match in result.matches]


def count_parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    parsed: list[str] = []
    extract = syntax.extract

    def counted(source: Source, language: str) -> syntax.FileFacts:
        parsed.append(source.path)
        return extract(source, language)

    monkeypatch.setattr(syntax, "extract", counted)
    return parsed


def test_facts_come_back_as_they_were_stored() -> None:
    repository = Repository(SHOP)
    for entry in repository.listing().files.values():
        facts = repository.facts(entry) if entry.language == "python" else None
        if facts is None:
            continue
        head, tail = stored.encode(facts)
        back = stored.decode(entry.path, head, tail)
        assert back == facts
        assert back.sites == facts.sites
        assert list(back.opaque[0]) == list(facts.opaque[0])
        assert list(back.opaque[1]) == list(facts.opaque[1])


def test_a_file_is_parsed_once_for_all_processes(
    opened: Callable[[], Repository], monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = count_parses(monkeypatch)
    assert places(opened(), "find_definition", name="Child") == [("b.py", 3)]
    assert "b.py" in parsed
    parsed.clear()
    assert places(opened(), "find_definition", name="Child") == [("b.py", 3)]
    assert parsed == []


def test_changed_new_and_deleted_files_are_noticed_in_the_same_question(
    opened: Callable[[], Repository], root: Path
) -> None:
    kept = opened()
    for repository in (lambda: kept, opened):  # in one process, and in fresh ones
        write(root / "a.py", "class Base: ...\nclass Old: ...\n")
        assert places(repository(), "find_definition", name="Old") == [("a.py", 2)]
        write(root / "a.py", "class Base: ...\n\nclass New: ...\n", age=LONG_AGO + 5)
        assert places(repository(), "find_definition", name="New") == [("a.py", 3)]
        assert places(repository(), "find_definition", name="Old") == []
        write(root / "c/d.py", "class Fresh: ...\n")
        assert places(repository(), "find_definition", name="Fresh") == [("c/d.py", 1)]
        (root / "c/d.py").unlink()
        assert places(repository(), "find_definition", name="Fresh") == []


def test_a_change_that_keeps_size_and_time_is_noticed(
    opened: Callable[[], Repository], root: Path
) -> None:
    repository = opened()
    now = time.time()
    write(root / "a.py", "class Abc: ...\n", age=now)
    assert places(repository, "find_definition", name="Abc") == [("a.py", 1)]
    write(root / "a.py", "class Xyz: ...\n", age=now)
    assert places(repository, "find_definition", name="Xyz") == [("a.py", 1)]
    assert places(opened(), "find_definition", name="Abc") == []


def test_a_touched_file_is_not_parsed_again(
    opened: Callable[[], Repository], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places(opened(), "find_definition", name="Child")
    parsed = count_parses(monkeypatch)
    os.utime(root / "b.py", (LONG_AGO + 60, LONG_AGO + 60))
    time.sleep(0.12)  # until the file's time is sure to tell the next change
    repository = opened()
    assert places(repository, "find_definition", name="Child") == [("b.py", 3)]
    assert parsed == []
    assert repository.index is not None
    stamped = repository.index.known()["b.py"]
    assert stamped.mtime_ns == repository.listing().files["b.py"].mtime_ns


@pytest.mark.parametrize("damage", ["rubbish", "truncated", "empty", "table", "blob", "folder"])
def test_a_damaged_index_is_made_anew(opened: Callable[[], Repository], damage: str) -> None:
    repository = opened()
    assert places(repository, "find_definition", name="Child") == [("b.py", 3)]
    assert repository.index is not None
    repository.index.close()
    file = repository.index.path
    if damage == "rubbish":
        file.write_bytes(b"no database at all" * 1_000)
    elif damage == "truncated":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    elif damage == "empty":
        file.write_bytes(b"")
    elif damage == "folder":
        file.unlink()
        file.mkdir()
    else:
        with sqlite3.connect(file) as connection:
            if damage == "table":
                connection.execute("DROP TABLE facts")
            else:
                connection.execute("UPDATE facts SET head = x'00ff00ff'")
    again = opened()
    for _ in range(3):
        assert places(again, "find_definition", name="Child") == [("b.py", 3)]
        again = opened()
    assert again.index is not None
    known = again.index.known()
    if damage != "folder":
        assert "b.py" in known
    else:  # what stands in the way is not ours to remove
        assert again.index.problem


def test_without_a_place_to_write_questions_are_answered_cold(root: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    repository = Repository(root, Index(root, blocked))
    assert places(repository, "find_definition", name="Child") == [("b.py", 3)]
    assert repository.index is not None
    assert repository.index.problem


def test_another_version_of_the_extraction_is_another_index(
    opened: Callable[[], Repository], monkeypatch: pytest.MonkeyPatch
) -> None:
    places(opened(), "find_definition", name="Child")
    monkeypatch.setattr(stored, "version", lambda: "0123456789abcdef")
    repository = opened()
    assert repository.index is not None
    assert not repository.index.known()
    assert places(repository, "find_definition", name="Child") == [("b.py", 3)]


ASKING = """
import sys
from pathlib import Path
from codeask.executors.catalog import ToolCall
from codeask.executors.complete import update
from codeask.executors.index import Index
from codeask.executors.repository import Repository, Source
from codeask.executors.run import run_tool
root, cache, which = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
repository = Repository(root, Index(root, cache))
for number in range(which, 16, 2):
    result = run_tool(ToolCall("find_definition", {"name": f"Name{number}"}), repository)
    assert [(m.path, m.line) for m in result.matches] == [(f"m{number}.py", 2)], result
    repository.settle()
assert not repository.index.problem, repository.index.problem
"""


def test_two_processes_fill_one_index(root: Path, tmp_path: Path) -> None:
    for number in range(16):
        write(root / f"m{number}.py", f"\nclass Name{number}:\n    pass\n")
    cache = tmp_path / "cache"
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", ASKING, str(root), str(cache), str(which)],
            stderr=subprocess.PIPE, text=True,
        )
        for which in range(2)
    ]  # fmt: skip
    for process in asking:
        _, error = process.communicate(timeout=60)
        assert process.returncode == 0, error
    index = Index(root, cache)
    assert {f"m{number}.py" for number in range(16)} <= index.known().keys()
    for number in range(16):
        name = f"Name{number}"
        assert index.files_with(postings.DEFINED, [name]) == {name: {f"m{number}.py"}}
    with sqlite3.connect(index.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


CALLS = [
    ("find_definition", {"name": "Cart"}),
    ("find_references", {"name": "total"}),
    ("find_callers", {"name": "total"}),
    ("find_callers", {"name": "Cart"}),
    ("find_subclasses", {"name": "Item", "transitive": True}),
    ("find_overrides", {"name": "price"}),
    ("find_writes", {"name": "items"}),
    ("find_tests", {"name": "Cart"}),
    ("find_raises", {"name": "*"}),
    ("find_importers", {"module": "cart"}),
    ("find_unused", {}),
    ("list_symbols", {"kind": "class"}),
    ("list_symbols", {"kind": "any", "modifier": "undocumented"}),
    ("rank_symbols", {"metric": "callers"}),
    ("rank_symbols", {"metric": "references"}),
    ("rank_symbols", {"metric": "importers"}),
    ("find_definition", {"name": "CART"}),
    ("find_impact", {"name": "total"}),
]


@pytest.mark.parametrize("fixture", ["shop", "go", "typescript", "javascript"])
def test_answers_are_the_same_with_and_without_the_index(fixture: str, tmp_path: Path) -> None:
    root = SHOP.parent / fixture
    cold, warm = Repository(root), Repository(root, Index(root, tmp_path))
    assert update(warm).complete
    listing = warm.listing()
    assert warm.coverage(listing) is not None
    names = {d.name for e in listing.parsable for d in (cold.facts(e) or pytest.fail()).definitions}
    calls = CALLS + [
        (tool, {"name": name})
        for tool in ("find_definition", "find_callers", "find_references", "find_subclasses")
        for name in sorted(names)[:12]
    ]
    for tool, arguments in calls:
        call = ToolCall(tool, arguments)
        told = [run_tool(call, repository).to_json() for repository in (cold, warm)]
        assert told[1]["scope"].pop("mode") == "index"
        assert told[0]["scope"].pop("mode") == "cold"
        assert told[1] == told[0], call


def test_update_reads_what_is_missing_and_forgets_what_is_gone(
    opened: Callable[[], Repository], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []
    first = update(opened(), progress=lambda done, total: seen.append((done, total)))
    assert (first.files, first.done, first.complete) == (3, 3, True)
    assert seen == [(0, 3), (3, 3)]
    (root / "b.py").unlink()
    write(root / "e.py", "class Late: ...\n")
    time.sleep(0.12)
    parsed = count_parses(monkeypatch)
    second = update(opened())
    assert (second.files, second.removed, second.complete) == (3, 1, True)
    assert parsed == ["e.py"]
    third = update(opened())
    assert third.done == 0


def test_update_stops_when_it_is_asked_to_and_goes_on_later(root: Path, tmp_path: Path) -> None:
    for number in range(300):
        write(root / f"m{number}.py", f"class Name{number}: ...\n")
    time.sleep(0.12)
    repository = Repository(root, Index(root, tmp_path / "cache"))
    stopped = update(repository, stopped=lambda: True)
    assert not stopped.complete
    assert 0 < stopped.done < 303
    rest = update(repository)
    assert rest.complete
    assert rest.done == 303 - stopped.done


def test_update_by_processes_is_the_same(root: Path, tmp_path: Path) -> None:
    for number in range(150):
        write(root / f"m{number}.py", f"class Name{number}: ...\n")
    time.sleep(0.12)
    indexes = [Index(root, tmp_path / f"cache{jobs}") for jobs in (1, 2)]
    for jobs, index in enumerate(indexes, start=1):
        assert update(Repository(root, index), jobs=jobs).complete
    one, two = indexes
    assert {p: k.digest for p, k in one.known().items()} == {
        p: k.digest for p, k in two.known().items()
    }
    assert one.mentions() == two.mentions()
    assert one.mentions(["Name7", "class"]) == {"Name7": 1, "class": 152}
    assert one.spellings("name7") == {"Name7": 1}


def test_small_segments_are_joined(root: Path, tmp_path: Path) -> None:
    index = Index(root, tmp_path / "cache")
    for number in range(30):
        write(root / "a.py", f"class Base{number}: ...\n")
        repository = Repository(root, index)
        places(repository, "find_definition", name=f"Base{number}")
    with sqlite3.connect(index.path) as connection:
        segments = connection.execute("SELECT count(*) FROM segment").fetchone()[0]
    assert segments <= 14
    assert index.known()["a.py"].language == "python"
    assert index.files_with(postings.DEFINED, ["Base29", "Base3"]) == {
        "Base29": {"a.py"},
        "Base3": set(),
    }

"""The snapshot of word forms: the same counts as ripgrep's, also after files changed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from codeask.executors import grep, wordindex
from codeask.executors.index import Index
from codeask.executors.ranking import Query
from codeask.executors.repository import FileEntry, Repository
from codeask.executors.shortlist import readable

TEXTS = {
    "mail.py": "def validate_email(address):\n    return isValid(address)  # validation of emails\n",
    "http.py": "class HTTPServer:\n    CORS_HEADERS = 1\n    def serve(self): ...\n",
    "other.py": "correct = core + corporal\n",
    "notes.md": "# Serving\n\nThe server validates.\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    root = tmp_path / "code"
    root.mkdir()
    for name, text in TEXTS.items():
        write(root / name, text)
    return Repository(root, Index(root, tmp_path / "cache"))


def write(path: Path, text: str) -> None:
    path.write_text(text)
    old = time.time() - 100  # as long ago as its time can be trusted
    os.utime(path, (old, old))


def entries(repository: Repository) -> dict[str, FileEntry]:
    return {e.path: e for e in repository.listing().files.values() if readable(e)}


def test_without_a_snapshot_there_are_no_counts(repository: Repository) -> None:
    assert wordindex.counted(repository, entries(repository), ["serv"]) is None


def test_counts_are_of_word_forms_and_parts_of_identifiers(repository: Repository) -> None:
    listed = entries(repository)
    assert wordindex.update(repository, listed.values())
    assert wordindex.counted(repository, listed, ["valid", "serv", "cor", "nothing"]) == {
        "valid": {"mail.py": 3, "notes.md": 1},
        "serv": {"http.py": 2, "notes.md": 2},
        "cor": {"http.py": 1, "other.py": 1},  # "core" has that stem too
        "nothing": {},
    }


def test_ripgrep_counts_in_the_same_files(repository: Repository) -> None:
    listed = entries(repository)
    wordindex.update(repository, listed.values())
    query = Query.of("validate the email server CORS")
    counted = wordindex.counted(repository, listed, query.terms)
    assert counted is not None
    for term in query.terms:
        looked = grep.counts(repository.root, query.file_pattern(term))
        assert looked.keys() == counted[term].keys(), term


def test_a_changed_a_new_and_a_deleted_file(repository: Repository) -> None:
    wordindex.update(repository, entries(repository).values())
    write(repository.root / "other.py", "def validate(): ...\n")
    write(repository.root / "new.py", "valid = 1\n")
    (repository.root / "mail.py").unlink()
    expected = {"valid": {"other.py": 1, "new.py": 1, "notes.md": 1}}
    listed = entries(repository)
    assert wordindex.counted(repository, listed, ["valid"]) == expected
    assert wordindex.update(repository, listed.values())
    assert wordindex.counted(repository, listed, ["valid"]) == expected


def test_a_damaged_snapshot_is_none(repository: Repository) -> None:
    listed = entries(repository)
    wordindex.update(repository, listed.values())
    assert repository.index is not None
    for file in repository.index.folder.glob("words-*/files.npy"):
        file.write_bytes(b"broken")
    assert wordindex.counted(repository, listed, ["valid"]) is None
    assert wordindex.update(repository, listed.values())
    assert wordindex.counted(repository, listed, ["cor"]) == {"cor": {"http.py": 1, "other.py": 1}}


def test_files_out_of_scope_are_not_counted_whatever_was_asked_before(
    repository: Repository,
) -> None:
    listed = entries(repository)
    wordindex.update(repository, listed.values())
    whole = wordindex.counted(repository, listed, ["valid"])
    some = {path: entry for path, entry in listed.items() if path != "mail.py"}
    assert wordindex.counted(repository, some, ["valid"]) == {"valid": {"notes.md": 1}}
    assert wordindex.counted(repository, listed, ["valid"]) == whole

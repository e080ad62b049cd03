"""The pipeline: one TOML, steps as processes, nothing done twice, failures told and worked around."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
from codeask.distill import run as pipeline
from codeask.distill.traces import SHIPPED
from codeask.executors.errors import UsageError


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    pipeline.add_arguments(parser)
    return pipeline.run(parser.parse_args(list(words)))


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    lines = (SHIPPED / "a7.jsonl").read_text().splitlines()[:30]
    path = tmp_path / "some.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_example_is_a_plan_and_a_dry_run_prints_its_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--example") == 0
    file = tmp_path / "p.toml"
    file.write_text(capsys.readouterr().out)
    assert run(str(file), "--dry-run") == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split()[2] for line in lines]
    assert names == ["corpora", "generate", "filter", "datasets", "train-router", "evaluate"]
    assert "--own 5" in lines[1]
    assert str(tmp_path / "distillation" / "generate" / "traces.jsonl") in lines[2]
    assert "--closed-book" in lines[2] and "--model a-30b-model" in lines[2]
    assert not (tmp_path / "distillation").exists()
    assert run(str(file), "--dry-run", "--only", "filter") == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_one_key_sends_the_steps_that_can_be_spread_to_a_cluster(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "p.toml"
    file.write_text('backend = "dask"\ndask = "tcp://a:1"\n[filter]\n[datasets]\n[evaluate]\n')
    assert run(str(file), "--dry-run") == 0
    sieve, data, judge = capsys.readouterr().out.splitlines()
    assert "--parallel dask --dask tcp://a:1" in sieve and "--parallel dask" in judge
    assert "dask" not in data


def test_steps_run_once_until_their_input_changes(
    tmp_path: Path, traces: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "p.toml"
    file.write_text(
        f'out = "o"\nshipped_traces = false\n[filter]\ntraces = ["{traces}"]\nworkers = 1\n'
        "[datasets]\n"
    )
    assert run(str(file)) == 0
    assert (tmp_path / "o" / "datasets" / "router" / "train.jsonl").is_file()
    assert "all steps are done" in capsys.readouterr().err
    assert run(str(file)) == 0
    assert capsys.readouterr().err.count("done before") == 2
    assert run(str(file), "--dry-run") == 0
    assert capsys.readouterr().out.count("# done before") == 2
    with traces.open("a") as stream:
        stream.write((SHIPPED / "a7.jsonl").read_text().splitlines()[40] + "\n")
    assert run(str(file)) == 0
    assert "done before" not in capsys.readouterr().err
    assert "codeask distill filter" in (tmp_path / "o" / "logs" / "filter.log").read_text()


def test_a_failed_step_is_told_and_what_needs_it_left_out(
    tmp_path: Path, traces: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{nonsense\n{}\n")
    note = tmp_path / "note.txt"
    file = tmp_path / "p.toml"
    file.write_text(
        f'out = "o"\nnotify = "cp {traces} {note}"\n[filter]\ntraces = ["{broken}"]\n[datasets]\n'
    )
    assert run(str(file)) == 2
    said = capsys.readouterr().err
    assert "filter failed with code 2" in said
    assert "  codeask: " in said and "broken.jsonl" in said  # the step's own last words
    assert f"codeask distill run {file}" in said
    assert "datasets: left out, it needs filter" in said
    assert note.is_file()
    state = json.loads((tmp_path / "o" / "state.json").read_text())
    assert state["filter"]["code"] == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [("[generat]\n", "no 'generat'"), ("out = [", "cannot be read"), ("x = 1\n", "no 'x'")],
)
def test_a_faulty_file_is_told(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(UsageError, match=problem):
        run(str(tmp_path / "p.toml"))
    with pytest.raises(UsageError, match="Name the pipeline"):
        run()

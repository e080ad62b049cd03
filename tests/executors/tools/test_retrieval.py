"""`locate`, `explain` and `compare` on a small repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from codeask.executors.catalog import ToolCall
from codeask.executors.repository import Repository
from codeask.executors.results import ToolResult
from codeask.executors.run import run_tool

FILES = {
    "shop/mail.py": '''"""Sending letters."""


def check_address(address):
    """Validate an email address. Others are refused."""
    if "@" not in address:
        raise ValueError(address)
    return address


class Sender:
    """Sends letters."""

    retries = 3

    def send(self, letter):
        """Hand a letter over, retrying when the server is away."""
        check_address(letter.to)
        self.last = letter
''',
    "shop/stock.py": '''class Stock:
    """What is on the shelves."""

    def count(self, item):
        return 0

    def send(self, item):
        return None
''',
    "tests/test_mail.py": "def test_validate_email_address():\n    assert 'email validate'\n",
    "README.md": "# Shop\n\nA shop.\n\n## Opening hours\n\nClosed on Sundays.\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return Repository(tmp_path)


def run(repository: Repository, tool: str, **arguments: object) -> ToolResult:
    call = ToolCall.from_json({"tool": tool, "arguments": arguments})
    return run_tool(call, repository, timeout=60)


def test_locate_puts_the_definition_before_its_test(repository: Repository) -> None:
    result = run(repository, "locate", query="where do we validate emails")
    first = result.matches[0]
    assert (result.status, first.path, first.line, first.name, first.role) == (
        "ok", "shop/mail.py", 4, "check_address", "relevant",
    )  # fmt: skip
    assert first.text == (
        'def check_address(address)\n    """Validate an email address. Others are refused."""\n'
        '    if "@" not in address:\n        raise ValueError(address)\n    return address'
    )
    assert "tests/test_mail.py" in {match.path for match in result.matches}


def test_locate_in_tests_only_and_in_documentation(repository: Repository) -> None:
    result = run(repository, "locate", query="validate email", tests="only")
    assert [m.path for m in result.matches] == ["tests/test_mail.py"]
    result = run(repository, "locate", query="opening hours")
    assert [(m.path, m.line, m.kind) for m in result.matches] == [("README.md", 5, "section")]


def test_absent_behaviour_is_a_no_that_names_the_nearest(repository: Repository) -> None:
    result = run(repository, "locate", query="websocket compression of letters", mode="exists")
    assert (result.status, result.facts["exists"], result.matches) == ("empty", False, ())
    assert "No file here has a word like" in result.note
    assert "Sender.send (shop/mail.py:" in result.note
    yes = run(repository, "locate", query="retrying when the server is away", mode="exists")
    assert yes.facts["exists"] is True


def test_explain_a_name_gives_definition_callers_and_facts(repository: Repository) -> None:
    result = run(repository, "explain", query="check_address", name="check_address")
    assert [(m.path, m.line, m.name, m.role) for m in result.matches] == [
        ("shop/mail.py", 4, "check_address", "definition"),
        ("shop/mail.py", 18, "Sender.send", "call"),
    ]
    assert result.facts["raises"] == ["ValueError"]
    assert result.facts["takes"] == ["address"]
    assert result.facts["called_by"] == ["Sender.send"]


def test_explain_a_file_and_an_unknown_name(repository: Repository) -> None:
    result = run(repository, "explain", query="what is it for", name="shop/mail.py")
    assert [(m.name, m.line) for m in result.matches] == [
        ("shop/mail.py", 1), ("check_address", 4), ("Sender", 11),
    ]  # fmt: skip
    result = run(repository, "explain", query="frobnicate the widget", name="Frobnicator")
    assert result.status == "empty"


def test_compare_names_what_is_shared_and_what_is_missing(repository: Repository) -> None:
    result = run(repository, "compare", names=["Sender", "Stock", "Shelf"])
    assert [(m.name, m.line) for m in result.matches] == [("Sender", 11), ("Stock", 1)]
    assert result.facts["names"] == ["Sender", "Stock"]
    assert result.facts["missing"] == ["Shelf"]
    assert result.facts["common"] == ["send"]
    assert result.facts["only_second"] == ["count"]


def test_what_has_no_name_is_compared_by_its_words(repository: Repository) -> None:
    described = run(repository, "compare", names=["sending letters", "email addresses"])
    assert {"Sender", "check_address"} & {match.name for match in described.matches}
    assert described.note.startswith(
        "Not defined in this repository: 'sending letters', 'email addresses'; ranked by their words."
    )
    assert run(repository, "compare", names=["Zebra", "Quagga"]).status == "empty"


def test_explain_uses_the_other_words_of_a_question_with_a_name(repository: Repository) -> None:
    result = run(repository, "explain", query="sender count what is on the shelves", name="Sender")
    names = [match.name for match in result.matches]
    assert names[0] == "Sender"
    assert "Stock.count" in names[:4] or "Stock" in names[:4]


def test_explain_a_field_shows_where_it_is_used(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "LIMIT = 3\n\n\ndef check(x):\n    return x < LIMIT\n\n\ndef other():\n    return 1\n"
    )
    result = run(Repository(tmp_path), "explain", query="LIMIT", name="LIMIT")
    assert [(m.name, m.line) for m in result.matches] == [("LIMIT", 1), ("check", 5)]


def test_explain_tells_the_commits_behind_a_definition(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "a.py").write_text("def check(x):\n    return x < 3\n\n\ndef other():\n    pass\n")
    git("init", "-q")
    git("add", "a.py")
    git("commit", "-qm", "Three, because of the old printers")
    (tmp_path / "a.py").write_text(
        "def check(x):\n    return x < 3\n\n\ndef other():\n    return 1\n"
    )
    git("commit", "-qam", "Something else")
    result = run(Repository(tmp_path), "explain", query="check", name="check")
    commits = [match.text for match in result.matches if match.role == "commit"]
    assert [text.partition(": ")[2] for text in commits] == ["Three, because of the old printers"]


def test_an_unlikely_place_is_named_as_the_nearest_and_no_more(repository: Repository) -> None:
    result = run(repository, "locate", query="blockchain consensus between telescopes")
    assert result.status == "empty"
    assert result.facts["probability"] < 0.2


def test_a_setting_of_a_yaml_file_is_a_place(tmp_path: Path) -> None:
    (tmp_path / "base.yml").write_text(
        "# settings\nFORKS:\n  name: Number of forks\n  default: 5\n\nCOLOR:\n  default: yes\n"
    )
    (tmp_path / "a.py").write_text("def fork(process):\n    return process\n")
    (tmp_path / "app.ini").write_text("[mail]\n; seconds until a letter is given up\nexpiry = 9\n")
    repository = Repository(tmp_path)
    result = run(repository, "locate", query="default number of forks")
    assert ("base.yml", 1, 4, "FORKS", "setting") in [
        (m.path, m.line, m.end_line, m.name, m.kind) for m in result.matches
    ]
    result = run(repository, "locate", query="seconds until a letter is given up")
    assert [(m.path, m.line, m.end_line, m.name) for m in result.matches][:1] == [
        ("app.ini", 2, 3, "mail.expiry")
    ]


def test_explain_gives_reasons_settings_and_tests(tmp_path: Path) -> None:
    (tmp_path / "box.py").write_text(
        "from limits import MAX_SIZE\n\n\ndef fill(box, item):\n"
        "    # a full box is left alone, because the lid would break\n"
        "    # (seen twice)\n    if len(box) < MAX_SIZE:\n        # next\n        box.append(item)\n"
        "    # TODO: count, because someone needs it\n"
    )
    (tmp_path / "limits.py").write_text("MAX_SIZE = 7\n")
    (tmp_path / "test_box.py").write_text(
        "from box import fill\n\n\ndef test_full():\n    fill([], 1)\n"
    )
    result = run(Repository(tmp_path), "explain", query="what does fill do", name="fill")
    assert [(m.role, m.kind, m.path, m.line, m.end_line) for m in result.matches] == [
        ("definition", "function", "box.py", 4, 10),
        ("relevant", "comment", "box.py", 5, 6),
        ("config", "constant", "limits.py", 1, 1),
        ("test", "function", "test_box.py", 5, 5),
    ]


def test_a_mistyped_word_is_read_as_the_one_that_is_there(repository: Repository) -> None:
    result = run(repository, "locate", query="vaildate email adress")
    assert result.matches[0].name == "check_address"
    assert "Read 'vaildate' as 'validate': no file here has the first." in result.note


def test_a_built_copy_is_no_place(tmp_path: Path) -> None:
    source = "export function formatSize(bytes: number): string {\n  return bytes + ' B';\n}\n"
    for path, text in {
        "src/size.ts": source,
        "lib/size.js": source.replace(": number", "").replace(": string", ""),
        "lib/size.d.ts": "export declare function formatSize(bytes: number): string;\n",
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    repository = Repository(tmp_path)
    asked = run(repository, "locate", query="format size in bytes")
    assert [(m.path, m.name) for m in asked.matches] == [("src/size.ts", "formatSize")]
    built = run(repository, "locate", query="format size in bytes", path="lib/size.js")
    assert [(m.path, m.name) for m in built.matches] == [("lib/size.js", "formatSize")]


def test_code_without_a_grammar_has_places_too(tmp_path: Path) -> None:
    (tmp_path / "tree.pyx").write_text(
        "cdef class Node:\n    cdef void* _raw\n\n    def __dealloc__(self):\n"
        "        free_node(self._raw)\n\ncdef int free_node(void* raw) except -1:\n"
        '    """Frees a node when its last reference goes."""\n    return 0\n'
    )
    found = run(Repository(tmp_path), "locate", query="free a node when the last reference goes")
    match = found.matches[0]
    assert (match.path, match.line, match.end_line, match.name) == ("tree.pyx", 7, 9, "free_node")
    assert match.text.endswith("return 0")


def test_explain_shows_each_callee_once_and_the_one_of_the_own_class(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(
        "class Base:\n    def start(self):\n        pass\n\n\ndef stop():\n    pass\n\n\n"
        "class Master(Base):\n    def start(self):\n        return 1\n\n"
        "    def stop(self):\n        return 2\n\n"
        "    def restart(self):\n        stop()\n        self.start()\n"
    )
    result = run(Repository(tmp_path), "explain", query="restart and its start", name="restart")
    defined = [(m.name, m.line) for m in result.matches if m.role in ("definition", "relevant")]
    assert defined[0] == ("Master.restart", 17)
    assert ("stop", 6) in defined
    assert ("Master.start", 11) in defined
    assert len(defined) == len(set(defined))

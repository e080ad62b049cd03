"""Whole output of `ask` on the committed shop; calls are given, so no model takes part."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from codeask.tui.cli import guarded, main_ask, main_codeask

SHOP = Path(__file__).resolve().parent.parent / "fixtures" / "shop"


@pytest.fixture(autouse=True)
def _cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever other tests left in the index, every answer says the same."""
    monkeypatch.setenv("CODEASK_INDEX", "false")


def ask(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = guarded("ask", main_ask, ["--repo", str(SHOP), *argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


CASES = [
    (
        ["--tool", "find_callers", "--arg", "name=price"],
        0,
        """\
`price` is called in 3 places, 1 of them in tests.

shop/cart.py:18   return sum(price(item) for item in self.items)  (in Cart.total)
shop/report.py:9  return f"{item.name}: {price(item)}"  (in line)

in tests:
tests/test_prices.py:5  assert price(Item("tea", 150), 2) == 300  (in test_price_of_two)
""",
    ),
    (
        ["--tool", "find_definition", "--arg", "name=Cart.total"],
        0,
        "`Cart.total` is a method defined at shop/cart.py:16.\n\n"
        "shop/cart.py:16  def total(self) -> int\n",
    ),
    (
        ["--tool", "find_definition", "--arg", "name=nothing_here"],
        1,
        "Nothing found: no definition of `nothing_here` in the Python code of 5 files.\n",
    ),
    (
        ["--tool", "find_callers", "--arg", "name=price", "--arg", "mode=count"],
        0,
        "`price` is called in 3 places, 1 of them in tests.\n",
    ),
    (
        ["--tool", "find_callers", "--arg", "name=line", "--arg", "mode=exists",
         "--arg", "tests=only"],
        1,
        "No, there is no call of `line` (tests only) in the Python code of 1 file.\n",
    ),
    (
        ["--tool", "find_references", "--arg", "name=Item", "--limit", "1"],
        0,
        "`Item` is used in 8 places. The first 1 of 8 are listed.\n\n"
        "shop/cart.py:3  from .prices import Item, price\n",
    ),
    (
        ["--tool", "find_call_path", "--arg", "source=bill", "--arg", "target=price"],
        0,
        """\
`bill` reaches `price` in 2 calls: `bill` → `Cart.total` → `price`.

shop/report.py:12  def bill(cart: Cart) -> str
shop/report.py:14  return "\\n".join(line(item) for item in cart.items) + f"\\n{cart.total()}"  (in Cart.total)
shop/cart.py:18    return sum(price(item) for item in self.items)
""",
    ),
    (
        ["--tool", "show_symbol", "--arg", "name=price", "--arg", "part=signature"],
        0,
        "`price` is a function at shop/prices.py:18; it takes `item: Item` and `count: int = 1` "
        "and returns `int`.\n\n"
        "shop/prices.py:18  def price(item: Item, count: int = 1) -> int\n",
    ),
    (["--tool", "find_callers", "--arg", "name=price", "--route-only"], 0,
     "find_callers name=price  (100%)\n"),
]  # fmt: skip


@pytest.mark.parametrize(("argv", "code", "out"), CASES)
def test_text(capsys: pytest.CaptureFixture[str], argv: list[str], code: int, out: str) -> None:
    assert ask(capsys, *argv) == (code, out, "")


def test_declined_says_what_it_can_do(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ask(capsys, "--tool", "decline", "--arg", "reason=edit")
    assert (code, err) == (1, "")
    assert out.startswith("codeask only reads")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ask(capsys, "--json", "--tool", "find_definition", "--arg", "name=Cart")
    record = json.loads(out)
    timings = record.pop("timings_ms")
    assert (code, err) == (0, "")
    assert list(timings) == ["startup", "route", "execute", "format", "total"]
    assert timings["total"] == pytest.approx(sum(list(timings.values())[:-1]), abs=0.3)
    assert record == {
        "version": 1,
        "question": "",
        "repo": str(SHOP),
        "route": {
            "tool": "find_definition",
            "arguments": {"name": "Cart"},
            "confidence": 1.0,
            "alternatives": [],
        },
        "result": {
            "status": "ok",
            "total": 1,
            "matches": [
                {
                    "path": "shop/cart.py",
                    "line": 6,
                    "end_line": 18,
                    "name": "Cart",
                    "kind": "class",
                    "text": "class Cart",
                    "role": "definition",
                }
            ],
            "facts": {},
            "scope": {"files": 5, "languages": ["python"], "mode": "cold"},
            "note": "",
        },
        "answer": {
            "text": "`Cart` is a class defined at shop/cart.py:6.",
            "citations": [0],
            "verified": True,
            "backend": "plain",
        },
    }


WRONG = [
    ([], "The question is empty"),
    (["x" * 2001], "2,001 characters"),
    (["--tool", "find_caller"], "did you mean 'find_callers'?"),
    (["--tool", "find_callers", "--arg", "nam=x"], "did you mean 'name'?"),
    (["--tool", "find_callers", "--arg", "name"], "KEY=VALUE"),
    (["--tool", "find_callers", "--arg", "name=a", "--arg", "name=b"], "given twice"),
    (["--repo", "/no/such/folder", "hello"], "There is no folder '/no/such/folder'"),
    (["--batch", "/no/such/file"], "cannot be read"),
    (["--limit", "0", "hello"], "--limit"),
    (["--bogus"], "--bogus"),
]


@pytest.mark.parametrize(("argv", "words"), WRONG)
def test_wrong_input_is_one_sentence(
    capsys: pytest.CaptureFixture[str], argv: list[str], words: str
) -> None:
    code, out, err = ask(capsys, *argv)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert err.startswith("ask: ")


def test_batch_goes_on_after_a_bad_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    call = {"tool": "find_callers", "arguments": {"name": "price"}}
    file = tmp_path / "batch.jsonl"
    file.write_text(json.dumps({"call": call}) + "\nnope\n" + json.dumps({"call": call}) + "\n")
    code, out, _ = ask(capsys, "--batch", str(file), "--json")
    first, bad, last = [json.loads(line) for line in out.splitlines()]
    assert code == 2
    assert first["result"]["total"] == last["result"]["total"] == 3
    assert bad["line"] == 2
    assert bad["error"].startswith("Line 2: ")
    assert last["timings_ms"]["startup"] == 0


def test_trace_is_one_json_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "trace.jsonl"
    for _ in range(2):
        ask(capsys, "--tool", "find_callers", "--arg", "name=price", "--trace", str(file))
    records = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(records) == 2
    assert records[0]["calls"] == [{"tool": "find_callers", "arguments": {"name": "price"}}]
    assert records[0]["results"][0]["total"] == 3


def _modules_after(*argv: str) -> set[str]:
    code = (
        "import sys\nfrom codeask.tui.cli import main_ask\n"
        "try:\n    main_ask(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *argv], capture_output=True, text=True)
    return {name.partition(".")[0] for name in done.stderr.split()}


def test_help_imports_nothing_heavy() -> None:
    heavy = {"rich", "onnxruntime", "numpy", "tree_sitter", "textual", "platformdirs", "json"}
    assert not _modules_after("--help") & heavy


def test_json_and_piped_text_do_not_import_rich() -> None:
    argv = ["--repo", str(SHOP), "--tool", "find_callers", "--arg", "name=price"]
    assert not _modules_after(*argv, "--json") & {"rich", "onnxruntime", "textual"}
    assert "rich" not in _modules_after(*argv)


def test_closed_pipe_is_quiet() -> None:
    program = "from codeask.tui.cli import ask; ask()"
    argv = [sys.executable, "-c", program, "--repo", str(SHOP), "--tool", "find_callers", "--arg",
            "name=price"]  # fmt: skip
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141


def test_interrupt_gives_130(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(argv: object) -> int:
        raise KeyboardInterrupt

    assert guarded("ask", interrupted, []) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_tools_and_options(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    assert main_ask(["--completion", shell]) == 0
    out = capsys.readouterr().out
    assert "find_callers" in out
    assert "route-only" in out


def test_codeask_tools_lists_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    assert main_codeask(["tools"]) == 0
    out = capsys.readouterr().out
    assert "find_definition name [kind]\n" in out
    assert guarded("codeask", main_codeask, ["tool"]) == 2
    assert "did you mean 'tools'?" in capsys.readouterr().err

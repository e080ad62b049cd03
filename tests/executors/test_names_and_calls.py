"""Names, binding and the tools over them, on small repositories written here, to exact places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from codeask.executors.catalog import ToolCall
from codeask.executors.names import fold, split_name
from codeask.executors.repository import Repository
from codeask.executors.results import ToolResult
from codeask.executors.run import run_tool

FILES = {
    "shop/__init__.py": "from .cart import Cart\n",
    "shop/http.py": (
        "class HTTPAdapter:\n"
        "    def send(self, request):\n"
        '        """Send it."""\n'
        "        return self.prepare(request)\n"
        "\n"
        "    def prepare(self, request):\n"
        "        self.last = request\n"
        "        return request\n"
        "\n"
        "class RetryAdapter(HTTPAdapter):\n"
        "    def send(self, request):\n"
        "        try:\n"
        "            return super().send(request)\n"
        "        except (TimeoutError, ValueError) as error:\n"
        "            raise ConnectionError('no answer') from error\n"
    ),
    "shop/mail.py": (
        "class Mailer:\n"
        "    def send(self, message):\n"
        "        return message\n"
        "\n"
        "def notify(mailer: Mailer):\n"
        "    mailer.send('hello')  # send once\n"
    ),
    "shop/cart.py": (
        "from shop.http import HTTPAdapter as Adapter\n"
        "from .mail import Mailer, notify as tell\n"
        "\n"
        "class Cart:\n"
        "    def __init__(self):\n"
        "        self.adapter = Adapter()\n"
        "        self.total = 0\n"
        "\n"
        "    def checkout(self):\n"
        "        self.total += 1\n"
        "        self.adapter.send('order')\n"
        "        tell(Mailer())\n"
        "\n"
        "def notify():\n"
        "    raise NotImplementedError\n"
    ),
    "tests/test_cart.py": (
        "from shop import Cart\n\ndef test_checkout():\n    cart = Cart()\n    cart.checkout()\n"
    ),
}

Run = Callable[..., ToolResult]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    repository = Repository(tmp_path)
    return lambda tool, **arguments: run_tool(ToolCall(tool, arguments), repository)


def places(result: ToolResult, *, certain: bool | None = None) -> list[tuple[str, int, str]]:
    return [
        (m.path, m.line, m.name) for m in result.matches if certain is None or m.certain == certain
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Session.send", ("Session", "send")),
        ("http::Client#get()", ("http.Client", "get")),
        ("`parse_args`", ("", "parse_args")),
        ("Protocol[T]", ("", "Protocol")),
    ],
)
def test_split_name(typed: str, expected: tuple[str, str]) -> None:
    assert split_name(typed) == expected


def test_fold() -> None:
    assert fold("HTTPAdapter") == fold("http_adapter") == fold("http adapter") == "httpadapter"


def test_definition_exact_qualified_and_loose(run: Run) -> None:
    both = run("find_definition", name="send")
    assert places(both) == [
        ("shop/http.py", 2, "HTTPAdapter.send"),
        ("shop/http.py", 11, "RetryAdapter.send"),
        ("shop/mail.py", 2, "Mailer.send"),
    ]
    one = run("find_definition", name="Mailer.send")
    assert places(one) == [("shop/mail.py", 2, "Mailer.send")]
    loose = run("find_definition", name="http adapter")
    assert places(loose) == [("shop/http.py", 1, "HTTPAdapter")]
    assert loose.note == "There is no 'http adapter'; taken as 'HTTPAdapter'."
    module = run("find_definition", name="shop.mail.notify")
    assert places(module) == [("shop/mail.py", 5, "notify")]


def test_nothing_found_is_empty_and_says_what_was_searched(run: Run) -> None:
    result = run("find_definition", name="frobnicate")
    assert (result.status, result.total) == ("empty", 0)
    assert (result.scope.files, result.scope.languages) == (5, ("python",))


def test_callers_bind_by_written_types_aliases_and_super(run: Run) -> None:
    adapter = run("find_callers", name="HTTPAdapter.send")
    assert places(adapter, certain=True) == [
        ("shop/cart.py", 11, "Cart.checkout"),
        ("shop/http.py", 13, "RetryAdapter.send"),
    ]
    mailer = run("find_callers", name="Mailer.send")
    assert places(mailer) == [("shop/mail.py", 6, "notify")]


def test_callers_of_a_class_through_an_alias_and_of_same_named_functions(run: Run) -> None:
    assert places(run("find_callers", name="HTTPAdapter")) == [("shop/cart.py", 6, "Cart.__init__")]
    assert places(run("find_callers", name="mail.notify")) == [
        ("shop/cart.py", 12, "Cart.checkout")
    ]
    assert places(run("find_callers", name="cart.notify")) == []


def test_callees_path_and_impact(run: Run) -> None:
    callees = run("find_callees", name="Cart.checkout")
    assert callees.facts["names"] == ["self.adapter.send", "tell", "Mailer"]
    assert run("find_callees", name="checkout", callee="send", mode="exists").facts["exists"]
    assert not run("find_callees", name="notify", callee="prepare", mode="exists").facts["exists"]
    path = run("find_call_path", source="checkout", target="prepare")
    assert path.facts["path"] == ["Cart.checkout", "HTTPAdapter.send", "HTTPAdapter.prepare"]
    assert places(path)[1:] == [
        ("shop/cart.py", 11, "HTTPAdapter.send"),
        ("shop/http.py", 4, "HTTPAdapter.prepare"),
    ]
    impact = run("find_impact", name="prepare")
    assert ("shop/http.py", 4, "HTTPAdapter.send") in places(impact)
    assert impact.facts["impact"]["direct"] == 1


def test_what_imports_a_module_depends_on_it(run: Run) -> None:
    impact = run("find_impact", name="shop")
    assert ("tests/test_cart.py", 1) in [(m.path, m.line) for m in impact.matches]
    assert impact.facts["impact"]["importers"] == len(impact.matches)
    assert run("find_impact", name="leftpad").status == "empty"


def test_references_leave_comments_and_strings_out(run: Run) -> None:
    result = run("find_references", name="Mailer")
    assert [(m.path, m.line, m.role) for m in result.matches] == [
        ("shop/cart.py", 2, "import"),
        ("shop/cart.py", 12, "call"),
        ("shop/mail.py", 5, "reference"),
    ]
    sends = run("find_references", name="send", path="shop/mail.py")
    assert [m.line for m in sends.matches] == [6]
    assert sends.facts["mentions"] == 1


def test_writes_raises_tests_and_imports(run: Run) -> None:
    assert [(m.path, m.line) for m in run("find_writes", name="total").matches] == [
        ("shop/cart.py", 7),
        ("shop/cart.py", 10),
    ]
    raised = run("find_raises", name="ConnectionError")
    assert places(raised) == [("shop/http.py", 15, "RetryAdapter.send")]
    caught = run("find_raises", name="ValueError", action="catch")
    assert places(caught) == [("shop/http.py", 14, "RetryAdapter.send")]
    within = run("find_raises", name="*", within="RetryAdapter.send")
    assert within.facts["names"] == ["ConnectionError"]
    assert places(run("find_tests", name="Cart")) == [("tests/test_cart.py", 3, "test_checkout")]
    importers = run("find_importers", module="shop.http")
    assert [(m.path, m.line) for m in importers.matches] == [("shop/cart.py", 1)]
    imports = run("list_imports", path="cart.py")
    assert imports.facts["names"] == ["shop.http", ".mail"]


def test_show_symbol_parts(run: Run) -> None:
    source = run("show_symbol", name="Mailer.send", part="source")
    assert source.matches[0].text == "    def send(self, message):\n        return message"
    docs = run("show_symbol", name="HTTPAdapter.send", part="docs")
    assert docs.matches[0].text == "Send it."
    signature = run("show_symbol", name="notify", part="signature")
    assert signature.matches[1].text == "def notify(mailer: Mailer)"


def test_modes_limit_scope_and_bad_paths(run: Run) -> None:
    assert run("find_definition", name="send", mode="count").facts["count"] == 3
    assert run("find_definition", name="nope", mode="exists").facts["exists"] is False
    limited = run("find_definition", name="send", limit=1)
    assert (len(limited.matches), limited.total, limited.status) == (1, 3, "ok")
    assert run("find_callers", name="Cart", tests="exclude").total == 0
    assert run("find_callers", name="Cart", tests="only").total == 1
    assert run("find_definition", name="send", exclude="mail.py").total == 2
    nowhere = run("find_definition", name="send", path="billing")
    assert nowhere.note == "No file or folder here matches 'billing'."


def test_truncated_timeout_and_change_between_questions(run: Run, tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    call = ToolCall("find_definition", {"name": "send"})
    cut = run_tool(call, repository, max_matches=2)
    assert (cut.status, cut.total, len(cut.matches)) == ("truncated", 3, 2)
    late = run_tool(call, repository, timeout=0.0)
    assert (late.status, late.matches) == ("timeout", ())
    (tmp_path / "shop/mail.py").write_text("\n\nclass Mailer:\n    def send(self): ...\n")
    assert ("shop/mail.py", 4, "Mailer.send") in places(run_tool(call, repository))


@pytest.mark.parametrize("name", ["a.*b", "(", "[x", "$", "a\\b", "x" * 500, "-rf", "é"])
def test_names_with_metacharacters_find_nothing_and_do_not_fail(run: Run, name: str) -> None:
    for tool in ("find_definition", "find_references", "find_callers", "find_writes"):
        assert run(tool, name=name).status in ("empty", "ok")


def test_a_private_name_keeps_its_sign() -> None:
    assert split_name("A.#hide") == ("A", "#hide")
    assert split_name("#hide") == ("", "#hide")
    assert split_name("Session#send") == ("Session", "send")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("a.py", "class Stop(Base):\n    def __init__(self, delay: int, step=1):\n        pass\n"),
        ("a.ts", "class Stop {\n  constructor(delay: number, step = 1) {}\n}\n"),
        ("Stop.java", "class Stop {\n  Stop(int delay, int step) {}\n}\n"),
        ("a.rb", "class Stop\n  def initialize(delay, step = 1)\n  end\nend\n"),
    ],
)
def test_what_a_class_takes_is_what_its_constructor_takes(
    tmp_path: Path, file: str, text: str
) -> None:
    (tmp_path / file).write_text(text)
    call = ToolCall("show_symbol", {"name": "Stop", "part": "signature"})
    facts = run_tool(call, Repository(tmp_path)).facts
    assert [p["name"] for p in facts["parameters"]] == ["delay", "step"]

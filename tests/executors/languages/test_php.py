"""PHP: exact facts of the fixture sources, and what the tools make of them."""

from __future__ import annotations

from pathlib import Path

from codeask.executors.catalog import ToolCall
from codeask.executors.repository import Repository
from codeask.executors.run import run_tool
from language_fixtures import LanguageFixtures, places

READ = LanguageFixtures("php")
ask = READ.answer
facts, one, sites, bases = READ.facts, READ.one, READ.sites, READ.bases

# Every definition of every file: first line, last line, kind, qualified name.
DEFINITIONS = {
    "src/Model/Cart.php": [
        (5, 5, "package", "Shop\\Model"),
        (14, 14, "constant", "BIGGEST"),
        (15, 15, "constant", "SHOP_DEBUG"),
        (23, 74, "class", "Cart"),
        (29, 29, "constant", "Cart.MAX"),
        (29, 29, "constant", "Cart.MIN"),
        (32, 32, "field", "Cart.lines"),
        (33, 33, "field", "Cart.last"),
        (34, 34, "field", "Cart.width"),
        (34, 34, "field", "Cart.height"),
        (36, 41, "method", "Cart.__construct"),
        (36, 36, "field", "Cart.logger"),
        (47, 66, "method", "Cart.add"),
        (68, 71, "method", "Cart.make"),
        (73, 73, "method", "Cart.full"),
        (76, 79, "interface", "Shape"),
        (78, 78, "method", "Shape.area"),
        (81, 87, "enum", "Colour"),
        (83, 83, "variant", "Colour.Red"),
        (84, 84, "variant", "Colour.Green"),
        (86, 86, "method", "Colour.area"),
    ],
    "src/Service/Logger.php": [
        (2, 2, "package", "Shop\\Service"),
        (4, 7, "class", "Logger"),
        (6, 6, "method", "Logger.write"),
        (9, 13, "class", "Tax"),
        (11, 11, "method", "Tax.standard"),
        (12, 12, "method", "Tax.apply"),
        (15, 18, "trait", "Loud"),
        (17, 17, "method", "Loud.write"),
        (20, 24, "class", "Siren"),
        (23, 23, "method", "Siren.wail"),
        (26, 26, "function", "round_up"),
    ],
    "src/helpers.php": [
        (4, 7, "function", "shout"),
    ],
    "tests/CartTest.php": [
        (3, 3, "package", "Shop\\Tests"),
        (8, 18, "class", "CartTest"),
        (10, 14, "method", "CartTest.testMakes"),
        (17, 17, "method", "CartTest.it_is_full"),
    ],
}

CART, LOGGER, HELPERS, TEST = (
    "src/Model/Cart.php", "src/Service/Logger.php", "src/helpers.php", "tests/CartTest.php",
)  # fmt: skip


def test_definitions() -> None:
    READ.check_definitions(DEFINITIONS)


def test_patterns_lead_to_every_definition() -> None:
    READ.check_patterns(DEFINITIONS)


def test_bases_traits_docs_and_modifiers() -> None:
    assert bases(CART, 23, "Cart") == [
        ("Base", "extends"),
        ("Countable", "implements"),
        ("Shape", "implements"),
        ("Timestamps", "mixes"),
        ("SoftDeletes", "mixes"),
    ]
    cart = one(CART, 23, "Cart")
    assert cart.decorators == ('Entity(table: "carts")', "Final")
    assert cart.modifiers == ("public", "abstract", "deprecated")
    assert one(CART, 32, "lines").returns == "Line[]"
    assert one(CART, 34, "width").modifiers == ("protected", "readonly")
    assert (one(CART, 36, "logger").modifiers, one(CART, 36, "logger").returns) == (
        ("private",),
        "Logger",
    )
    added = one(CART, 47, "add")
    assert (added.modifiers, added.returns) == (("public", "final"), "static")
    assert [(p.name, p.type, p.default) for p in added.parameters] == [
        ("$line", "Line", ""),
        ("&$rate", "?Rate", "null"),
    ]
    assert one(CART, 29, "MIN").value == "1"
    assert facts(CART).package == "Shop\\Model"
    assert (added.complexity, added.depth) == (5, 1)


def test_calls_writes_throw_and_catch() -> None:
    assert sites(CART, "call")[1:] == [
        (38, "parent::__construct", "Cart.__construct"),
        (49, "$this->logger->write", "Cart.add"),
        (50, "$this->full", "Cart.add"),
        (51, "CartError", "Cart.add"),
        (54, "Rate", "Cart.add"),
        (55, "$rate->apply", "Cart.add"),
        (55, "$rate->apply($line)->done", "Cart.add"),
        (56, "round_up", "Cart.add"),
        (57, "strlen", "Cart.add"),
        (58, "Rate::standard", "Cart.add"),
        (59, "static::make", "Cart.add"),
        (61, "Errors::of", "Cart.add"),
        (63, "$part->cost", "Cart.add"),
        (70, "static", "Cart.make"),
        (70, "Logger", "Cart.make"),
    ]
    assert [site for site in sites(CART, "write") if site[0] > 36] == [
        (39, "$this->lines", "Cart.__construct"),
        (40, "self::last", "Cart.__construct"),
        (54, "rate", "Cart.add"),
        (63, "each", "Cart.add"),
        (64, "$line->count", "Cart.add"),
    ]
    assert sites(CART, "raise") == [(51, "CartError", "Cart.add"), (61, "Errors", "Cart.add")]
    assert sites(CART, "catch") == [
        (60, "CartError", "Cart.add"),
        (60, "RuntimeException", "Cart.add"),
    ]
    assert sites(CART, "decorate") == [(22, "Entity", "Cart"), (22, "Final", "Cart")]


def test_use_statements_and_includes() -> None:
    assert [(i.line, i.module, i.name, i.alias) for i in facts(CART).imports] == [
        (7, "Shop\\Service", "Logger", "Logger"),
        (7, "Shop\\Service", "Tax", "Rate"),
        (8, "Shop\\Errors", "CartError", "CartError"),
        (9, "Shop\\Service", "round_up", "round_up"),
        (10, "Shop", "LIMIT", "LIMIT"),
        (12, "../helpers.php", "*", ""),
    ]
    assert places(ask("find_importers", module="Shop\\Model\\Cart")) == [(TEST, 6, True)]
    assert places(ask("find_importers", module="helpers.php")) == [(CART, 12, True)]


def test_names_with_their_namespace() -> None:
    assert places(ask("find_definition", name="\\Shop\\Service\\Logger")) == [(LOGGER, 4, True)]
    assert places(ask("find_definition", name="Shop\\Model\\Cart::add")) == [(CART, 47, True)]


def test_receivers_aliases_and_instances() -> None:
    assert places(ask("find_callers", name="Logger::write")) == [
        (CART, 49, True),
        (LOGGER, 23, True),
    ]
    assert places(ask("find_callers", name="Tax::apply")) == [(CART, 55, True)]
    assert places(ask("find_callers", name="Tax::standard")) == [(CART, 58, True)]
    assert places(ask("find_callers", name="Tax")) == [(CART, 54, True), (LOGGER, 11, True)]
    assert places(ask("find_callers", name="Cart")) == [(CART, 70, True)]
    assert places(ask("find_callers", name="round_up")) == [(CART, 56, True), (TEST, 17, True)]
    assert places(ask("find_callers", name="shout")) == [(LOGGER, 17, True)]


def test_hierarchy() -> None:
    assert places(ask("find_subclasses", name="Shape")) == [(CART, 23, True), (CART, 81, True)]
    assert places(ask("find_subclasses", name="Loud")) == [(LOGGER, 20, True)]
    assert places(ask("find_overrides", name="area")) == [(CART, 86, True)]


def test_tests_constants_and_dead_code() -> None:
    assert [m.name for m in ask("find_tests", name="make").matches] == ["CartTest.testMakes"]
    assert [m.name for m in ask("list_symbols", kind="test").matches] == [
        "CartTest.testMakes",
        "CartTest.it_is_full",
    ]
    assert ask("find_config", name="SHOP_DEBUG").facts["value"] == "false"
    assert "BIGGEST" in [m.name for m in ask("find_unused", kind="constant").matches]


def test_the_type_that_a_call_gives(tmp_path: Path) -> None:
    (tmp_path / "a.php").write_text(
        "<?php\nnamespace A;\nclass App {\n  public function find() {}\n}\n"
        "class Other {\n  public function find() {}\n}\n"
        "class Job {\n  public function app(): ?App { return null; }\n"
        "  public function run() { $this->app()->find(); }\n}\n"
    )
    found = run_tool(ToolCall("find_callers", {"name": "App::find"}), Repository(tmp_path))
    assert places(found) == [("a.php", 11, True)]
    found = run_tool(ToolCall("find_callers", {"name": "Other::find"}), Repository(tmp_path))
    assert places(found) == []


def test_files_that_are_most_used() -> None:
    ranked = ask("rank_symbols", metric="importers", kind="file").facts["names"]
    assert set(ranked) == {CART, LOGGER, HELPERS}

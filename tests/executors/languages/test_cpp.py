"""C++: exact facts of the fixture sources, and what the tools make of them."""

from __future__ import annotations

from pathlib import Path

from codeask.executors.catalog import ToolCall
from codeask.executors.repository import Repository
from codeask.executors.run import run_tool
from language_fixtures import LanguageFixtures, places

READ = LanguageFixtures("cpp")
ask = READ.answer
facts, one, sites, bases = READ.facts, READ.one, READ.sites, READ.bases

# Every definition of every file: first line, last line, kind, qualified name.
DEFINITIONS = {
    "include/shop/cart.h": [
        (6, 52, "module", "shop"),
        (8, 8, "enum", "shop.State"),
        (8, 8, "variant", "shop.State.open"),
        (8, 8, "variant", "shop.State.paid"),
        (9, 9, "enum", "shop.Colour"),
        (9, 9, "variant", "shop.Colour.RED"),
        (9, 9, "variant", "shop.Colour.GREEN"),
        (10, 10, "type", "shop.Items"),
        (11, 11, "type", "shop.Sellable"),
        (13, 15, "module", "shop.detail"),
        (14, 14, "function", "shop.detail.round_up"),
        (19, 38, "class", "shop.Item"),
        (20, 20, "field", "shop.Item.hidden_"),
        (23, 23, "constant", "shop.Item.kMax"),
        (24, 24, "method", "shop.Item.Item"),
        (25, 25, "method", "shop.Item.Item"),
        (26, 26, "method", "shop.Item.~Item"),
        (27, 27, "method", "shop.Item.price"),
        (28, 28, "method", "shop.Item.operator=="),
        (29, 29, "method", "shop.Item.add"),
        (30, 32, "struct", "shop.Item.Part"),
        (31, 31, "field", "shop.Item.Part.weight"),
        (35, 35, "method", "shop.Item.helper"),
        (36, 36, "field", "shop.Item.price_"),
        (37, 37, "field", "shop.Item.log_"),
        (40, 43, "class", "shop.Book"),
        (42, 42, "method", "shop.Book.price"),
        (45, 48, "class", "shop.Logger"),
        (47, 47, "method", "shop.Logger.write"),
        (50, 50, "function", "shop.total"),
    ],
    "src/cart.cpp": [
        (8, 39, "module", "shop"),
        (11, 11, "variable", "shop.counter"),
        (12, 12, "function", "shop.hidden"),
        (15, 15, "method", "shop.Item.~Item"),
        (17, 23, "method", "shop.Item.helper"),
        (25, 35, "method", "shop.Book.price"),
        (37, 37, "function", "shop.total"),
        (41, 41, "method", "shop.Logger.write"),
    ],
    "test/cart_test.cc": [
        (4, 6, "function", "Cart.AddsUp"),
        (8, 11, "function", "CartTest.Writes"),
    ],
}

HEADER, SOURCE, TEST = "include/shop/cart.h", "src/cart.cpp", "test/cart_test.cc"


def test_definitions() -> None:
    READ.check_definitions(DEFINITIONS)


def test_patterns_lead_to_every_definition() -> None:
    READ.check_patterns(DEFINITIONS)


def test_bases_docs_access_and_modifiers() -> None:
    assert bases(HEADER, 19, "Item") == [("Base", "extends"), ("detail.Counted", "extends")]
    assert bases(HEADER, 40, "Book") == [("Item", "extends")]
    assert one(HEADER, 19, "Item").modifiers == ("deprecated",)
    assert one(HEADER, 36, "price_").doc == "in cents"
    assert one(HEADER, 20, "hidden_").modifiers == ("private",)
    assert one(HEADER, 23, "kMax").modifiers == ("constexpr", "static", "public")
    assert one(HEADER, 25, "Item").modifiers == ("public", "undocumented", "deleted")
    assert one(HEADER, 27, "price").modifiers == (
        "public", "virtual", "declaration", "undocumented", "abstract",
    )  # fmt: skip
    assert one(HEADER, 35, "helper").modifiers == ("protected", "declaration", "undocumented")
    assert one(HEADER, 42, "price").modifiers[-1] == "override"
    assert [(p.name, p.type, p.default) for p in one(HEADER, 24, "Item").parameters] == [
        ("price", "int", "1")
    ]
    assert one(SOURCE, 12, "hidden").modifiers == ("internal", "undocumented")
    assert one(TEST, 4, "AddsUp").modifiers == ("test",)


def test_calls_and_values_made() -> None:
    assert sites(SOURCE, "call") == [
        (18, "log_.write", "shop.Item.helper"),
        (19, "hidden", "shop.Item.helper"),
        (21, "std::runtime_error", "shop.Item.helper"),
        (27, "std::make_unique", "shop.Book.price"),
        (27, "Book", "shop.Book.price"),
        (28, "Part", "shop.Book.price"),
        (30, "detail::round_up", "shop.Book.price"),
        (32, "item.add", "shop.Book.price"),
        (33, "BookError", "shop.Book.price"),
        (37, "std::max", "shop.total"),
        (37, "shop::total", "shop.total"),
    ]


def test_throw_catch_and_writes() -> None:
    assert sites(SOURCE, "raise") == [
        (21, "std::runtime_error", "shop.Item.helper"),
        (33, "BookError", "shop.Book.price"),
    ]
    assert sites(SOURCE, "catch") == [(31, "std::exception", "shop.Book.price")]
    assert sites(SOURCE, "write")[-1] == (41, "this.count", "shop.Logger.write")
    assert sites(HEADER, "write") == [(24, "price_", "shop.Item.Item")]


def test_a_method_is_found_in_its_class_and_beside_it() -> None:
    assert places(ask("find_definition", name="Item::helper")) == [
        (SOURCE, 17, True),
        (HEADER, 35, True),
    ]
    assert ask("list_members", name="Logger").facts["names"] == ["write"]


def test_a_receiver_that_a_header_declares() -> None:
    assert places(ask("find_callers", name="Logger::write")) == [
        (SOURCE, 18, True),
        (TEST, 10, True),
    ]
    assert places(ask("find_callers", name="Item::price")) == [(HEADER, 29, True)]
    assert places(ask("find_callers", name="Item::helper")) == [(HEADER, 29, True)]


def test_namespaces_and_instances() -> None:
    assert places(ask("find_callers", name="total")) == [(SOURCE, 37, True), (TEST, 5, True)]
    assert places(ask("find_callers", name="round_up")) == [(SOURCE, 30, True)]
    assert places(ask("find_callers", name="Logger")) == [(TEST, 9, True)]


def test_hierarchy() -> None:
    assert places(ask("find_subclasses", name="Item")) == [(HEADER, 40, True)]
    assert ask("find_superclasses", name="Item").facts["names"] == ["Base", "detail.Counted"]
    overrides = [(m.path, m.line) for m in ask("find_overrides", name="price", of="Item").matches]
    assert overrides == [(SOURCE, 25), (HEADER, 42)]


def test_tests_and_includes() -> None:
    assert [(m.path, m.line, m.name) for m in ask("find_tests", name="total").matches] == [
        (TEST, 4, "Cart.AddsUp")
    ]
    assert [m.name for m in ask("list_symbols", kind="test").matches] == [
        "Cart.AddsUp",
        "CartTest.Writes",
    ]
    assert places(ask("find_importers", module="shop/cart.h")) == [
        (SOURCE, 1, True),
        (TEST, 2, True),
    ]
    assert ask("list_imports", path=SOURCE).facts["names"] == [
        "shop/cart.h", "stdexcept", "std", "shop", "std::filesystem",
    ]  # fmt: skip


def test_a_class_is_whole_though_macros_stand_for_types_and_headers_are_cut(tmp_path: Path) -> None:
    (tmp_path / "value.hpp").write_text(
        "class Value {\npublic:\n"
        "#ifndef DOCS\n"
        "    template <typename T>\n"
        "    explicit Value(T b, LIB_ENABLE((is_same<bool, T>))) LIB_NOEXCEPT  // hidden\n"
        "#else\n"
        "    explicit Value(bool b) LIB_NOEXCEPT\n"
        "#endif\n"
        "        : data_() {\n        data_ = b;\n    }\n"
        "    template <typename T> LIB_DISABLE_RETURN((or_<is_ptr<T>, is_value<T> >), (bool)) "
        "operator==(const T& rhs) const { return true; }\n"
        "    template <typename T>\n"
        "    LIB_DISABLE_RETURN((or_<is_ptr<T>, is_value<T> >), (Value&))\n"
        "    Add(T value) {\n        return *this;\n    }\n"
        "    int Last() const { return 1; }\nprivate:\n    int data_;\n};\n"
    )
    told = run_tool(ToolCall("list_members", {"name": "Value"}), Repository(tmp_path))
    assert told.facts["names"] == ["Value", "operator==", "Add", "Last", "data_"]

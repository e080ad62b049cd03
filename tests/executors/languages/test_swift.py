"""Swift: exact facts of the fixture sources, and what the tools make of them."""

from __future__ import annotations

from language_fixtures import LanguageFixtures

READ = LanguageFixtures("swift")
facts, one, sites, bases = READ.facts, READ.one, READ.sites, READ.bases

# Every definition of every file: first line, last line, kind, qualified name.
DEFINITIONS = {
    "Package.swift": [
        (4, 9, "variable", "package"),
    ],
    "Sources/Shop/Cart.swift": [
        (6, 55, "class", "Cart"),
        (7, 7, "constant", "Cart.max"),
        (8, 8, "property", "Cart.items"),
        (9, 9, "property", "Cart.name"),
        (10, 10, "property", "Cart.total"),
        (11, 11, "property", "Cart.count"),
        (12, 12, "property", "Cart.delegate"),
        (14, 18, "method", "Cart.init"),
        (23, 46, "method", "Cart.get"),
        (48, 48, "method", "Cart.put"),
        (52, 52, "class", "Cart.Inside"),
        (54, 54, "method", "Cart.make"),
        (57, 61, "interface", "Store"),
        (58, 58, "type", "Store.Key"),
        (59, 59, "property", "Store.depth"),
        (60, 60, "method", "Store.put"),
        (63, 66, "enum", "CartError"),
        (64, 64, "variant", "CartError.missing"),
        (65, 65, "variant", "CartError.lost"),
        (65, 65, "variant", "CartError.found"),
    ],
    "Sources/Shop/Item.swift": [
        (1, 7, "struct", "Item"),
        (2, 2, "property", "Item.price"),
        (4, 6, "method", "Item.run"),
        (9, 11, "extension", "Item"),
        (10, 10, "method", "Item.hashed"),
        (13, 15, "extension", "String"),
        (14, 14, "method", "String.shout"),
        (17, 17, "type", "Names"),
        (18, 18, "constant", "LIMIT"),
        (20, 22, "function", "round"),
        (24, 26, "class", "Shelf"),
        (25, 25, "method", "Shelf.put"),
        (29, 33, "struct", "App"),
        (30, 32, "method", "App.main"),
    ],
    "Tests/ShopTests/CartTests.swift": [
        (4, 9, "class", "CartTests"),
        (5, 8, "method", "CartTests.testRuns"),
    ],
}


def test_definitions() -> None:
    READ.check_definitions(DEFINITIONS)


def test_patterns_lead_to_every_definition() -> None:
    READ.check_patterns(DEFINITIONS)


CART, ITEM = "Sources/Shop/Cart.swift", "Sources/Shop/Item.swift"
TEST = "Tests/ShopTests/CartTests.swift"


def test_superclass_protocols_and_extensions() -> None:
    assert bases(CART, 6, "Cart") == [("Base", "extends"), ("Store", "implements")]
    assert bases(CART, 57, "Store") == [("First", "extends"), ("Second", "extends")]
    assert bases(ITEM, 9, "Item") == [("Hashable", "implements")]
    assert READ.answer("find_superclasses", name="Item").facts["names"] == [
        "Comparable",
        "Hashable",
    ]
    assert READ.answer("list_members", name="Item").facts["names"] == ["price", "run", "hashed"]
    assert READ.places("find_subclasses", name="Store") == [(CART, 6, "Cart"), (ITEM, 24, "Shelf")]


def test_headers_docs_and_modifiers() -> None:
    cart = one(CART, 6, "Cart")  # the attribute above is no part of its line and signature
    assert cart.signature == "public final class Cart<T: Item>: Base<T>, Store"
    assert cart.modifiers == ("public", "final", "exported", "deprecated")
    got = one(CART, 23, "get")
    assert got.modifiers == ("override", "public", "async", "throws", "exported")
    assert [(p.name, p.type, p.default) for p in got.parameters] == [
        ("key", "String", ""),
        ("count", "Int", "1"),
    ]
    assert (got.returns, got.doc, got.complexity, got.depth) == ("Item?", "Finds one.", 13, 2)
    assert one(CART, 8, "items").doc == ""  # its comment stands behind it
    assert one(CART, 11, "count").signature == "var count: Int"


def test_calls_leave_subscripts_out() -> None:
    assert [site for site in sites(CART, "call") if site[0] in (26, 33, 34, 37)] == [
        (33, "first.run", "Cart.get"),
        (34, "second!.run", "Cart.get"),
        (37, "fatalError", "Cart.get"),
    ]
    assert READ.places("find_callers", name="Item.run") == [
        (CART, 33, "Cart.get"),
        (CART, 34, "Cart.get"),
        (TEST, 7, "CartTests.testRuns"),
    ]
    assert READ.places("find_callers", name="shout") == [(CART, 36, "Cart.get")]


def test_errors_by_their_type_and_by_their_case() -> None:
    assert READ.places("find_raises", name="CartError") == [(CART, 29, "Cart.get")]
    assert READ.places("find_raises", name="missing", action="catch") == [(CART, 30, "Cart.get")]
    assert (31, "IOError", "Cart.get") in sites(CART, "catch")


def test_imports_entry_point_and_dependencies() -> None:
    assert [(i.module, i.name) for i in facts(CART).imports] == [
        ("Foundation", "*"),
        ("UIKit", "UIView"),
    ]
    assert READ.places("find_importers", module="Shop") == [(TEST, 2, TEST)]
    assert READ.places("find_entrypoints") == [(ITEM, 28, "main")]
    assert READ.answer("list_dependencies").facts["versions"] == {
        "swift": "5.9",
        "swift-log": "1.5.0",
    }

"""Scala: exact facts of the fixture sources, and what the tools make of them."""

from __future__ import annotations

from language_fixtures import LanguageFixtures

READ = LanguageFixtures("scala")
facts, one, sites, bases = READ.facts, READ.one, READ.sites, READ.bases

# Every definition of every file: first line, last line, kind, qualified name.
DEFINITIONS = {
    "src/main/scala/com/shop/Cart.scala": [
        (1, 1, "package", "com.shop"),
        (9, 38, "class", "Cart"),
        (9, 9, "field", "Cart.size"),
        (12, 12, "constant", "Cart.MAX"),
        (13, 13, "property", "Cart.items"),
        (14, 14, "property", "Cart.total"),
        (15, 15, "type", "Cart.Key"),
        (18, 35, "method", "Cart.get"),
        (37, 37, "method", "Cart.empty"),
        (40, 42, "class", "Cart"),
        (41, 41, "method", "Cart.make"),
        (44, 46, "trait", "Visitor"),
        (45, 45, "method", "Visitor.visit"),
        (48, 50, "class", "Item"),
        (48, 48, "field", "Item.name"),
        (48, 48, "field", "Item.price"),
        (49, 49, "method", "Item.run"),
        (52, 52, "class", "Missing"),
        (52, 52, "field", "Missing.key"),
        (54, 54, "trait", "Mode"),
        (55, 55, "class", "Fast"),
        (57, 60, "enum", "Color"),
        (57, 57, "field", "Color.weight"),
        (58, 58, "variant", "Color.Red"),
        (59, 59, "variant", "Color.Green"),
        (59, 59, "variant", "Color.Blue"),
        (62, 62, "method", "String.shout"),
        (64, 66, "class", "Main"),
    ],
    "src/main/scala/com/shop/store/Store.scala": [
        (1, 1, "package", "com.shop"),
        (2, 2, "package", "com.shop.store"),
        (4, 6, "trait", "Store"),
        (5, 5, "method", "Store.put"),
        (8, 10, "class", "Memory"),
        (9, 9, "method", "Memory.put"),
    ],
    "src/test/scala/com/shop/CartSpec.scala": [
        (1, 1, "package", "com.shop"),
        (5, 10, "class", "CartSpec"),
        (6, 9, "method", "CartSpec.testPuts"),
    ],
}


def test_definitions() -> None:
    READ.check_definitions(DEFINITIONS)


def test_patterns_lead_to_every_definition() -> None:
    READ.check_patterns(DEFINITIONS)


CART = "src/main/scala/com/shop/Cart.scala"
STORE = "src/main/scala/com/shop/store/Store.scala"
TEST = "src/test/scala/com/shop/CartSpec.scala"


def test_what_is_extended_and_mixed_in() -> None:
    assert bases(CART, 9, "Cart") == [("Base", "extends"), ("Store", "mixes")]
    assert bases(CART, 44, "Visitor") == [("First", "extends"), ("Second", "mixes")]
    assert READ.places("find_subclasses", name="Store") == [(CART, 9, "Cart"), (STORE, 8, "Memory")]
    assert READ.places("find_overrides", name="put") == [(STORE, 9, "Memory.put")]


def test_headers_docs_and_modifiers() -> None:
    cart = one(CART, 9, "Cart")  # the annotation above is no part of its line and signature
    assert cart.signature.startswith("abstract class Cart[T <: Item](private val size: Int, names:")
    assert cart.modifiers == ("public", "abstract", "exported", "deprecated")
    assert [p.name for p in cart.parameters] == ["size", "...names", "ec"]
    got = one(CART, 18, "get")
    assert [(p.name, p.type, p.default) for p in got.parameters] == [
        ("key", "String", ""),
        ("n", "Int", "1"),
    ]
    assert (got.returns, got.doc, got.complexity, got.depth) == (
        "Option[Item]",
        "Finds one.",
        10,
        1,
    )
    assert one(CART, 13, "items").doc == ""  # its comment stands behind it
    assert one(CART, 62, "shout").modifiers[1] == "extension"


def test_thrown_and_caught() -> None:
    assert sites(CART, "raise") == [
        (23, "IllegalStateException", "Cart.get"),
        (26, "Missing", "Cart.get"),
    ]
    assert sites(CART, "catch") == [(25, "IOException", "Cart.get"), (26, "NonFatal", "Cart.get")]


def test_imports_and_packages_in_a_row() -> None:
    assert [(i.line, i.module, i.name, i.alias) for i in facts(CART).imports] == [
        (3, "java.io", "IOException", "IOException"),
        (3, "java.io", "File", "F"),
        (4, "com.shop.store", "*", ""),
        (5, "com.shop.store", "Store", "Store"),
    ]
    assert facts(STORE).package == "com.shop.store"
    assert READ.places("find_callers", name="Item") == [
        (CART, 19, "Cart.get"),
        (TEST, 8, "CartSpec.testPuts"),
    ]
    assert READ.places("find_callers", name="Memory.put") == [(TEST, 8, "CartSpec.testPuts")]


def test_kinds_that_scala_has() -> None:
    assert READ.places("list_symbols", kind="dataclass") == [
        (CART, 48, "Item"),
        (CART, 52, "Missing"),
    ]
    assert READ.places("list_symbols", kind="exception") == [(CART, 52, "Missing")]
    assert READ.places("find_entrypoints") == [(CART, 64, "Main")]
    assert READ.answer("list_dependencies").facts["versions"] == {
        "scala": "2.13.12",
        "org.typelevel:cats-core": "2.10.0",
        "org.scalatest:scalatest": "3.2.17",
    }

"""Kotlin: exact facts of the fixture sources, and what the tools make of them."""

from __future__ import annotations

from language_fixtures import LanguageFixtures

READ = LanguageFixtures("kotlin")
facts, one, sites, bases = READ.facts, READ.one, READ.sites, READ.bases

# Every definition of every file: first line, last line, kind, qualified name.
DEFINITIONS = {
    "build.gradle.kts": [],
    "src/main/kotlin/com/shop/Cart.kt": [
        (1, 1, "package", "com.shop"),
        (9, 75, "class", "Cart"),
        (9, 9, "property", "Cart.size"),
        (9, 9, "property", "Cart.open"),
        (12, 12, "constant", "Cart.MAX"),
        (14, 14, "method", "Cart.make"),
        (17, 17, "property", "Cart.items"),
        (18, 18, "property", "Cart.name"),
        (19, 19, "property", "Cart.total"),
        (26, 28, "method", "Cart.constructor"),
        (32, 55, "method", "Cart.get"),
        (57, 57, "method", "Cart.empty"),
        (59, 59, "class", "Cart.Inside"),
        (61, 65, "interface", "Cart.Visitor"),
        (62, 62, "property", "Cart.Visitor.depth"),
        (64, 64, "method", "Cart.Visitor.visit"),
        (67, 74, "enum", "Cart.Mode"),
        (67, 67, "property", "Cart.Mode.weight"),
        (68, 70, "variant", "Cart.Mode.FAST"),
        (69, 69, "method", "Cart.Mode.run"),
        (71, 71, "variant", "Cart.Mode.SLOW"),
        (73, 73, "method", "Cart.Mode.slow"),
        (77, 81, "class", "Shelf"),
        (78, 80, "method", "Shelf.put"),
        (85, 85, "class", "Marked"),
        (87, 89, "function", "main"),
    ],
    "src/main/kotlin/com/shop/Item.kt": [
        (1, 1, "package", "com.shop"),
        (3, 7, "class", "Item"),
        (3, 3, "property", "Item.name"),
        (3, 3, "property", "Item.price"),
        (4, 6, "method", "Item.run"),
        (9, 9, "type", "Names"),
        (11, 11, "constant", "LIMIT"),
        (13, 13, "method", "String.shout"),
        (15, 16, "property", "Item.doubled"),
        (18, 20, "interface", "Checker"),
        (19, 19, "method", "Checker.check"),
    ],
    "src/main/kotlin/com/shop/prices/Prices.kt": [
        (1, 1, "package", "com.shop.prices"),
        (3, 3, "function", "round"),
        (5, 5, "class", "Missing"),
    ],
    "src/main/kotlin/com/shop/store/Store.kt": [
        (1, 1, "package", "com.shop.store"),
        (3, 5, "interface", "Store"),
        (4, 4, "method", "Store.put"),
        (7, 7, "function", "round"),
    ],
    "src/test/kotlin/com/shop/CartTest.kt": [
        (1, 1, "package", "com.shop"),
        (5, 11, "class", "CartTest"),
        (7, 10, "method", "CartTest.puts one"),
    ],
}


def test_definitions() -> None:
    READ.check_definitions(DEFINITIONS)


def test_patterns_lead_to_every_definition() -> None:
    READ.check_patterns(DEFINITIONS)


MAIN = "src/main/kotlin/com/shop/"
CART, ITEM, PRICES = MAIN + "Cart.kt", MAIN + "Item.kt", MAIN + "prices/Prices.kt"
TEST = "src/test/kotlin/com/shop/CartTest.kt"


def test_a_base_is_called_and_an_interface_is_not() -> None:
    assert bases(CART, 9, "Cart") == [
        ("Base", "extends"),
        ("Store", "implements"),
        ("Lazy", "implements"),
    ]
    assert bases(CART, 61, "Visitor") == [("First", "extends"), ("Second", "extends")]
    assert bases(PRICES, 5, "Missing") == [("RuntimeException", "extends")]


def test_headers_docs_and_modifiers() -> None:
    cart = one(CART, 9, "Cart")  # the annotation above is no part of its line and signature
    assert cart.signature.startswith("abstract class Cart<T : Item>(private val size: Int, vararg")
    assert cart.modifiers == ("public", "abstract", "exported", "deprecated")
    assert [(p.name, p.type, p.default) for p in cart.parameters] == [
        ("size", "Int", ""),
        ("...names", "String", ""),
        ("open", "Boolean", "true"),
    ]
    got = one(CART, 32, "get")
    assert (got.returns, got.doc, got.complexity, got.depth) == ("Item?", "Finds one.", 10, 2)
    assert [(p.name, p.type, p.default) for p in got.parameters] == [
        ("key", "String", ""),
        ("block", "(Int) -> Unit", "{}"),
    ]
    assert one(CART, 12, "MAX").value == "10"
    assert one(CART, 17, "items").doc == ""  # its comment stands behind it
    assert one(ITEM, 3, "Item").modifiers == ("public", "data", "exported", "undocumented")
    marked = one(CART, 85, "Marked")  # the grammar alone takes it for an expression
    assert marked.decorators == (
        "Target(AnnotationTarget.CLASS)",
        "Retention(AnnotationRetention.BINARY)",
    )


def test_thrown_and_caught() -> None:
    assert sites(CART, "raise") == [
        (14, "TODO", "Cart.make"),
        (38, "IllegalStateException", "Cart.get"),
        (40, "error", "Cart.get"),
        (52, "com.shop.prices.Missing", "Cart.get"),
    ]
    assert sites(CART, "catch") == [(39, "IOException", "Cart.get")]


def test_writes() -> None:
    assert sites(CART, "write") == [
        (22, "local", "Cart"),
        (27, "this.name", "Cart.constructor"),
        (33, "first", "Cart.get"),
        (34, "second", "Cart.get"),
        (35, "items", "Cart.get"),
        (36, "items.count", "Cart.get"),
    ]


def test_imports_and_package() -> None:
    assert facts(CART).package == "com.shop"
    assert [(i.line, i.module, i.name, i.alias) for i in facts(CART).imports] == [
        (3, "com.shop.prices", "round", "rounded"),
        (4, "com.shop.store", "*", ""),
        (5, "java.io", "IOException", "IOException"),
    ]


def test_calls_bind_through_aliases_extensions_and_companions() -> None:
    assert READ.places("find_callers", name="prices.round") == [(CART, 45, "Cart.get")]
    assert READ.places("find_callers", name="store.round") == []
    assert READ.places("find_callers", name="shout") == [(CART, 46, "Cart.get")]
    assert READ.places("find_callers", name="make") == [(CART, 48, "Cart.get")]
    assert READ.places("find_callers", name="Missing") == [(CART, 52, "Cart.get")]
    assert READ.places("find_callers", name="Shelf.put") == [
        (CART, 88, "main"),
        (TEST, 8, "CartTest.puts one"),
    ]
    assert READ.places("find_subclasses", name="Store") == [(CART, 9, "Cart"), (CART, 77, "Shelf")]
    assert READ.places("find_overrides", name="put") == [(CART, 78, "Shelf.put")]


def test_extensions_are_members() -> None:
    assert READ.answer("list_members", name="Item").facts["names"] == [
        "name",
        "price",
        "run",
        "doubled",
    ]


def test_kinds_that_kotlin_has() -> None:
    assert READ.places("list_symbols", kind="dataclass") == [(ITEM, 3, "Item")]
    assert READ.places("list_symbols", kind="exception") == [(PRICES, 5, "Missing")]
    assert READ.places("list_symbols", kind="test") == [(TEST, 7, "CartTest.puts one")]
    assert READ.places("list_symbols", kind="method", modifier="async") == [(CART, 32, "Cart.get")]
    assert READ.places("find_entrypoints") == [(CART, 87, "main")]
    assert READ.answer("list_dependencies").facts["versions"] == {
        "java": "17",
        "com.squareup.okio:okio": "3.4.0",
        "org.jetbrains.dokka": "1.8.10",
        "junit:junit": "4.13.2",
    }

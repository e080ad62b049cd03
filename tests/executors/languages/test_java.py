"""Java: exact facts of the fixture sources, and what the tools make of them."""

from __future__ import annotations

from language_fixtures import LanguageFixtures

READ = LanguageFixtures("java")
facts, one, sites, bases = READ.facts, READ.one, READ.sites, READ.bases

# Every definition of every file: first line, last line, kind, qualified name.
DEFINITIONS = {
    "src/main/java/com/shop/Cart.java": [
        (1, 1, "package", "com.shop"),
        (18, 88, "class", "Cart"),
        (20, 20, "constant", "Cart.MAX"),
        (20, 20, "constant", "Cart.MIN"),
        (21, 21, "field", "Cart.items"),
        (22, 22, "field", "Cart.made"),
        (29, 33, "method", "Cart.Cart"),
        (37, 56, "method", "Cart.get"),
        (51, 53, "method", "Cart.get.run"),
        (58, 58, "method", "Cart.empty"),
        (60, 62, "method", "Cart.check"),
        (64, 70, "interface", "Cart.Visitor"),
        (65, 65, "constant", "Cart.Visitor.DEPTH"),
        (67, 67, "method", "Cart.Visitor.begin"),
        (69, 69, "method", "Cart.Visitor.visit"),
        (72, 87, "enum", "Cart.Mode"),
        (73, 75, "variant", "Cart.Mode.FAST"),
        (74, 74, "method", "Cart.Mode.run"),
        (76, 76, "variant", "Cart.Mode.SLOW"),
        (78, 78, "field", "Cart.Mode.weight"),
        (80, 80, "method", "Cart.Mode.Mode"),
        (82, 84, "method", "Cart.Mode.Mode"),
        (86, 86, "method", "Cart.Mode.run"),
    ],
    "src/main/java/com/shop/Item.java": [
        (1, 1, "package", "com.shop"),
        (3, 15, "class", "Item"),
        (3, 3, "field", "Item.name"),
        (3, 3, "field", "Item.price"),
        (4, 6, "method", "Item.Item"),
        (8, 10, "method", "Item.Item"),
        (12, 14, "method", "Item.run"),
        (17, 19, "interface", "Named"),
        (18, 18, "method", "Named.value"),
    ],
    "src/main/java/com/shop/Prices.java": [
        (1, 1, "package", "com.shop"),
        (3, 15, "class", "Prices"),
        (4, 4, "method", "Prices.Prices"),
        (6, 8, "method", "Prices.round"),
        (10, 14, "class", "Prices.Missing"),
        (11, 13, "method", "Prices.Missing.Missing"),
    ],
    "src/main/java/com/shop/store/Memory.java": [
        (1, 1, "package", "com.shop.store"),
        (6, 19, "class", "Memory"),
        (7, 7, "field", "Memory.last"),
        (9, 9, "method", "Memory.Memory"),
        (12, 14, "method", "Memory.put"),
        (16, 18, "method", "Memory.round"),
    ],
    "src/main/java/com/shop/store/Store.java": [
        (1, 1, "package", "com.shop.store"),
        (3, 5, "interface", "Store"),
        (4, 4, "method", "Store.put"),
    ],
    "src/test/java/com/shop/CartTest.java": [
        (1, 1, "package", "com.shop"),
        (5, 15, "class", "CartTest"),
        (7, 9, "method", "CartTest.rounds"),
        (11, 14, "method", "CartTest.testChecks"),
    ],
}


def test_definitions() -> None:
    READ.check_definitions(DEFINITIONS)


def test_patterns_lead_to_every_definition() -> None:
    READ.check_patterns(DEFINITIONS)


MAIN = "src/main/java/com/shop/"
CART, ITEM, PRICES = MAIN + "Cart.java", MAIN + "Item.java", MAIN + "Prices.java"
MEMORY, STORE = MAIN + "store/Memory.java", MAIN + "store/Store.java"
TEST = "src/test/java/com/shop/CartTest.java"


def test_what_is_extended_and_implemented() -> None:
    assert bases(CART, 18, "Cart") == [
        ("base.Box", "extends"),
        ("Store", "implements"),
        ("java.io.Closeable", "implements"),
    ]
    assert bases(CART, 64, "Visitor") == [("First", "extends"), ("Second", "extends")]
    assert bases(ITEM, 3, "Item") == [("Comparable", "implements")]
    assert bases(CART, 72, "Mode") == [("Runnable", "implements")]


def test_headers_docs_and_modifiers() -> None:
    cart = one(CART, 18, "Cart")  # the annotations above are no part of its line and signature
    assert cart.signature == (
        "public abstract class Cart<T extends Item> extends base.Box<T>"
        " implements Store<T>, java.io.Closeable"
    )
    assert cart.modifiers == ("public", "abstract", "exported", "deprecated")
    assert cart.decorators == ("Deprecated", 'Named(value = "cart")')
    assert cart.doc == "A cart of Items.\n\n@deprecated use Basket"
    made = one(CART, 29, "Cart")
    assert [(p.name, p.type) for p in made.parameters] == [("size", "int"), ("...names", "String")]
    got = one(CART, 37, "get")
    assert (got.returns, got.doc) == ("Item", "Finds one.")
    assert (got.complexity, got.depth) == (7, 1)
    assert one(CART, 69, "visit").modifiers == ("public", "abstract", "exported", "undocumented")
    assert [d.value for d in facts(CART).definitions if d.line == 20] == ["10", "1"]
    assert one(CART, 21, "items").doc == ""  # its comment stands behind it
    assert one(ITEM, 3, "Item").modifiers == ("record", "undocumented")


def test_thrown_and_caught() -> None:
    assert sites(CART, "raise") == [
        (43, "IllegalStateException", "Cart.get"),
        (48, "Prices.Missing", "Cart.get"),
    ]
    assert sites(CART, "catch") == [
        (47, "IOException", "Cart.get"),
        (47, "RuntimeException", "Cart.get"),
    ]


def test_writes() -> None:
    written = [site for site in sites(CART, "write") if site[2] != "Cart.get"]
    assert written == [
        (25, "made", "Cart"),
        (31, "this.items", "Cart.Cart"),
        (32, "Cart.made", "Cart.Cart"),
        (83, "this.weight", "Cart.Mode.Mode"),
    ]


def test_imports_and_package() -> None:
    assert facts(CART).package == "com.shop"
    assert [(i.line, i.module, i.name, i.alias) for i in facts(CART).imports][:3] == [
        (3, "com.shop.Prices", "round", "round"),
        (5, "com.shop.store", "*", ""),
        (6, "com.shop.store", "Store", "Store"),
    ]


def test_calls_bind_through_packages_and_static_imports() -> None:
    assert READ.places("find_callers", name="Prices.round") == [
        (CART, 44, "Cart.get"),
        (ITEM, 13, "Item.run"),
        (TEST, 8, "CartTest.rounds"),
    ]
    assert READ.places("find_callers", name="Memory.round") == []
    assert READ.places("find_callers", name="Memory") == [(CART, 39, "Cart.get")]
    assert READ.places("find_callers", name="check") == [
        (CART, 52, "Cart.get.run"),
        (TEST, 13, "CartTest.testChecks"),
    ]
    assert READ.places("find_subclasses", name="Store") == [
        (CART, 18, "Cart"),
        (MEMORY, 6, "Memory"),
    ]
    assert READ.places("find_overrides", name="put") == [(MEMORY, 12, "Memory.put")]


def test_kinds_that_java_has() -> None:
    assert READ.places("list_symbols", kind="dataclass") == [(ITEM, 3, "Item")]
    assert READ.places("list_symbols", kind="exception") == [(PRICES, 10, "Prices.Missing")]
    assert READ.places("list_symbols", kind="test") == [
        (TEST, 7, "CartTest.rounds"),
        (TEST, 11, "CartTest.testChecks"),
    ]
    assert READ.places("find_unused", kind="import") == [(MEMORY, 4, "HashMap")]
    assert READ.answer("list_dependencies").facts["versions"] == {
        "java": "17",
        "junit:junit": "4.13",
    }


def test_importers_of_a_type_and_of_a_package() -> None:
    expected = [(CART, 5, CART), (CART, 6, CART)]
    assert READ.places("find_importers", module="com.shop.store.Store") == expected
    assert READ.places("find_importers", module="com.shop.store") == expected

"""C#: exact facts of the fixture sources, and what the tools make of them."""

from __future__ import annotations

from codeask.executors.repository import Source
from codeask.executors.syntax import extract
from language_fixtures import LanguageFixtures

READ = LanguageFixtures("csharp")
facts, one, sites, bases = READ.facts, READ.one, READ.sites, READ.bases

# Every definition of every file: first line, last line, kind, qualified name.
DEFINITIONS = {
    "Shop/Cart.Parts.cs": [
        (1, 1, "package", "Shop"),
        (3, 10, "class", "Cart"),
        (6, 6, "method", "Cart.Check"),
        (8, 8, "method", "Cart.Check"),
    ],
    "Shop/Cart.cs": [
        (7, 67, "package", "Shop"),
        (12, 63, "class", "Cart"),
        (15, 15, "constant", "Cart.Max"),
        (15, 15, "constant", "Cart.Min"),
        (16, 16, "constant", "Cart.Made"),
        (17, 17, "field", "Cart._items"),
        (18, 18, "property", "Cart.Name"),
        (19, 19, "property", "Cart.Count"),
        (20, 20, "property", "Cart.Changed"),
        (22, 27, "method", "Cart.Cart"),
        (32, 50, "method", "Cart.Get"),
        (48, 48, "function", "Cart.Get.Local"),
        (54, 54, "type", "Cart.Handler"),
        (56, 60, "interface", "Cart.IVisitor"),
        (58, 58, "property", "Cart.IVisitor.Depth"),
        (59, 59, "method", "Cart.IVisitor.Visit"),
        (62, 62, "enum", "Cart.Mode"),
        (62, 62, "variant", "Cart.Mode.Fast"),
        (62, 62, "variant", "Cart.Mode.Slow"),
        (65, 65, "class", "Point"),
        (65, 65, "property", "Point.X"),
        (65, 65, "property", "Point.Y"),
        (65, 65, "field", "Point.Z"),
        (66, 66, "struct", "Pair"),
        (66, 66, "property", "Pair.Left"),
    ],
    "Shop/Prices.cs": [
        (1, 21, "package", "Shop"),
        (3, 8, "class", "Prices"),
        (5, 5, "method", "Prices.Round"),
        (7, 7, "class", "Prices.Missing"),
        (10, 15, "struct", "Item"),
        (12, 12, "field", "Item.Price"),
        (14, 14, "method", "Item.Run"),
        (17, 20, "class", "Items"),
        (19, 19, "method", "Items.Twice"),
    ],
    "Shop/Stores/Store.cs": [
        (1, 1, "package", "Shop.Stores"),
        (3, 6, "interface", "IStore"),
        (5, 5, "method", "IStore.Put"),
        (8, 15, "class", "Memory"),
        (10, 10, "field", "Memory.last"),
        (12, 12, "method", "Memory.Put"),
        (14, 14, "method", "Memory.Round"),
    ],
    "Shop.Tests/CartTests.cs": [
        (5, 13, "class", "CartTests"),
        (8, 12, "method", "CartTests.Puts"),
    ],
}


def test_definitions() -> None:
    READ.check_definitions(DEFINITIONS)


def test_patterns_lead_to_every_definition() -> None:
    READ.check_patterns(DEFINITIONS)


CART, PARTS, PRICES, STORE = (
    "Shop/Cart.cs",
    "Shop/Cart.Parts.cs",
    "Shop/Prices.cs",
    "Shop/Stores/Store.cs",
)
TEST = "Shop.Tests/CartTests.cs"


def test_what_is_extended_and_implemented() -> None:
    assert bases(CART, 12, "Cart") == [
        ("Base", "extends"),
        ("IStore", "implements"),
        ("Outside.IOther", "implements"),
    ]
    assert bases(CART, 56, "IVisitor") == [("IFirst", "extends"), ("ISecond", "extends")]
    assert bases(CART, 62, "Mode") == []  # its number type is no base
    assert bases(CART, 65, "Point") == [("IShape", "implements")]
    assert bases(PRICES, 10, "Item") == [("IComparable", "implements")]


def test_headers_docs_and_modifiers() -> None:
    cart = one(CART, 12, "Cart")  # the attributes above are no part of its line and signature
    assert cart.signature.startswith("public abstract partial class Cart<T> : Base<T>, IStore<T>")
    assert cart.modifiers == ("public", "abstract", "partial", "exported", "deprecated")
    assert cart.decorators == ("Serializable", 'Obsolete("use Basket")')
    assert cart.doc == "A cart of Shop.Items.\nsize: how many"
    got = one(CART, 32, "Get")
    assert got.modifiers == ("public", "override", "async", "exported")
    assert [(p.name, p.type, p.default) for p in got.parameters] == [
        ("key", "int", ""),
        ("text", "string", '"x"'),
    ]
    assert (got.returns, got.complexity, got.depth) == ("Task<int>", 8, 1)
    assert one(CART, 18, "Name").value == '"x"'
    assert one(CART, 16, "Made").kind == "constant"
    assert one(CART, 17, "_items").doc == ""  # its comment stands behind it
    assert [p.name for p in one(CART, 22, "Cart").parameters] == ["size", "...names"]
    assert one(PRICES, 19, "Twice").modifiers[:3] == ("public", "static", "extension")


def test_thrown_and_caught() -> None:
    assert sites(CART, "raise") == [
        (39, "InvalidOperationException", "Cart.Get"),
        (49, "Prices.Missing", "Cart.Get"),
    ]
    assert sites(CART, "catch") == [
        (43, "Outside.Failure", "Cart.Get"),
        (44, "ArgumentException", "Cart.Get"),
    ]


def test_calls_and_writes() -> None:
    assert sites(CART, "call")[2:11] == [
        (34, "Item", "Cart.Get"),
        (35, "Item", "Cart.Get"),  # `Item second = new(1)`
        (36, "item.Run", "Cart.Get"),
        (39, "InvalidOperationException", "Cart.Get"),
        (40, "Round", "Cart.Get"),
        (40, "Prices.Round", "Cart.Get"),
        (41, "Store", "Cart.Get"),
        (45, "base.Get", "Cart.Get"),
        (46, "first.Run", "Cart.Get"),  # `first?.Run()`
    ]
    assert [site for site in sites(CART, "write") if site[2] == "Cart.Cart"] == [
        (24, "this._items", "Cart.Cart"),
        (25, "Name", "Cart.Cart"),
        (26, "Count", "Cart.Cart"),
    ]


def test_usings_and_namespaces() -> None:
    assert (facts(CART).package, facts(STORE).package) == ("Shop", "Shop.Stores")
    assert [(i.line, i.module, i.name, i.alias) for i in facts(CART).imports] == [
        (1, "System", "*", ""),
        (2, "System.Collections.Generic", "*", ""),
        (3, "System.Collections.Generic", "KeyValuePair", "Entry"),
        (4, "Shop.Prices", "*", ""),
        (5, "Shop.Stores", "*", ""),
    ]


def test_calls_bind_through_namespaces_static_usings_and_extensions() -> None:
    assert READ.places("find_callers", name="Prices.Round") == [
        (CART, 40, "Cart.Get"),
        (STORE, 14, "Memory.Round"),
    ]
    assert READ.places("find_callers", name="Memory.Round") == []
    assert READ.places("find_callers", name="Twice") == [(CART, 47, "Cart.Get")]
    assert READ.places("find_callers", name="IStore.Put") == [(TEST, 11, "CartTests.Puts")]
    assert READ.places("find_subclasses", name="IStore") == [
        (CART, 12, "Cart"),
        (STORE, 8, "Memory"),
    ]


def test_partial_types_are_one() -> None:
    assert READ.answer("list_members", name="Cart", kind="method").facts["names"] == [
        "Check",
        "Cart",
        "Get",
    ]
    assert READ.answer("find_superclasses", name="Cart").facts["names"] == [
        "Base",
        "IStore",
        "Outside.IOther",
    ]


def test_one_side_of_a_directive_is_read_where_both_make_no_sense() -> None:
    broken = Source("a.cs", b"class A\n#if X\n : B\n#else\n : C\n#endif\n{ void M() {} }\n")
    read = extract(broken, "csharp")
    assert [(d.line, d.qualname) for d in read.definitions] == [(1, "A"), (7, "A.M")]
    assert [base.name for base in read.definitions[0].bases] == ["B"]
    assert not read.has_errors


def test_kinds_that_csharp_has() -> None:
    assert READ.places("list_symbols", kind="test") == [(TEST, 8, "CartTests.Puts")]
    assert READ.places("list_symbols", kind="dataclass") == [
        (CART, 65, "Point"),
        (CART, 66, "Pair"),
    ]
    assert READ.places("list_symbols", kind="exception") == [(PRICES, 7, "Prices.Missing")]
    assert READ.answer("list_dependencies").facts["versions"] == {
        "dotnet": "net8.0",
        "Newtonsoft.Json": "13.0.3",
        "xunit": "2.6.1",
    }

"""Rust: exact facts of the fixture sources, and what the tools make of them."""

from __future__ import annotations

from codeask.executors.repository import Source
from codeask.executors.syntax import extract
from language_fixtures import LanguageFixtures

READ = LanguageFixtures("rust")
facts, one, sites, bases = READ.facts, READ.one, READ.sites, READ.bases

# Every definition of every file: first line, last line, kind, qualified name.
DEFINITIONS = {
    "src/cart.rs": [
        (6, 9, "struct", "Cart"),
        (7, 7, "field", "Cart.items"),
        (8, 8, "field", "Cart.store"),
        (11, 30, "extension", "Cart"),
        (12, 12, "constant", "Cart.MAX"),
        (14, 20, "method", "Cart.new"),
        (22, 27, "method", "Cart.add"),
        (29, 29, "method", "Cart.check"),
    ],
    "src/lib.rs": [
        (10, 10, "module", "cart"),
        (11, 11, "module", "store"),
        (15, 15, "constant", "CURRENCY"),
        (16, 16, "variable", "COUNT"),
        (18, 18, "type", "Prices"),
        (25, 33, "struct", "Item"),
        (30, 30, "field", "Item.name"),
        (31, 31, "field", "Item.price"),
        (32, 32, "field", "Item.tags"),
        (35, 35, "struct", "Pair"),
        (39, 44, "enum", "Delivery"),
        (41, 41, "variant", "Delivery.Post"),
        (42, 42, "variant", "Delivery.Courier"),
        (42, 42, "field", "Delivery.Courier.fast"),
        (42, 42, "field", "Delivery.Courier.days"),
        (43, 43, "variant", "Delivery.Other"),
        (46, 48, "struct", "Bits"),
        (47, 47, "field", "Bits.whole"),
        (51, 55, "macro", "price"),
        (57, 59, "macro", "inner"),
        (62, 62, "function", "abs"),
        (63, 63, "variable", "LIMIT"),
        (67, 85, "function", "open"),
        (87, 90, "enum", "Error"),
        (88, 88, "variant", "Error.Io"),
        (89, 89, "variant", "Error.NotFound"),
        (92, 96, "extension", "Error"),
        (93, 95, "method", "Error.fmt"),
        (98, 111, "module", "helpers"),
        (102, 104, "function", "helpers.trim"),
        (106, 110, "extension", "helpers.Error"),
        (107, 109, "method", "helpers.Error.kind"),
        (113, 115, "function", "load"),
        (118, 127, "module", "tests"),
        (122, 126, "function", "tests.trims"),
    ],
    "src/store/memory.rs": [
        (4, 6, "struct", "Memory"),
        (5, 5, "field", "Memory.count"),
        (8, 15, "extension", "Memory"),
        (9, 9, "constant", "Memory.SIZE"),
        (10, 10, "type", "Memory.Key"),
        (12, 14, "method", "Memory.put"),
        (17, 17, "extension", "T"),
        (19, 23, "trait", "Extra"),
        (20, 22, "method", "Extra.extra"),
    ],
    "src/store/mod.rs": [
        (1, 1, "module", "memory"),
        (6, 15, "trait", "Store"),
        (7, 7, "constant", "Store.SIZE"),
        (8, 8, "type", "Store.Key"),
        (10, 10, "method", "Store.put"),
        (12, 14, "method", "Store.drain"),
    ],
    "tests/cart.rs": [
        (4, 9, "function", "adds"),
    ],
}


def test_definitions() -> None:
    READ.check_definitions(DEFINITIONS)


def test_patterns_lead_to_every_definition() -> None:
    READ.check_patterns(DEFINITIONS)


LIB, CART, STORE, MEMORY = "src/lib.rs", "src/cart.rs", "src/store/mod.rs", "src/store/memory.rs"


def test_derives_supertraits_and_implementations() -> None:
    assert bases(LIB, 25, "Item") == [("Debug", "implements"), ("Clone", "implements")]
    assert bases(STORE, 6, "Store") == [("Send", "extends"), ("std.fmt.Debug", "extends")]
    assert bases(LIB, 92, "Error") == [("fmt.Display", "implements")]
    assert bases(MEMORY, 8, "Memory") == [("Store", "implements")]


def test_headers_docs_and_modifiers() -> None:
    made = one(LIB, 67, "open")
    assert made.signature == (
        "pub async unsafe fn open(mut path: &str, &n: &usize) -> Result<Cart, Error>"
    )
    assert made.modifiers == ("public", "exported", "async", "unsafe", "deprecated", "undocumented")
    assert [(p.name, p.type) for p in made.parameters] == [("path", "&str"), ("n", "&usize")]
    assert made.returns == "Result<Cart, Error>"
    assert (made.complexity, made.depth) == (10, 2)
    item = one(LIB, 25, "Item")
    assert item.doc == "What can be bought.\n\nNever empty."
    assert item.decorators == ("derive(Debug, Clone)", "non_exhaustive")
    assert one(LIB, 39, "Delivery").doc == "How it is sent."
    assert one(LIB, 31, "price").doc == ""  # the comment on its line is no documentation
    assert one(LIB, 32, "tags").doc == ""
    assert one(LIB, 102, "trim").doc == "Not for others."
    assert one(LIB, 43, "Other").value == "4"
    assert one(CART, 14, "new").modifiers == ("public", "exported", "static", "undocumented")
    assert one(STORE, 10, "put").modifiers == ("public", "abstract", "undocumented")
    assert one(LIB, 51, "price").modifiers == ("public", "undocumented")


def test_errors_given_back_panics_and_what_is_matched() -> None:
    assert sites(LIB, "raise") == [
        (71, "panic", "open"),
        (73, "Error::NotFound", "open"),
        (78, "todo", "open"),
        (114, "Error::Io", "load"),
    ]
    assert sites(LIB, "catch") == [
        (78, "Error::Io", "open"),
        (78, "fmt::Error", "open"),
        (79, "Err", "open"),
    ]


def test_calls_in_macros_too() -> None:
    calls = sites(LIB, "call")
    assert (82, "self::helpers::trim", "open") in calls
    assert (94, "self.kind", "Error.fmt") in calls
    assert (123, "helpers::trim", "tests.trims") in calls
    assert (124, "Item", "tests.trims") in calls  # a value that is written down is made
    assert (19, "Self", "Cart.new") in sites(CART, "call")


def test_writes() -> None:
    assert sites(MEMORY, "write") == [(13, "self.count", "Memory.put")]
    assert (125, "item.price", "tests.trims") in sites(LIB, "write")
    assert (108, "D::Courier.fast", "helpers.Error.kind") in sites(LIB, "write")


def test_imports() -> None:
    assert [(i.line, i.module, i.name, i.alias) for i in facts(LIB).imports] == [
        (4, "std::collections", "HashMap", "Map"),
        (5, "std", "fmt", "fmt"),
        (5, "std::fmt", "Display", "Display"),
        (8, "crate::cart", "Cart", "Cart"),
        (9, "self::store", "*", ""),
        (12, "serde", "", "sd"),
        (99, "self", "Delivery", "D"),  # `super` of a module in braces is the file
        (99, "self", "Error", "Error"),
        (119, "self", "*", ""),
    ]


def test_callers_through_paths_modules_and_reexports() -> None:
    assert READ.places("find_callers", name="trim") == [
        (LIB, 82, "open"),
        (LIB, 123, "tests.trims"),
    ]
    assert READ.places("find_callers", name="Cart.new") == [
        (LIB, 69, "open"),
        ("tests/cart.rs", 5, "adds"),
    ]
    assert READ.places("find_callers", name="Cart") == [
        (CART, 19, "Cart.new"),
        (LIB, 69, "open"),
        ("tests/cart.rs", 5, "adds"),
    ]
    assert READ.places("find_importers", module="store") == [
        (CART, 1, CART),
        (LIB, 9, LIB),
        (MEMORY, 1, MEMORY),
    ]


def test_hierarchy_and_members_over_impl_blocks() -> None:
    assert READ.places("find_subclasses", name="Store") == [(MEMORY, 8, "Memory")]
    assert READ.answer("find_superclasses", name="Memory").facts["names"] == [
        "Debug",
        "Default",
        "Store",
    ]
    assert READ.places("find_overrides", name="put") == [(MEMORY, 12, "Memory.put")]
    assert READ.answer("list_members", name="Error").facts["names"] == [
        "Io",
        "NotFound",
        "fmt",
        "kind",
    ]
    assert READ.answer("list_members", name="Delivery").facts["names"] == [
        "Post",
        "Courier",
        "Other",
    ]


def test_tests_stand_beside_the_code() -> None:
    assert READ.places("find_tests", name="trim") == [(LIB, 122, "tests.trims")]
    assert READ.places("list_symbols", kind="test") == [
        (LIB, 122, "tests.trims"),
        ("tests/cart.rs", 4, "adds"),
    ]


def test_errors_by_their_type_and_by_their_variant() -> None:
    assert READ.places("find_raises", name="Error") == [
        (CART, 16, "Cart.new"),
        (LIB, 73, "open"),
        (LIB, 114, "load"),
    ]
    assert READ.answer("find_raises", name="*", within="open").facts["names"] == [
        "panic",
        "NotFound",
        "todo",
    ]


def test_dead_code_spares_what_is_passed_on_and_what_a_trait_asks_for() -> None:
    assert READ.places("find_unused", kind="function") == [
        (CART, 22, "Cart.add"),
        (LIB, 57, "inner"),
        (LIB, 62, "abs"),
        (MEMORY, 20, "Extra.extra"),
    ]
    assert READ.places("find_unused", kind="import") == [("tests/cart.rs", 1, "Store")]


def test_ranking_counts_members_of_every_block_and_files_that_are_used() -> None:
    ranked = READ.answer("rank_symbols", metric="methods", limit=3).facts["values"]
    assert ranked == [["Cart", 3], ["Error", 2], ["Store", 2]]
    files = READ.answer("rank_symbols", metric="importers").facts["values"]
    assert files[0] == [STORE, 3]


def test_items_that_a_macro_only_wraps() -> None:
    text = b"""cfg_net! {
    /// A stream.
    pub struct Stream { io: u32 }

    impl Stream { pub fn open() {} }
}
cfg_a! { cfg_b! { pub fn both() {} } }
mod inner { cfg_a! { fn deep() {} } }
vec! { pub }
fn after() {}
"""
    read = extract(Source("a.rs", text), "rust")
    assert [(d.line, d.kind, d.qualname, d.doc) for d in read.definitions] == [
        (3, "struct", "Stream", "A stream."),
        (3, "field", "Stream.io", ""),
        (5, "extension", "Stream", ""),
        (5, "method", "Stream.open", ""),
        (7, "function", "both", ""),
        (8, "module", "inner", ""),
        (8, "function", "inner.deep", ""),
        (10, "function", "after", ""),
    ]

"""Ruby: exact facts of the fixture sources, and what the tools make of them."""

from __future__ import annotations

from language_fixtures import LanguageFixtures, places

READ = LanguageFixtures("ruby")
ask = READ.answer
facts, one, sites, bases = READ.facts, READ.one, READ.sites, READ.bases

# Every definition of every file: first line, last line, kind, qualified name.
DEFINITIONS = {
    "lib/shop/cart.rb": [
        (7, 74, "module", "Shop"),
        (9, 9, "constant", "Shop.LIMIT"),
        (12, 71, "class", "Shop.Cart"),
        (18, 18, "property", "Shop.Cart.owner"),
        (18, 18, "property", "Shop.Cart.total"),
        (19, 19, "property", "Shop.Cart.note"),
        (21, 25, "struct", "Shop.Cart.Line"),
        (21, 21, "property", "Shop.Cart.Line.item"),
        (21, 21, "property", "Shop.Cart.Line.count"),
        (22, 24, "method", "Shop.Cart.Line.price"),
        (26, 26, "class", "Shop.Cart.Empty"),
        (27, 27, "class", "Shop.Cart.Full"),
        (30, 32, "method", "Shop.Cart.build"),
        (35, 35, "method", "Shop.Cart.parse"),
        (37, 42, "method", "Shop.Cart.initialize"),
        (38, 38, "field", "Shop.Cart.owner"),
        (39, 39, "field", "Shop.Cart.lines"),
        (39, 39, "field", "Shop.Cart.count"),
        (40, 40, "field", "Shop.Cart.log"),
        (46, 56, "method", "Shop.Cart.add"),
        (57, 57, "method", "Shop.Cart.push"),
        (58, 58, "method", "Shop.Cart.<<"),
        (60, 63, "method", "Shop.Cart.full?"),
        (67, 67, "method", "Shop.Cart.secret"),
        (68, 68, "method", "Shop.Cart.guarded"),
        (69, 69, "method", "Shop.Cart.made"),
        (70, 70, "method", "Shop.Cart.public_one"),
        (73, 73, "method", "Shop.open"),
    ],
    "lib/pricing.rb": [
        (2, 8, "module", "Pricing"),
        (3, 5, "method", "Pricing.rounded"),
        (7, 7, "method", "Pricing.digits"),
        (10, 12, "class", "Logger"),
        (11, 11, "method", "Logger.write"),
        (14, 23, "class", "Shop.Base"),
        (15, 20, "method", "Shop.Base.total"),
        (22, 22, "method", "Shop.Base.write"),
        (25, 27, "function", "helper"),
    ],
    "spec/cart_spec.rb": [
        (6, 8, "function", "adds lines"),
        (11, 11, "function", "is full"),
    ],
    "test/test_cart.rb": [
        (1, 5, "class", "TestCart"),
        (2, 4, "method", "TestCart.test_push"),
    ],
}

CART, PRICING, SPEC, TEST = (
    "lib/shop/cart.rb", "lib/pricing.rb", "spec/cart_spec.rb", "test/test_cart.rb",
)  # fmt: skip


def test_definitions() -> None:
    READ.check_definitions(DEFINITIONS)


def test_patterns_lead_to_every_definition() -> None:
    READ.check_patterns(DEFINITIONS)


def test_bases_mixins_docs_and_visibility() -> None:
    assert bases(CART, 12, "Cart") == [
        ("Shop.Base", "extends"),
        ("Comparable", "mixes"),
        ("Pricing", "mixes"),
        ("Forwardable", "mixes"),
    ]
    assert bases(CART, 27, "Full") == [("Empty", "extends")]
    assert one(CART, 9, "LIMIT").doc == "The most that a cart holds."
    assert one(CART, 18, "total").returns == "String"
    added = one(CART, 46, "add")
    assert (added.modifiers, added.signature) == (
        ("public", "deprecated"),
        "def add(line, times: 1)",
    )
    assert [(p.name, p.type, p.default) for p in added.parameters] == [
        ("line", "Line", ""),
        ("times:", "", "1"),
    ]
    assert [p.name for p in one(CART, 30, "build").parameters] == [
        "owner", "limit", "*rest", "on:", "tax:", "**extra", "&block",
    ]  # fmt: skip
    assert one(CART, 30, "build").modifiers == ("public", "static", "undocumented")
    assert one(CART, 67, "secret").modifiers == ("private", "undocumented")
    assert one(CART, 68, "guarded").modifiers == ("protected", "undocumented")
    assert one(CART, 70, "public_one").modifiers == ("public", "static", "undocumented")
    assert one(SPEC, 6, "adds lines").modifiers == ("test",)
    assert (one(PRICING, 15, "total").complexity, one(PRICING, 15, "total").depth) == (3, 1)


def test_a_word_alone_is_a_call_unless_it_is_a_variable() -> None:
    assert [site for site in sites(CART, "call") if 22 < site[0] < 32 or 46 < site[0] < 64] == [
        (23, "item", "Shop.Cart.Line.price"),
        (23, "item.price", "Shop.Cart.Line.price"),
        (23, "count", "Shop.Cart.Line.price"),
        (27, "Class::new", "Shop.Cart.Full"),
        (31, "new", "Shop.Cart.build"),
        (47, "raise", "Shop.Cart.add"),
        (47, "full?", "Shop.Cart.add"),
        (47, "line.nil?", "Shop.Cart.add"),
        (48, "raise", "Shop.Cart.add"),
        (48, "Shop::Cart::Empty::new", "Shop.Cart.add"),
        (52, "@log.write", "Shop.Cart.add"),
        (53, "rounded", "Shop.Cart.add"),
        (53, "total", "Shop.Cart.add"),
        (55, "warn", "Shop.Cart.add"),
        (57, "alias_method", "Shop.Cart.push"),
        (61, "@lines.size", "Shop.Cart.full?"),
    ]


def test_writes_raise_and_rescue() -> None:
    assert [site for site in sites(CART, "write") if site[0] > 36] == [
        (38, "self.owner", "Shop.Cart.initialize"),
        (39, "self.lines", "Shop.Cart.initialize"),
        (39, "self.count", "Shop.Cart.initialize"),
        (40, "self.log", "Shop.Cart.initialize"),
        (41, "self.note", "Shop.Cart.initialize"),
        (50, "self.lines", "Shop.Cart.add"),
        (51, "line.count", "Shop.Cart.add"),
        (61, "count", "Shop.Cart.full?"),
    ]
    assert sites(CART, "raise") == [
        (47, "Full", "Shop.Cart.add"),
        (48, "Shop::Cart::Empty", "Shop.Cart.add"),
    ]
    assert sites(CART, "catch") == [
        (54, "IOError", "Shop.Cart.add"),
        (54, "Net::ReadTimeout", "Shop.Cart.add"),
    ]


def test_imports() -> None:
    assert [(i.line, i.module, i.name) for i in facts(CART).imports] == [
        (3, "json", "*"),
        (4, "../pricing", "*"),
        (5, "shop/receipt", "Receipt"),
    ]
    assert places(ask("find_importers", module="shop/cart")) == [(SPEC, 1, True)]
    assert places(ask("find_importers", module="pricing")) == [(CART, 4, True)]


def test_receivers_mixins_and_instances() -> None:
    assert places(ask("find_callers", name="Logger#write")) == [(CART, 52, True)]
    assert places(ask("find_callers", name="Pricing#rounded")) == [(CART, 53, True)]
    assert places(ask("find_callers", name="Cart#add")) == [(CART, 73, True), (SPEC, 7, False)]
    assert places(ask("find_callers", name="Shop::Cart")) == [(CART, 73, True), (TEST, 3, True)]
    assert places(ask("find_callers", name="build")) == [(CART, 35, True), (SPEC, 4, True)]
    assert places(ask("find_callers", name="helper")) == [(PRICING, 30, True)]


def test_hierarchy_members_and_exceptions() -> None:
    assert places(ask("find_subclasses", name="Pricing")) == [(CART, 12, True)]
    assert places(ask("find_subclasses", name="Shop::Base")) == [(CART, 12, True)]
    assert [m.name for m in ask("list_symbols", kind="exception").matches] == [
        "Shop.Cart.Empty",
        "Shop.Cart.Full",
    ]
    assert ask("list_members", name="Cart", kind="property").facts["names"] == [
        "owner", "total", "note",
    ]  # fmt: skip


def test_tests_and_dead_code() -> None:
    assert places(ask("find_tests", name="push")) == [(TEST, 2, True)]
    assert [m.name for m in ask("list_symbols", kind="test").matches] == [
        "adds lines", "is full", "TestCart.test_push",
    ]  # fmt: skip
    assert [m.name for m in ask("find_unused", kind="method").matches] == [
        "Shop.Cart.secret", "Shop.Cart.guarded", "Shop.Cart.public_one",
    ]  # fmt: skip


def test_paths_and_counts_go_through_names_with_marks() -> None:
    assert ask("find_call_path", source="Shop.open", target="Cart#full?").facts["path"] == [
        "Shop.open", "Shop.Cart.add", "Shop.Cart.full?",
    ]  # fmt: skip
    ranked = ask("rank_symbols", metric="callers", kind="method", limit=20)
    counts = dict(ranked.facts["values"])
    assert (counts["Pricing.digits"], counts["Shop.Cart.full?"]) == (1, 1)

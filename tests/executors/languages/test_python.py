"""Python: exact facts of the fixture sources."""

from __future__ import annotations

from language_fixtures import LanguageFixtures

READ = LanguageFixtures("python")
facts, one, sites = READ.facts, READ.one, READ.sites

# Every definition of every file: first line, last line, kind, qualified name.
DEFINITIONS = {
    "inventory/__init__.py": [
        (6, 6, "variable", "__all__"),
    ],
    "inventory/errors.py": [
        (4, 5, "class", "InventoryError"),
        (8, 11, "class", "OutOfStock"),
        (9, 11, "method", "OutOfStock.__init__"),
        (10, 10, "field", "OutOfStock.sku"),
        (14, 15, "class", "Moved"),
    ],
    "inventory/models.py": [
        (12, 12, "constant", "T"),
        (13, 13, "constant", "MAX_ITEMS"),
        (14, 14, "variable", "registry"),
        (17, 20, "class", "Priced"),
        (18, 18, "field", "Priced.price"),
        (20, 20, "method", "Priced.discounted"),
        (23, 53, "class", "Shelf"),
        (26, 26, "field", "Shelf.capacity"),
        (28, 34, "class", "Shelf.Label"),
        (31, 31, "field", "Shelf.Label.text"),
        (33, 34, "method", "Shelf.Label.render"),
        (37, 38, "method", "Shelf.take"),
        (41, 43, "property", "Shelf.full"),
        (46, 49, "method", "Shelf.load"),
        (51, 53, "method", "Shelf._reset"),
        (52, 52, "field", "Shelf.things"),
        (57, 61, "class", "Item"),
        (60, 60, "field", "Item.sku"),
        (61, 61, "field", "Item.stock"),
        (65, 65, "function", "find"),
        (66, 82, "function", "find"),
        (78, 80, "function", "find.fallback"),
    ],
    "inventory/tasks.py": [
        (11, 22, "function", "retry"),
        (12, 20, "function", "retry.decorate"),
        (14, 18, "function", "retry.decorate.wrapper"),
        (26, 35, "function", "sync"),
        (38, 47, "class", "Worker"),
        (39, 39, "field", "Worker.jobs"),
        (41, 47, "method", "Worker.run"),
    ],
    "tests/test_models.py": [
        (6, 9, "class", "TestFind"),
        (7, 9, "method", "TestFind.test_missing"),
    ],
}


def test_definitions() -> None:
    READ.check_definitions(DEFINITIONS)


def test_patterns_lead_to_every_definition() -> None:
    READ.check_patterns(DEFINITIONS)


MODELS, TASKS = "inventory/models.py", "inventory/tasks.py"


def test_bases_decorators_and_modifiers() -> None:
    shelf = one(MODELS, 23, "Shelf")
    assert [base.name for base in shelf.bases] == ["Generic", "abc.ABC"]
    assert shelf.modifiers == ("public", "abstract")
    assert [base.name for base in one(MODELS, 17, "Priced").bases] == ["Contract"]
    item = one(MODELS, 57, "Item")
    assert (item.decorators, item.doc) == (("dataclass(frozen=True)",), "One article.")
    assert one(MODELS, 37, "take").modifiers == ("public", "abstract")
    assert one(MODELS, 46, "load").modifiers == ("public", "async", "static", "undocumented")
    assert one(MODELS, 51, "_reset").modifiers == ("private", "undocumented")
    assert one(TASKS, 26, "sync").decorators == ("retry(times=3)",)
    assert one("inventory/errors.py", 14, "Moved").doc == ".. deprecated:: 2.0"


def test_parameters() -> None:
    assert [(p.name, p.type, p.default) for p in one(MODELS, 37, "take").parameters] == [
        ("self", "", ""),
        ("sku", "str", ""),
        ("/", "", ""),
        ("amount", "int", "1"),
        ("*more", "int", ""),
        ("strict", "", "False"),
        ("**rest", "", ""),
    ]


def test_exceptions() -> None:
    assert sites(MODELS, "raise") == [(74, "err.OutOfStock", "find"), (76, "ValueError", "find")]
    assert sites(MODELS, "catch") == [(73, "KeyError", "find"), (73, "err.Moved", "find")]
    assert sites(TASKS, "raise") == [(18, "TimeoutError", "retry.decorate.wrapper")]


def test_calls_and_writes() -> None:
    assert sites(TASKS, "call")[5:] == [
        (25, "retry", "sync"),
        (28, "open", "sync"),
        (29, "json.load", "sync"),
        (31, "Item", "sync"),
        (33, "lookup", "sync"),
        (43, "paths.getsize", "Worker.run"),
        (44, "sync", "Worker.run"),
    ]
    assert sites(TASKS, "write") == [
        (15, "attempt", "retry.decorate.wrapper"),
        (27, "total", "sync"),
        (29, "rows", "sync"),
        (30, "row", "sync"),
        (31, "item", "sync"),
        (32, "item.stock", "sync"),
        (33, "total", "sync"),
        (34, "rows", "sync"),
        (39, "jobs", "Worker"),
        (42, "Worker.jobs", "Worker.run"),
        (43, "size", "Worker.run"),
    ]


def test_imports_and_aliases() -> None:
    def imports(path: str) -> list[tuple[int, str, str, str]]:
        return [(i.line, i.module, i.name, i.alias) for i in facts(path).imports]

    assert imports("inventory/__init__.py") == [
        (3, ".models", "Item", "Article"),
        (4, ".models", "*", ""),
    ]
    assert imports(TASKS) == [
        (1, "functools", "", "functools"),
        (2, "json", "", "json"),
        (2, "os.path", "", "paths"),
        (3, "contextlib", "suppress", "suppress"),
        (6, "inventory.models", "Item", "Item"),
        (7, "inventory.models", "find", "lookup"),
    ]

"""JavaScript and JSX: exact facts of the fixture sources."""

from __future__ import annotations

from language_fixtures import LanguageFixtures

READ = LanguageFixtures("javascript")
facts, one, sites, bases = READ.facts, READ.one, READ.sites, READ.bases

# Every definition of every file: first line, last line, kind, qualified name.
DEFINITIONS = {
    "lib/handlers.js": [
        (1, 13, "variable", "handlers"),
        (3, 5, "method", "handlers.missing"),
        (6, 8, "method", "handlers.ok"),
        (9, 9, "method", "handlers.nested.echo"),
        (10, 12, "property", "handlers.last"),
        (15, 18, "function", "guard"),
    ],
    "lib/layers.js": [
        (9, 9, "constant", "DEFAULT_PORT"),
        (11, 11, "variable", "app"),
        (19, 27, "method", "app.use"),
        (29, 29, "method", "app.mount"),
        (31, 35, "function", "createApp"),
        (33, 33, "function", "createApp.self"),
        (34, 34, "method", "createApp.start"),
        (34, 34, "method", "createApp.stop"),
        (37, 40, "function", "Layer"),
        (38, 38, "field", "Layer.name"),
        (39, 39, "field", "Layer.hits"),
        (43, 47, "method", "Layer.match"),
        (49, 51, "method", "Layer.reset"),
        (49, 51, "method", "Layer.clear"),
    ],
    "lib/model.mjs": [
        (10, 42, "class", "Model"),
        (11, 11, "field", "Model.instances"),
        (12, 12, "field", "Model.#secret"),
        (13, 13, "field", "Model.label"),
        (14, 16, "method", "Model.onChange"),
        (18, 23, "method", "Model.constructor"),
        (21, 21, "field", "Model.created"),
        (25, 27, "property", "Model.size"),
        (29, 37, "method", "Model.load"),
        (39, 41, "method", "Model.#hide"),
        (44, 44, "class", "Cached"),
        (46, 46, "class", "Special"),
        (48, 48, "constant", "LIMIT"),
        (49, 49, "variable", "first"),
        (49, 49, "variable", "second"),
        (52, 54, "function", "numbers"),
    ],
    "lib/view.jsx": [
        (4, 14, "function", "Counter"),
        (6, 6, "function", "Counter.increment"),
    ],
    "test/layers.test.js": [
        (5, 7, "function", "mounts"),
    ],
}


def test_definitions() -> None:
    READ.check_definitions(DEFINITIONS)


def test_patterns_lead_to_every_definition() -> None:
    READ.check_patterns(DEFINITIONS)


LAYERS, MODEL, HANDLERS, VIEW = "lib/layers.js", "lib/model.mjs", "lib/handlers.js", "lib/view.jsx"


def test_bases_and_mixins() -> None:
    def bases(line: int, name: str) -> list[tuple[str, str]]:
        return [(base.name, base.relation) for base in one(MODEL, line, name).bases]

    assert bases(10, "Model") == [("tools.Base", "extends")]
    assert bases(44, "Cached") == [("Model", "mixes"), ("tools.Timed", "mixes")]
    assert bases(46, "Special") == [("Cached", "extends")]


def test_headers_docs_and_modifiers() -> None:
    use = one(LAYERS, 19, "use")
    assert use.signature == "app.use = function use(route, handler = print, ...rest)"
    assert use.doc == "Mounts a handler.\n\n@param {string} route\n@deprecated use `mount`"
    assert use.modifiers == ("public", "deprecated")
    assert [(p.name, p.default) for p in use.parameters] == [
        ("route", ""),
        ("handler", "print"),
        ("...rest", ""),
    ]
    assert one(LAYERS, 43, "match").doc == "Whether a path fits."
    assert one(LAYERS, 31, "createApp").modifiers == ("public", "undocumented", "exported")
    assert one(LAYERS, 11, "app").modifiers == ("public", "exported")
    assert one(HANDLERS, 3, "missing").doc == "Answers 404."
    assert one(HANDLERS, 6, "ok").modifiers == ("public", "async", "undocumented")
    assert one(MODEL, 10, "Model").modifiers == ("public", "exported")
    assert one(MODEL, 29, "load").modifiers == ("public", "async", "static", "undocumented")
    assert one(MODEL, 39, "#hide").modifiers == ("private", "undocumented")
    assert one(MODEL, 44, "Cached").modifiers == ("public", "exported", "undocumented")


def test_an_else_if_is_a_branch_but_no_deeper() -> None:
    use, load = one(LAYERS, 19, "use"), one(MODEL, 29, "load")
    assert (use.complexity, use.depth) == (4, 1)  # if, else if, &&
    assert (load.complexity, load.depth) == (3, 2)  # catch, if


def test_errors_thrown_and_told_apart() -> None:
    assert sites(LAYERS, "raise") == [(21, "TypeError", "app.use")]
    assert sites(MODEL, "raise") == [
        (34, "error", "Model.load"),
        (35, "createError", "Model.load"),
    ]
    assert sites(MODEL, "catch") == [(34, "HttpError", "Model.load")]
    assert sites(HANDLERS, "catch") == [
        (16, "RangeError", "guard"),
        (16, "http.ProtocolError", "guard"),
    ]


def test_calls_elements_and_what_is_no_code() -> None:
    assert sites(VIEW, "call") == [
        (5, "useState", "Counter"),
        (6, "setCount", "Counter.increment"),
        (8, "Button", "Counter"),
        (10, "Button.Icon", "Counter"),
        (17, "Counter", VIEW),
    ]
    read, text = facts(VIEW), READ.source(VIEW).data
    assert read.is_opaque(text.index(b"Layer"))
    assert not read.is_opaque(text.index(b"increment}"))
    assert sites(MODEL, "call") == [
        (12, "WeakMap", "Model"),
        (15, "send", "Model.onChange"),
        (21, "Date", "Model.constructor"),
        (32, "rows", "Model.load"),
        (35, "createError", "Model.load"),
        (40, "defaultBus.emit", "Model.#hide"),
        (44, "withCache", "Cached"),
    ]


def test_writes() -> None:
    assert [site for site in sites(LAYERS, "write") if site[0] > 36] == [
        (38, "this.name", "Layer"),
        (39, "this.hits", "Layer"),
        (43, "Layer.prototype.match", "Layer.match"),
        (44, "this.hits", "Layer.match"),
        (45, "this.cache", "Layer.match"),
        (49, "Layer.prototype.reset", "Layer.clear"),
        (49, "Layer.prototype.clear", "Layer.clear"),
        (50, "this.hits", "Layer.clear"),
        (53, "module.exports.Layer", LAYERS),
        (54, "module.exports.settings", LAYERS),
    ]
    assert sites(VIEW, "write") == [
        (5, "count", "Counter"),
        (5, "setCount", "Counter"),
        (6, "increment", "Counter.increment"),
    ]


def test_imports_of_both_module_systems() -> None:
    def imports(path: str) -> list[tuple[int, str, str, str]]:
        return [(i.line, i.module, i.name, i.alias) for i in facts(path).imports]

    assert imports(LAYERS) == [
        (6, "path", "", "path"),
        (7, "url", "parse", "parse"),
        (7, "url", "format", "print"),
        (8, "events", "EventEmitter", "EventEmitter"),
        (9, "./settings", "", "settings"),
        (29, "./handlers", "missing", ""),
    ]
    assert imports(MODEL) == [
        (1, "./bus.mjs", "default", "defaultBus"),
        (1, "./bus.mjs", "emit", "send"),
        (1, "./bus.mjs", "on", "on"),
        (2, "../tools.js", "", "tools"),
        (3, "./side-effect.js", "", ""),
        (5, "./bus.mjs", "on", "listen"),
        (6, "./types.mjs", "*", ""),
        (7, "./extras.mjs", "", "extras"),
        (30, "./rows.mjs", "rows", "rows"),
    ]


def test_written_types() -> None:
    assert [(t.line, t.name, t.type) for t in facts(MODEL).types] == [(21, "this.created", "Date")]


def test_members_of_a_function_with_a_prototype() -> None:
    """Not those of its braces, and no file of its name."""
    told = READ.answer("list_members", name="Layer")
    assert told.facts["names"] == ["name", "hits", "match", "reset", "clear"]
    methods = READ.places("list_members", name="Layer", kind="method")
    assert [place[2] for place in methods] == ["Layer.match", "Layer.reset", "Layer.clear"]

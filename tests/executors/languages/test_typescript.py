"""TypeScript and TSX: exact facts of the fixture sources."""

from __future__ import annotations

import pytest
from codeask.executors.repository import Source
from codeask.executors.syntax import extract
from language_fixtures import LanguageFixtures

READ = LanguageFixtures("typescript")
facts, one, sites, bases = READ.facts, READ.one, READ.sites, READ.bases

# Every definition of every file: first line, last line, kind, qualified name.
DEFINITIONS = {
    "src/entities.ts": [
        (4, 11, "interface", "Entity"),
        (5, 5, "property", "Entity.id"),
        (7, 7, "method", "Entity.equals"),
        (8, 8, "property", "Entity.handler"),
        (10, 10, "property", "Entity.label"),
        (13, 15, "interface", "Stored"),
        (14, 14, "property", "Stored.value"),
        (17, 17, "type", "Options"),
        (17, 17, "property", "Options.retries"),
        (17, 17, "property", "Options.source"),
        (19, 23, "enum", "Level"),
        (20, 20, "variant", "Level.Low"),
        (21, 21, "variant", "Level.High"),
        (22, 22, "variant", "Level.Very High"),
        (25, 27, "enum", "Flag"),
        (26, 26, "variant", "Flag.On"),
        (29, 29, "function", "track"),
        (31, 36, "module", "legacy"),
        (32, 32, "variable", "legacy.version"),
        (33, 35, "class", "legacy.Legacy"),
        (34, 34, "method", "legacy.Legacy.run"),
        (39, 41, "interface", "Window"),
        (40, 40, "property", "Window.entity"),
        (44, 49, "module", "Geo.Shapes"),
        (45, 45, "constant", "Geo.Shapes.PI"),
        (46, 48, "function", "Geo.Shapes.area"),
    ],
    "src/errors.ts": [
        (1, 5, "class", "AppError"),
        (2, 4, "method", "AppError.constructor"),
        (7, 9, "class", "NotFoundError"),
        (8, 8, "field", "NotFoundError.item"),
        (11, 19, "function", "assertFound"),
    ],
    "src/panel.tsx": [
        (4, 6, "interface", "Props"),
        (5, 5, "property", "Props.repository"),
        (8, 11, "function", "Panel"),
        (13, 15, "function", "Row"),
    ],
    "src/repository.ts": [
        (13, 61, "class", "Repository"),
        (14, 14, "field", "Repository.cache"),
        (15, 15, "field", "Repository.items"),
        (16, 16, "field", "Repository.level"),
        (17, 17, "field", "Repository.#dirty"),
        (18, 18, "field", "Repository.name"),
        (20, 24, "method", "Repository.constructor"),
        (20, 20, "field", "Repository.db"),
        (20, 20, "field", "Repository.options"),
        (26, 28, "property", "Repository.size"),
        (30, 32, "property", "Repository.size"),
        (35, 35, "method", "Repository.find"),
        (36, 36, "method", "Repository.find"),
        (37, 42, "method", "Repository.find"),
        (38, 38, "function", "Repository.find.match"),
        (45, 45, "method", "Repository.lookup"),
        (48, 56, "method", "Repository.save"),
        (58, 60, "method", "Repository.refresh"),
        (63, 63, "class", "Audit"),
        (65, 65, "class", "Mixed"),
        (67, 70, "function", "createRepository"),
        (72, 72, "constant", "LIMITS"),
        (73, 75, "function", "isEntity"),
    ],
    "test/repository.spec.ts": [],
}


def test_definitions() -> None:
    READ.check_definitions(DEFINITIONS)


def test_patterns_lead_to_every_definition() -> None:
    READ.check_patterns(DEFINITIONS)


ENTITIES, REPOSITORY = "src/entities.ts", "src/repository.ts"
ERRORS, PANEL = "src/errors.ts", "src/panel.tsx"


def test_bases_without_type_arguments() -> None:
    assert bases(ENTITIES, 13, "Stored") == [("Entity", "extends"), ("NodeJS.Timer", "extends")]
    assert bases(REPOSITORY, 13, "Repository") == [
        ("all.Store", "extends"),
        ("Base", "implements"),
        ("Iterable", "implements"),
    ]
    assert bases(REPOSITORY, 63, "Audit") == [("Repository", "extends")]
    assert bases(REPOSITORY, 65, "Mixed") == [
        ("Serializable", "mixes"),
        ("Disposable", "mixes"),
        ("EventTarget", "mixes"),
    ]


def test_headers_docs_and_decorators() -> None:
    repository = one(REPOSITORY, 13, "Repository")
    assert repository.decorators == ("Injectable({ scope: 'root' })",)
    assert repository.doc == "Reads and writes entities."
    assert repository.modifiers == ("public", "abstract", "exported")
    save = one(REPOSITORY, 48, "save")
    assert save.decorators == ("memoize",)
    assert save.signature == "async save(@Param() entity: T, ...rest: T[]): Promise<void>"
    assert save.returns == "Promise<void>"
    assert [(p.name, p.type) for p in save.parameters] == [("entity", "T"), ("...rest", "T[]")]
    assert one(REPOSITORY, 16, "level").decorators == ("Input()",)
    assert one(REPOSITORY, 73, "isEntity").returns == "value is Base"
    assert one(REPOSITORY, 67, "createRepository").signature == (
        "createRepository = <T extends Base>(db: Database): Repository<T>"
    )


def test_the_implementation_takes_the_comment_of_its_overloads() -> None:
    docs = [one(REPOSITORY, line, "find").doc for line in (35, 36, 37)]
    assert docs == ["Finds one by its id."] * 3


@pytest.mark.parametrize(
    ("line", "name", "modifiers"),
    [
        (14, "cache", ("private", "static")),
        (15, "items", ("private",)),
        (17, "#dirty", ("private",)),
        (20, "db", ("private",)),
        (20, "options", ("public",)),
        (45, "lookup", ("private", "abstract", "deprecated")),
        (58, "refresh", ("public", "async", "undocumented")),
        (72, "LIMITS", ("public",)),
    ],
)
def test_modifiers(line: int, name: str, modifiers: tuple[str, ...]) -> None:
    assert one(REPOSITORY, line, name).modifiers == modifiers


def test_both_grammars_read_the_same_but_jsx() -> None:
    assert sites(PANEL, "call") == [
        (9, "repository.items.map", "Panel"),
        (9, "Row", "Panel"),
        (10, "ui.Table", "Panel"),
        (13, "memo", "Row"),
    ]
    plain = READ.source(ENTITIES).data
    as_tsx = extract(Source("x.tsx", plain), "typescript")
    assert [d.qualname for d in as_tsx.definitions] == [d[3] for d in DEFINITIONS[ENTITIES]]


def test_errors_thrown_and_told_apart() -> None:
    assert sites(REPOSITORY, "raise") == [
        (40, "NotFoundError", "Repository.find"),
        (54, "e", "Repository.save"),
    ]
    assert sites(REPOSITORY, "catch") == [(54, "lazy.TimeoutError", "Repository.save")]
    assert sites(ERRORS, "raise") == [
        (13, "NotFoundError", "assertFound"),
        (16, "value", "assertFound"),
    ]
    deep = one(ERRORS, 11, "assertFound")
    assert (deep.complexity, deep.depth) == (5, 3)  # if, else if, for, if


def test_decorators_in_use_and_writes() -> None:
    assert sites(REPOSITORY, "decorate") == [
        (12, "Injectable", "Repository"),
        (16, "Input", "Repository"),
        (47, "memoize", "Repository.save"),
        (48, "Param", "Repository.save"),
    ]
    assert sites(REPOSITORY, "write")[:6] == [
        (14, "cache", "Repository"),
        (15, "items", "Repository"),
        (17, "#dirty", "Repository"),
        (22, "this.#dirty", "Repository.constructor"),
        (23, "this.options!.retries", "Repository.constructor"),
        (31, "this.items.length", "Repository"),
    ]


def test_imports() -> None:
    assert [(i.line, i.module, i.name, i.alias) for i in facts(REPOSITORY).imports] == [
        (1, "fs", "", "fs"),
        (2, "./entities", "Entity", "Base"),
        (2, "./entities", "Level", "Level"),
        (2, "./entities", "Options", "Options"),
        (3, "./defaults", "default", "defaults"),
        (3, "./defaults", "", "all"),
        (5, "./entities", "Level", "Severity"),
        (5, "./entities", "default", "fallback"),
        (6, "./errors", "*", ""),
        (7, "./helpers", "", "helpers"),
        (50, "./lazy", "", "lazy"),
    ]


def test_written_types() -> None:
    assert [(t.line, t.name, t.type) for t in facts(REPOSITORY).types] == [
        (38, "item", "T"),
        (39, "found", "T"),
        (49, "writer", "Writer<T>"),
        (58, "force", "boolean"),
        (67, "db", "Database"),
        (68, "repository", "MemoryRepository"),
        (72, "LIMITS", "Record<string, number>"),
    ]


def test_a_decorator_is_no_part_of_the_line_and_signature() -> None:
    text = b'@Injectable()\nclass A {\n  @Input()\n  name = "x";\n\n  @Get("/x")\n  async find() {}\n}\n'
    read = extract(Source("a.ts", text), "typescript")
    assert [(d.line, d.signature) for d in read.definitions] == [
        (2, "class A"),
        (4, 'name = "x"'),
        (7, "async find()"),
    ]

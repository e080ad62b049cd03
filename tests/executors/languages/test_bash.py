"""Bash: exact facts of the fixture sources, and what the tools make of them."""

from __future__ import annotations

from language_fixtures import LanguageFixtures, places

READ = LanguageFixtures("bash")
ask = READ.answer
facts, one, sites = READ.facts, READ.one, READ.sites

# Every definition of every file: first line, last line, kind, qualified name.
DEFINITIONS = {
    "deploy.sh": [
        (7, 7, "constant", "TRIES"),
        (8, 8, "constant", "TARGET"),
        (9, 9, "variable", "name"),
        (10, 10, "constant", "ITEMS"),
        (14, 22, "function", "deploy"),
        (24, 29, "function", "copy"),
        (30, 30, "function", "cleanup"),
    ],
    "lib/util.sh": [
        (1, 1, "function", "log"),
        (3, 3, "function", "check"),
    ],
    "tests/deploy.sh": [
        (2, 2, "function", "log"),
        (3, 3, "function", "test_copy"),
    ],
}

DEPLOY, UTIL, TEST = "deploy.sh", "lib/util.sh", "tests/deploy.sh"


def test_definitions() -> None:
    READ.check_definitions(DEFINITIONS)


def test_patterns_lead_to_every_definition() -> None:
    READ.check_patterns(DEFINITIONS)


def test_docs_values_and_complexity() -> None:
    assert (one(DEPLOY, 7, "TRIES").doc, one(DEPLOY, 7, "TRIES").value) == (
        "How often it is tried.",
        "3",
    )
    assert one(DEPLOY, 8, "TARGET").modifiers == ("exported",)
    deploy = one(DEPLOY, 14, "deploy")
    assert (deploy.doc, deploy.complexity, deploy.depth) == ("Puts it there.", 4, 1)


def test_commands_are_calls_and_source_is_an_import() -> None:
    assert [name for line, name, _ in sites(DEPLOY, "call") if line > 11] == [
        "check", "log", "sort", "copy", "compute", "log", "read", "rm", "trap", "cleanup", "deploy",
    ]  # fmt: skip
    assert [name for _, name, _ in sites(DEPLOY, "write")] == [
        "TRIES", "TARGET", "name", "ITEMS", "host", "item", "out", "name", "answer",
    ]  # fmt: skip
    assert [(i.line, i.module) for i in facts(DEPLOY).imports] == [
        (3, "./lib/util.sh"),
        (4, '$(dirname "$0")/lib/colours.sh'),
    ]
    assert places(ask("find_importers", module="lib/util.sh")) == [(DEPLOY, 3, True)]


def test_a_function_binds_through_source() -> None:
    assert places(ask("find_callers", name="copy")) == [(DEPLOY, 19, True), (TEST, 3, True)]
    assert places(ask("find_callers", name="check")) == [(DEPLOY, 16, True)]
    assert places(ask("find_tests", name="copy")) == [(TEST, 3, True)]
    assert ask("find_raises", name="*").status == "empty"

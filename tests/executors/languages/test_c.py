"""C: exact facts of the fixture sources, and what the tools make of them."""

from __future__ import annotations

from pathlib import Path

from codeask.executors.languages.c.headers import cpp_headers, only_cpp
from language_fixtures import LanguageFixtures

READ = LanguageFixtures("c")
ask = READ.answer
facts, one, sites = READ.facts, READ.one, READ.sites

# Every definition of every file: first line, last line, kind, qualified name.
DEFINITIONS = {
    "include/queue.h": [
        (3, 3, "macro", "QUEUE_H"),
        (12, 12, "constant", "QUEUE_VERSION"),
        (13, 13, "macro", "QUEUE_MIN"),
        (16, 20, "enum", "job_state"),
        (17, 17, "variant", "job_state.JOB_WAITING"),
        (18, 18, "variant", "job_state.JOB_DONE"),
        (19, 19, "variant", "job_state.JOB_FAILED"),
        (22, 22, "type", "job_fn"),
        (25, 33, "struct", "job"),
        (26, 26, "field", "job.id"),
        (27, 27, "field", "job.name"),
        (27, 27, "field", "job.tag"),
        (28, 28, "field", "job.run"),
        (29, 32, "field", "job.data"),
        (30, 30, "field", "job.number"),
        (31, 31, "field", "job.pointer"),
        (35, 38, "struct", "queue_t"),
        (36, 36, "field", "queue_t.items"),
        (37, 37, "field", "queue_t.used"),
        (38, 38, "type", "queue_ref"),
        (40, 40, "type", "job_t"),
        (48, 48, "function", "queue_new"),
        (49, 49, "function", "queue_push"),
        (50, 50, "variable", "queue_count"),
        (51, 51, "function", "queue_used"),
    ],
    "src/queue.c": [
        (4, 4, "variable", "queue_count"),
        (5, 5, "constant", "limit"),
        (6, 6, "variable", "names"),
        (8, 10, "variable", "default_ops"),
        (8, 10, "struct", "ops"),
        (9, 9, "field", "ops.push"),
        (14, 22, "function", "grow"),
        (24, 33, "function", "queue_new"),
        (35, 44, "function", "queue_push"),
        (47, 53, "function", "queue_width"),
    ],
    "tests/test_queue.c": [
        (3, 3, "function", "grow"),
        (5, 10, "function", "test_push"),
        (12, 16, "function", "main"),
    ],
}

QUEUE, HEADER, TEST = "src/queue.c", "include/queue.h", "tests/test_queue.c"


def test_definitions() -> None:
    READ.check_definitions(DEFINITIONS)


def test_patterns_lead_to_every_definition() -> None:
    READ.check_patterns(DEFINITIONS)


def test_headers_docs_and_modifiers() -> None:
    made = one(HEADER, 48, "queue_new")
    assert made.signature == "queue_t *queue_new(size_t size)"
    assert (made.returns, made.modifiers) == ("queue_t *", ("public", "declaration", "deprecated"))
    assert made.doc.startswith("Makes a queue.\n\n@param size")
    assert one(HEADER, 17, "JOB_WAITING").doc == "not yet run"
    assert one(HEADER, 28, "run").doc == "what is done"
    assert one(QUEUE, 14, "grow").doc == "Grows it.\nA second line."
    assert one(QUEUE, 14, "grow").modifiers == ("static", "private")
    assert one(QUEUE, 5, "limit").value == "8"
    assert one(HEADER, 12, "QUEUE_VERSION").value == '"1.2"'
    assert [(p.name, p.type) for p in one(QUEUE, 35, "queue_push").parameters] == [
        ("queue", "queue_t *"),
        ("item", "struct job *"),
    ]
    assert (one(QUEUE, 14, "grow").complexity, one(QUEUE, 14, "grow").depth) == (6, 2)


def test_calls_through_pointers_and_of_macros() -> None:
    assert sites(QUEUE, "call") == [
        (27, "calloc", "queue_new"),
        (28, "grow", "queue_new"),
        (38, "grow", "queue_push"),
        (40, "item.run", "queue_push"),
        (41, "default_ops.push", "queue_push"),
        (42, "item.run", "queue_push"),
        (43, "QUEUE_MIN", "queue_push"),
    ]


def test_writes_of_fields_elements_and_initializers() -> None:
    assert [site for site in sites(QUEUE, "write") if site[0] > 10] == [
        (17, "queue.used", "grow"),
        (19, "i", "grow"),
        (19, "i", "grow"),
        (20, "queue.items", "grow"),
        (27, "made", "queue_new"),
        (31, "queue_count", "queue_new"),
        (37, "local", "queue_push"),
        (37, "id", "queue_push"),
        (37, "run", "queue_push"),
        (39, "queue.items", "queue_push"),
        (51, "doubled", "queue_width"),
    ]


def test_the_body_comes_before_the_prototype() -> None:
    found = ask("find_definition", name="queue_push").matches
    assert [(m.path, m.line) for m in found] == [(QUEUE, 35), (HEADER, 49)]


def test_static_functions_bind_to_their_own_file() -> None:
    calls = ask("find_callers", name="grow").matches
    assert [(m.path, m.line, m.certain) for m in calls] == [
        (QUEUE, 28, True),
        (QUEUE, 38, True),
        (TEST, 8, True),
    ]
    calls = ask("find_callers", name="queue_new").matches
    assert [(m.path, m.line, m.certain) for m in calls] == [(TEST, 7, True)]


def test_includes_reach_headers() -> None:
    found = ask("find_importers", module="queue.h").matches
    assert [(m.path, m.line, m.certain) for m in found] == [(QUEUE, 1, True), (TEST, 1, True)]
    assert ask("list_imports", path=QUEUE).facts["names"] == ["queue.h", "stdlib.h"]


def test_members_and_tests() -> None:
    assert ask("list_members", name="job").facts["names"] == [
        "id", "name", "tag", "run", "data", "number", "pointer",
    ]  # fmt: skip
    tests = ask("find_tests", name="queue_push").matches
    assert [(m.path, m.line, m.name) for m in tests] == [(TEST, 5, "test_push")]


def test_entry_point_and_constant() -> None:
    assert [(m.path, m.line) for m in ask("find_entrypoints", kind="main").matches] == [(TEST, 12)]
    assert ask("find_config", name="QUEUE_VERSION").facts["value"] == '"1.2"'


def test_headers_are_told_by_the_files_beside_them_and_else_by_what_they_say(
    tmp_path: Path,
) -> None:
    languages = {
        "a/x.h": "c", "a/x.c": "c", "b/y.h": "c", "b/y.cc": "cpp", "b/in/deep/z.h": "c",
        "both/p.h": "c", "both/q.h": "c", "both/r.c": "c", "both/s.cpp": "cpp", "top.h": "c",
    }  # fmt: skip
    asked: list[str] = []

    def is_cpp(path: str) -> bool:
        asked.append(path)
        return path == "both/q.h"

    assert list(cpp_headers(languages, is_cpp)) == ["b/y.h", "b/in/deep/z.h", "both/q.h"]
    assert asked == ["both/p.h", "both/q.h", "top.h"]
    assert only_cpp(b"int a;\ntemplate <class T>\nT f();\n")
    assert not only_cpp(b'#ifdef __cplusplus\nextern "C" {\n#endif\nstruct class_of;\n')


def test_headers_and_functions_that_are_most_used() -> None:
    assert ask("rank_symbols", metric="importers", kind="file").facts["names"] == [HEADER]
    counts = ask("rank_symbols", metric="callers", kind="function").facts["values"]
    assert ["queue_new", 1] in counts and ["queue_used", 1] in counts

"""Go: exact facts of the fixture sources."""

from __future__ import annotations

from language_fixtures import LanguageFixtures

READ = LanguageFixtures("go")
facts, one, sites, bases = READ.facts, READ.one, READ.sites, READ.bases

# Every definition of every file: first line, last line, kind, qualified name.
DEFINITIONS = {
    "files/files.go": [
        (5, 8, "struct", "fileStore"),
        (7, 7, "field", "fileStore.path"),
        (11, 14, "method", "fileStore.Close"),
        (16, 18, "method", "fileStore.Put"),
    ],
    "queue/queue.go": [
        (15, 15, "variable", "ErrClosed"),
        (19, 19, "constant", "DefaultSize"),
        (20, 20, "constant", "minimum"),
        (23, 23, "variable", "first"),
        (23, 23, "variable", "second"),
        (26, 33, "struct", "Job"),
        (27, 27, "field", "Job.ID"),
        (27, 27, "field", "Job.Name"),
        (29, 29, "field", "Job.Run"),
        (30, 32, "field", "Job.meta"),
        (31, 31, "field", "Job.meta.Tries"),
        (36, 42, "struct", "Queue"),
        (40, 40, "field", "Queue.items"),
        (41, 41, "field", "Queue.seen"),
        (46, 52, "interface", "Storer"),
        (50, 50, "method", "Storer.Put"),
        (51, 51, "method", "Storer.get"),
        (53, 55, "interface", "Number"),
        (56, 56, "type", "Handler"),
        (57, 57, "type", "Alias"),
        (63, 67, "function", "New"),
        (70, 84, "method", "Queue.Push"),
        (86, 86, "method", "Job.String"),
        (88, 99, "method", "Job.retry"),
        (89, 89, "struct", "Job.retry.attempt"),
        (89, 89, "field", "Job.retry.attempt.n"),
        (90, 90, "function", "Job.retry.again"),
    ],
    "queue/queue_test.go": [
        (5, 10, "function", "TestPush"),
    ],
    "queue/safe.go": [
        (5, 5, "function", "handler"),
        (7, 25, "function", "safely"),
        (27, 27, "function", "Convert"),
        (29, 31, "function", "main"),
    ],
}


def test_definitions() -> None:
    READ.check_definitions(DEFINITIONS)


def test_patterns_lead_to_every_definition() -> None:
    READ.check_patterns(DEFINITIONS)


QUEUE, SAFE, FILES = "queue/queue.go", "queue/safe.go", "files/files.go"


def test_embedding_is_a_supertype_and_a_constraint_is_none() -> None:
    assert bases(QUEUE, 36, "Queue") == [
        ("sync.Mutex", "embeds"),
        ("Base", "embeds"),
        ("Store", "embeds"),
    ]
    assert bases(QUEUE, 46, "Storer") == [("Closer", "embeds"), ("log.FieldLogger", "embeds")]
    assert bases(QUEUE, 53, "Number") == []
    assert bases(FILES, 5, "fileStore") == [("q.Queue", "embeds")]


def test_headers_docs_and_modifiers() -> None:
    made = one(QUEUE, 63, "New")
    assert made.signature == "func New[T any, K comparable](size int) *Queue[T, K]"
    assert made.returns == "*Queue[T, K]"
    assert made.doc == "New makes a queue.\n\nDeprecated: use Open."
    assert made.modifiers == ("public", "exported", "deprecated")
    assert [(p.name, p.type) for p in one(QUEUE, 50, "Put").parameters] == [
        ("job", "Job"),
        ("...tags", "string"),
    ]
    assert one(QUEUE, 88, "retry").modifiers == ("private", "undocumented")
    assert one(QUEUE, 15, "ErrClosed").doc == "ErrClosed is returned after Close."
    assert one(QUEUE, 26, "Job").doc == "Job is one piece of work."
    assert one(QUEUE, 29, "Run").returns == "func() error"
    assert one(QUEUE, 56, "Handler").value == "func(job *Job) error"
    assert one(FILES, 11, "Close").doc == "Close lets go of it."


def test_an_else_if_is_a_branch_but_no_deeper() -> None:
    push, retry = one(QUEUE, 70, "Push"), one(QUEUE, 88, "retry")
    assert (push.complexity, push.depth) == (4, 1)  # if, else if, &&
    assert (retry.complexity, retry.depth) == (5, 2)  # for, switch, two cases


def test_panic_and_what_errors_are_compared_with() -> None:
    assert sites(QUEUE, "raise") == [(74, "panic", "Queue.Push")]
    assert sites(QUEUE, "catch") == [
        (93, "ErrClosed", "Job.retry"),
        (95, "log.ErrShort", "Job.retry"),
    ]
    assert sites(SAFE, "catch") == [(9, "recover", "safely"), (17, "os.PathError", "safely")]


def test_calls_and_values_made() -> None:
    assert sites(SAFE, "call") == [
        (9, "recover", "safely"),
        (13, "run", "safely"),
        (14, "Job", "safely"),
        (15, "queue.Job", "safely"),
        (16, "Convert", "safely"),
        (18, "errors.As", "safely"),
        (23, "plain.Put", "safely"),
        (30, "router.GET", "main"),
        (30, "c.JSON", "main"),
        (30, "Map", "main"),
    ]


def test_writes_of_fields_and_elements() -> None:
    assert sites(FILES, "write") == [(12, "f.path", "fileStore.Close")]
    assert [site for site in sites(QUEUE, "write") if "." in site[1]] == [
        (64, "Queue[T, K].items", "New"),
        (65, "q.seen", "New"),
        (78, "q.items", "Queue.Push"),
        (79, "q.seen", "Queue.Push"),
        (80, "q.count", "Queue.Push"),
        (94, "j.meta.Tries", "Job.retry"),
        (96, "attempt.n", "Job.retry"),
    ]


def test_written_types() -> None:
    read = facts(SAFE)
    assert [(t.line, t.name, t.type) for t in read.types] == [
        (5, "job", "Job"),
        (14, "job", "Job"),
        (15, "other", "queue.Job"),
        (17, "failed", "os.PathError"),
        (21, "store", "Storer"),
        (22, "plain", "fileStore"),
        (30, "c", "gin.Context"),
    ]
    receivers = [(t.line, t.name, t.type) for t in facts(FILES).types]
    assert receivers == [(11, "f", "fileStore"), (16, "f", "fileStore")]


def test_imports() -> None:
    assert [(i.line, i.module, i.name, i.alias) for i in facts(QUEUE).imports] == [
        (5, "errors", "", "errors"),
        (6, "sync", "", "sync"),
        (8, "github.com/sirupsen/logrus", "", "log"),
        (9, "github.com/lib/pq", "", ""),
        (10, "example.com/shop/internal/dot", "*", ""),
        (11, "gopkg.in/yaml.v3", "", "yaml"),
    ]

"""Clauses: small sentences about one place each, true by construction, that answers are put from.

They are read off what a tool gave: the first sentence of the documentation, what a definition takes,
returns, raises, sets and calls, who calls it, and lines of its code, quoted as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..executors.results import Match, ToolResult
from .places import doc_of
from .reading import parts
from .safe import addressed, unaddressed
from .view import place
from .words import article, join, names, tick

KINDS = (
    "doc", "more", "comment", "takes", "returns", "raises", "sets", "calls", "value", "extends",
    "line", "callers", "callees", "reads", "differs", "head",
)  # fmt: skip
MOST_PLACES = 6
_STRING = re.compile(r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)""")
_HEADER = re.compile(
    r"^\s*(?:(?:export|default|public|private|protected|static|async|abstract|final|override|pub"
    r"(?:\([^)]*\))?|unsafe|const|inline|virtual|extern|cdef|cpdef|@\S+)\s+)*"
    r"(?:def|func|function|fn|class|interface|struct|trait|enum|type|impl|module)\b(?!\s*[=.,;:)\]])"
)
_INNER = re.compile(
    r"(?:=>\s*[{(]|\bfunction\b[^{]*\{|\bfunc\s*\([^{]*\{|\|\s*\{|\bdo\s*\|[^|]*\|)\s*$"
)
_METHOD = re.compile(
    r"^\s*(?!(?:if|for|while|switch|catch|else|return|do|try|with|elif|unless|synchronized)\b)"
    r"(?:[\w<>\[\],.?*&:@]+\s+)*[\w$~]+\s*\([^;=]*\)\s*(?:const|throws [\w., ]+|:\s*[\w<>\[\] |.]+)?\s*\{\s*$"
)
_RETURN = re.compile(r"^\s*return\s+(.+?);?\s*$")
_RAISE = re.compile(
    r"^\s*(?:raise|throw)\s+(?:new\s+)?\\?(?!(?:new|if|unless)\b)([A-Za-z_][\w.:\\]*)"
)
_SET = re.compile(
    r"^\s*((?:self|this|@|\$this)?(?:->|\.)?[A-Za-z_$][\w.$>\-]*(?:\[[^\]]+\])?)\s*:?=(?![=>])\s*(.+?)[;,]?\s*$"
)
_CALL = re.compile(r"(?<![\w$])((?:[A-Za-z_$][\w$]*(?:\.|::|->))*[A-Za-z_$][\w$]*)\(")
_CONDITION = re.compile(
    r"^\s*(?:\}\s*)?(?:if|elif|else if|elseif|unless|while|case|when|except|catch)\b\s*(.+?)\s*[:{]?\s*$"
)
_BASE = re.compile(r"[A-Za-z_$][\w.$]*(?:[\[<].*[\]>])?$")
_PARAMETER = re.compile(r"^\s*(?:\*{0,2}|\.{3}|&(?:mut )?|\$)?([A-Za-z_]\w*)")
_CONSTANT = re.compile(
    r"^\s*(?:(?:export|public|static|final|const|let|var|val|readonly|pub)\s+)*([A-Za-z_]\w*)\s*(?::[^=]+)?=(?![=>])\s*(.+?)[;,]?\s*$"
)
_REMARK = re.compile(r"\s(?:#|//|--)\s")  # lines put together with the comments behind them
_KEYWORDS = frozenset(
    ["if", "for", "while", "switch", "return", "catch", "function", "def", "func", "fn", "elif",
     "sizeof", "super", "match", "with", "and", "or", "not", "in", "await", "yield", "new", "print",
     "assert", "else", "when", "isinstance", "len", "str", "int", "list", "dict", "set", "tuple",
     "make", "class", "lambda", "typeof", "require", "del", "raise", "throw", "except", "case"]
)  # fmt: skip
_TYPES = frozenset(["class", "interface", "struct", "trait", "enum", "type", "module", "section"])
_CALLABLE = frozenset(["function", "method"])
_OWNED = frozenset(["method", "property", "field", "constructor"])
_USES = frozenset(["call", "write", "read", "text", "reference", "raise", "catch", "import"])


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence. `kind` is of `KINDS`, `index` the place in `result.matches` that it cites,
    `order` its position among the clauses of that place, `gist` the words it adds."""

    kind: str
    index: int
    order: int
    text: str
    gist: str = ""

    @property
    def cited(self) -> str:
        """The sentence with its citation before the full stop."""
        body = self.text.rstrip()
        end = "." if body.endswith(".") else ""
        numbers = "[1][2]" if self.kind == "differs" else f"[{self.index + 1}]"
        return f"{body[: len(body) - len(end)]} {numbers}."


def clauses(result: ToolResult, question: str = "") -> list[Clause]:
    """Every clause about the first places of a result, in the order of the places.

    `question` chooses the lines of code to quote: those that share words with it.
    """
    indexes = range(min(len(result.matches), MOST_PLACES))
    return [clause for index in indexes for clause in clauses_of(result, index, question)]


def clauses_of(result: ToolResult, index: int, question: str = "") -> list[Clause]:
    """Every clause about one place; see `clauses`."""
    found: list[Clause] = []
    words = {word.lower() for word in re.findall(r"[A-Za-z_]\w{2,}", question)}
    made = list(_of_facts(result, index)) if index == 0 else []
    made += list(_of_place(result, index, result.matches[index], words))
    seen: set[str] = set()
    for kind, text, gist in made:
        text = " ".join(text.split())
        if text not in seen and not addressed(text):
            seen.add(text)
            found.append(Clause(kind, index, len(seen) - 1, text, gist))
    return found


Made = tuple[str, str, str]


def _of_place(result: ToolResult, index: int, match: Match, words: set[str]) -> Iterator[Made]:
    unsure = "" if match.certain else "possibly "
    code, comments, docs = parts(
        unaddressed(match.text), match.name if match.kind in ("function", "method") else ""
    )
    known = doc_of(result, index) if "\n" not in match.text.strip().partition("\n")[2] else ""
    doc = known or (docs[0] if docs else "")
    kind = f"{match.kind}, " if match.kind else ""
    name = tick(_short(match))
    if doc and not addressed(doc):
        where = f"{tick(match.name or match.path)} ({unsure}{kind}{place(match)})"
        said = f"{where}: {_ended(doc)}"
        if match.kind == "comment":
            said = f"A comment at {name} ({place(match)}) says: “{doc.rstrip('.')}”."
        yield "doc", said, doc
    else:
        yield "head", _head(match, name, unsure), match.name
    for sentence in [d for d in docs if d != doc][:4]:
        yield "more", f"Of {name} it is written: “{sentence.rstrip('.')}”.", sentence
    for comment in comments[:5]:
        yield "comment", f"A comment in {name} says: “{comment.rstrip('.')}”.", comment
    own = bool(code) and match.name.rpartition(".")[2] in code[0]  # a text may begin with another
    if own and (match.kind in ("function", "method", "class", "macro") or index == 0):
        yield from _signature(name, code)
    yield from _of_code(name, match, code, words)


def _head(match: Match, name: str, unsure: str) -> str:
    """What and where a place is; one that only uses something is told by what it stands in."""
    owner = match.name.rpartition(".")[0]
    whole = match.name or match.path
    named = tick(whole)
    if not match.kind:
        at = "" if match.path == whole else f" ({place(match)})"
        return f"One place is {unsure}{named}{at}."
    if match.role in _USES:
        inside = "in " if match.kind in (*_CALLABLE, *_TYPES) else ""
        return f"One place is {unsure}{inside}{named} ({match.kind}, {place(match)})."
    if match.kind in _OWNED and owner:
        return f"{name} is {unsure}{article(match.kind)} of {tick(owner)} ({place(match)})."
    return f"{named} is {unsure}{article(match.kind)} ({place(match)})."


def _short(match: Match) -> str:
    """The last part of a qualified name; a file's or dependency's name whole."""
    if "/" in match.name or match.kind in ("file", "module", "dependency", "section", "import"):
        return match.name
    return match.name.rpartition(".")[2] or match.path


def _ended(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else text.rstrip(":;,") + "."


def _signature(name: str, code: Sequence[str]) -> Iterator[Made]:
    header = " ".join(line.strip() for line in code[:12])
    if not code or not _HEADER.match(code[0]):
        return
    found = re.match(
        r"[^()]*?\b(?:class|struct|interface|trait)\s+\w+\s*(?:\(([^()]*)\)|extends\s+([\w., ]+))",
        header,
    )
    if found and (found[1] or found[2]):
        bases = [b for b in _split(found[1] or found[2]) if "=" not in b]
        if not all(_BASE.match(b) for b in bases):
            return
        if bases:
            yield "extends", f"{name} extends {names(bases, 4)}.", " ".join(bases)
        return
    inside = _parenthesised(re.sub(r"^(\s*func)\s*\([^)]*\)", r"\1", header))
    if inside is None:
        return
    taken = [
        p
        for p in _split(inside)
        if p.strip() not in ("self", "cls", "*", "/", "&self", "&mut self", "")
    ]
    if taken and len(taken) <= 8:
        shown = [" ".join(p.split()) for p in taken]
        if all(_PARAMETER.match(p) for p in shown) and sum(map(len, shown)) < 240:
            yield "takes", f"{name} takes {join([tick(p) for p in shown])}.", " ".join(shown)


def _parenthesised(text: str) -> str | None:
    start = text.find("(")
    depth = 0
    for at in range(max(start, 0), len(text)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if start >= 0 and depth == 0:
            return text[start + 1 : at]
    return None


def _split(text: str) -> list[str]:
    """`text` at its outermost commas."""
    made, depth, last = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter in "([{<") - (letter in ")]}>" and text[at - 1 : at] not in ("-", "="))
        if letter == "," and depth == 0:
            made.append(text[last:at])
            last = at + 1
    return [part.strip() for part in [*made, text[last:]] if part.strip()]


def _own(code: Sequence[str]) -> list[str]:
    """The lines that are not inside a function that is itself inside: those are not the outer's."""
    own: list[str] = []
    inner = -1  # indentation of the nested header that is being skipped
    for at, line in enumerate(code):
        indent = _indent(line)
        if inner >= 0 and (indent > inner or line.strip()[:1] in ")}]"):
            continue
        inner = -1
        if _HEADER.match(line) or _INNER.search(line) or _METHOD.match(line):
            inner = indent if at else -1
            continue
        own.append(line)
    return own


def _of_code(name: str, match: Match, code: Sequence[str], words: set[str]) -> Iterator[Made]:
    body = _own(code) if match.kind not in _TYPES else [c for c in code if not _HEADER.match(c)]
    if code and _HEADER.match(code[0]) and match.name.rpartition(".")[2] not in code[0]:
        yield from _lines(name, body, words)  # the text is of something inside it
        return
    single = len(code) == 1 and match.kind not in ("function", "method")
    if single:
        found = _CONSTANT.match(code[0])
        if found and found[1] == match.name.rpartition(".")[2] and not _REMARK.search(found[2]):
            yield "value", f"{name} is {_quoted(found[2])}.", found[2]
    callable_ = match.kind not in _TYPES
    returned = [found[1] for line in body if (found := _RETURN.match(line)) and _whole(found[1])]
    if returned and callable_:
        shown = list(dict.fromkeys(r for r in returned if len(r) <= 110))[:3]
        if shown:
            yield (
                "returns",
                f"{name} returns {join([_quoted(r) for r in shown], 'or')}.",
                " ".join(shown),
            )
    for at, line in enumerate(body):
        found = _RAISE.match(line)
        if found:
            condition = _condition(body, at)
            when = f" under {_quoted(condition)}" if condition else ""
            said = f"{name} raises {tick(found[1])}"
            if not callable_:
                said = f"In {name}, {tick(found[1])} is raised"
            yield "raises", f"{said}{when}.", f"{found[1]} {condition}"
        found = _SET.match(line)
        if (
            found
            and _whole(found[2])
            and len(found[2]) <= 90
            and ("." in found[1] or "[" in found[1] or ">" in found[1] or single or not callable_)
        ):
            condition = _condition(body, at)
            when = f" under {_quoted(condition)}" if condition and len(condition) < 60 else ""
            yield (
                "sets",
                f"In {name}, {_quoted(found[1])} is set to {_quoted(found[2])}{when}.",
                f"{found[1]} {found[2]}",
            )
    if callable_:
        called: list[str] = []
        for line in body:
            if line.lstrip().startswith("@") and not line.lstrip().startswith("@_"):
                continue  # a decorator or annotation
            bare = _STRING.sub('""', line).partition("#")[0].partition("//")[0]
            raised = _RAISE.match(line)
            called += [
                c for c in _CALL.findall(bare)
                if c.rpartition(".")[2] not in _KEYWORDS and not (raised and raised[1] == c)
            ]  # fmt: skip
        called = [c for c in dict.fromkeys(called) if c != match.name.rpartition(".")[2]]
        if called:
            near = sorted(called, key=lambda c: (-_shared(c, words), called.index(c)))[:5]
            near.sort(key=called.index)
            yield "calls", f"{name} calls {join([tick(c) for c in near])}.", " ".join(near)
    yield from _lines(name, body, words)


def _shared(text: str, words: set[str]) -> int:
    lowered = text.lower()
    return sum(word in lowered for word in words)


def _lines(name: str, body: Sequence[str], words: set[str]) -> Iterator[Made]:
    """The lines of code that decide: conditions first, then those with the question's words."""
    scores = [
        (_shared(line, words) + (0.5 if _CONDITION.match(line) else 0.0), -at)
        for at, line in enumerate(body)
    ]
    best = sorted(range(len(body)), key=lambda at: scores[at], reverse=True)[:4]
    for at in sorted(best):
        line = body[at].strip()
        if not (12 <= len(line) <= 120) or "`" in line or scores[at][0] < 0.5:
            continue
        if (
            _RETURN.match(line)
            or _RAISE.match(line)
            or line.startswith(("import ", "from ", "else"))
        ):
            continue
        condition = _CONDITION.match(line)
        if condition and at + 1 < len(body):
            after = body[at + 1].strip()
            if (
                len(after) <= 100
                and not after.endswith((":", "{"))
                and after not in ("pass", "...")
                and "`" not in after
                and _indent(body[at + 1]) > _indent(body[at])
                and _whole(after)
            ):
                returned = _RETURN.match(after)
                does = f"returns {_quoted(returned[1])}" if returned else f"has {_quoted(after)}"
                does = "returns" if after.rstrip(";") == "return" else does
                head = line.rstrip(" {:").lstrip("} ")
                yield "line", f"Under {_quoted(head)}, {name} {does}.", f"{line} {after}"
                continue
        yield "line", f"{name} has the line {_quoted(line)}.", line


def _condition(body: Sequence[str], at: int) -> str:
    """The `if …` right around a line, "" where there is none or it is an `else`."""
    own = _indent(body[at])
    for line in reversed(body[:at]):
        if _indent(line) < own:
            found = _CONDITION.match(line)
            shown = line.strip().rstrip("{: ").lstrip("} ")
            return (
                shown if found and len(shown) <= 100 and "`" not in shown and _whole(shown) else ""
            )
    return ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _whole(code: str) -> bool:
    """Whether a piece of code closes what it opens, so that it can be quoted alone."""
    bare = _STRING.sub("", code)
    return all(bare.count(a) == bare.count(b) for a, b in ("()", "[]", "{}")) and "`" not in code


def _quoted(code: str) -> str:
    return tick(" ".join(code.split()))


def _of_facts(result: ToolResult, index: int) -> Iterator[Made]:
    """What the tool knows of the first place beyond its text."""
    facts, match = result.facts, result.matches[index]
    name = tick(_short(match))
    for kind, key, words in (
        ("callees", "calls", "{} calls {}."),
        ("callers", "called_by", "{} is called by {}."),
        ("raises", "raises", "{} raises {}."),
        ("raises", "catches", "{} catches {}."),
        ("reads", "reads", "{} reads {}."),
        ("sets", "writes", "{} sets {}."),
        ("extends", "bases", "{} extends {}."),
    ):
        given = facts.get(key)
        if isinstance(given, (list, tuple)) and given and isinstance(given[0], str):
            listed = [str(item) for item in given]
            yield kind, words.format(name, names(listed, 5)), " ".join(listed[:5])
    if result.call.tool == "compare":
        yield from _differences(facts)


def _differences(facts: Mapping[str, object]) -> Iterator[Made]:
    compared = facts.get("compared")
    sides = [str(name) for name in compared] if isinstance(compared, Mapping) else []
    first, second = sides if len(sides) == 2 else ("the first", "the second")
    for key, words in (
        ("common", "Both have"),
        ("only_first", f"Only {tick(first)} has"),
        ("only_second", f"Only {tick(second)} has"),
    ):
        given = facts.get(key)
        if isinstance(given, (list, tuple)) and given:
            listed = [str(item) for item in given]
            yield "differs", f"{words} {names(listed, 6)}.", " ".join(listed[:6])

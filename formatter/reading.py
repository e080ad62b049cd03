"""A place's text taken apart: its code, the comments in it, and the sentences of its documentation."""

from __future__ import annotations

import re

_COMMENT = re.compile(
    r"^\s*(?:#(?!\[|include|define|if|endif|else|!)|//+!?|/\*+!?|\*+/?)\s?(.*?)(?:\*/)?\s*$"
)
_ROLE = re.compile(r":[a-z:]+:`~?([^`]+)`")
# What a comment says to its authors, to a linter or to a lawyer explains nothing to who asks.
_LATER = re.compile(
    r"(?:^|(?<=\s))(?:TODO|FIXME|XXX|HACK)\b(?=\s*[:(]|$)|^(?:TODO|FIXME|XXX|HACK)\b"
)
_DIRECTIVE = re.compile(
    r"^\W*(?:(?:noqa|pylint|nolint|eslint|prettier|rubocop|clang-format|phpcs|istanbul|pragma|fmt)\b[\w-]*"
    r"\s*[:\s]|type:\s*ignore|noqa$|@ts-|SPDX-|Copyright\b|\(c\)\s|Licensed under\b|All rights reserved)",
    re.IGNORECASE,
)
_TYPE_HEADER = re.compile(
    r"^\s*(?:[\w@().]+\s+)*?(?:class|struct|interface|enum|trait|type|module|impl|namespace|object|record)\b"
)
_PYTHON_HEADER = re.compile(r"(?:async\s+)?(?:def|class|cdef|cpdef)\b")
_DOCSTRING = re.compile(r"""^[ \t]*[rRbBuU]*("{3}|'{3})(.*?)(?:\1|\Z)""", re.DOTALL | re.MULTILINE)


def parts(text: str, name: str = "") -> tuple[list[str], list[str], list[str]]:
    """Code lines; comments inside the code, a sentence each; sentences of the documentation.

    An excerpt has the comment that stands above a definition below its first line, not indented. A
    comment that the text begins with documents `name` only if the code behind it names that.
    """
    docs: list[str] = []
    found = _DOCSTRING.search(text)
    if found and _ends_a_header(text[: found.start()]):
        docs = sentences_of(found[2])
        text = text[: found.start()] + text[found.end() :]
    code: list[str] = []
    comments: list[str] = []
    block: list[str] = []
    above = False  # the block is the comment that stood above the definition
    for line in [*text.splitlines(), ""]:
        comment = _COMMENT.match(line) if line.strip() else None
        if block and (comment is None or (above and line[0].isspace())):
            target = docs if above or not code else comments
            target += sentences_of("\n".join(block))
            block, above = [], False
        if comment:
            after_header = len(code) == 1 and _opens(code[0], name) and not line[0].isspace()
            above = above or (not block and after_header)
            block.append(comment[1])
        elif line.strip():
            code.append(line)
    last = name.rpartition(".")[2]
    if last and docs and not found and code and not any(last in line for line in code[:5]):
        comments, docs = [*docs, *comments], []  # the text begins in the middle
    return code, [c for c in comments if len(c) > 12], docs


def _opens(line: str, name: str) -> bool:
    """Whether a line is the header of `name` ("": of a type), not one of its body."""
    last = name.rpartition(".")[2]
    if last:
        return re.search(rf"(?<![\w$]){re.escape(last)}(?![\w$])", line) is not None
    return _TYPE_HEADER.match(line) is not None


def _ends_a_header(before: str) -> bool:
    """Whether a string behind `before` documents what begins there: a whole header, or nothing.

    The header of an excerpt is a signature on one line, without a colon.
    """
    lines = [
        line.strip() for line in before.splitlines()
        if line.strip() and not line.strip().startswith(("@", "#"))
    ]  # fmt: skip
    depth = 0
    for at, line in enumerate(lines):
        if at and depth == 0:
            return False  # the header ended before
        depth += sum(line.count(mark) for mark in "([{") - sum(line.count(m) for m in ")]}")
    return not lines or (
        depth == 0
        and (lines[-1].endswith(":") or len(lines) == 1)
        and _PYTHON_HEADER.match(lines[0]) is not None
    )


def sentences_of(text: str) -> list[str]:
    """The sentences of a documentation text that say something in words; tags and lists end it."""
    text = _ROLE.sub(r"`\1`", text).replace("``", "`")
    paragraphs: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        lines = paragraph.strip().splitlines()
        if lines and _DIRECTIVE.match(lines[0]):
            continue
        plain = " ".join(" ".join(line for line in lines if not _DIRECTIVE.match(line)).split())
        plain = _LATER.split(plain, maxsplit=1)[0].strip()
        if re.match(
            r"(?:\.\. |:param|@param|@|>>>|Arg(?:ument)?s:|Parameters|Returns:|Raises:|Example|Usage:|---|===)",
            plain,
        ):
            break
        if not re.match(r"!!!|\[|<|\||\* |- ", plain):
            paragraphs.append(plain)
    made = [s for p in paragraphs for s in re.split(r"(?<=[.!?])\s+(?=[A-Z`'\"])", p)]
    return [s.strip() for s in made if len(s.split()) >= 3 and len(s) <= 240][:6]

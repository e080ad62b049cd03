"""What a parser without a preprocessor stumbles over in C and C++, blanked out in place.

Every byte offset and line stays what it was. `always` is certain to be right; `guesses` takes words
in capitals for macros that stand before or behind a declaration (`FMT_API`, `G_BEGIN_DECLS`), and
is only tried on a file that could not be read whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

_EXTERN_C = re.compile(
    rb'(#[ \t]*if(?:def)?[ \t(]+(?:defined[ \t(]*)?__cplusplus\b[^\n]*\n\s*)(extern\s*"C"\s*\{)',
    re.M,
)
_CLOSING = re.compile(
    rb"(#[ \t]*if(?:def)?[ \t(]+(?:defined[ \t(]*)?__cplusplus\b[^\n]*\n\s*)(\})(?=[ \t]*(?:/[/*][^\n]*)?\n\s*#[ \t]*endif)"
)
# `class EXPORT Name {`: the grammar takes EXPORT for the name
_EXPORTED = re.compile(
    rb"(\b(?:class|struct|union)\s+)((?:[A-Z][A-Z0-9_]+(?:\([^()\n]*\))?\s+)+)"
    rb"(?=[A-Za-z_][\w:]*(?:<[^;{}]*>)?\s*(?:final\s*)?[{:])"
)
# `Py_END_ALLOW_THREADS` between two statements: the grammar takes it for the type of what follows
_STATEMENT = re.compile(rb"([;}][ \t]*\n(?:[ \t]*\n)*[ \t]+)([A-Z]\w*_[A-Z][A-Z0-9_]*)(?=[ \t]*\n)")
_GIVEN = rb"(?:\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\))?"  # arguments on one line
_MACRO = rb"[A-Z][A-Z0-9]*_[A-Z0-9_]*" + _GIVEN
_NESTED = rb"\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)"
_ALONE = re.compile(rb"()^([ \t]*[A-Z][A-Z0-9_]{3,}" + _GIVEN + rb")(?=[ \t]*$)", re.M)
_BEFORE = (
    re.compile(rb"(^[ \t]*(?:static |inline |extern )*)((?:" + _MACRO + rb"[ \t]+)+)"
               rb"(?=[A-Za-z_][\w:<>,]*[\s*&]+[^;=(){}\n]*\()", re.M),  # before a function's type
    re.compile(rb"(^[ \t]*[a-z][\w:<>*&, ]*?[ \t*&])(" + _MACRO + rb"[ \t]+)(?=[A-Za-z_][\w:~]*[ \t]*\()",
               re.M),  # between the type and the name
    re.compile(rb"(\(\s*)((?:NT|WIN|[A-Z]+_?)API|CALLBACK|APIENTRY|[A-Z_]*CALL(?:_[A-Z]+)?)(?=\s*\*)"),
)  # fmt: skip
_BEHIND = re.compile(
    rb"(\)\s*(?:const\s*)?)(" + _MACRO + rb")(?=(?:\s|//[^\n]*\n)*[{;:])"
)  # the parameters
_IN_TEMPLATE = re.compile(rb"()(,\s*[A-Z][A-Z0-9]*_[A-Z0-9_]*" + _NESTED + rb")(?=\s*>[^=])")
# `template <typename T> ENABLE_IF((…), (bool)) operator==(`: it stands for the type
_AS_TYPE = re.compile(
    rb"(\btemplate[ \t]*<[^;{}()]*>\s*(?:(?:friend|static|inline)\s+)*)([A-Z][A-Z0-9]*_[A-Z0-9_]*"
    + _NESTED + rb")(?=[ \t]+(?:operator\b|[A-Za-z_]\w*\s*\())"
)  # fmt: skip
_HAS_INCLUDE = re.compile(rb"(#[ \t]*(?:el)?if[^\n]*?\()(<[\w./+-]+>)(?=\))")
_CONSTRUCTOR = re.compile(
    rb"(^[ \t]*)((?:" + _MACRO + rb"[ \t]+)+)(?=(?:\w+(?:<\w+>)?::)*~?[A-Za-z_]\w*[ \t]*\()", re.M
)
# a macro of this file that stands for specifiers only: `#define internal static`
_SPECIFIER_MACRO = re.compile(
    rb"^[ \t]*#[ \t]*define[ \t]+([A-Za-z_]\w*)[ \t]*"
    rb"(?:(?:static|inline|__inline\w*|extern|const|constexpr|noexcept|__forceinline|__attribute__\s*\(\(.*\)\)"
    rb"|__declspec\(.*\)|\[\[.*\]\]|extern\s*\"C\")[ \t]*)*(?:/[/*].*)?$",
    re.MULTILINE,
)
_BRANCHES = re.compile(
    rb"^[ \t]*#[ \t]*if.*\n((?:(?![ \t]*#[ \t]*(?:if|el|endif)).*\n)*)"
    rb"(?P<rest>(?:[ \t]*#[ \t]*el(?:se|if).*\n(?:(?![ \t]*#[ \t]*(?:if|el|endif)).*\n)*)+)"
    rb"[ \t]*#[ \t]*endif",
    re.MULTILINE,
)
_NOT_BLANK = re.compile(rb"[^\n]")


def _blank(group: int) -> Callable[[re.Match[bytes]], bytes]:
    def replace(found: re.Match[bytes]) -> bytes:
        start, end = found.start(group) - found.start(), found.end(group) - found.start()
        whole = found.group()
        return whole[:start] + _NOT_BLANK.sub(b" ", whole[start:end]) + whole[end:]

    return replace


def _alone(found: re.Match[bytes]) -> bytes:
    """A macro on a line of its own, unless it stands in a list or an expression."""
    before = found.string[max(0, found.start() - 200) : found.start()].rstrip()[-1:]
    after = found.string[found.end() : found.end() + 200].lstrip()[:1]
    in_list = (before in b",={(|&+-?:<" and before) or (after in b"},=)|&+-?:;" and after)
    return found.group() if in_list else _blank(2)(found)


def _first_branch(found: re.Match[bytes]) -> bytes:
    kept, whole = found.group(1), found.group()
    # two headers of one body
    shared = (
        found.string[found.end() : found.end() + 200].lstrip()[:1] in (b":", b"{") and b"(" in kept
    )
    if kept.count(b"{") == kept.count(b"}") and not shared:
        return whole
    start, end = found.start(1) - found.start(), found.end(1) - found.start()
    return _NOT_BLANK.sub(b" ", whole[:start]) + kept + _NOT_BLANK.sub(b" ", whole[end:])


def _typed(found: re.Match[bytes]) -> bytes:
    blank = _NOT_BLANK.sub(b" ", found.group(2))
    return found.group(1) + b"auto" + blank[4:]


def always(data: bytes) -> bytes:
    """Without the braces of `extern "C"` inside `#ifdef __cplusplus`, export and statement macros."""
    if b"__cplusplus" in data:
        data = _CLOSING.sub(_blank(2), _EXTERN_C.sub(_blank(2), data))
    return _STATEMENT.sub(_blank(2), _EXPORTED.sub(_blank(2), data))


def guesses(data: bytes, *, cpp: bool) -> Iterator[Callable[[bytes], bytes]]:
    """Steps that each blank one sort of words around declarations, the surest first.

    Of `#if` branches that each open or close a brace, only the first is kept.
    """
    names = {name for name in _SPECIFIER_MACRO.findall(data) if not name.endswith(b"_H")}
    if names:
        word = re.compile(rb"(\b(?:" + b"|".join(map(re.escape, sorted(names))) + rb")\b)")
        yield lambda text: b"\n".join(
            line if line.lstrip().startswith(b"#") else word.sub(_blank(1), line)
            for line in text.split(b"\n")
        )
    if cpp:
        yield partial(_AS_TYPE.sub, _typed)
    yield lambda text: _BRANCHES.sub(_first_branch, text)
    yield lambda text: _ALONE.sub(_alone, text)
    for pattern in (*_BEFORE, _BEHIND):
        yield partial(pattern.sub, _blank(2))
    if cpp:
        yield partial(_CONSTRUCTOR.sub, _blank(2))
        yield partial(_IN_TEMPLATE.sub, _blank(2))
    yield partial(_HAS_INCLUDE.sub, _one)


def _one(found: re.Match[bytes]) -> bytes:
    return found.group(1) + b"1".ljust(len(found.group(2)))

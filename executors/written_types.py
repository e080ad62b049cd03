"""Types and receivers as they are written → the plain name that binding compares."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

_TYPE_WORD = re.compile(r"[A-Za-z_]\w*")
TYPE_NOISE = frozenset(
    ["Optional", "Union", "Annotated", "None", "const", "var", "struct", "union", "enum", "class",
     "typename", "volatile", "static", "unsigned", "signed", "std", "unique_ptr", "shared_ptr"]
)  # fmt: skip
# Types that stand for what they hold: a method that they do not have is called on it.
WRAPPERS = frozenset(
    ["Box", "Rc", "Arc", "Cow", "Pin", "Ref", "RefMut", "MutexGuard", "RwLockReadGuard", "Optional",
     "RwLockWriteGuard", "Lazy", "Provider"]
)  # fmt: skip
_BEFORE_TYPE = re.compile(
    r"^(?:[&*\s(]|'\w+\s|@\w+\s|(?:mut|dyn|impl|const|final|some|any|inout|ref|out|in|readonly)\s)+"
)


def outer_type(written: str) -> str | None:
    """The type that a method is called on where types are written whole: `&mut Arc<Shop>` → `Shop`.

    None where that is no name, or the name of a type parameter.
    """
    text = written
    for _ in range(4):
        text = _BEFORE_TYPE.sub("", text).rstrip("?!& ")
        if text.startswith("[") or text.endswith("[]"):
            return "Array"
        found = re.match(r"[\w.:]+", text)
        if found is None:
            return None
        name = re.split(r"\.|::", found[0].rstrip(":"))[-1]
        if name in WRAPPERS and text[found.end() : found.end() + 1] in ("<", "["):
            text = text[found.end() + 1 :]
            continue
        unknown = name in ("var", "let", "val", "auto", "_", "Self") or re.fullmatch(
            r"[A-Z]\d?", name
        )
        return None if unknown or not name else name
    return None


def type_name(written: str, known: Container[str]) -> str | None:
    """The known type among those of an annotation (`Optional[Session]`), else its outermost."""
    words = _TYPE_WORD.findall(written.replace("typing.", ""))
    for word in words:
        if word in known:
            return word
    plain = [w for w in words if w not in TYPE_NOISE]
    last = written.strip("*& ").split("[")[0].split("<")[0].split(".")[-1].strip()
    if len(plain) == 1:
        return plain[0]
    return last if last in plain and last[:1].isupper() else (plain[-1] if plain else None)


def abstract_names(owners: Iterable[str]) -> frozenset[str]:
    return frozenset({"Any", "object", "any", "unknown", "Object", "interface"}) - set(owners)


def plain_path(receiver: str) -> str:
    """`&mut self.a::<B>` → `self.a`, `crate::x::Type<T>` → `crate.x.Type`, `a?.b` → `a.b`."""
    if re.fullmatch(r"[\w.$]+", receiver):
        return receiver
    text = (
        re.sub(r"^(?:[&*(\s]|mut\b|await\b)+", "", receiver) if receiver[:1] in "&*(" else receiver
    )
    for _ in range(3):
        text = re.sub(r"(?:::|(?<=\w))<[^<>]*>", "", text)
    return re.sub(r"\s*(?:::|\?\.|!!?\.|->)\s*", ".", text).rstrip("!?")

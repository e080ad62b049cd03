"""Each step of binding switched off in turn: what it gives to `find_callers`.

The product has no such switches; here the methods that do a step are replaced by ones that know
nothing. "all" is binding as it is, "names alone" takes every call of the name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from codeask.executors import reach
from codeask.executors.binding import Target
from codeask.executors.languages import adapter
from codeask.executors.receivers import Receivers
from codeask.executors.syntax import FileFacts, Site, TypeHint

Patch = Callable[[], Any]  # gives a context manager


def _no_relative() -> Any:
    known = reach.import_reaches
    return patch.object(
        reach, "import_reaches",
        lambda importer, item, *rest: None if item.module.startswith(".") else known(importer, item, *rest),
    )  # fmt: skip


def _types(keep: Callable[[Receivers, FileFacts, TypeHint], bool], parameters: bool) -> Any:
    known = Receivers._variable_type

    def without(self: Receivers, facts: FileFacts, site: Site, variable: str) -> str | None:
        hints = tuple(hint for hint in facts.types if keep(self, facts, hint))
        definitions = facts.definitions
        if not parameters:
            from msgspec.structs import replace as changed

            definitions = tuple(changed(d, parameters=()) for d in definitions)
        return known(self, replace(facts, types=hints, definitions=definitions), site, variable)

    return patch.object(Receivers, "_variable_type", without)


def _is_made(receivers: Receivers, facts: FileFacts, hint: TypeHint) -> bool:
    """Whether a variable's type is told by the constructor that is called, not by an annotation."""
    last = re.split(r"\W", hint.type.split("(")[0].split("<")[0].strip())[-1]
    written = receivers.search.line(facts.path, hint.line)
    return re.search(rf"(=|\bas\b|\bwith\b).*\b{re.escape(last)}\b\s*[({{<]", written) is not None


def _no_self() -> Any:
    known = Receivers.type_of

    def without(
        self: Receivers, facts: FileFacts, site: Site, receiver: str, first: str
    ) -> str | None:
        if receiver in adapter(facts.language).self_names:
            return None
        return known(self, facts, site, receiver, first)

    return patch.object(Receivers, "type_of", without)


STEPS: Mapping[str, Patch | None] = {
    "all": None,
    "without imports and aliases": lambda: patch.object(Target, "_reaches", lambda *_: None),
    "without relative imports": _no_relative,
    "without re-exports": lambda: patch.object(reach, "_MAX_REEXPORTS", 0),
    "without annotations": lambda: _types(_is_made, parameters=False),
    "without constructor assignments": lambda: _types(
        lambda *told: not _is_made(*told), parameters=True
    ),
    "without return types": lambda: patch.object(Receivers, "_returned_type", lambda *_: None),
    "without self": _no_self,
    "without inheritance": lambda: patch.object(Target, "family", property(lambda t: t.owners)),
    "names alone": lambda: patch.object(Target, "binds", lambda *_: True),
}


@contextmanager
def without(step: str) -> Iterator[None]:
    """Binding without a step of `STEPS`."""
    made = STEPS[step]
    with ExitStack() as stack:
        if made is not None:
            stack.enter_context(made())
        yield

"""Which functions are tests: by the file they stand in and their name, or by how they are marked."""

from __future__ import annotations

import re

from ..languages import adapter
from ..repository import is_test_path
from ..syntax import Definition, FileFacts


def is_test(facts: FileFacts, definition: Definition) -> bool:
    """Whether a function is a test of its own."""
    if is_marked(facts, definition):
        return True
    named = re.match(adapter(facts.language).test_name, definition.name) is not None
    return named and is_test_path(facts.path)


def is_marked(facts: FileFacts, definition: Definition) -> bool:
    """Whether a decorator, annotation, attribute or test macro makes it a test."""
    if "test" in definition.modifiers:
        return True
    mark = adapter(facts.language).test_mark
    return bool(mark) and any(re.search(mark, written) for written in definition.decorators)


def in_test(facts: FileFacts, scope: int) -> bool:
    """Whether a place is in a test: a test file, a marked test or a module of tests."""
    if is_test_path(facts.path):
        return True
    while scope >= 0:
        definition = facts.definitions[scope]
        if is_marked(facts, definition) or "cfg(test)" in definition.decorators:
            return True
        scope = definition.parent
    return False

"""JavaScript and JSX on tree-sitter-javascript."""

from __future__ import annotations

from functools import cache, cached_property
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

from .ecma import EcmaAdapter

if TYPE_CHECKING:
    from tree_sitter import Language


@cache
def _language() -> Language:
    import tree_sitter_javascript
    from tree_sitter import Language

    return Language(tree_sitter_javascript.language())


class Adapter(EcmaAdapter):
    """ECMAScript modules and CommonJS; the grammar reads JSX in any of the suffixes."""

    name = "javascript"
    lacks = MappingProxyType(
        {
            "structs": "JavaScript has no structs.",
            "interfaces": "JavaScript has no interfaces.",
            "traits": "JavaScript has no traits.",
            "enums": "JavaScript has no enums.",
            "dataclasses": "JavaScript has no data classes.",
            "abstract": "JavaScript has no abstract classes or methods.",
        }
    )

    def grammar(self, path: str) -> Language:
        return _language()

    @cached_property
    def query_text(self) -> str:
        """The shared patterns, JavaScript's own, and JSX's."""
        return super().query_text + jsx_text()


def jsx_text() -> str:
    """The patterns for grammars that read JSX."""
    return resources.files(__package__ or "").joinpath("jsx.scm").read_text("utf-8")

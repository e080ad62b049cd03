"""C on tree-sitter-c."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from .family import CFamilyAdapter

if TYPE_CHECKING:
    from tree_sitter import Language


@cache
def _language() -> Language:
    import tree_sitter_c
    from tree_sitter import Language

    return Language(tree_sitter_c.language())


class Adapter(CFamilyAdapter):
    """C with GNU attributes. Nothing is thrown, nothing derives from anything, there is no self."""

    name = "c"
    lacks = MappingProxyType(
        {
            "classes": "C has no classes; its structs are meant.",
            "interfaces": "C has no interfaces.",
            "traits": "C has no traits.",
            "dataclasses": "C has no data classes.",
            "decorators": "C has no decorators.",
            "async": "C has no async functions.",
            "abstract": "C has no abstract classes or methods.",
            "exceptions": "C has no exceptions.",
            "inheritance": "C has no inheritance.",
        }
    )
    self_names = ()

    def grammar(self, path: str) -> Language:
        return _language()

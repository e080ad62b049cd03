"""Shell scripts on tree-sitter-bash.

Functions, aliases and the variables that a script sets for itself are definitions, commands are
calls, `source` is an import. Not covered: what `eval` runs, and scripts without a suffix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from .. import base
from ..base import Details, Import, comment_above, squeeze, text_of

if TYPE_CHECKING:
    from tree_sitter import Language, Node

_FUNCTION = ("function_definition",)
_VARIABLE = re.compile(r"^(?:\$\{?\w+\}?|\$\(.*\)|`.*`)/?")


@cache
def _language() -> Language:
    import tree_sitter_bash
    from tree_sitter import Language

    return Language(tree_sitter_bash.language())


class Adapter(base.Adapter):
    """POSIX shell and Bash."""

    name = "bash"
    lacks = MappingProxyType(
        {
            "types": "Bash has no types.",
            "classes": "Bash has no classes.",
            "interfaces": "Bash has no interfaces.",
            "traits": "Bash has no traits.",
            "structs": "Bash has no structs.",
            "enums": "Bash has no enums.",
            "dataclasses": "Bash has no data classes.",
            "exceptions": "Bash has no exceptions.",
            "inheritance": "Bash has no inheritance.",
            "decorators": "Bash has no decorators.",
            "async": "Bash has no async functions.",
            "abstract": "Bash has no abstract functions.",
            "visibility": "Bash has no visibility.",
        }
    )
    self_names = ()
    global_names = True
    classes = frozenset()
    raise_pattern = r"[^\s\S]"  # there is nothing to raise
    catch_pattern = r"[^\s\S]"
    test_name = r"test"

    def grammar(self, path: str) -> Language:
        return _language()

    def describe(self, node: Node, name: str, kind: str, enclosing: str) -> Details | None:
        if kind == "function":
            details = Details("function", doc=comment_above(node))
            if not details.doc:
                details.modifiers.append("undocumented")
            return details
        if kind == "macro":
            return Details("function", modifiers=["alias"], header_end=node.end_byte)
        outer = node.parent
        command = outer if outer is not None and outer.type == "declaration_command" else None
        words = text_of(command).split() if command is not None else []
        if enclosing or words[:1] == ["local"]:
            return None
        constant = name.isupper() or words[:1] == ["readonly"] or "-r" in words
        details = Details("constant" if constant else "variable", header_end=node.end_byte)
        details.value = squeeze(text_of(node.child_by_field_name("value")), 200)
        if words[:1] == ["export"]:
            details.modifiers.append("exported")
        details.doc = comment_above(command or node)
        details.start = command
        return details

    def imports(self, node: Node) -> Iterable[Import]:
        argument = node.child_by_field_name("argument")
        module = text_of(argument).strip("\"'")
        if module:
            yield Import(module, "*", "", node.start_point[0] + 1)

    def reaches(self, importer: str, item: Import, target: str) -> bool | None:
        wanted = _VARIABLE.sub("", item.module).removeprefix("./").strip("\"'")
        wanted = re.sub(r"^(\.\./)+", "", wanted)
        if not wanted or "$" in wanted:
            return None
        return f"/{target}".endswith(f"/{wanted}")

    def definition_pattern(self, name: str) -> str:
        return (
            rf"\bfunction\s+{name}(?:\s|\(|\{{|$)|(?:^|[\s;])'?{name}'?\s*\(\s*\)"
            rf"|(?:^|[\s;]){name}\+?=|\balias\s+{name}="
        )

    def subtype_pattern(self, name: str) -> str:
        return r"[^\s\S]"  # there are no types

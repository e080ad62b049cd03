"""Evidence to worded answer: `Formatter` writes an `Answer` from a tool's result.

Plain wording needs no model; every sentence is made from the result and nothing else.
"""

from .formatter import Answer, Formatter
from .places import Group, Place, groups
from .routes import GivenRoute, RouteLike, route_json
from .safe import block, line

__all__ = [
    "Answer",
    "Formatter",
    "GivenRoute",
    "Group",
    "Place",
    "RouteLike",
    "block",
    "groups",
    "line",
    "route_json",
]

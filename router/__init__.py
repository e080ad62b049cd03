"""Route a question to one tool call: `Router().route("who calls parse_args?")`.

Light: onnxruntime and tokenizers are imported at the first question, nothing else is heavy.
"""

from .dialogue import Turn
from .link import Link, Linker
from .router import Alternative, Route, Router

__all__ = ["Alternative", "Link", "Linker", "Route", "Router", "Turn"]

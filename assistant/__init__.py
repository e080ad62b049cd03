"""The way of one question: `Assistant("path/to/repo").ask("who calls parse_args?").text`."""

from .assistant import Assistant
from .config import Config

__all__ = ["Assistant", "Config"]

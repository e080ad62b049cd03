"""Text out of a repository, made fit for a terminal: control characters are shown, never sent.

Left as they are: printable characters of every script. Shown: C0 and C1 controls, DEL, characters
that reorder or hide text, and surrogates (bytes of a file name that are not UTF-8).
"""

from __future__ import annotations

import re

_TABLE: dict[int, str] = {code: chr(0x2400 + code) for code in range(0x20)}  # ESC becomes ␛
_TABLE[0x7F] = "\u2421"
_TABLE |= {code: f"\\x{code:02x}" for code in range(0x80, 0xA0)}
# marks, embeddings, overrides and isolates of bidirectional text; separators; invisible text
_HIDDEN = (0x061C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2028, 0x2029,
           *range(0x2060, 0x2070), 0xFEFF, *range(0xFFF9, 0xFFFC))  # fmt: skip
_TABLE |= {code: f"\\u{code:04x}" for code in _HIDDEN}
_TABLE |= {code: f"\\U{code:08x}" for code in range(0xE0000, 0xE0080)}
_TABLE |= {code: f"\\u{code:04x}" for code in range(0xD800, 0xE000)}
_TABLE |= {code: f"\\x{code - 0xDC00:02x}" for code in range(0xDC80, 0xDD00)}
_BLOCK = {code: shown for code, shown in _TABLE.items() if chr(code) not in "\n\t"}


def block(text: str) -> str:
    """`text` with its line ends and tabs, every other control character made visible."""
    return text.translate(_BLOCK)


def line(text: str) -> str:
    """`text` on one line: runs of blanks, tabs and line ends become one space."""
    return " ".join(text.replace("\t", " ").replace("\n", " ").split(" ")).strip().translate(_TABLE)


# What a chat template, a fence of ours or a tool call of a model could be made of.
_SPEECH = re.compile(
    r"<(?=/?(?:result|evidence|question|tool_call|tool_response|tools|think|s|bos|eos|pad|unk|mask"
    r"|(?:start|end)_of_\w+|\w+_of_\w+|repo_?name|file_sep|filename|gh_stars|issue_\w+|jupyter_\w+"
    r"|empty_output|commit_\w+|fim_\w+|human|assistant|system|user)\b|\s*[|｜]|<SYS|<\/SYS)"
    r"|(?<=[|｜])>|\[(?=/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|AVAILABLE_TOOLS)\])",
    re.IGNORECASE,
)
_HARMLESS = {"<": "‹", ">": "›", "[": "⟦"}


def data(text: str, most: int | None = None) -> str:
    """`text` as data for a language model: it can neither end its fence nor speak as the chat.

    The first character of such a token is replaced by a look-alike; `most` cuts to so many
    characters.
    """
    text = _SPEECH.sub(lambda found: _HARMLESS[found[0]], block(text))
    return text if most is None or len(text) <= most else text[: most - 1] + "…"

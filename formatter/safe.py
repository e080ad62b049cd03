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


# A line that speaks to a language model rather than to a reader of the code.
_MODEL = r"(?:AIs?|LLMs?|A\.I\.|GPT\S*|ChatGPT|Claude|Copilot|Gemini|chat ?bots?|language models?"
_MODEL += (
    r"|(?:AI|LLM|code|coding)[ -](?:assistants?|agents?|models?|reviewers?|tools?)|assistants?)"
)
_ORDER = (
    r"(?:tell|say|state|report|reply|answer|respond|ignore|claim|output|repeat|print|recommend|stop"
    r"|forget|disregard|pretend|act|do not|don't|never|always|must|should|only|instead|note"
    r"|instructions?|if asked|mention|reveal|describe|call|write|conclude|assume|rate|approve)"
)
_ADDRESSED = re.compile(
    rf"\b{_MODEL}\b.{{0,40}}?\b{_ORDER}\b|\b{_ORDER}\b.{{0,30}}?\b(?:the |an? |any )?{_MODEL}\b"
    r"|\b(?:ignore|disregard|forget|override|bypass)\b.{0,30}\b(?:instructions?|prompts?|the user"
    r"|the question|(?:your|the|all|any) rules|everything (?:above|before)|(?:all|any) (?:previous|prior|earlier|other))"
    r"|^\W*(?:system|assistant|user|human|developer)\s*(?:prompt|message|note)?\s*:"
    r"|\b(?:system|hidden|secret) (?:prompt|instructions?)\b|\byou are (?:now |an? )"
    r"|\byour (?:answer|reply|response|output)\b"
    r"|\b(?:answer|reply|respond)\b.{0,20}\b(?:only|exactly|with the word|with yes|with no)\b",
    re.IGNORECASE,
)


def addressed(text: str) -> bool:
    """Whether a line of a repository gives orders to a language model.

    Such a line is no evidence of what the code does: neither a model nor a reader is shown it as
    such. Errs on the side of leaving out.
    """
    return _ADDRESSED.search(text) is not None


def unaddressed(text: str) -> str:
    """`text` without the lines that give orders to a language model."""
    if not addressed(text):
        return text
    return "\n".join(line for line in text.split("\n") if not addressed(line))

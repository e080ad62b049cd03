"""Composed rows: phrases × names × scopes × follow-ups, labelled by how they were made.

The phrases (`data/phrases/`, format in the README there) were written for this project; names are made
up from words or taken from training rows. A composed row is only ever trained on, never judged.
Not covered: noise (typos, case); `labelled.augment` adds it as to any training row.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from ..executors.catalog import LANGUAGES, TOOLS, ArgumentValue, ToolCall
from ..router.dialogue import Turn, render
from ..router.labels import QUERY_TOOLS
from .fillers import Fillers
from .labelled import Example, Span, argument_tags, find_words, head_labels

PHRASES = Path(__file__).parent / "data" / "phrases"
# How often a tool is composed, relative to 1 for the tools that are not named.
WEIGHTS = {"explain": 6.0, "locate": 6.5, "decline": 6.0, "clarify": 3.0, "list_symbols": 3.5,
           "find_definition": 2.0, "search_text": 1.5, "git_history": 2.0, "rank_symbols": 1.5,
           "find_files": 1.5, "overview": 1.5, "list_dependencies": 1.5, "show_symbol": 1.5,
           "find_entrypoints": 1.5, "find_config": 1.5}  # fmt: skip
PRONOUNS = ("it", "it", "it", "that", "this", "that one", "this one", "the class", "the function")
LANGUAGE_WORDS = (
    ("python", "python"), ("go", "go"), ("rust", "rust"), ("typescript", "typescript"), ("js", "javascript"),
    ("javascript", "javascript"), ("java", "java"), ("kotlin", "kotlin"), ("c++", "cpp"), ("c", "c"), ("ruby", "ruby"),
    ("php", "php"), ("swift", "swift"), ("c#", "csharp"), ("scala", "scala"), ("shell", "bash"), ("bash", "bash"),
)  # fmt: skip
_CHOICE = re.compile(r"<([^<>]*)>")
_SLOT = re.compile(r"\{([^{}]*)\}")
# "the function {name}" leaves no place for a pronoun.
_KIND = r"(?:class|function|method|struct|enum|trait|type|macro|constant|interface|exception|variable|flag)"
_TYPED_SLOT = re.compile(rf"\b{_KIND}>? \{{|\}}>? (?:<\|?)?(?:{_KIND}|one|field|default)|the \{{")
# What no earlier answer can make clear: "the third one" of a list that was never shown.
_UNEXPLAINED = re.compile(
    r"third|fourth|last|yesterday|the other|line|cursor|selected|above|one is it|screen"
)
# Tools whose questions leave no doubt that several plain words are a name.
_SPOKEN = frozenset(
    ("find_callers", "find_callees", "find_subclasses", "find_superclasses", "find_overrides", "find_writes",
     "find_tests", "find_impact", "find_raises", "list_members", "show_symbol", "explain", "find_references",
     "find_definition", "find_call_path")
)  # fmt: skip
_HEADER = re.compile(r"\[(\w+)([^\]]*)\]$")
# Nouns that a folder or a language can stand before: "unused Java imports", "longest util functions".
_KINDS = re.compile(
    r"\b(?:functions|classes|methods|files|imports|enums|structs|interfaces|types|constants|tests|code"
    r"|exceptions|traits|subclasses|implementations|commands|routes|endpoints|TODOs|comments|modules)\b"
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase with choices and slots, and the call it means as far as it is fixed."""

    tool: str
    arguments: tuple[tuple[str, ArgumentValue], ...]
    flags: frozenset[str]
    text: str


@dataclass(slots=True)
class Draft:
    """A row in the making: text, the spans in it, arguments; `typed` are the words of each."""

    tool: str
    text: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    query: tuple[int, int] | None = None

    def add(self, words: str, tag: str | None = None, is_query: bool = False) -> None:
        """Append words; a `tag` or `is_query` marks them."""
        start = len(self.text)
        self.text += words
        if tag is not None:
            self.spans.append(Span(0, start, len(self.text), tag))
        if is_query:
            self.query = (start, len(self.text))

    def prepend(self, other: Draft) -> None:
        """Put another draft's words and marks before these."""
        shift = len(other.text)
        moved = [replace(s, start=s.start + shift, end=s.end + shift) for s in self.spans]
        self.spans = [*other.spans, *moved]
        self.query = self.query and (self.query[0] + shift, self.query[1] + shift)
        self.text = other.text + self.text


@cache
def phrases(folder: Path = PHRASES) -> dict[str, tuple[Phrase, ...]]:
    """The phrases of every tool; a header that is no valid beginning of a call raises ValueError."""
    found: dict[str, list[Phrase]] = {}
    for path in sorted(folder.glob("*.txt")):
        if path.stem in ("behaviours", "nouns"):
            continue
        header: tuple[str, tuple[tuple[str, ArgumentValue], ...], frozenset[str]] | None = None
        for line in path.read_text("utf-8").splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            match = _HEADER.match(line)
            if match:
                words = match[2].split()
                fixed = tuple(_fixed(word) for word in words if "=" in word)
                header = match[1], fixed, frozenset(w[1:] for w in words if w.startswith("+"))
                known = {argument.name for argument in TOOLS[match[1]].arguments}
                if not {name for name, _ in fixed} <= known:
                    raise ValueError(f"{path.name}: {line}")
            elif header is not None:
                found.setdefault(header[0], []).append(Phrase(*header, line.rstrip()))
    return {tool: tuple(own) for tool, own in found.items()}


def _fixed(word: str) -> tuple[str, ArgumentValue]:
    name, value = word.split("=", 1)
    if value in ("true", "false"):
        return name, value == "true"
    return name, int(value) if name == "limit" else value


class Composer:
    """Draws composed rows; `rows` are the training rows whose names may stand in them.

    A row that says the same words as one of `avoid` (the held-out questions) is never given.
    """

    def __init__(
        self, rows: Sequence[Example], rng: random.Random, avoid: Iterable[str] = ()
    ) -> None:
        self._rng = rng
        self._avoid = frozenset(map(words_of, avoid))
        self._fill = Fillers(rng, _names(rows), _paths(rows))
        self._phrases = phrases()
        self._tools = sorted(self._phrases)
        self._weights = [WEIGHTS.get(tool, 1.0) for tool in self._tools]
        self._number = 0

    def rows(self, count: int) -> list[Example]:
        """`count` fresh rows."""
        drawn: list[Example] = []
        while len(drawn) < count:
            row = self._row()
            if words_of(row.question) not in self._avoid:
                drawn.append(row)
        return drawn

    def _row(self) -> Example:
        chance = self._rng.random()
        makers: list[tuple[float, Callable[[], Example | None]]] = [
            (0.07, self._pronoun), (0.11, self._same_again), (0.17, self._narrowed),
            (0.19, self._one_of_two), (0.215, self._without_history), (0.27, self._refused_later),
            (0.31, self._another_topic), (0.325, self._two_questions),
        ]  # fmt: skip
        for limit, make in makers:
            if chance < limit:
                made = make()
                if made is not None:
                    return made
                break
        return self._finish(self._draft(self._phrase()))

    def _phrase(self) -> Phrase:
        tool = self._rng.choices(self._tools, self._weights)[0]
        return self._rng.choice(self._phrases[tool])

    def _draft(self, phrase: Phrase, pronoun: str | None = None, decorate: bool = True) -> Draft:
        """Write a phrase out. With `pronoun`, it stands in place of the (only) name."""
        rng, draft = self._rng, Draft(phrase.tool, arguments=dict(phrase.arguments))
        text = _CHOICE.sub(lambda m: rng.choice(m[1].split("|")), phrase.text)
        text = re.sub(r"\s+", " ", text).strip().replace(r"\n", "\n")
        if decorate and "scope" in phrase.flags and rng.random() < 0.2:
            text = _KINDS.sub(lambda m: self._before() + m[0], text, count=1)
        at = 0
        for slot in _SLOT.finditer(text):
            draft.add(text[at : slot.start()])
            self._slot(draft, slot[1], pronoun)
            at = slot.end()
        draft.add(text[at:])
        if decorate:
            self._scope(draft, phrase.flags)
        return draft

    def _before(self) -> str:
        """A slot that narrows the noun behind it."""
        return self._rng.choice(("{lang} ", "{lang} ", "{path:scopeword} "))

    def _slot(self, draft: Draft, slot: str, pronoun: str | None) -> None:
        tags = argument_tags(draft.tool)
        if "~" in slot:  # words that are no argument
            draft.add(self._fill(slot.split("~")[1])[0])
            return
        if slot.startswith("!"):  # the words themselves, whose argument the header fixes
            argument, words = slot[1:].split(":")
            draft.add(words, tags[argument])
            return
        if slot == "limit":
            number = self._rng.choice((2, 3, 4, 5, 5, 10, 10, 15, 20))
            draft.arguments["limit"] = number
            draft.add(str(number))
            return
        if slot == "lang":
            said, value = self._rng.choice(LANGUAGE_WORDS)
            draft.arguments["lang"] = value
            draft.add(said.capitalize() if self._rng.random() < 0.5 else said, "lang")
            return
        argument, _, kind = slot.partition(":")
        is_name = kind.startswith("@") or argument.startswith("@")
        if argument.startswith("@"):
            argument, kind = "name", argument[1:]
        typed, value = self._fill(kind.lstrip("@") or argument)
        if is_name or argument == "name":
            if pronoun is not None:
                draft.add(pronoun)
                return
            if draft.tool in _SPOKEN and re.fullmatch(r"[A-Za-z_]{6,}", typed):
                typed = value = self._spoken(typed)
            typed = self._dressed(typed)
        if argument == "names":
            draft.arguments["names"] = (*draft.arguments.get("names", ()), value)
            draft.add(self._dressed(typed), "name")
        elif argument == "query":
            draft.arguments["query"] = value
            draft.add(typed, "name" if is_name else None, is_query=True)
            if is_name:
                draft.arguments["name"] = value
        else:
            draft.arguments[argument] = value
            draft.add(typed, tags[argument])

    def _spoken(self, name: str) -> str:
        """A name now and then in the words that it is made of, as people say it."""
        return self._fill.spoken(name) if self._rng.random() < 0.2 else name

    def _dressed(self, name: str) -> str:
        """A name as people type it: in back ticks, with parentheses, or (mostly) bare."""
        chance = self._rng.random()
        if " " in name or not re.fullmatch(r"[\w.]+", name) or chance > 0.16:
            return name
        return f"`{name}`" if chance < 0.1 else f"{name}()" if name[:1].islower() else name

    # --- scopes -----------------------------------------------------------------------------------

    def _scope(self, draft: Draft, flags: frozenset[str]) -> None:
        rng = self._rng
        if "rank" in flags and "limit" not in draft.arguments and rng.random() < 0.6:
            self._limit(draft)
        if "place" in flags and rng.random() < 0.12:
            self._path(draft)
        if "scope" not in flags:
            return
        if rng.random() < 0.3 and "path" not in draft.arguments:
            self._path(draft)
        if rng.random() < 0.16:
            words, value = self._fill("tests")
            draft.add(words)
            draft.arguments["tests"] = value
        if rng.random() < 0.07:
            words, value = self._fill("excluded")
            before, _, after = self._fill("excluding")[0].partition("{}")
            draft.add(before)
            draft.add(words, "exclude")
            draft.add(after)
            draft.arguments["exclude"] = value
        if rng.random() < 0.09 and "lang" not in draft.arguments:
            before, _, after = self._fill("languages")[0].partition("{}")
            said, value = rng.choice(LANGUAGE_WORDS)
            if value in LANGUAGES:
                draft.add(before)
                draft.add(said.capitalize() if rng.random() < 0.4 else said, "lang")
                draft.add(after)
                draft.arguments["lang"] = value
        if rng.random() < 0.07 and not {"mode", "limit"} & draft.arguments.keys():
            self._limit(draft)

    def _path(self, draft: Draft) -> None:
        typed, value = self._fill("path")
        draft.arguments["path"] = value
        before, _, after = self._fill("within")[0].partition("{}")
        if self._rng.random() < 0.1:
            first = Draft(draft.tool)
            first.add(self._rng.choice(("in ", "In ", "inside ", "under ")))
            first.add(typed, "path")
            first.add(self._rng.choice((", ", " ", ": ")))
            draft.prepend(first)
            return
        draft.add(before)
        draft.add(typed, "path")
        draft.add(after)

    def _limit(self, draft: Draft) -> None:
        words, number = self._fill("limit")
        draft.arguments["limit"] = number
        if words.startswith((" ", ",")):
            draft.add(words)
        else:
            first = Draft(draft.tool)
            first.add(words)
            draft.prepend(first)

    # --- follow-ups -------------------------------------------------------------------------------

    def _earlier(self) -> Draft | None:
        """A question that a follow-up can follow: about one name of some length."""
        for _ in range(20):
            draft = self._draft(self._phrase())
            name = draft.arguments.get("name")
            if isinstance(name, str) and len(name) > 3 and TOOLS[draft.tool].runs:
                return draft
        return None

    def _about_a_name(self) -> Phrase | None:
        """A phrase with one slot, and that a name."""
        for _ in range(30):
            phrase = self._phrase()
            slots = _SLOT.findall(phrase.text)
            if len(slots) == 1 and re.match(r"name\b|(query:)?@", slots[0]) and "<" not in slots[0]:
                bare = _SLOT.sub("", _CHOICE.sub("", phrase.text)).strip(" ?`")
                if (len(bare) > 3 or phrase.text.count("<")) and not _TYPED_SLOT.search(
                    phrase.text
                ):
                    return phrase
        return None

    def _pronoun(self) -> Example | None:
        earlier, phrase = self._earlier(), self._about_a_name()
        if earlier is None or phrase is None:
            return None
        draft = self._draft(phrase, self._rng.choice(PRONOUNS[:7]))
        draft.arguments["name"] = earlier.arguments["name"]
        return self._finish(draft, [earlier], joined=True)

    def _without_history(self) -> Example | None:
        """The same question with nothing that the pronoun could mean."""
        phrase = self._about_a_name()
        if phrase is None or phrase.tool in ("find_definition", "find_config"):
            return None
        written = self._draft(phrase, self._rng.choice(PRONOUNS[:7]), decorate=False)
        return self._finish(Draft("clarify", written.text, {"reason": "referent"}))

    def _same_again(self) -> Example | None:
        earlier = self._earlier()
        if earlier is None:
            return None
        name = str(earlier.arguments["name"])
        typed, value = self._fill("class" if name[0].isupper() else "function")
        before, _, after = self._fill("again")[0].partition("{}")
        draft = Draft(earlier.tool, arguments={**earlier.arguments, "name": value})
        draft.arguments.pop("limit", None)
        draft.add(before)
        draft.add(typed, argument_tags(earlier.tool).get("name", "name"))
        draft.add(after)
        if earlier.tool in QUERY_TOOLS:
            draft.arguments["query"] = value
        return self._finish(draft, [replace_limit(earlier)])

    def _narrowed(self) -> Example | None:
        """Only the scope is new: "only in tests", "and in src/?", "how many"."""
        earlier = self._earlier()
        if earlier is None or earlier.tool in ("explain", "show_symbol", "find_call_path"):
            return None
        draft = Draft(earlier.tool, arguments=dict(earlier.arguments))
        kind = self._rng.choice(("tests", "path", "path", "count", "limit"))
        if kind == "tests":
            words, value = self._fill("tests_only")
            draft.add(words)
            draft.arguments["tests"] = value
        elif kind == "path":
            typed, value = self._fill("path")
            before, _, after = self._fill("there")[0].partition("{}")
            draft.add(before)
            draft.add(typed, "path")
            draft.add(after)
            draft.arguments["path"] = value
        elif kind == "count":
            draft.add(self._fill("counted")[0])
            draft.arguments["mode"] = "count"
            draft.arguments.pop("limit", None)
        else:
            words, number = self._fill("limit_only")
            draft.add(words)
            draft.arguments["limit"] = number
            draft.arguments.pop("mode", None)
        return self._finish(draft, [earlier])

    def _one_of_two(self) -> Example | None:
        """ "… the second one" after a comparison."""
        phrase = self._about_a_name()
        pair = self._draft(self._rng.choice(self._phrases["compare"]))
        names = pair.arguments["names"]
        if phrase is None or len(names) != 2 or names[0] in names[1] or names[1] in names[0]:
            return None
        words, at = self._fill("ordinal")
        draft = self._draft(phrase, words)
        draft.arguments["name"] = names[at]
        return self._finish(draft, [pair], joined=True)

    def _refused_later(self) -> Example | None:
        """Thanks, a wish to change code, or a pronoun that nothing explains, after an answer."""
        earlier = self._draft(self._phrase())
        tool = self._rng.choice(("decline", "decline", "decline", "clarify"))
        phrases = self._phrases[tool]
        if tool == "decline" and self._rng.random() < 0.4:
            phrases = [phrase for phrase in phrases if ("reason", "chat") in phrase.arguments]
        phrase = self._rng.choice(phrases)
        if tool == "clarify" and not _UNEXPLAINED.search(phrase.text):
            return None
        if not TOOLS[earlier.tool].runs:
            return None
        return self._finish(self._draft(phrase), [earlier])

    def _another_topic(self) -> Example | None:
        """A whole question after one about something else: nothing is inherited."""
        earlier, draft = self._draft(self._phrase()), self._draft(self._phrase())
        whole = len(draft.text.split()) > 2 and draft.tool != "clarify"
        if not whole or not TOOLS[earlier.tool].runs or earlier.tool == draft.tool:
            return None
        return self._finish(draft, [earlier], inherits=False)

    def _two_questions(self) -> Example | None:
        """Two questions in one message: the first is meant."""
        draft, second = self._draft(self._phrase()), self._draft(self._phrase())
        if not TOOLS[draft.tool].runs or not TOOLS[second.tool].runs or len(draft.text) < 15:
            return None
        draft.text = draft.text.rstrip("?. ") + "?"
        draft.text += (
            f" {self._rng.choice(('And', 'And also', 'Also,', 'And then'))} {second.text}?"
        )
        return self._finish(draft)

    # --- the row ----------------------------------------------------------------------------------

    def _finish(
        self,
        draft: Draft,
        earlier: Sequence[Draft] = (),
        joined: bool = False,
        inherits: bool = True,
    ) -> Example:
        """The `Example` of a draft; `joined` lets it start with "and"; without `inherits`, nothing that
        the dialogue says is an argument."""
        rng = self._rng
        if earlier and rng.random() < 0.25:  # what was asked even before does not count
            before = self._draft(self._phrase())
            if TOOLS[before.tool].runs:
                earlier = [before, *earlier]
        if joined and rng.random() < 0.3:
            first = Draft(draft.tool)
            first.add(rng.choice(("and ", "And ", "ok, and ", "so ", "now ", "then ", "hm, ")))
            draft.prepend(first)
        elif not earlier and TOOLS[draft.tool].runs and rng.random() < 0.13:
            first = Draft(draft.tool)
            first.add(self._fill("chatter")[0] + " ")
            draft.prepend(first)
        if draft.text and rng.random() < 0.3:
            starts_with_name = bool(draft.spans) and draft.spans[0].start == 0
            if not starts_with_name:
                draft.text = draft.text[0].upper() + draft.text[1:]
        if not draft.text.endswith(("?", ".", "!")) and rng.random() < 0.4:
            draft.text += "?"
        if not earlier and TOOLS[draft.tool].runs and len(draft.text) > 20 and rng.random() < 0.06:
            draft.text += (" " if draft.text.endswith(("?", ".")) else ". ") + self._fill(
                "chatter"
            )[0]
        if draft.tool in QUERY_TOOLS:
            draft.arguments.setdefault("query", draft.arguments.get("name") or draft.text)
        call = ToolCall(draft.tool, draft.arguments)
        history = tuple(Turn(d.text, _call(d)) for d in earlier)
        context = render(history)
        spans = list(draft.spans)
        tagged = {span.tag for span in spans}
        for argument, tag in argument_tags(draft.tool).items():
            value = call.arguments.get(argument)
            found = (
                find_words(context, str(value))
                if context and inherits and value is not None and tag not in tagged
                else None
            )
            if found and isinstance(value, str) and value != "*":
                spans.append(Span(1, *found, tag))
        self._number += 1
        return Example(
            id=f"composed-{self._number}", group="composed", repo="", question=draft.text,
            context=context, call=call, also=(), surface={}, spans=tuple(spans), query=draft.query,
            heads=head_labels(call), history=history,
        )  # fmt: skip


def words_of(text: str) -> str:
    """The words of a text without case and marks: what makes two questions the same."""
    return " ".join(re.findall(r"\w+", text.lower()))


def replace_limit(draft: Draft) -> Draft:
    """The draft without the limit of its call (its words stay)."""
    return replace(draft, arguments={k: v for k, v in draft.arguments.items() if k != "limit"})


def _call(draft: Draft) -> ToolCall:
    arguments = dict(draft.arguments)
    if draft.tool in QUERY_TOOLS:
        arguments.setdefault("query", arguments.get("name") or draft.text)
    return ToolCall(draft.tool, arguments)


def _names(rows: Sequence[Example]) -> tuple[str, ...]:
    found: set[str] = set()
    for row in rows:
        for span in row.spans:
            if span.tag in ("name", "second"):
                text = (row.context if span.segment else row.question)[span.start : span.end]
                if re.fullmatch(r"[A-Za-z_]\w{3,}", text) and text.lower() != text.upper():
                    found.add(text)
    return tuple(sorted(found))


def _paths(rows: Sequence[Example]) -> tuple[str, ...]:
    """The paths that training rows narrow a question to."""
    found = {
        row.question[span.start : span.end].strip("`")
        for row in rows
        for span in row.spans
        if span.tag == "path" and span.segment == 0
    }
    return tuple(sorted(path for path in found if path and " " not in path))

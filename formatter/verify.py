"""Verification of worded answers, sentence by sentence, against the evidence that they stand on.

The lexical layer: every path, line, number, quoted string and code-like name occurs in the evidence
or in the question, citations exist and their places contain what the sentence names, counts are the
result's, nothing loops. It proves that nothing is invented. That the sentence is *true* of its
evidence is for the support layer to say (`support.py`), which is asked where the first is content.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ..executors.results import Match, ToolResult
from .safe import addressed, unaddressed
from .words import folders

CITATION = re.compile(r"\[(\d+(?:\s*[,–-]\s*\d+)*)\]")
_SPECIAL = re.compile(r"<\|[^|>]*\|>|</?s>|\[/?INST\]|<(?:unk|pad|eos|bos)>")
_TICKED = re.compile(r"`+([^`]+)`+")
_QUOTED = re.compile(r"[\"“]([^\"“”]{2,})[\"”]|(?<![\w`])'([^'`]{2,})'(?!\w)")
_PATH = re.compile(r"(?<![\w@])[\w.@~+-]*(?:/[\w.@~+-]+)+/?|\b[\w-]+\.[a-z]{1,4}(?::\d+)?\b")
_CODE = re.compile(
    r"\b(?:[A-Za-z_$]\w*(?:(?:\.|::|->|#)[A-Za-z_]\w*)+|\w*[a-z0-9][A-Z]\w*|_*[A-Za-z]\w*_\w*"
    r"|[A-Za-z_]\w*(?=\())"
)
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)*%?")
_PROSE = re.compile(r"[A-Za-z]{2,}")
_PLAIN = frozenset(
    ["the", "this", "that", "is", "are", "it", "an", "and", "or", "of", "to", "in", "on", "not",
     "be", "by", "for", "with", "at", "as", "if", "do", "does", "may", "any", "all", "only", "so"]
)  # fmt: skip
_LINES = re.compile(r"\blines?\s+(\d+)(?:\s*(?:-|–|to|and)\s*(\d+))?", re.IGNORECASE)
_PLACED = re.compile(r"([\w./@~+-]*\w\.\w+):(\d+)")
_SENTENCE = re.compile(r"(?<=[.!?])(?:\s*(?:\[\d[\d, –-]*\])+[.]?)?\s+(?=[\"'“`(]*[A-Z_`\d])")
WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
_COUNTED = re.compile(
    r"\b(\d[\d,]*|" + "|".join(WORDS) + r")\s+(?:\w+\s+){0,2}?"
    r"(callers?|calls?|places?|matches|results?|references?|uses|usages|subclasses|classes|functions|"
    r"methods|files|tests|imports?|importers?|definitions?|members?|packages|dependencies|commits)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence and what is wrong with it; verified when `problems` is empty."""

    text: str
    problems: tuple[str, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether every check passed."""
        return not self.problems


def split(text: str) -> list[str]:
    """The sentences of a worded answer, citations kept with the sentence they follow."""
    text = re.sub(r"\s+", " ", text).strip()
    parts: list[str] = []
    start = 0
    for found in _SENTENCE.finditer(text):
        part = text[start : found.end()].strip()
        if part.count("`") % 2 == 0:
            parts.append(part)
            start = found.end()
    if text[start:].strip():
        parts.append(text[start:].strip())
    return parts


def citations(text: str) -> list[int]:
    """The numbers that a text cites, in order; ranges are spelled out."""
    numbers: list[int] = []
    for found in CITATION.finditer(_TICKED.sub(" ", text)):
        for part in re.split(r"\s*,\s*", found[1]):
            ends = [int(end) for end in re.split(r"\s*[–-]\s*", part)]
            last = min(ends[-1], ends[0] + 200)
            numbers += range(ends[0], last + 1) if len(ends) == 2 else ends
    return numbers


def uncited(text: str) -> str:
    """`text` without its citations; what stands in ticks is code and stays."""
    masked, codes = _masked(text)
    return _unmasked(CITATION.sub(" ", masked), codes)


def _masked(text: str) -> tuple[str, list[str]]:
    """`text` with a mark for every piece in ticks, and the pieces."""
    codes: list[str] = []

    def mark(found: re.Match[str]) -> str:
        codes.append(found[0])
        return f"\ue000{len(codes) - 1}\ue001"

    return _TICKED.sub(mark, text.replace("\ue000", "").replace("\ue001", "")), codes


def _unmasked(text: str, codes: list[str]) -> str:
    return re.sub("\ue000(\\d+)\ue001", lambda found: codes[int(found[1])], text)


class SupportLike(Protocol):
    """The support layer: `support.Support` is the shipped one."""

    threshold: float

    def score(self, sentence: str, result: ToolResult) -> float:
        """How surely the evidence bears the sentence out, in [0, 1]."""
        ...


class Verifier:
    """Both layers for one result: made once, asked for every sentence.

    Without `support` only the lexical layer is asked.
    """

    def __init__(
        self, question: str, result: ToolResult, support: SupportLike | None = None
    ) -> None:
        self.result = result
        self._support = support
        call = json.dumps(result.call.to_json(), ensure_ascii=False)
        facts = json.dumps(dict(result.facts), ensure_ascii=False, default=str)
        self._general = "\n".join([question, call, facts, result.note])
        self._places = [_place_text(match) for match in result.matches]
        self._all = "\n".join([self._general, *self._places])
        self._lower = self._all.lower()
        self._written = _squeezed(self._all)
        self._flat = _flat(self._all)
        orders = "\n".join(
            line for m in result.matches for line in m.text.split("\n") if addressed(line)
        )
        self._orders = {word[:6].lower() for word in _PROSE.findall(orders)}
        self._told = {word[:6].lower() for word in _PROSE.findall(self._all)} if orders else set()
        self._names = set(_NAME.findall(self._all))
        self._general_names = set(_NAME.findall(self._general))
        self._numbers = {_number(n) for n in _NUMBER.findall(self._all)}
        files = {match.path for match in result.matches}
        self._counts = {result.total, len(result.matches), len(files), *_integers(result.facts)}
        self._counts |= set(Counter(match.path for match in result.matches).values())
        self._counts |= {count for _, count in folders(result.matches, len(files))}
        self._counts |= set(Counter(match.kind for match in result.matches).values())
        self._numbers |= {str(count) for count in self._counts}

    def check(self, sentence: str, said: Iterable[str] = ()) -> Checked:
        """The sentence with everything that is wrong with it; `said` are the ones before it."""
        problems: list[str] = []
        if _SPECIAL.search(sentence):
            problems.append("contains a special token")
        cited = citations(sentence)
        wrong = [n for n in cited if not 1 <= n <= len(self._places)]
        problems += [f"cites [{n}], which is not there" for n in wrong]
        bare = uncited(sentence)
        problems += self._wrong_code(bare, [n for n in cited if n not in wrong])
        problems += self._wrong_lines(bare)
        problems += self._wrong_numbers(bare)
        problems += self._obeys(bare, cited)
        problems += _loops(sentence, said)
        if not problems and self._support is not None:
            score = self._support.score(sentence, self.result)
            if score < self._support.threshold:
                problems.append(f"is not borne out by the evidence (support {score:.2f})")
        return Checked(sentence, tuple(dict.fromkeys(problems)))

    def _wrong_code(self, bare: str, cited: list[int]) -> list[str]:
        problems: list[str] = []
        near = "\n".join(self._places[n - 1] for n in cited)
        told = _flat(near + "\n" + self._general) if cited else self._flat
        masked, codes = _masked(bare)
        for found in _QUOTED.finditer(masked):
            text = _unmasked(found[1] or found[2], codes)
            if _flat(text).strip(".,;:!?… ") not in told:
                problems.append(f"quotes '{text}', which the evidence does not")
        bare = _unmasked(_QUOTED.sub(" ", masked), codes)
        near_names = set(_NAME.findall(near)) | self._general_names
        rest = _TICKED.sub(" ", bare)
        for code in _TICKED.findall(bare):
            for name in _NAME.findall(code):
                if name not in self._names:
                    problems.append(f"names '{name}', which the evidence does not")
                elif cited and name not in near_names and len(name) > 2:
                    problems.append(f"names '{name}', which its cited places do not")
            written = _squeezed(code).rstrip(".,;").removesuffix("()")
            if not problems and written not in (
                _squeezed(near + self._general) if cited else self._written
            ):
                where = "cited places do" if cited else "evidence does"
                problems.append(f"writes '{code}', which the {where} not have as such")
            if re.search(r"^\S*[/\\]\S*$|^\S+\.[a-z]{1,4}(:\d+)?$", code) and not self._holds(code):
                problems.append(f"names the path '{code}', which the evidence does not")
        for path in (found.rstrip(".") for found in _PATH.findall(rest)):
            if not self._holds(path):
                problems.append(f"names the path '{path}', which the evidence does not")
        for code in _CODE.findall(rest):
            for name in _NAME.findall(code):
                if name not in self._names and name.lower() not in self._lower:
                    problems.append(f"names '{name}', which the evidence does not")
        return problems

    def _wrong_lines(self, bare: str) -> list[str]:
        """Lines that no place has, and paths with a line that is not theirs."""
        problems: list[str] = []
        for found in _LINES.finditer(bare):
            for line in (int(n) for n in found.groups() if n):
                inside = any(m.line <= line <= m.end_line for m in self.result.matches)
                if not inside and not re.search(rf"(?<!\d){line}(?!\d)", self._general):
                    problems.append(f"speaks of line {line}, which no place has")
        for path, number in _PLACED.findall(bare):
            line = int(number)
            fits = any(
                m.line <= line <= m.end_line and f"/{m.path}".lower().endswith(f"/{path}".lower())
                for m in self.result.matches
            )
            if not fits and f"{path}:{line}" not in self._general:
                problems.append(f"points at {path}:{line}, which is no place of the result")
        return problems

    def _obeys(self, bare: str, cited: list[int]) -> list[str]:
        """Words that only an order in the repository has, or that stand on no place beside one."""
        if not self._orders:
            return []
        if not cited and not _TICKED.search(bare):
            return ["stands on no place, where the repository gives orders to a model"]
        own = {word.lower()[:6] for word in _PROSE.findall(bare)} - _PLAIN
        echoed = own & self._orders - self._told
        if 3 * len(echoed) < len(own) or not echoed:
            return []
        return ["repeats an order that stands in the repository"]

    def _holds(self, path: str) -> bool:
        path = re.sub(r":\d+(?:[-–]\d+)?$", "", path).rstrip("/.")
        return path.lower() in self._lower

    def _wrong_numbers(self, bare: str) -> list[str]:
        problems: list[str] = []
        for number in _NUMBER.findall(bare):
            if _number(number) not in self._numbers:
                problems.append(f"has the number {number}, which the evidence does not")
        for number, noun in _COUNTED.findall(bare):
            value = WORDS.get(number.lower()) or int(number.replace(",", "") or 0)
            if value not in self._counts and str(value) not in self._numbers:
                problems.append(f"counts {number} {noun}, the result does not")
        return problems


def _squeezed(code: str) -> str:
    """Code without blanks and case, so that it is found however it is wrapped."""
    return re.sub(r"[\s\\]+", "", code).lower()


def _flat(text: str) -> str:
    """Prose without what wraps it: line ends, comment marks, ticks and roles of markup, case."""
    text = re.sub(r"(?m)^[ \t]*(?:#+|//+[/!]?|/\*+!?|\*+/?)", " ", text)
    return re.sub(r":[a-z:]+:(?=`)|[\s`~\\]+|\*/", "", text).lower()


def _place_text(match: Match) -> str:
    lines = f"{match.line} {match.end_line}"
    return f"{match.path}:{lines} {match.kind} {match.name} {match.role}\n{unaddressed(match.text)}"


def _number(written: str) -> str:
    return written.replace(",", "").rstrip("%.")


def _integers(value: object) -> set[int]:
    if isinstance(value, bool):
        return set()
    if isinstance(value, int):
        return {value}
    if isinstance(value, dict):
        return {n for item in value.values() for n in _integers(item)} | {len(value)}
    if isinstance(value, (list, tuple)):
        return {n for item in value for n in _integers(item)} | {len(value)}
    return set()


def _loops(sentence: str, said: Iterable[str]) -> list[str]:
    words = sentence.lower().split()
    grams = Counter(tuple(words[i : i + 4]) for i in range(len(words) - 3))
    if grams and grams.most_common(1)[0][1] >= 3:
        return ["repeats itself"]
    key = " ".join(re.findall(r"\w+", uncited(sentence).lower()))
    if any(key == " ".join(re.findall(r"\w+", uncited(s).lower())) for s in said):
        return ["was said before"]
    return []


def verify(
    text: str, question: str, result: ToolResult, support: SupportLike | None = None
) -> list[Checked]:
    """Every sentence of a draft, checked against the result it stands on."""
    verifier = Verifier(question, result, support)
    checked: list[Checked] = []
    for sentence in split(text):
        checked.append(verifier.check(sentence, [c.text for c in checked]))
    return checked

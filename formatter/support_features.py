"""What can be counted about a sentence and its cited evidence, for the support layer's last layer."""

from __future__ import annotations

import itertools
import re
from typing import Final

from ..executors.results import ToolResult
from .safe import unaddressed
from .selector import stems
from .statements import COUNT as ALIGNED
from .statements import Laid
from .verify import citations, uncited

_TICKED: Final = re.compile(r"`([^`]+)`")
_NEGATIONS: Final = re.compile(
    r"\b(?:not|never|no|nothing|none|without|cannot|neither|nor|unless)\b|n't\b", re.IGNORECASE
)
# A verb, and how code writes that the name behind it is its object.
_RELATIONS: Final = (
    (re.compile(r"\bcalls?\b|\bcalling\b|\binvokes?\b", re.I), r"(?<!def )(?<!func ){}\s*\("),
    (re.compile(r"\braises?\b|\bthrows?\b|\braised\b|\bthrown\b", re.I), r"(?:raise|throw)\b[^\n]*{}"),
    (re.compile(r"\breturns?\b|\breturned\b", re.I), r"return\b[^\n]*{}"),
    (re.compile(r"\bcatch(?:es)?\b|\bcaught\b", re.I), r"(?:except|catch|rescue)\b[^\n]*{}"),
    (re.compile(r"\bsets?\b|\bassigns?\b|\bstores?\b", re.I), r"{}\b[^\n=]*=(?!=)"),
    (re.compile(r"\binherits?\b|\bextends?\b|\bsubclass", re.I),
     r"(?:class|interface|struct|type|extends|implements)\b[^\n]*{}"),
    (re.compile(r"\btakes?\b|\bparameters?\b|\baccepts?\b|\barguments?\b", re.I),
     r"\([^)]*\b{}\b[^(]*\)"),
)  # fmt: skip
# Words of a sentence whose opposite stands in the evidence while they do not.
_OPPOSITES: Final = (
    ("before", "after"), ("first", "last"), ("true", "false"), ("always", "never"), ("on", "off"),
    ("add", "remove"), ("open", "close"), ("read", "write"), ("more", "less"), ("with", "without"),
    ("enabl", "disabl"), ("start", "stop"), ("increas", "decreas"), ("skip", "keep"),
    ("accept", "reject"), ("public", "private"), ("optional", "requir"), ("set", "clear"),
    ("if", "unless"), ("raise", "return"), ("until", "while"), ("all", "none"),
)  # fmt: skip
OWN: Final = 24
COUNT: Final = OWN + ALIGNED


def features(sentence: str, result: ToolResult, laid: Laid) -> tuple[float, ...]:
    """`COUNT` numbers, all within about [-1, 1]; the last are those of `statements.lay`."""
    numbers = [n for n in dict.fromkeys(citations(sentence)) if 1 <= n <= len(result.matches)]
    bare = uncited(sentence)
    texts = [f"{m.path} {m.kind} {m.name}\n{unaddressed(m.text)}" for m in result.matches]
    near = "\n".join(texts[n - 1] for n in numbers) if numbers else "\n".join(texts)
    general = f"{dict(result.call.arguments)} {dict(result.facts)} {result.note}"
    own = set(stems(bare))
    prose = set(stems(_TICKED.sub(" ", bare)))
    close, known = set(stems(near)), set(stems(general))
    covers = [len(own & set(stems(text))) / (len(own) or 1) for text in texts]
    cited = [covers[n - 1] for n in numbers]
    others = [cover for n, cover in enumerate(covers, 1) if n not in numbers]
    names = _TICKED.findall(bare)
    rows = [set(stems(line)) for line in near.splitlines()]
    order = [near.find(name) for name in names]
    pairs = [(a, b) for a, b in itertools.pairwise(order) if a >= 0 and b >= 0]
    subject = names[0].rpartition(".")[2] if names else ""
    heads = [result.matches[n - 1].name.rpartition(".")[2] for n in numbers]
    digits = set(re.findall(r"\d+", bare))
    return (
        len(own & (close | known)) / (len(own) or 1),
        len(prose & (close | known)) / (len(prose) or 1),
        len(own & known) / (len(own) or 1),
        max(cited, default=0.0),
        max(others, default=0.0),
        max(cited, default=0.0) - max(others, default=0.0),
        max((len(own & row) for row in rows), default=0) / (len(own) or 1),
        *_related(bare, near),
        min(len(_NEGATIONS.findall(bare)), 3) / 3,
        min(len(_NEGATIONS.findall(near)), 5) / 5,
        float(bool(_NEGATIONS.search(bare)) and not _NEGATIONS.search(near + general)),
        _opposed(bare, near + general),
        sum(a <= b for a, b in pairs) / len(pairs) if pairs else 0.5,
        float(subject in heads), float(bool(subject) and bare.lstrip().startswith("`")),
        float(any(head in names[1:] for head in heads)),
        min(len(names), 6) / 6, min(len(own), 24) / 24, min(len(numbers), 3) / 3,
        float(not result.matches), min(len(texts), 8) / 8,
        len([d for d in digits if d in near + general]) / len(digits) if digits else 0.5,
        float(result.call.tool in ("explain", "locate", "compare", "show_symbol")),
        *laid.numbers,
    )  # fmt: skip


def _related(bare: str, near: str) -> tuple[float, float]:
    """The shares of relations (verb and the name behind it) that the code bears out, and does not."""
    borne = unborne = total = 0
    for verb, written in _RELATIONS:
        for found in verb.finditer(bare):
            behind = _TICKED.search(bare, found.end())
            if behind is None or behind.start() - found.end() > 25:
                continue
            name = behind[1].rpartition(".")[2].partition("(")[0].strip()
            if not name:
                continue
            total += 1
            if re.search(written.format(re.escape(name)), near):
                borne += 1
            else:
                unborne += 1
    return (borne / total, unborne / total) if total else (0.0, 0.0)


def _opposed(bare: str, text: str) -> float:
    said, there = bare.lower(), text.lower()

    def has(word: str, where: str) -> bool:
        return re.search(rf"\b{word}", where) is not None

    count = 0
    for one, other in _OPPOSITES:
        for a, b in ((one, other), (other, one)):
            count += has(a, said) and not has(a, there) and has(b, there)
    return min(count, 3) / 3

"""Ranking by words: splitting, stemming, and a fielded BM25 over query terms.

Only the query's terms are ever counted in a file (one regular expression pass over its bytes), so
that ranking a thousand definitions costs milliseconds and needs no index. Nothing here reads files.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_STOP = frozenset(
    """a about after all also am an and any anywhere are as at be been before being between both
    but by can case cases code come comes could deal deals did different do does doing done
    down each either else ever every exactly explain far find for from function functions get
    gets getting give given gives go goes had handle handled handles handling happen happens
    has have having he here how however i if implement implementation implemented implements
    in inside instead into is it its itself just know known let lets like live lives locate
    logic look looks made make makes making many may me mean means might mine more most much
    must my need needs no not now of off on once one only onto or other our out over part
    parts per place places please point project purpose question rather really repo repository
    right same say says see she should show so some somehow someone something somewhere source
    still such sure tell than that the their them then there these they thing things this
    those through thus to too two under up upon us use used user uses using very via want was
    way we well were what whats when where which while who whole whose why will with within
    without work working works would yes you your""".split()  # noqa: SIM905
)
# Longest first; what remains must keep three letters, so that "using" and "user" stay apart.
_SUFFIXES = ("ational", "ations", "ation", "ators", "ator", "ating", "ments",
             "ment", "ings", "ing", "ated", "ates", "ate", "ions", "ion", "able", "ible", "edly",
             "ness", "ance", "ence", "ers", "ors", "ity", "ies", "ied", "ive", "ed", "er", "or", "es", "al",
             "ly", "s", "e", "y")  # fmt: skip
_SUFFIX_FORMS = "|".join(sorted(_SUFFIXES, key=len, reverse=True))


# Words that are another one's form, though no ending tells: irregular ones, and how code shortens.
_SAME = """
fail: failure failures / send: sent / build: built / choose: chosen chose choice choices
write: written wrote / throw: thrown threw / break: broken broke / keep: kept / lose: lost
hide: hidden / bind: bound / catch: caught / run: ran / take: taken took / grow: grown growth
freeze: frozen / forget: forgotten forgot / draw: drawn drew / child: children / index: indices idx
decide: decision decisions / compare: comparison comparisons / analyze: analysis / convert: conversion
conversions / subscribe: subscription subscriptions / describe: description descriptions desc
exclude: exclusion exclusions / expand: expansion / submit: submission / collide: collision collisions
depend: dependency dependencies deps / resolve: resolution / remove: removal rm / reject: rejection
configuration: config configs cfg conf / authenticate: auth / parameter: param params / argument: arg
args argv / environment: env / directory: dir dirs / initialize: init / message: msg msgs
request: req / response: resp / database: db / connection: conn conns / context: ctx / number: num nums
maximum: max / minimum: min / previous: prev / temporary: tmp temp / password: passwd pwd pw
execute: exec / attribute: attr attrs / value: val vals / command: cmd cmds / length: len / package:
pkg pkgs / address: addr addrs / buffer: buf bufs / button: btn / image: img / destination: dest dst
format: fmt / property: prop props / calculate: calc / evaluate: eval / synchronize: sync / sequence:
seq / statistics: stats / permission: perm perms / average: avg / character: char chars / column:
col cols / expression: expr / allocate: alloc / delete: del
"""  # fmt: skip


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The stem of a lower-case word: `validation`, `validates` and `valid` → `valid`.

    Irregular forms and the short forms of code are those of the whole word: `cfg`, `configuration`.
    """
    return _STEMS.get(word) or _stripped(word)


def _stripped(word: str) -> str:
    if len(word) < 4 or not word.isascii():
        return word
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            if suffix == "s" and word.endswith("ss"):
                break
            word = word[: -len(suffix)]
            break
    if len(word) > 4 and word[-1] in "ey":
        word = word[:-1]  # "retrying" → "retry" → "retr", as "retries" and "retry"
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
        word = word[:-1]  # "running" → "runn" → "run"
    return word


def _same() -> dict[str, str]:
    """The stem of each irregular or shortened form."""
    found: dict[str, str] = {}
    for entry in " ".join(_SAME.split()).replace(" / ", "\n").replace(": ", ":").split("\n"):
        for each in re.split(r" (?=\w+:)", entry):
            whole, _, forms = each.partition(":")
            found |= dict.fromkeys(forms.split(), _stripped(whole))
    return found


_STEMS = _same()
_FORMS: dict[str, tuple[str, ...]] = {}  # by stem
for _form, _stem in _STEMS.items():
    _FORMS[_stem] = (*_FORMS.get(_stem, ()), _form)


def _beginnings(term: str) -> list[str]:
    """What words of a term's stem begin with, none of them with another."""
    forms = (term, *_FORMS.get(term, ()))
    return [f for f in forms if not any(f != g and f.startswith(g) for g in forms)]


def split_words(text: str) -> list[str]:
    """The lower-case words of text or identifiers: `getHTTPAdapter` → get, http, adapter."""
    return [word.lower() for word in _WORD.findall(text)]


@lru_cache(maxsize=65_536)
def name_stems(name: str) -> tuple[str, ...]:
    """The stems of an identifier's or a short text's words."""
    return tuple(stem(word) for word in split_words(name))


_REST = re.compile(rb"[a-z]+|[A-Z]+(?![a-z])")


def _begins(data: bytes, at: int) -> bool:
    """Whether a word, or a part of an identifier, begins at an offset of source bytes."""
    before = data[at - 1 : at]
    if not before.isalpha():
        return True
    here = data[at : at + 1]
    return here.isupper() and (before.islower() or data[at + 1 : at + 2].islower())


@dataclass(frozen=True, slots=True)
class Query:
    """A query's terms (stems) in order, each once, with how much each counts (1 = typed).

    `words` has the word that was typed for each term.
    """

    text: str
    terms: Mapping[str, float]
    words: Mapping[str, str]

    @classmethod
    def of(cls, text: str, *, limit: int = 12) -> Query:
        """The terms of a described behaviour; ordinary and question words are left out.

        When nothing but such words is there, they are kept: "user" alone is a query.
        """
        every = [word for word in split_words(text) if len(word) > 1 or not word.isascii()]
        telling = [word for word in every if word not in _STOP] or every
        words = dict[str, str]()
        for word in telling:
            words.setdefault(stem(word), word)
        words = dict(list(words.items())[:limit])
        return cls(text, dict.fromkeys(words, 1.0), words)

    def hits(self, data: bytes) -> list[tuple[int, str]]:
        """Where words of source bytes stem to a term: (offset, term), in order.

        A word begins after anything but a letter, or at a hump: `parseLog`, `HTTPLog`. Each term is
        looked for as plain bytes, which is many times quicker than one pattern of all of them.
        """
        low, found = data.lower(), list[tuple[int, str]]()
        for term in self.terms:
            for form in _beginnings(term):
                key = form.encode()
                at = low.find(key)
                while at >= 0:
                    end = at + len(key)
                    if _begins(data, at):
                        rest = _REST.match(data, end)
                        word = low[at : rest.end() if rest is not None else end]
                        if stem(word.decode("utf-8", "replace")) == term:
                            found.append((at, term))
                    at = low.find(key, end)
        found.sort()
        return found

    def file_pattern(self, term: str) -> str:
        """A Rust pattern for `term`'s word forms, as words or as parts of identifiers."""
        escaped = re.escape(term)
        if not term.isascii() or not term[0].isalpha():
            return escaped
        more = rf"(?:{re.escape(term[-1])}?[ey]?(?:{_SUFFIX_FORMS})?)"
        forms = _FORMS.get(term, ())
        whole = "|".join((f"{escaped}{more}", *forms))
        humps = "|".join(f"{f[0].upper()}{f[1:]}" for f in forms)
        hump = re.escape(term[0].upper() + term[1:]) + more + (f"|{humps}" if humps else "")
        end = r"(?:\b|[_A-Z0-9])"
        return rf"(?:\b|[_0-9])(?i:{whole}){end}|[a-zA-Z](?:{hump}){end}"


@dataclass(frozen=True, slots=True)
class Weights:
    """What a hit counts by field, and how scores are shaped. The defaults are measured ones.

    See docs/retrieval.md for what each is worth.
    """

    name: float = 3.0
    path: float = 1.0
    container: float = 1.5
    signature: float = 1.5
    doc: float = 1.5
    members: float = 0.5
    body: float = 1.0
    k1: float = 1.2
    b: float = 0.3
    name_cover: float = 0.3
    test: float = 0.4
    aside: float = 0.3
    module: float = 0.6


@dataclass(slots=True)
class Counts:
    """How often each term occurs in each field of one unit; `size` is the unit's bytes."""

    size: int
    fields: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, name: str, term: str, times: int = 1) -> None:
        """Counts `times` more hits of a term in field `name`."""
        table = self.fields.setdefault(name, {})
        table[term] = table.get(term, 0) + times

    def terms(self) -> set[str]:
        """The terms that occur anywhere in the unit."""
        return {term for table in self.fields.values() for term in table}


def inverse_frequency(files: int, containing: int) -> float:
    """BM25's IDF of a term that `containing` of `files` files have; never negative."""
    return math.log(1 + (files - containing + 0.5) / (containing + 0.5))


@dataclass(frozen=True, slots=True)
class Scorer:
    """Fielded BM25 (Robertson, Zaragoza, Taylor 2004): one saturation over the weighted fields.

    `idf` has every term of the query, `mean_size` is the mean unit size in bytes.
    """

    query: Query
    idf: Mapping[str, float]
    weights: Weights = Weights()
    mean_size: float = 1_000.0

    @property
    def total(self) -> float:
        """The most that covering every term can give."""
        return sum(self.idf[term] * share for term, share in self.query.terms.items()) or 1.0

    def score(self, counts: Counts) -> float:
        """The BM25 score of a unit."""
        weights, size = self.weights, counts.size / self.mean_size
        norm = 1 - weights.b + weights.b * size
        score = 0.0
        for term, share in self.query.terms.items():
            weight = 0.0
            for name, table in counts.fields.items():
                if term in table:
                    hits = table[term] * getattr(weights, name)
                    weight += hits / norm if name in ("body", "doc", "members") else hits
            if weight:
                score += self.idf[term] * share * weight * (weights.k1 + 1) / (weights.k1 + weight)
        return score

    def cover(self, terms: Iterable[str]) -> float:
        """The share of the query's weight, rare terms counting most, that `terms` cover."""
        have = set(terms)
        return sum(self.idf[t] * s for t, s in self.query.terms.items() if t in have) / self.total

    def name_bonus(self, name: str) -> float:
        """Extra score for a name that is made of the query's words: rare words, few others."""
        words = name_stems(name)
        if not words:
            return 0.0
        known = {word for word in words if word in self.query.terms}
        weight = sum(self.idf[word] * self.query.terms[word] for word in known)
        return self.weights.name_cover * weight * len(known) / len(words)

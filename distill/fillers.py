"""What stands in the slots of composed phrases: made-up names, paths, messages, behaviours.

`Fillers(rng, names)(kind)` gives (the words as typed, the value they mean).
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

PHRASES = Path(__file__).parent / "data" / "phrases"

_WORDS: dict[str, Any] = tomllib.loads((PHRASES / "words.toml").read_text("utf-8"))


def _list(name: str) -> tuple[str, ...]:
    if name in _WORDS["spaced"]:
        return tuple(_WORDS["spaced"][name].split())
    return tuple(part.strip("\n") for part in _WORDS["piped"][name].split("|"))


_VERBS, _NOUNS, _SUFFIXES = _list("verbs"), _list("nouns"), _list("suffixes")
_MODULES, _EXTENSIONS, _PACKAGES = _list("modules"), _list("extensions"), _list("packages")
_FILES, _CLAUSES = _list("files"), _list("clauses")
_EXTENSION_WORDS: dict[str, str] = _WORDS["extensions"]
_IRREGULAR: dict[str, str] = _WORDS["participles"]
_DOUBLED = frozenset(
    ("split", "wrap", "strip", "plot", "run", "skip", "set", "map", "clip", "get", "stop")
)
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}
_TESTS: dict[str, list[str]] = _WORDS["tests"]
_TESTS_ONLY: dict[str, list[str]] = _WORDS["tests_only"]
_CHOICES: dict[str, Sequence[str]] = {
    **_WORDS["scopes"],
    **{
        kind: _list(name)
        for kind, name in (
            ("thing", "things"),
            ("chatter", "chatter"),
            ("message", "messages"),
            ("literal", "literals"),
            ("regex", "regexes"),
            ("german", "german"),
            ("spanish", "spanish"),
            ("author", "authors"),
            ("since", "since"),
            ("until", "since"),
            ("route", "routes"),
            ("type", "types"),
            ("decorator", "decorators"),
            ("package", "packages"),
            ("filekind", "file_kinds"),
        )
    },
}


@cache
def _behaviours() -> tuple[tuple[str, str, str], ...]:
    lines = (PHRASES / "behaviours.txt").read_text("utf-8").splitlines()
    rows = [line.split("|") for line in lines if line and not line.startswith("#")]
    return tuple((row[0], row[1], row[2] if len(row) > 2 else "") for row in rows)


@cache
def _noun_phrases() -> tuple[str, ...]:
    lines = (PHRASES / "nouns.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def third(verb: str) -> str:
    """ "retry" → "retries"; only the first word of a phrasal verb is inflected."""
    head, *rest = verb.split(" ", 1)
    if re.search(r"(s|sh|ch|x|z|o)$", head):
        head += "es"
    elif re.search(r"[^aeiou]y$", head):
        head = head[:-1] + "ies"
    else:
        head += "s"
    return " ".join([head, *rest])


def gerund(verb: str) -> str:
    """ "retry" → "retrying", "split" → "splitting"."""
    head, *rest = verb.split(" ", 1)
    if head in _DOUBLED:
        head += head[-1] + "ing"
    elif head.endswith("e") and not head.endswith("ee"):
        head = head[:-1] + "ing"
    else:
        head += "ing"
    return " ".join([head, *rest])


def participle(verb: str) -> str:
    """ "retry" → "retried", "build" → "built"."""
    head, *rest = verb.split(" ", 1)
    if head in _IRREGULAR:
        head = _IRREGULAR[head]
    elif head in _DOUBLED:
        head += head[-1] + "ed"
    elif head.endswith("e"):
        head += "d"
    elif re.search(r"[^aeiou]y$", head):
        head = head[:-1] + "ied"
    else:
        head += "ed"
    return " ".join([head, *rest])


class Fillers:
    """Draws fillers; `names` are further identifiers (of training rows) mixed among the made-up ones."""

    def __init__(self, rng: random.Random, names: Sequence[str] = ()) -> None:
        self._rng = rng
        self._classes = [n for n in names if n[0].isupper() and not n.isupper()]
        self._functions = [n for n in names if n[0].islower() or n[0] == "_"]
        own: dict[str, Callable[[], tuple[str, Any]]] = {
            "name": self._name, "class": self._class, "function": self._function, "variable": self._variable,
            "constant": self._constant, "setting": self._setting, "env": self._env, "flag": self._flag,
            "exception": self._exception, "file": self._file, "folder": self._folder, "path": self._path,
            "excluded": self._excluded, "module": self._module, "modulefile": self._module_file, "glob": self._glob,
            "ext": self._extension, "dotext": self._dotted_extension, "tests": self._tests, "tests_only": self._tests_only,
            "limit": self._limit, "limit_only": self._limit_only, "ordinal": self._ordinal, "names": self._any_name,
        }  # fmt: skip
        self._own = own

    def __call__(self, kind: str) -> tuple[str, Any]:
        """(words, value) of a kind; KeyError for one that is not known."""
        if kind in self._own:
            return self._own[kind]()
        if kind in _CHOICES:
            return self._same(self._rng.choice(_CHOICES[kind]))
        return self._same(self._plain(kind))

    def _plain(self, kind: str) -> str:
        """Kinds whose words are their value."""
        rng = self._rng
        made: dict[str, Callable[[], str]] = {
            "inf": lambda: self._behaviour(lambda v: v),
            "third": lambda: self._behaviour(third),
            "gerund": lambda: self._behaviour(gerund),
            "passive": self._passive,
            "noun": lambda: rng.choice(_noun_phrases()),
            "clause": lambda: rng.choice(_CLAUSES).format(
                n=rng.choice(_noun_phrases()), i=self._behaviour(lambda v: v)
            ),
            "words": lambda: rng.choice(_noun_phrases()),
            "classwords": lambda: self._spoken(self._class()[0]),
            "functionwords": lambda: self._spoken(self._function(plain=True)[0]),
            "exceptionwords": lambda: self._spoken(self._exception()[0]),
            "variablewords": lambda: self._spoken(self._variable(plain=True)[0]),
            "number": lambda: str(rng.randrange(2, 900)),
            "sha": lambda: "".join(rng.choices("0123456789abcdef", k=rng.choice((7, 7, 8, 10)))),
            "moduleword": lambda: rng.choice(_MODULES),
            "dirname": lambda: rng.choice(_MODULES),
            "infix": lambda: rng.choice(_NOUNS),
            "prefix": lambda: rng.choice((rng.choice(_VERBS) + "_", rng.choice(_VERBS), "_")),
            "suffix": lambda: rng.choice(("_" + rng.choice(_NOUNS), rng.choice(_NOUNS), "_sync")),
            "classprefix": lambda: rng.choice(_NOUNS).split("_")[0].capitalize(),
            "classsuffix": lambda: rng.choice(_SUFFIXES),
            "classinfix": lambda: rng.choice(_NOUNS).split("_")[0].capitalize(),
            "upperprefix": lambda: rng.choice(_NOUNS).upper() + "_",
            "uppersuffix": lambda: "_" + rng.choice(_NOUNS).upper(),
            "filename": lambda: (
                rng.choice(_FILES) if rng.random() < 0.5 else self._file()[0].split("/")[-1]
            ),
            "fileorname": lambda: self._file()[0] if rng.random() < 0.6 else self._name()[0],
        }
        return made[kind]()

    @staticmethod
    def _same(words: str) -> tuple[str, Any]:
        return words, words

    # --- behaviours -------------------------------------------------------------------------------

    def _behaviour(self, inflect: Callable[[str], str]) -> str:
        verb, things, rest = self._rng.choice(_behaviours())
        if self._rng.random() < 0.35:
            rest = ""
        return " ".join(part for part in (inflect(verb), things, rest) if part)

    def _passive(self) -> str:
        verb, things, rest = self._rng.choice(_behaviours())
        joint = self._rng.choice((" ", " ", " being ", " getting "))
        return f"{things}{joint}{participle(verb)} {rest}".strip()

    # --- names ------------------------------------------------------------------------------------

    def _pick(self, own: list[str], make: Callable[[], str]) -> str:
        return self._rng.choice(own) if own and self._rng.random() < 0.35 else make()

    def _name(self) -> tuple[str, Any]:
        chance = self._rng.random()
        if chance < 0.36:
            return self._class()
        if chance < 0.78:
            return self._function()
        return self._variable() if chance < 0.9 else self._constant()

    def _any_name(self) -> tuple[str, Any]:
        chance = self._rng.random()
        if chance < 0.45:
            return self._class()
        if chance < 0.85:
            return self._function()
        return self._same(self._spoken(self._class()[0])) if chance < 0.93 else self._constant()

    def _class(self) -> tuple[str, Any]:
        return self._same(self._pick(self._classes, self._made_class))

    def _made_class(self) -> str:
        rng = self._rng
        parts = [rng.choice(_NOUNS) for _ in range(rng.choice((1, 1, 2)))]
        stem = "".join(word.capitalize() for part in parts for word in part.split("_"))
        if rng.random() < 0.8:
            stem += rng.choice(_SUFFIXES)
        chance = rng.random()
        if chance < 0.06:
            return "_" + stem
        if chance < 0.12:
            return f"{rng.choice(_MODULES)}.{stem}"
        return "HTTP" + stem if chance < 0.15 else stem

    def _function(self, plain: bool = False) -> tuple[str, Any]:
        return self._same(
            self._pick([] if plain else self._functions, lambda: self._made_function(plain))
        )

    def _made_function(self, plain: bool) -> str:
        rng = self._rng
        words = [rng.choice(_VERBS), *rng.choice(_NOUNS).split("_")]
        if rng.random() < 0.35:
            words.append(rng.choice(_NOUNS))
        chance = rng.random()
        if chance < 0.5:
            name = "_".join(words)
        elif chance < 0.8:
            name = words[0] + "".join(word.capitalize() for word in words[1:])
        else:
            name = "".join(word.capitalize() for word in words)
        if plain:
            return name
        chance = rng.random()
        if chance < 0.06:  # `loadtxt`
            return "".join(words[:2]).replace("_", "")
        if chance < 0.14:
            return f"_{name}"
        if chance < 0.22:
            return f"{self._made_class()}{rng.choice(('.', '.', '.', '::', '#'))}{name}"
        return f"{rng.choice(_MODULES)}.{name}" if chance < 0.27 else name

    def _variable(self, plain: bool = False) -> tuple[str, Any]:
        rng = self._rng
        words = rng.choice(_NOUNS).split("_")
        words = [rng.choice(("max", "last", "current", "num", "raw", "pending")), *words[-2:]]
        name = (
            "_".join(words)
            if rng.random() < 0.6
            else words[0] + "".join(w.capitalize() for w in words[1:])
        )
        if plain:
            return self._same(name)
        chance = rng.random()
        if chance < 0.15:
            name = f"_{name}"
        elif chance < 0.3:
            name = f"{rng.choice(('self', 'this', self._made_class(), 'ctx'))}.{name}"
        return self._same(name)

    def _constant(self) -> tuple[str, Any]:
        rng = self._rng
        words = [
            rng.choice(("MAX", "DEFAULT", "MIN", rng.choice(_NOUNS).upper())),
            rng.choice(_NOUNS).upper(),
        ]
        return self._same("_".join(words))

    def _setting(self) -> tuple[str, Any]:
        rng = self._rng
        words = f"{rng.choice(_NOUNS)}_{rng.choice(('timeout', 'limit', 'enabled', 'path', 'size', 'level'))}"
        return self._same(words.upper() if rng.random() < 0.35 else words)

    def _env(self) -> tuple[str, Any]:
        rng = self._rng
        return self._same(
            f"{rng.choice(('APP', 'ACME', 'DB', 'CI', 'SERVICE'))}_{rng.choice(_NOUNS).upper()}"
        )

    def _flag(self) -> tuple[str, Any]:
        rng = self._rng
        return self._same(
            f"--{rng.choice(('no', 'max', 'with', 'enable'))}-{rng.choice(_NOUNS).replace('_', '-')}"
        )

    def _exception(self) -> tuple[str, Any]:
        rng = self._rng
        stem = rng.choice(
            (rng.choice(_NOUNS).split("_")[0].capitalize(), "Invalid", "Missing", "Bad")
        )
        stem += rng.choice((rng.choice(_NOUNS).split("_")[0].capitalize(), ""))
        return self._same(stem + rng.choice(("Error", "Error", "Exception", "Error", "NotFound")))

    def _spoken(self, name: str) -> str:
        """A name as it is said: "http adapter", "httpadapter", "Http Adapter"."""
        name = re.split(r"[.:#]+", name)[-1].strip("_")
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_+", " ", name)
        chance = self._rng.random()
        if chance < 0.65:
            return words.lower()
        return words.replace(" ", "").lower() if chance < 0.9 else words

    # --- places -----------------------------------------------------------------------------------

    def _folder(self) -> tuple[str, Any]:
        rng = self._rng
        first = rng.choice(("src", "lib", "pkg", "internal", "app", "core", rng.choice(_MODULES)))
        chance = rng.random()
        if chance < 0.3:
            return self._same(rng.choice(_MODULES) + "/")
        deeper = f"{first}/{rng.choice(_MODULES)}"
        if chance < 0.45:
            deeper += f"/{rng.choice(_MODULES)}"
        return self._same(deeper + ("/" if rng.random() < 0.25 else ""))

    def _file(self) -> tuple[str, Any]:
        rng = self._rng
        stem = rng.choice(
            (
                rng.choice(_MODULES),
                rng.choice(_NOUNS),
                f"{rng.choice(_NOUNS)}_{rng.choice(_MODULES)}",
            )
        )
        name = f"{stem}.{rng.choice(_EXTENSIONS)}"
        if rng.random() < 0.3:
            name = f"{self._folder()[0].rstrip('/')}/{name}"
        return self._same(name)

    def _path(self) -> tuple[str, Any]:
        chance = self._rng.random()
        if chance < 0.4:
            return self._folder()
        if chance < 0.72:
            return self._file()
        return self._same(self._rng.choice(_MODULES)) if chance < 0.95 else self._glob()

    def _excluded(self) -> tuple[str, Any]:
        rng = self._rng
        if rng.random() < 0.3:
            folders = ("vendor", "generated", "docs", "examples", "third_party", "legacy")
            return self._same(rng.choice(folders))
        return self._folder() if rng.random() < 0.45 else self._file()

    def _module(self) -> tuple[str, Any]:
        rng = self._rng
        chance = rng.random()
        if chance < 0.3:
            return self._same(rng.choice(_PACKAGES))
        if chance < 0.6:
            return self._same(f"{rng.choice(_MODULES)}.{rng.choice(_MODULES)}")
        return self._same(rng.choice(_MODULES)) if chance < 0.8 else self._module_file()

    def _module_file(self) -> tuple[str, Any]:
        return self._file()

    def _glob(self) -> tuple[str, Any]:
        rng = self._rng
        return self._same(
            rng.choice(
                (
                    f"*.{rng.choice(_EXTENSIONS)}",
                    f"test_*.{rng.choice(_EXTENSIONS)}",
                    f"**/{rng.choice(_MODULES)}/*.{rng.choice(_EXTENSIONS)}",
                    f"*_{rng.choice(_NOUNS)}.*",
                    f"*{rng.choice(_NOUNS)}*",
                )
            )
        )

    def _extension(self) -> tuple[str, Any]:
        word = self._rng.choice(sorted(_EXTENSION_WORDS))
        return word, f"*.{_EXTENSION_WORDS[word]}"

    def _dotted_extension(self) -> tuple[str, Any]:
        word = self._rng.choice(sorted(set(_EXTENSION_WORDS.values())))
        return f".{word}", f"*.{word}"

    # --- scopes and numbers -----------------------------------------------------------------------

    def _tests(self) -> tuple[str, Any]:
        value = self._rng.choice(sorted(_TESTS))
        return self._rng.choice(_TESTS[value]), value

    def _tests_only(self) -> tuple[str, Any]:
        value = self._rng.choice(sorted(_TESTS_ONLY))
        return self._rng.choice(_TESTS_ONLY[value]), value

    def _limit(self) -> tuple[str, Any]:
        word, number = self._count()
        form = self._rng.choice(
            ("top {} ", "the {} ", "first {} ", "{} ", "give me {} ", "the top {} ", ", top {}", " (max {})", ", at most {}",
             ", just the first {}", ", limit {}", ", the first {} will do", ", only {}")
        )  # fmt: skip
        return form.format(word), number

    def _limit_only(self) -> tuple[str, Any]:
        word, number = self._count()
        form = self._rng.choice(
            ("only the first {}", "just {}", "top {}", "the first {} only", "max {}", "{} are enough")
        )  # fmt: skip
        return form.format(word), number

    def _count(self) -> tuple[str, int]:
        if self._rng.random() < 0.3:
            word = self._rng.choice(sorted(_COUNTS))
            return word, _COUNTS[word]
        number = self._rng.choice((2, 3, 3, 4, 5, 5, 5, 6, 8, 10, 10, 15, 20, 25))
        return str(number), number

    def _ordinal(self) -> tuple[str, Any]:
        return self._rng.choice(
            (("the second one", 1), ("the second", 1), ("the first one", 0), ("the first", 0), ("the latter", 1),
             ("the former", 0), ("the other one", 1), ("the 2nd one", 1))
        )  # fmt: skip

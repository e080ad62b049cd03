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
            ("notion", "notions"),
            ("part", "parts"),
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
    """Draws fillers; `names` and `paths` are further ones (of training rows) among the made-up ones."""

    def __init__(
        self, rng: random.Random, names: Sequence[str] = (), paths: Sequence[str] = ()
    ) -> None:
        self._rng = rng
        self._paths = list(paths)
        self._classes = [n for n in names if n[0].isupper() and not n.isupper()]
        self._functions = [n for n in names if n[0].islower() or n[0] == "_"]
        own: dict[str, Callable[[], tuple[str, Any]]] = {
            "name": self._name, "class": self._class, "function": self._function, "variable": self._variable,
            "constant": self._constant, "setting": self._setting, "env": self._env, "flag": self._flag,
            "exception": self._exception, "file": self._file, "folder": self._folder, "path": self._path,
            "excluded": self._excluded, "module": self._module, "modulefile": self._module_file, "glob": self._glob,
            "ext": self._extension, "dotext": self._dotted_extension, "tests": self._tests, "tests_only": self._tests_only,
            "scopeword": self._scope_word, "chatter": self._chatter, "message": self._message, "oneword": self._one_word,
            "oneclass": self._one_class, "limit": self._limit, "limit_only": self._limit_only, "ordinal": self._ordinal, "names": self._any_name,
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
            "classwords": lambda: self.spoken(self._class()[0]),
            "functionwords": lambda: self.spoken(self._function(plain=True)[0]),
            "exceptionwords": lambda: self.spoken(self._exception()[0]),
            "settingwords": lambda: self.spoken(self._setting()[0]),
            "variablewords": lambda: self.spoken(self._variable(plain=True)[0]),
            "participle": lambda: participle(rng.choice(_behaviours())[0]),
            "stem": lambda: self._stem(),
            "datum": lambda: rng.choice(
                ("'{}'", '"{}"', "{}", "/{}", "<{}>", "[{}]", "{}=3", "(5, 3)", "0x7f3a")
            ).format(rng.choice(_NOUNS)),
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

    def _chatter(self) -> tuple[str, Any]:
        """A sentence about why one asks: a written one, or one put together."""
        rng = self._rng
        if rng.random() < 0.4:
            return self._same(rng.choice(_list("chatter")))
        form = rng.choice(
            (
                "We have trouble with {noun}.", "Our {noun} is slow.", "I'm working on {noun}.", "The customer wants {noun}.",
                "It doesn't {inf} for us.", "Sometimes it {third}.", "Since the upgrade it {third}.", "{clause} and I get an error.",
                "I want to {inf}.", "We {inf} twice a day.", "I have to explain {noun} to my team.", "My boss asked about {noun}.",
                "Last week {clause}.", "I suspect {noun}.", "In my last job we had {noun}.", "We plan to {inf}.",
                "{clause}, at least on my machine.", "Someone changed {noun} recently.", "The log is full of it.", "This is about {noun}.",
            )
        )  # fmt: skip
        text = form.format(
            noun=self._plain("noun"), inf=self._plain("inf"), third=self._plain("third"), clause=self._plain("clause")
        )  # fmt: skip
        return self._same(text[0].upper() + text[1:] if rng.random() < 0.8 else text)

    def _message(self) -> tuple[str, Any]:
        """The text of an error or a log line: a written one, or one put together."""
        rng = self._rng
        if rng.random() < 0.35:
            return self._same(rng.choice(_list("messages")))
        noun = rng.choice(_NOUNS).replace("_", " ")
        word = rng.choice(("'{}'", '"{}"', "`{}`", "{}", "{}")).format(rng.choice(_NOUNS))
        form = rng.choice(
            (
                "{noun} must not be {state}", "cannot {do}", "Cannot {do}: {noun} is {state}", "failed to {do}",
                "Failed to {do} after {n} tries", "{word} is not a valid {noun}", "unexpected {noun} {word}",
                "Unknown {noun}: {word}", "expected {n} {noun}s but got {m}", "{noun} {word} not found",
                "No {noun} named {word}", "{noun} is {state}", "{n} {noun}s were {state}", "could not {do}",
                "Could not find {noun} {word} in {other}", "{word} has no {noun}", "invalid {noun} {word}, use {other}",
                "{noun} and {other} cannot both be {state}", "Refusing to {do}", "Already {state}: {noun} {word}",
                "only one {noun} is allowed", "{word}: could not {do}", "got {state} {noun} from {other}",
                "The {noun} has been {state}", "missing {noun} in {other}", "You must {do} before you can {then}",
            )
        )  # fmt: skip
        text = form.format(
            noun=noun, word=word, n=rng.randrange(2, 100), m=rng.randrange(0, 9), do=self._behaviour(lambda v: v),
            other=rng.choice(_NOUNS).replace("_", " "), then=rng.choice(_VERBS[:12]),
            state=rng.choice(("empty", "closed", "locked", "negative", "None", "null", "too large", "frozen", "removed", "disabled", "not set")),
        )  # fmt: skip
        if rng.random() < 0.5:
            text = text[0].upper() + text[1:]
        return self._same(text)

    def _stem(self) -> str:
        """The fixed beginning of a message that goes on with data of the moment."""
        rng = self._rng
        form = rng.choice(
            (
                "no {noun} found for", "{noun} is already registered for {other}", "cannot open {noun}", "unknown {noun}",
                "failed to parse {noun}", "invalid value for {noun}", "expected {noun} of type", "duplicate {noun}",
                "{noun} limit of size", "could not connect to {noun}", "unsupported {noun}:", "cannot convert {noun}",
                "{noun} handler has no", "is not a known {noun}:", "ignoring {noun}", "timed out waiting for {noun}",
            )
        )  # fmt: skip
        text = form.format(
            noun=rng.choice(_NOUNS).replace("_", " "), other=rng.choice(_NOUNS).replace("_", " ")
        )
        return text[0].upper() + text[1:] if rng.random() < 0.4 else text

    # --- names ------------------------------------------------------------------------------------

    def _one_word(self) -> tuple[str, Any]:
        """A name that looks like a plain word: `merge`, `loadtxt`, `sep`."""
        rng = self._rng
        chance = rng.random()
        first = rng.choice([verb for verb in _VERBS if verb.isalpha() and len(verb) > 3])
        if chance < 0.4:
            return self._same(first)
        if chance < 0.65:
            return self._same(first + rng.choice(_NOUNS).split("_")[0])
        if chance < 0.85:
            return self._same(rng.choice(_NOUNS).split("_")[0])
        return self._same(rng.choice(_list("abbreviations")))

    def _one_class(self) -> tuple[str, Any]:
        """A class of one plain word: `Reader`, `Message`."""
        rng = self._rng
        if rng.random() < 0.5:
            return self._same(rng.choice(_NOUNS).split("_")[0].capitalize())
        verb = rng.choice([verb for verb in _VERBS if verb.isalpha() and len(verb) > 3])
        return self._same((verb.rstrip("e") + "er").capitalize())

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
        return self._same(self.spoken(self._class()[0])) if chance < 0.93 else self._constant()

    def _class(self) -> tuple[str, Any]:
        if self._rng.random() < 0.1:
            return self._one_class()
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
        if not plain and self._rng.random() < 0.07:
            return self._one_word()
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

    def spoken(self, name: str) -> str:
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
        if self._paths and chance < 0.2:
            return self._same(self._rng.choice(self._paths))
        if chance < 0.4:
            return self._folder()
        if chance < 0.62:
            return self._file()
        return self._scope_word() if chance < 0.96 else self._glob()

    def _scope_word(self) -> tuple[str, Any]:
        """A folder, package or part said in one word: "the lexer", "v2", "ReportWriter", "_internal"."""
        rng = self._rng
        chance = rng.random()
        if chance < 0.5:
            return self._same(rng.choice(_MODULES))
        if chance < 0.62:
            return self._same(rng.choice(_NOUNS).split("_")[0] + "s")
        if chance < 0.72:
            return self._same(rng.choice(_NOUNS).split("_")[0])
        if chance < 0.8:
            return self._same(f"v{rng.randrange(1, 5)}")
        if chance < 0.86:
            return self._same("_" + rng.choice(_MODULES))
        if chance < 0.93:
            return self._same(
                rng.choice(_MODULES) + rng.choice("_-") + rng.choice(_NOUNS).replace("_", "-")
            )
        return self._same("".join(rng.choice(_MODULES).capitalize() for _ in range(2)))

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

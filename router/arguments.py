"""From a prediction to a valid `ToolCall`: spans cleaned, enums and numbers normalised.

Everything literal comes from the question or its dialogue as it was typed; nothing is made up. A
tool whose required arguments cannot be filled yields None, and the router takes the next best.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ..executors.catalog import TOOLS, ArgumentValue, ToolCall
from ..executors.errors import InvalidCallError
from .dialogue import Turn
from .labels import ALLOWED, ARGUMENT_TAGS, HEADS, NONE, SCOPE_TAGS, heads_of
from .model import Prediction, Tagged
from .modifiers import adjust, language_of

_NUMBERS = {
    w: i
    for i, w in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 1
    )
}
_NUMBERS |= {"dozen": 12, "twenty": 20, "fifteen": 15, "couple": 2, "few": 3}
_NUMBERS |= {
    "zwei": 2,
    "drei": 3,
    "fünf": 5,
    "zehn": 10,
    "dos": 2,
    "tres": 3,
    "cinco": 5,
    "diez": 10,
}
# Chinese writes no blank around a number, so that \b does not do.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.])(?:(\d{1,3})|" + "|".join(_NUMBERS) + r")(?![A-Za-z0-9_]|\.\d)",
    re.IGNORECASE,
)
_TRANSITIVE = re.compile(
    r"\btransitive|\bindirect|\brecursive|\bdescend|(whole|full|entire|complete)( \w+)? "
    r"(hierarchy|tree|chain|mro|ancestry)|all the way|all( the| its)? ancestors|grandchild|down to the",
    re.IGNORECASE,
)
_ASCENDING = re.compile(
    r"\b(smallest|shortest|(?<!at )least|fewest|lowest|tiniest|simplest)\b", re.I
)
_IDENTIFIER = re.compile(
    r"[A-Za-z_$][\w$]*(?:(?:\.|::|#)[A-Za-z_]\w*)+|\b_*[a-z0-9]+_\w+|\b[A-Z][a-z0-9]+[A-Z]\w*"
    r"|\b[a-z]+[A-Z]\w*|\b[A-Z]{2,}[a-z]\w*|\b[A-Z][A-Z0-9_]{2,}\b|`([^`]+)`"
)
_QUESTION_WORDS = re.compile(
    r"^\W*(?:(?:hi|hey|hello|ok|so|and|but|also|please|thanks|can you|could you|tell me|show me|"
    r"explain|i wonder|is there|are there|do we|does it|do you know|where(?:'s| is| are| do| does|"
    r" can| did)?|how(?:'s| is| are| do| does| can| did)?|why(?:'s| is| are| do| does| did)?|"
    r"what(?:'s| is| are| does| do| happens)?|which|when|who|any|anything that|something that|"
    r"the code (?:for|that)|code (?:for|that)|the|a|an|we|i|you|it)\b[\s,:]*)+",
    re.IGNORECASE,
)  # fmt: skip


def fill(
    tool: str, question: str, context: str, history: Sequence[Turn], prediction: Prediction
) -> ToolCall | None:
    """The call of `tool` that the question describes, or None where a required argument is missing."""
    arguments: dict[str, ArgumentValue] = {}
    texts = (question, context)
    if TOOLS[tool].runs:
        arguments.update(_literals(tool, texts, prediction))
        _whole_quotation(question, arguments)
        literal = [v for k, v in arguments.items() if k != "path"]
        if (
            arguments.get("path") in literal
        ):  # one span read twice: it is the subject, not the scope
            del arguments["path"]
    arguments.update(_flags(tool, question, prediction))
    if tool in ("explain", "locate"):
        arguments["query"] = _query(question, prediction, arguments)
    _rules(tool, question, arguments)
    _required(tool, question, history, arguments)
    adjust(tool, question, history, arguments)
    asked = tool == "list_dependencies" and arguments.get("mode") == "exists"
    if asked and "name" not in arguments and not _PACKAGES.search(question):
        return None  # "is http2 supported?" is not about there being any package at all
    known = {argument.name for argument in TOOLS[tool].arguments}
    try:
        return ToolCall(tool, {k: v for k, v in arguments.items() if k in known})
    except InvalidCallError:
        return None


_PACKAGES = re.compile(
    r"\b(?:depend|packag|librar|requirement|third.part|modul|gem|crate)", re.IGNORECASE
)
_PARTS = re.compile(
    r"(?:which|what|list|show me|show|all)(?: all)?(?: the)? (?:[a-z-]+ )?[a-z]+s"
    r"(?: (?:are there|exist|do we have|does it have|are available|come with it))?\W*$",
    re.IGNORECASE,
)
_ENTRIES = re.compile(
    r"command|route|endpoint|url|task|job|script|entr|cli|main|page|api|view|executable|binar|handler|cron|program|server",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"\b(?:when|whenever|if|while|during|unless|once)\b", re.IGNORECASE)


def describes(call: ToolCall, question: str) -> bool:
    """Whether the question describes what it looks for, though the call does not: it tells *when* something
    is raised, of a call for everything that is, or asks for some parts of the code as for its entry points."""
    if call.tool == "find_entrypoints":
        return bool(_PARTS.match(question)) and not _ENTRIES.search(question)
    narrowed = {"within", "path", "exclude", "mode", "limit"} & call.arguments.keys()
    anything = call.tool == "find_raises" and call.text("name") == "*"
    return anything and not narrowed and bool(_CONDITION.search(question))


def _literals(
    tool: str, texts: tuple[str, str], prediction: Prediction
) -> Iterator[tuple[str, ArgumentValue]]:
    tags = {**{tag: tag for tag in SCOPE_TAGS}, **ARGUMENT_TAGS.get(tool, {})}
    spans = prediction.among(tags.values())
    missing = _missing(tool, tags, spans)
    if tool in _SECOND and prediction.flags["mode"].get("exists", 0.0) > 0.5:
        missing |= {"second"} - {span.tag for span in spans}  # "does X call Y" has two names
    if missing:  # what a call must have is read less strictly before it is given up
        spans = _also(spans, prediction.among(missing, outside=KEEN))
    for outside in (KEEN, KEENER):
        if tool == "compare" and sum(span.tag == "name" for span in spans) < 2:
            spans = _also(spans, prediction.among({"name"}, outside=outside))
    for argument, tag in tags.items():
        found = [span for span in spans if span.tag == tag]
        # what the question says goes before what the dialogue said
        own = [span for span in found if span.segment == 0]
        if tag in SCOPE_TAGS or argument != "names":
            own, found = _joined(own), _joined(found)
            if tag == "text" and len(own) > 1:  # one text, some words of which look like none
                own = [replace(own[0], end=own[-1].end)]
            chosen = own or (found if tag not in ("lang", "exclude") else [])
            if chosen:
                best = (
                    max(chosen[:3], key=lambda span: span.score) if len(chosen) > 1 else chosen[0]
                )
                value = clean(_text(best, texts), argument)
                value = _language(value) if argument == "lang" else value
                if value:
                    yield argument, value
            continue
        names = list(dict.fromkeys(clean(_text(s, texts), "name") for s in [*own, *found]))
        names = [name for name in names if name]
        if len(names) == 1:
            names = [part for part in _BOTH.split(names[0]) if part]
        if len(names) > 1:
            yield argument, tuple(names[: max(2, len(own))])


_SECOND = frozenset(("find_callees", "find_superclasses"))
# Weight of "no tag" where the call lacks an argument that it must have, and where a comparison has one
# name: what is compared may be any word ("helpers or register"), but there are two.
KEEN, KEENER = 0.1, 0.02


def _also(spans: tuple[Tagged, ...], more: Sequence[Tagged]) -> tuple[Tagged, ...]:
    """`spans`, and those of `more` that begin elsewhere."""
    taken = {(span.segment, span.start) for span in spans}
    return (*spans, *(span for span in more if (span.segment, span.start) not in taken))


def _missing(tool: str, tags: Mapping[str, str], spans: Sequence[Tagged]) -> set[str]:
    """The tags of required arguments that have no span."""
    there = {span.tag for span in spans}
    return {
        tags[argument.name]
        for argument in TOOLS[tool].arguments
        if argument.required and argument.name in tags and tags[argument.name] not in there
    } - ({"name"} if tool == "find_raises" else set())


def _joined(spans: Sequence[Tagged]) -> list[Tagged]:
    """Neighbours of one tag as one span: a call has one such argument, and "any catcher" is one name."""
    joined: list[Tagged] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last is not None and last.segment == span.segment and 0 <= span.start - last.end <= 1:
            joined[-1] = replace(last, end=span.end, score=max(last.score, span.score))
        else:
            joined.append(span)
    return joined


_QUOTED = re.compile(
    r"`([^`]{3,})`|\"([^\"]{3,})\"|“([^”]{3,})”|(?<!\w)'((?:[^']|(?<=\w)'(?=\w)){3,})'(?!\w)"
)


# What stands behind `SomeError: `, up to the question about it.
_MESSAGE = re.compile(
    r"\b\w*(?:Error|Exception|Warning|Failure): (.+?)"
    r"(?=\s+(?:<-|—|–|-)|[.,!]?\s+(?:[Ww]here|[Ww]hich|[Ww]hat|[Ww]ho|[Ff]ind)\b|\?|\n|$)"
)


def _whole_quotation(question: str, arguments: dict[str, ArgumentValue]) -> None:
    """A searched text that is part of a quotation is the whole of it."""
    text = arguments.get("text")
    for quoted in _QUOTED.finditer(question):
        whole = next(part for part in quoted.groups() if part)
        if isinstance(text, str) and text in whole:
            arguments["text"] = whole
            return
    message = _MESSAGE.search(question)
    if isinstance(text, str) and message and text in message[1] and 2 * len(text) < len(message[1]):
        arguments["text"] = message[1].rstrip(" .")


def _text(span: Tagged, texts: tuple[str, str]) -> str:
    """The span's characters, widened to whole words (paths: to all that stands without a blank)."""
    text, start, end = texts[span.segment], span.start, span.end
    wide = span.tag in ("path", "exclude", "pattern") or "/" in text[start:end]
    inside = re.compile(r"[\w./*@$-]" if wide else r"[\w$-]", re.ASCII)  # 了RxJS ends with ASCII
    while start > 0 and inside.match(text[start - 1]) and inside.match(text[start]):
        start -= 1
    while end < len(text) and inside.match(text[end]) and inside.match(text[end - 1]):
        end += 1
    if span.tag in ("name", "second") and text[end - 1 : end].islower():
        mark = _MARK.match(text, end)
        if mark and (mark[0] == "!" or "_" in text[start:end]):
            end += 1
    return text[start:end]


# Ruby's `run!` and `empty?`: a mark that does not end the question (a lone `run!` is the name).
_MARK = re.compile(r"[!?](?=\s+[a-z])|!(?=$)(?<=^\S)|[!?](?=[`'\"])")


_BOTH = re.compile(r"\s+(?:and|vs\.?|versus|or|with|to)\s+|\s*[,/]\s*")
_NAMES = ("name", "names", "source", "target", "callee")
_ARTICLE = re.compile(r"^(the|a|an|our|class|function|method)\s+(?=\S)", re.IGNORECASE)
_BARE_TYPE_WORD = re.compile(
    r"(?<=\S)\s+(class|function|method|classes|functions|struct|enum)$", re.IGNORECASE
)
_TYPE_WORD = re.compile(
    r"(?<=\S)\s+(class|interface|struct|function|method|trait|enum|type|protocol|module|package|"
    r"decorator|exception|error class|classes|functions)$",
    re.IGNORECASE,
)


# TOOLS.md: a scope is written as typed, without "the … package".
_SORT_OF_PLACE = re.compile(
    r"(?<=\S)\s+(?:dir|directory|folder|package|subpackage|module|crate|gem)$", re.IGNORECASE
)


def clean(text: str, argument: str) -> str:
    """A span without quotes, call parentheses, a decorator's @ and a sentence's full stop."""
    text = text.strip().strip("`'\"“”‘’")
    if argument == "text":
        return text
    if argument == "module":
        text = text.strip("<>")
    if argument in ("since", "until"):
        return re.sub(r"^((since|from|in|the|until|before|after)\s+)+", "", text, flags=re.I).strip(
            " ?."
        )
    mark = text[-1:] if re.search(r"[a-z]!$|_\w*[a-z]\?$", text) and argument in _NAMES else ""
    text = re.sub(r"\(\)?$|'s$", "", text).strip(" ,;:!?`'\"“”") + mark
    if argument not in ("pattern", "path", "exclude"):
        # "the Binding interface" is called Binding, but "session interface" is SessionInterface
        text = re.sub(r"^(?:this|self)?\.(?=[A-Za-z_]\w*$)", "", text)
        shaped = re.search(r"[A-Z_]", text)
        text = _ARTICLE.sub("", (_TYPE_WORD if shaped else _BARE_TYPE_WORD).sub("", text)) or text
    if argument in ("path", "exclude"):
        text = _SORT_OF_PLACE.sub("", _ARTICLE.sub("", text)) or text
    if argument != "pattern":
        text = text.rstrip(".")
    return text if argument == "pattern" or "/" in text else text.lstrip("@")


def _language(text: str) -> str:
    return language_of(text.split()[0]) if text.split() else ""


def _flags(tool: str, question: str, prediction: Prediction) -> Iterator[tuple[str, ArgumentValue]]:
    for head in heads_of(tool):
        shares = prediction.flags[head]
        allowed = ALLOWED.get((tool, head), HEADS[head])
        best = max(allowed, key=lambda name: shares.get(name, 0.0))
        if best == NONE:
            continue
        if head != "limit":
            yield head, best
        elif best == "one":
            yield head, 1
        else:
            number = _number(question)
            if number:
                yield head, number


_BEFORE_NUMBER = re.compile(
    r"\b(?:top|first|last|max|maximum|limit|limited to|limit of|at most|up to|just|only|any)(?: the| to| of)? $", re.IGNORECASE
)  # fmt: skip


def _number(question: str) -> int | None:
    """The number of places wanted: one behind "top" and the like, else digits, else a word."""
    found = list(_NUMBER.finditer(question))
    if not found:
        return None
    best = next(
        (m for m in found if _BEFORE_NUMBER.search(question[: m.start()])),
        next((m for m in found if m[1]), found[0]),
    )
    return int(best[1]) if best[1] else _NUMBERS[best[0].lower()]


def _in_word(character: str) -> bool:
    return character.isalnum() or character in "_-"


def _query(question: str, prediction: Prediction, arguments: dict[str, ArgumentValue]) -> str:
    if prediction.query is not None:
        start, end = prediction.query
        while start and _in_word(question[start - 1]) and _in_word(question[start]):
            start -= 1  # a word is whole, though its pieces be tagged apart
        while end < len(question) and _in_word(question[end]) and _in_word(question[end - 1]):
            end += 1
        tagged = question[start:end].strip(' \t?!.,;:`"')
        if tagged:
            return tagged
    stripped = _QUESTION_WORDS.sub("", question).strip(" \t?!.,;:")
    return stripped or str(arguments.get("name", "")) or question.strip()


def _rules(tool: str, question: str, arguments: dict[str, ArgumentValue]) -> None:
    """What a regular expression tells more surely than the model."""
    if tool == "find_tests":
        arguments.pop("tests", None)  # "which tests" is the tool's own subject
    if tool in ("find_subclasses", "find_superclasses") and _TRANSITIVE.search(question):
        arguments["transitive"] = True
    if tool == "rank_symbols" and _ASCENDING.search(question):
        arguments["order"] = "asc"
    if tool == "search_text" and re.search(r"\bregex|regular expression", question, re.I):
        arguments["regex"] = True
    name = arguments.get("name")
    if tool == "find_config" and isinstance(name, str):
        arguments["name"] = _SORT_OF_SETTING.sub("", name)
    text = arguments.get("text")
    if isinstance(text, str) and re.fullmatch(r"(TODO|FIXME|HACK|XXX|NOTE|BUG)s", text, re.I):
        arguments["text"] = text[:-1]
    pattern = arguments.get("pattern")
    if tool == "find_files" and isinstance(pattern, str):
        arguments["pattern"] = _file_pattern(pattern, question)
        after = question[question.find(pattern) + len(pattern) :]
        if re.match(r"\W*in (the|their|its) names?", after) and not re.search(r"[*?.]", pattern):
            arguments["pattern"] = f"*{pattern}*"
    if tool == "list_symbols" and isinstance(pattern, str) and not re.search(r"[*?]", pattern):
        at = question.find(pattern)
        before, after = (
            question[max(0, at - 24) : at].lower(),
            question[at + len(pattern) :].lower(),
        )
        arguments["pattern"] = _symbol_pattern(pattern, before, after)


_SORT_OF_SETTING = re.compile(
    r"(?<=\S)\s+(?:option|setting|flag|env(?:ironment)? var(?:iable)?|variable|constant|parameter)s?$", re.IGNORECASE
)  # fmt: skip
_SPELLED_OUT = {
    "an underscore": "_",
    "underscore": "_",
    "a question mark": "?",
    "question mark": "?",
}
_STARTS = re.compile(r"\b((start|begin)\w*|prefix\w*)( with)?\W+", re.IGNORECASE)
_ENDS = re.compile(r"\b(end\w*|suffix\w*)( (in|with))?\W+", re.IGNORECASE)


def _symbol_pattern(pattern: str, before: str, after: str) -> str:
    """`get_` in "starting with get_" as `get_*`; `before` and `after` are the words around it."""
    for words, form in ((_STARTS, "{}*"), (_ENDS, "*{}")):
        said = words.match(pattern) or re.search(words.pattern + r"$", before, re.IGNORECASE)
        if said:
            bare = words.sub("", pattern, count=1) if words.match(pattern) else pattern
            return form.format(_SPELLED_OUT.get(bare.lower(), bare))
    if re.match(r"\W*at the (end|back)", after):
        return f"*{pattern}"
    if after.startswith("...") or re.match(r"\W*at the (start|beginning|front)", after):
        return f"{pattern}*"
    if re.search(r"(contain\w*|with|including|mention\w*)\W*$", before) or re.match(
        r"\W*in (the|their|its) names?", after
    ):
        return f"*{pattern}*"
    if pattern.endswith("_"):
        return f"{pattern}*"
    return f"*{pattern}" if pattern.startswith("_") else pattern


_EXTENSIONS = {"python": "py", "typescript": "ts", "javascript": "js", "golang": "go", "rust": "rs",
               "markdown": "md", "kotlin": "kt", "ruby": "rb", "podspecs": "podspec", "shell": "sh",
               "bash": "sh", "c++": "cpp", "c#": "cs", "csharp": "cs", "powershell": "ps1", "header": "h",
               "headers": "h", "yamls": "yaml", "notebooks": "ipynb", "stylesheets": "css"}  # fmt: skip
_SORT_OF_FILE = re.compile(
    r"\.?([\w+#]+) (?:files?|scripts?|sources?|images?|modules?|docs|ones|notebooks?)"
)
_KIND_OF_FILE = re.compile(
    "toml|json|ya?ml|xml|md|mdx|rst|txt|csv|ini|cfg|py|pyi|pyx|pxd|ts|tsx|js|jsx|go|rs|java|kt|rb|php|c|h|cc|cpp|hpp"
    "|cs|sh|bat|ps1|css|scss|sass|less|html|proto|sql|lock|snap|gradle|swift|scala|svg|png|jpe?g|gif|ico|woff|ttf"
    "|podspec|ipynb|cmake|tf|hcl|vue|svelte|j2|tmpl|tpl|po|wasm|dart|lua|exs?|clj|hs|zig|plist|bzl|vim|tcss|patch"
    "|service|m|mm|graphql"
)


def _file_pattern(pattern: str, question: str) -> str:
    """`.proto` and `toml` ("toml files") as globs; names and globs as they are."""
    bare = pattern.lstrip(".").lower()
    bare = _EXTENSIONS.get(bare, bare)
    after = question[question.find(pattern) + len(pattern) :].lower().lstrip()
    sort = _SORT_OF_FILE.fullmatch(pattern) or _SORT_OF_FILE.match(f"{pattern} {after}")
    known = sort and (sort[1].lower() in _EXTENSIONS or _KIND_OF_FILE.fullmatch(sort[1].lower()))
    if sort and known:  # "shell scripts"
        return f"*.{_EXTENSIONS.get(sort[1].lower(), sort[1].lower())}"
    if re.fullmatch(r"\.\w{1,10}", pattern):
        dotfile = bare.startswith(("git", "env", "eslint", "prettier", "editor", "docker"))
        return pattern if dotfile else f"*.{bare}"
    if _KIND_OF_FILE.fullmatch(bare) and (after.startswith("file") or bare != pattern.lower()):
        return f"*.{bare}"
    return pattern


def _required(
    tool: str, question: str, history: Sequence[Turn], arguments: dict[str, ArgumentValue]
) -> None:
    """Last tries for a missing required argument: a code-shaped word, then the dialogue's name."""
    if tool == "find_raises" and "name" not in arguments:
        arguments["name"] = "*"
    if tool == "search_text" and "text" not in arguments:
        quoted = _QUOTED.search(question)
        if quoted:
            arguments["text"] = next(part for part in quoted.groups() if part)
    for argument in TOOLS[tool].arguments:
        if not argument.required or argument.name in arguments or argument.values:
            continue
        if argument.name in ("name", "module", "source", "target", "path", "names"):
            words = [clean(m[1] or m[0], "name") for m in _IDENTIFIER.finditer(question)]
            taken = {value for value in arguments.values() if isinstance(value, str)}
            words = [word for word in dict.fromkeys(words) if word and word not in taken]
            words += [word for word in _earlier(history) if word not in (*taken, *words)]
            if argument.name == "names":
                if len(words) > 1:
                    arguments["names"] = tuple(words[:2])
            elif words:
                arguments[argument.name] = words[0]


def _earlier(history: Sequence[Turn]) -> Iterator[str]:
    for turn in reversed(history):
        for name in ("name", "module", "target", "source", "path"):
            value = turn.call.text(name)
            if value and value != "*":
                yield value

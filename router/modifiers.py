"""What fixed wordings say of a call: tests, counts, limits, name patterns, filters, ordinals, metrics.

The model tags words; where a wording leaves no choice ("no tests", "top 5", "starting with get_", "the
second one" after a comparison) a regular expression is surer than it. Every value is a word that was
typed, or one of the catalogue. Not covered: which tool is meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..executors.catalog import LANGUAGES, TOOLS, ArgumentValue, ToolCall
from .dialogue import Turn

Arguments = dict[str, ArgumentValue]

_WORD_NUMBERS = {
    w: i
    for i, w in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ],
        1,
    )
} | {"fifteen": 15, "twenty": 20, "dozen": 12, "couple": 2}
_NUMBER = r"(\d{1,3}|" + "|".join(w for w in _WORD_NUMBERS if w != "one") + r")"
_LIMITS = (
    re.compile(
        rf"\b(?:top|first|max(?:imum)?(?: of)?|at most|up to|no more than|limit(?:ed)? (?:to|of)|limit)"
        rf"(?: the)?[ :]+{_NUMBER}\b(?! (?:arguments?|parameters?|lines?|bytes|characters|weeks?|days?|months?|years?|of|or|and)\b)(?![.\w%])",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<![\w.]){_NUMBER}(?: \w+)?(?: (?:is|are|will|would))? (?:enough|do(?: fine)?|fine|suffice|at most|max)\s*(?:[.,!?]|$)",
        re.IGNORECASE,
    ),
)
_QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"|“[^”]*”|(?<!\w)'[^']*'(?!\w)")
_UNTESTED = re.compile(
    r"(?<!\bhave )(?<!\bhas )(?<!\bis )(?<!\bare )\b(?:no|not|non|without|excluding|exclude|except|skip|skipping|ignore|ignoring|leav(?:e|ing) out|outside|"
    r"apart from|aside from|other than|omit|minus|ohne|sin|sans)[ -](?:(?:the|any|in|of|for|from|those|all|unit|our|"
    r"looking|at|counting|count|couting|die|los|les) )*(?:tests?|pruebas)\b(?! (?:that|which|who|uses?)\b)|"
    r"\btests? (?:files? |code )?(?:aside|excluded|left out|apart|not (?:needed|included|counted)|(?:do not|don'?t) (?:count|matter))\b"
    r"|\bleave (?:the |any )?tests? out\b|\bproduction code\b|\bnon-?test\b|\bskip(?:ping)? test\b|不要测试|不含测试",
    re.IGNORECASE,
)
_TESTS = r"(?: the| our)?(?: unit| integration)? test"
_ONLY_TESTS = re.compile(
    rf"\b(?:only|just|solely)(?: (?:in|from|within|for|inside|under))?{_TESTS}s?\b(?! (?:that|which))(?![\w/]|\.\w)|\b(?:in|within|inside|from|across)"
    rf"{_TESTS}(?:s| files?| suite| code| folder| cases)(?![\w/-]|\.\w)|\btests? only\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\bcount (?:them|those|these)\b|,? ?\bjust (?:the |a )?(?:count|number|how many)\b|(?:[,.(] ?(?:and )?| )how many(?: in total| is that| are "
    r"there)?\W*$|\bgive me the (?:number|count)\b|[,.] ?count\W*$|\b(?:just |only )?tell me how many\b|\bin numbers\b",
    re.IGNORECASE,
)
_EXISTS = re.compile(
    r"\bany at all\b|\bif (?:any|at all)\b|\bjust tell me (?:whether|if)\b|\btell me (?:whether|if) there (?:is|are) any\b",
    re.IGNORECASE,
)
# Tools that a plain yes or a number does not answer.
NO_MODE = frozenset(
    ("find_impact", "show_symbol", "explain", "compare", "find_call_path", "overview")
)
_COUNTABLE = frozenset(
    ("find_callers", "find_files", "find_importers", "find_overrides", "find_raises", "find_references",
     "find_subclasses", "find_writes", "list_members", "list_symbols", "search_text", "find_tests", "find_unused")
)  # fmt: skip
# "is MAX_HEADERS used anywhere": a yes or a no answers it, unless it also asks where, how or when.
_BE = r"(?:is|are|does|do(?! the same)|did|has|have|was|were|isn't|doesn't|aren't|don't)\b"
_ASKS_WHETHER = re.compile(
    r"(?!.*\b(?:where|how|which|what|why|who|or|when|all|each|list)\b)"
    rf"(?:(?:(?:ok|so|and|but|hm+|sorry)[ ,.!]+)*{_BE}|.*[.!?:;] {_BE}"
    r"|.*, ?(?:is|are|does|do|can|could|has|have) (?:that|it|this|they|those|we|you)\b"
    r"|(?:can|could|will|would|should|may) (?!you\b|u\b|we see|i see|some|anyone)"
    r"|.*\b(?:is|are) there (?:a|an|any|some|something|anything|code|support)\b|any\b.*\?$)",
    re.IGNORECASE | re.DOTALL,
)
_YES_OR_NO = frozenset(
    ("locate", "find_callees", "find_callers", "find_references", "find_importers", "find_superclasses", "find_files",
     "find_overrides", "find_definition", "find_raises", "find_tests", "find_entrypoints", "find_call_path", "search_text")
)  # fmt: skip
_NAME = r"[`'\"]?([A-Za-z_$][\w$]*|_+)[`'\"]?"
_PATTERNS = (
    (re.compile(rf"\b(?:start|begin)(?:s|ing)? (?:with|in) {_NAME}"), "{}*"),
    (re.compile(rf"\bprefixed (?:with|by) {_NAME}"), "{}*"),
    (re.compile(rf"\bend(?:s|ing)? (?:in|with) {_NAME}"), "*{}"),
    (re.compile(rf"\bwith {_NAME} at the (?:end|back)\b"), "*{}"),
    (re.compile(rf"\b(?:with|mention|containing) {_NAME} (?:in|as part of) (?:the|their|its) names?\b"), "*{}*"),
    (re.compile(r"\b([a-z]+_) (?:functions|methods|helpers|tests|classes)\b"), "{}*"),
    (re.compile(rf"\bwhose names? (?:contains?|includes?) {_NAME}"), "*{}*"),
    (re.compile(r"\b(?:named|called|like) ([A-Za-z_]\w*)\.\.\."), "{}*"),
    (re.compile(r"(?:\bnamed |\bcalled |\blike |\bi mean |^| )(\*\w+|\w+_?\*|\*\w+\*)(?= |[?.,!]|$)"), "{}"),
)  # fmt: skip
_NO_PATTERN = frozenset(
    ("a", "an", "the", "it", "that", "this", "which", "capital", "lower", "with", "some")
)
_UNDERSCORE = re.compile(
    r"\b(?:start|begin)(?:s|ing)? with (?:an |a (?:single )?)underscore\b", re.IGNORECASE
)
_QUESTION_MARK = re.compile(r"\bend(?:s|ing)? (?:in|with) a question mark\b", re.IGNORECASE)
_DECORATED = re.compile(
    r"\b(?:decorated|annotated|tagged) (?:with|by|as) @?([A-Za-z_][\w.]*\w)|(?<![\w.])@([A-Za-z_][\w.]*\w) (?:functions|methods|classes|tests)"
)
# What is said as a noun of what a decorator makes → the decorator, and the kind where it is plain.
_NOUNS = {
    "cached properties": ("cached_property", "method"), "properties": ("property", "method"), "property": ("property", "method"),
    "classmethods": ("classmethod", "method"), "class methods": ("classmethod", "method"), "contextmanager": ("contextmanager", ""),
    "context managers": ("contextmanager", "function"), "lru_cached": ("lru_cache", ""), "lru_cache": ("lru_cache", ""),
    "fixtures": ("fixture", ""),
}  # fmt: skip
_DECORATED_NOUN = re.compile(
    r"\b([Cc]ached properties|(?<!ending in )properties|[Cc]lass ?methods|[Cc]ontext managers)(?! of\b)(?= (?:return|in|under|on|do|there|anywhere|we|are)|[?,]|$)"
    r"|\b(property|lru_cached|lru_cache|contextmanager) (?:functions|methods)\b",
)
_TYPE = r"`?((?:[A-Za-z_][\w.]*\[[^\s?]*\])|[A-Z][\w.]*(?:<[^\s?]*>)?|str|int|bool|float|bytes|dict|list|None|void|string|error|[a-z]\w*\.[A-Z]\w*)`?(?![\w-])"
_RETURNS = re.compile(rf"\breturn(?:s|ing)? (?:an? |the )?{_TYPE}")
_PARAMETER = re.compile(
    r"\b(?:tak(?:e|es|ing)|accept(?:s|ing)?|with|get(?:s)?) (?:an? |the )?`?([A-Za-z_][\w.]*)`? (?:parameter|argument|param|arg)\b"
)
_ORDINALS = (
    (re.compile(r"\b(?:first|1st|frist)(?: one| of (?:them|those|the two))?\b|\bthe former\b", re.I), 0),
    (re.compile(r"\b(?:second|2nd|latter)(?: one| of (?:them|those|the two))?\b", re.I), 1),
)  # fmt: skip
_NOT_ORDINAL = re.compile(
    rf"\b(?:first|second) (?:{_NUMBER[1:-1]}|argument|parameter|line|time|call)\b", re.I
)
_RUNTIMES = re.compile(
    r"\b(python|node|go|java|ruby|php|rust|kotlin|swift) versions?\b|\bversions? of (python|node|go|java|ruby|php|rust)\b"
    r"|\b(python|node|java|ruby|php) \d+(?:\.\d+)+\b",
    re.IGNORECASE,
)
_DEPENDENCY = re.compile(
    r"\bis ([A-Za-z][\w.-]*\w) (?:still )?(?:a|one of (?:the|our)) (?:\w+ )?dependenc|\bdo we (?:still )?depend on ([A-Za-z][\w./-]*\w)"
    r"|\bwhich version of ([A-Za-z][\w./-]*\w)|^(?:which|what) ([A-Za-z][\w.-]*\w) version\b",
    re.IGNORECASE,
)
_METRICS = (
    (re.compile(r"\bmost[- ](?:often )?referenced\b|\bby (?:number of )?references\b", re.I), "references"),
    (re.compile(r"\bmost[- ](?:often )?(?:imported|included)\b|\b(?:imported|included) (?:the )?most\b", re.I), "importers"),
    (re.compile(r"\bdeep(?:est)?(?:ly)?[- ]nest\w*|\bnest\w+ (?:the )?deepest|\bnesting\b", re.I), "depth"),
    (re.compile(r"\bby (?:number of methods|method count)\b|\bmost methods\b", re.I), "methods"),
    (re.compile(r"\bmost (?:parameters|arguments|params|args)\b", re.I), "parameters"),
    (re.compile(r"\bcyclomatic|\bmost (?:complex|complicated)\b", re.I), "complexity"),
)  # fmt: skip
_LANGUAGE_WORDS = {
    "py": "python", "js": "javascript", "ts": "typescript", "golang": "go", "c++": "cpp",
    "c#": "csharp", "shell": "bash", "sh": "bash", "rb": "ruby", "kt": "kotlin",
}  # fmt: skip
_LANGUAGE = re.compile(
    r"(?<![\w./-])(python|javascript|js|typescript|ts|golang|go|rust|java|kotlin|ruby|php|swift|scala|bash|shell|c\+\+|c#)"
    r"(?: (?:code|side|part|sources?|only|functions?|classes|imports?|files?|methods|ones)\b)",
    re.IGNORECASE,
)  # fmt: skip
_OUTSIDE = re.compile(
    r"\b(?:outside(?: of)?|apart from|except(?: for| in)?|excluding|other than in|anywhere but in) `?((?:[\w.-]+/)+[\w.*-]*|[\w-]+\.[a-z]{1,4})(?![\w/])"
    r"|\b(?:outside(?: of)?|anywhere but in) `?(v\d+)\b"
)
_INSIDE = re.compile(
    r"(?<!not )(?<!but )(?<!than )(?<!except )\b(?:in|under|inside|below|within) `?((?:[\w.*-]+/)+[\w.*-]*|[\w-]+\.(?:py|pyi|ts|tsx|js|jsx|go|rs|java|kt|rb|php|c|h|hpp|cc|cpp|cs|swift))(?![\w/])"
)
_RAISE = re.compile(
    r"\b(?:can|could|does|do|did|may|might|will|would|is)\b[^,.;]{0,30}?%s[^,.;]{0,12}? (?:ever )?(?:raise|throw|return|rescue|catch|panic)\b"
)
_RAISED_IN = r"\b(?:raised|thrown|errors?|exceptions?) (?:by|in|inside|within|from|of|out of) (?:the )?[`]?%s"
_RAISED_WHEN = (
    r"\b(?:errors?|exceptions?|things|anything|everything|what) (?:that |which )?(?:the )?[`]?%s[`]?(?:\(\))? "
    r"(?:can |may |might |could |will )?(?:raises?|throws?|returns?|panics?)\b"
)
_ERROR_NAME = re.compile(r"(?i)error|exception|exit|warning|interrupt|fault|failure|panic|notfound")


def adjust(tool: str, question: str, history: Sequence[Turn], arguments: Arguments) -> None:
    """Sets in `arguments` what the wording of `question` decides for `tool`."""
    known = {argument.name for argument in TOOLS[tool].arguments}
    if not TOOLS[tool].runs:
        return
    if tool in NO_MODE:
        arguments.pop("mode", None)
    elif "mode" not in arguments:
        if tool in _COUNTABLE and _COUNTED.search(question):
            arguments["mode"] = "count"
        elif ("mode" in known and tool in _COUNTABLE and _EXISTS.search(question)) or (
            tool in _YES_OR_NO and _ASKS_WHETHER.match(question)
        ):
            arguments["mode"] = "exists"
    if "tests" in known and tool != "find_tests" and _UNTESTED.search(question):
        arguments["tests"] = "exclude"
    elif arguments.get("tests") == "exclude" and _ONLY_TESTS.search(question):
        arguments["tests"] = "only"
    if "limit" in known and "limit" not in arguments and tool not in NO_MODE:
        _limit(question, arguments)
    _scopes(tool, known, question, arguments)
    if tool == "list_symbols":
        _filters(question, arguments)
        said = _MODIFIER.search(question)
        if said and ("modifier" not in arguments or said[1].lower() == "undocumented"):
            arguments["modifier"] = said[1].lower()
    elif tool == "rank_symbols":
        for words, metric in _METRICS:
            if words.search(question):
                arguments["metric"] = metric
                break
        if "limit" not in arguments and _SUPERLATIVE.search(question):
            arguments["limit"] = 1
        elif arguments.get("limit") == 1 and _SEVERAL.search(question):
            del arguments["limit"]
    elif tool == "search_text":
        _searched(question, arguments)
    elif tool == "git_history":
        if "target" not in arguments and "path" in arguments:
            arguments["target"] = arguments.pop("path")
    elif tool in ("find_call_path", "find_callees", "find_overrides"):
        _two_names(tool, question, history, arguments)
    elif tool == "find_raises":
        _raised_within(question, arguments)
    elif tool == "explain":
        _file_explained(question, arguments)
    elif tool == "find_config":
        _settings(question, arguments)
    elif tool == "list_dependencies" and "name" not in arguments:
        named = _RUNTIMES.search(question) or _DEPENDENCY.search(question)
        if named:
            arguments["name"] = next(part for part in named.groups() if part)
    _ordinal(known, question, history, arguments)
    if history and history[-1].call.tool == tool and _FOLLOW_UP.search(question):
        _inherit(known, question, history[-1].call, arguments)


# One thing, not a list: "which method in it has the deepest nesting", "smallest header?".
_SUPERLATIVE = re.compile(
    r"\b(?:which|what)(?: single| \.?\w+)?(?: source| helper)? (?:file|function|func|method|class|module|package|header|struct|test|type|script|crate)\b(?!s)"
    r"(?=.*\b(?:most|least|fewest|\w{3,}est)\b)|"
    r"\b(?:longest|largest|biggest|smallest|shortest|deepest nested|most (?:called|used|complex|imported|referenced)) (?:\w+ )?"
    r"(?:file|function|func|method|class|module|header|struct|test|script)\b(?!s)",
    re.IGNORECASE,
)
_MARKERS = re.compile(
    r"\b(TODO|FIXME|HACK|XXX|BUG)s?(?: or |/| and |, ?)(TODO|FIXME|HACK|XXX|BUG)s?\b"
)


_SEVERAL = re.compile(
    r"\b(?:\w{3,}est(?: nested)?|most \w+) (?:\w+ )?(?:functions|methods|classes|files|modules|headers|structs)\b(?<!most methods)"
    r"|\b(?:functions|files|modules|classes) \w+ (?:the )?most\b",
    re.IGNORECASE,
)
_MARKER = re.compile(r"(?:the |any |all )?(TODO|FIXME|HACK|XXX)s?(?: comments?)?")
_QUOTATION = re.compile(r"\"([^\"]{3,})\"|`([^`]{3,})`|“([^”]{3,})”")
_BETWEEN_QUOTES = re.compile(r"\"[^\"]*\b(?:where|who|which|what|find|grep)\b", re.IGNORECASE)
_ERROR_PREFIX = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception|Warning): +")


def _searched(question: str, arguments: Arguments) -> None:
    """The text to search for: two markers as a pattern, the last quotation, no name of the error."""
    text = str(arguments.get("text", ""))
    both, one = _MARKERS.search(question), _MARKER.fullmatch(text)
    if both and both[1] in text:
        arguments["text"], arguments["regex"] = f"{both[1]}|{both[2]}", True
    elif one:
        arguments["text"] = one[1]
    elif text.count('"') == 1 or text.count("`") == 1 or _BETWEEN_QUOTES.search(text):
        quoted = [next(filter(None, found.groups())) for found in _QUOTATION.finditer(question)]
        if quoted and quoted[-1] in question[question.find(text) :]:
            arguments["text"] = quoted[-1]
    elif _ERROR_PREFIX.sub("", text):
        arguments["text"] = _ERROR_PREFIX.sub("", text)


_ONE = r"[`'\"]?([A-Za-z_$][\w$]*(?:(?:\.|::|#|->)[\w$]+)*(?:[!?](?= (?-i:[a-z])|[`'\"]))?)(?:\(\))?[`'\"]?"
_FROM_TO = re.compile(rf"\bfrom {_ONE} (?:in)?to {_ONE}(?!\w)")
_STARTING = re.compile(
    rf"\b(?:in|at|to) {_ONE},? (?:when |if )?(?:starting|coming|beginning) (?:from|at|in|with) {_ONE}"
)
_DOES_CALL = re.compile(
    rf"\b(?:does|do|did|will) (?:(it|this|that|they)|{_ONE}) (?:ever |itself |also |directly )*(?:call|invoke|use) {_ONE}",
    re.IGNORECASE,
)
_CALLS = re.compile(rf"\b(?:does|do)\b[^.?]*\b(?:call|invoke) {_ONE}")
_METHOD_OF = re.compile(r"\([^()]*\) (?:of|on|from) (?:the )?[`'\"]?([A-Z]\w*)")
_OWNED = re.compile(r"([A-Z]\w*)(?:\.|#|::)(\w+)")
_OVERRIDE_THEM = re.compile(r"\b(?:of|do|does) (?:those|them|these|any|all)\b", re.IGNORECASE)


def _two_names(tool: str, question: str, history: Sequence[Turn], arguments: Arguments) -> None:
    """Which of two names is which, where the wording tells it."""
    if tool == "find_call_path":
        path, ending = _FROM_TO.search(question), _STARTING.search(question)
        if path:
            arguments["source"], arguments["target"] = path[1], path[2]
        elif ending:
            arguments["source"], arguments["target"] = ending[2], ending[1]
    elif tool == "find_callees":
        asked = _DOES_CALL.search(question)
        if asked and asked[3].lower() not in (*_NO_PATTERN, "itself"):
            before = history[-1].call.text("name") if asked[1] and history else asked[2] or ""
            given = (str(arguments.get("name", "")), str(arguments.get("callee", "")))
            several = any(
                " " in words and {before, asked[3]} & set(words.split()) for words in given
            )
            if before and before != asked[3] and not several:  # "does do run call set it up"
                arguments["name"], arguments["callee"] = before, asked[3]
                arguments["mode"] = "exists"
        elif "callee" not in arguments:
            called = _CALLS.search(question)
            if called and called[1].lower() not in ("itself", str(arguments.get("name")).lower()):
                arguments["callee"], arguments["mode"] = called[1], "exists"
    elif "of" not in arguments:
        owner = _METHOD_OF.search(question)
        owned = _OWNED.fullmatch(str(arguments.get("name", "")))
        if owner:
            arguments["of"] = owner[1]
        elif owned:
            arguments["of"], arguments["name"] = owned.groups()
        elif (
            history
            and history[-1].call.tool == "find_subclasses"
            and _OVERRIDE_THEM.search(question)
        ):
            arguments["of"] = history[-1].call.text("name")


_FOLLOW_UP = re.compile(
    r"^\W*(?:and|now|only|just|same|what about|how about|also|ok|then|no|not|without|how many|top|in|under|the same|hm|so|count|or|but|"
    r"excluding|sorry|i mean\w*|restrict\w*|limit)\b|^\W*\S+(?:\s+\S+){0,4}\W*$",
    re.IGNORECASE,
)
_EVERYWHERE = re.compile(
    r"\b(?:everywhere|whole|all over|entire|anywhere|overall)\b", re.IGNORECASE
)
_OUTSIDE_THAT = re.compile(
    r"\boutside (?:of )?(?:that|this|the) (?:folder|file|package|module|director\w+)\b|\boutside (?:of )?(?:it|that|there)\b",
    re.IGNORECASE,
)
_INHERITED = (
    "path",
    "exclude",
    "lang",
    "returns",
    "decorator",
    "parameter",
    "pattern",
    "of",
    "within",
    "since",
    "author",
)


def _inherit(known: set[str], question: str, last: ToolCall, arguments: Arguments) -> None:
    """A follow-up to the same tool keeps what the earlier call had and this one does not say."""
    before = last.text("path")
    if before and _OUTSIDE_THAT.search(question):
        arguments.pop("path", None)
        arguments["exclude"] = before
    if _EVERYWHERE.search(question) or last.arguments.get("action") != arguments.get("action"):
        return
    if last.arguments.get("tests") is not None and not re.search(r"(?i)test", question):
        arguments["tests"] = last.arguments["tests"]
    for name in _INHERITED:
        value = last.arguments.get(name)
        if name in known and value is not None and name not in arguments:
            if name == "path" and str(arguments.get("exclude", "")) == value:
                continue
            arguments[name] = value


_WHAT_FILE = re.compile(
    r"\b(?:what (?:does|is)|what's|whats|purpose of|explain|why (?:is there|do we have|does)|role of)(?: the| this| file)* [`'\"]?$",
    re.IGNORECASE,
)


def _file_explained(question: str, arguments: Arguments) -> None:
    """ "what does share.py do" is about the file itself."""
    path = str(arguments.get("path", ""))
    if "name" in arguments or not re.search(r"\w\.\w{1,4}$", path):
        return
    if _WHAT_FILE.search(question[: max(0, question.find(path))]):
        arguments["name"] = arguments.pop("path")


_MODIFIER = re.compile(
    r"\b(static|async|abstract|deprecated|undocumented|private|public)(?: (?:public|private|static|async))? (?:functions?|methods?|classes|structs?|"
    r"interfaces|ones|stuff|traits)\b",
    re.IGNORECASE,
)
_SETTINGS = re.compile(
    r"\b(?:other|others|else|vars|variables|settings|options|flags)\b", re.IGNORECASE
)


def _settings(question: str, arguments: Arguments) -> None:
    """A question for settings in general has no name that only the dialogue says."""
    name = str(arguments.get("name", ""))
    if name and name.lower() not in question.lower() and _SETTINGS.search(question):
        del arguments["name"]


def _limit(question: str, arguments: Arguments) -> None:
    bare = _QUOTED.sub("", question)
    for words in _LIMITS:
        found = words.search(bare)
        if found:
            arguments["limit"] = _WORD_NUMBERS.get(found[1].lower()) or int(found[1])
            return


def language_of(word: str) -> str:
    """The catalogue's language that a word names (`golang`, `C++`), "" for any other word."""
    word = _LANGUAGE_WORDS.get(word.lower(), word.lower())
    return word if word in LANGUAGES else ""


def _scopes(tool: str, known: set[str], question: str, arguments: Arguments) -> None:
    """A folder or file behind "in" or "outside", a language before "code"."""
    values = {str(value).strip("/") for value in arguments.values()}
    if "exclude" in known and "exclude" not in arguments:
        outside = _OUTSIDE.search(question)
        folder = (outside[1] or outside[2]) if outside else ""
        if folder and arguments.get("path") == folder:
            del arguments["path"]
            values.discard(folder.strip("/"))
        if folder and folder.strip("/") not in values:
            arguments["exclude"] = folder
    if "path" in known and "path" not in arguments and tool not in ("explain", "list_imports"):
        inside = _INSIDE.search(question)
        if inside and not any(inside[1].strip("/") in value for value in values):
            arguments["path"] = inside[1]
    if "lang" in known and "lang" not in arguments and tool in _SPOKEN_LANGUAGE:
        language = _LANGUAGE.search(question)
        word = language_of(language[1]) if language else ""
        if word:
            arguments["lang"] = word
            if str(arguments.get("path", "")).lower() == str(language and language[1]).lower():
                del arguments["path"]


_SPOKEN_LANGUAGE = frozenset(
    ("find_callers", "find_importers", "find_references", "find_unused", "list_symbols", "rank_symbols",
     "find_entrypoints", "find_config", "search_text", "find_subclasses", "find_overrides", "find_definition")
)  # fmt: skip


def _filters(question: str, arguments: Arguments) -> None:
    """What narrows a list of symbols: part of the name, decorator, returned type, parameter."""
    if not re.search(r"[*?]", str(arguments.get("pattern", ""))):
        if _UNDERSCORE.search(question):
            arguments["pattern"] = "_*"
        elif _QUESTION_MARK.search(question):
            arguments["pattern"] = "*?"
        else:
            for words, form in _PATTERNS:
                found = words.search(question)
                if found and found[1].lower() not in _NO_PATTERN:
                    arguments["pattern"] = form.format(found[1])
                    break
    tagged = str(arguments.get("decorator", ""))
    if tagged:
        arguments["decorator"] = _NOUNS.get(tagged.lower(), (tagged, ""))[0]
    else:
        said = _DECORATED_NOUN.search(question)
        if said:
            noun = next(part for part in said.groups() if part).lower()
            decorator, kind = _NOUNS[noun]
            arguments["decorator"] = decorator
            if kind:
                arguments["kind"] = kind
            if arguments.get("parameter") in (noun, decorator):
                del arguments["parameter"]
    bare = str(arguments.get("pattern", "")).strip("*")
    if bare and str(arguments.get("decorator", "")).lower() == bare.lower():
        del arguments["decorator"]
    if bare and str(arguments.get("path", "")).lower() == bare.lower():
        del arguments["path"]
    for argument, words in (
        ("decorator", _DECORATED),
        ("returns", _RETURNS),
        ("parameter", _PARAMETER),
    ):
        value = str(arguments.get(argument, "")).rstrip(".")
        if value:
            arguments[argument] = value
        if not value or value.count("[") > value.count("]"):
            found = words.search(question)
            if found:
                arguments[argument] = next(part for part in found.groups() if part)


def _raised_within(question: str, arguments: Arguments) -> None:
    """ "what does X throw" asks for anything thrown within X."""
    name = arguments.get("name")
    if (
        not isinstance(name, str)
        or name == "*"
        or "within" in arguments
        or _ERROR_NAME.search(name)
    ):
        return
    literal = re.escape(name)
    if re.search(_RAISE.pattern % literal, question) or any(
        re.search(words % literal, question, re.IGNORECASE) for words in (_RAISED_IN, _RAISED_WHEN)
    ):
        arguments["within"], arguments["name"] = name, "*"


def _ordinal(known: set[str], question: str, history: Sequence[Turn], arguments: Arguments) -> None:
    """ "the second one" after a comparison is its second name."""
    if "name" not in known or _NOT_ORDINAL.search(question):
        return
    compared = next((t.call for t in reversed(history) if t.call.tool == "compare"), None)
    names = compared.arguments["names"] if compared is not None else ()
    if not isinstance(names, tuple) or len(names) != 2:
        return
    name = str(arguments.get("name", ""))
    if name and name not in names and name.lower() in question.lower():
        return  # the question says a name of its own
    for words, at in _ORDINALS:
        if words.search(question):
            arguments["name"] = names[at]
            return
    if re.search(r"\bother one\b", question) and len(history) > 1:
        used = history[-1].call.text("name")
        if used in names:
            arguments["name"] = names[1 - names.index(used)]

"""`find_config`: environment variables, settings, flags, and the values of constants."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import grep
from ..catalog import ToolCall
from ..languages import parsable
from ..names import find_definitions, fold
from ..repository import is_test_path
from ..results import Match
from ..search import Search
from ..syntax import TYPE_KINDS, Definition, FileFacts
from .patterns import Hit, Rule, hits

_PY, _JS, _GO = ("python",), ("javascript", "typescript"), ("go",)
_KEY = r"""["'`](?P<name>[\w.:-]+)["'`]"""
_DEFAULT = r"(?:\s*,\s*(?P<value>[^,)]+))?"

RULES = (
    Rule("env", "env", _PY, rf"(?:^|[\s(\[=!]|\bos\.)environb?(?:\.get|\.setdefault|\.pop)?\s*[\[(]\s*{_KEY}{_DEFAULT}"),
    Rule("env", "env", _PY, rf"\bgetenv\(\s*{_KEY}{_DEFAULT}"),
    Rule("env", "env", _PY, r"""["'](?P<name>\w+)["']\s+(?:not\s+)?in\s+(?:os\.)?environ\b"""),
    Rule("env", "env", _PY, r"""\benvvar\s*=\s*["'](?P<name>\w+)["']"""),
    Rule("env", "env", _JS, r"\b(?:process\.env|import\.meta\.env)(?:\.(?P<name>[A-Za-z_]\w*))"),
    Rule("env", "env", _JS, r"""\bprocess\.env\[\s*["'`](?P<name>\w+)["'`]"""),
    Rule("env", "env", _GO, rf"\bos\.(?:Getenv|LookupEnv|Setenv)\(\s*{_KEY}"),
    Rule("env", "env", _GO, r"\bos\.(?:Getenv|LookupEnv)\(\s*(?P<name>[A-Za-z_]\w*)\s*\)"),
    Rule("env", "env", ("ruby",), r"""\bENV(?:\.fetch)?[\[(]\s*["'](?P<name>\w+)["']"""),
    Rule("env", "env", ("rust",), r"""\benv(?:::var(?:_os)?|!)\(\s*"(?P<name>\w+)\""""),
    Rule("env", "env", ("rust",), r"""\benv\s*=\s*"(?P<name>[A-Z][A-Z0-9_]+)\""""),
    Rule("env", "env", ("csharp",), r"""\bGetEnvironmentVariable\(\s*"(?P<name>\w+)\""""),
    Rule("env", "env", ("swift",), r"""\benvironment\[\s*"(?P<name>\w+)\""""),
    Rule("env", "env", ("scala",), r"""\bsys\.env(?:\.get|\.getOrElse)?\(\s*"(?P<name>\w+)\""""),
    Rule("setting", "setting", ("java", "kotlin", "scala"), r"""@Value\(\s*"[$#]\\?\{(?P<name>[\w.-]+)(?::(?P<value>[^}]*))?\}"""),
    Rule("setting", "setting", ("java", "kotlin", "scala"), r"""\b(?:System\.)?getProperty\(\s*"(?P<name>[\w.-]+)"(?:\s*,\s*(?P<value>[^)]+))?"""),
    Rule("setting", "setting", ("csharp",), r"""\b[cC]onfiguration\[\s*"(?P<name>[\w:.-]+)\""""),
    Rule("flag", "flag", ("rust",), r"""#\[(?:arg|clap)\([^)]*\blong\s*=\s*"(?P<name>[\w-]+)\""""),
    Rule("env", "env", ("java", "kotlin", "scala"), r"""\bgetenv\(\s*"(?P<name>\w+)\""""),
    Rule("env", "env", ("php",), r"""\b(?:getenv\(|\$_(?:ENV|SERVER)\[)\s*["'](?P<name>\w+)["']"""),
    Rule("env", "env", ("c", "cpp"), r"""\bgetenv\(\s*"(?P<name>\w+)\""""),
    Rule("flag", "flag", ("ruby",), r"""\bon\(?\s*(?:["']-\w[^"']*["']\s*,\s*)?["'](?P<name>--[\w\[\]-]+)"""),
    Rule("flag", "flag", ("ruby",), r"\b(?:method_option|class_option|option)\s*\(?\s*:(?P<name>\w+)"),
    Rule("flag", "flag", ("php",), r"""(?:->addOption|\bnew InputOption)\(\s*["'](?P<name>[\w-]+)["']"""),
    Rule("flag", "flag", ("c", "cpp"), r"""^\s*\{\s*"(?P<name>[\w-]+)"\s*,\s*(?:no|required|optional)_argument"""),
    Rule("flag", "flag", ("c", "cpp"), r"""\bDEFINE_(?:bool|string|u?int(?:32|64)|double)\(\s*(?P<name>\w+)\s*,\s*(?P<value>[^,]+)"""),
    Rule("flag", "flag", ("cpp",), r"""\badd_(?:option|flag)(?:_function)?\(\s*"(?P<name>-[^"]+)\""""),
    Rule("setting", "setting", ("ruby",), r"^\s*(?:set|enable|disable)\s+:(?P<name>\w+)(?:\s*,\s*(?P<value>.+))?$"),
    Rule("setting", "setting", ("ruby",), r"\bconfig\.(?P<name>\w[\w.]*)\s*=\s*(?P<value>[^=~].*)"),
    Rule("env", "env", ("bash",), r"\$\{(?P<name>[A-Z][A-Z0-9_]+):?[-=?](?P<value>[^}]*)\}"),
    Rule("flag", "flag", _PY, r"""\badd_argument\(\s*(?:["']-\w["']\s*,\s*)?["'](?P<name>-{0,2}[\w-]+)["']"""),
    Rule("flag", "flag", _PY, r"""\boption\(\s*(?:["']-\w["']\s*,\s*)?["'](?P<name>--?[\w/-]+)["']"""),
    Rule("flag", "flag", _JS, r"""\.(?:option|requiredOption)\(\s*["'`](?P<name>-[^"'`]*)["'`]"""),
    Rule("flag", "flag", _GO, r"""\b(?:\w*[fF]lags?(?:\(\))?|pflag|flag)\.(?:Bool|String|Int|Int64|Uint|Float64|Duration|Count|StringSlice|StringArray|Func)(?:Var)?P?\(\s*(?:&?[\w.]+\s*,\s*)?"(?P<name>[\w-]+)\""""),
    Rule("setting", "setting", _PY, r"""\b(?:config|settings|conf)\[\s*["'](?P<name>[A-Z][A-Z0-9_]+)["']\s*\]\s*=\s*(?P<value>[^=].*)"""),
    Rule("setting", "setting", _JS, r"""\b(?:app|this)\.(?:set|enable|disable)\(\s*["'](?P<name>[\w -]+)["']"""),
    Rule("setting", "setting", _PY, r"""^\s+["'](?P<name>[A-Z][A-Z0-9_]{2,})["']\s*:\s*(?P<value>.+?),?$"""),
)  # fmt: skip
# Languages whose constants stand at file level; in the others they stand in types.
_FREE_CONSTANTS = frozenset({"python", "javascript", "typescript", "go"})
_SETTINGS_FILE = re.compile(
    r"(^|/)(\w*settings\w*|\w*config\w*|\w*conf|defaults?|constants?)(/[^/]*)?\.(py|[cm]?[jt]s|go)$",
    re.IGNORECASE,
)


def find_config(call: ToolCall, search: Search) -> Iterator[Match]:
    """With `name` the definition and its value first (`facts["value"]`), else a list by kind."""
    name, kind = call.text("name"), call.text("kind")
    found = _named(search, name, kind) if name else list(_all(search, kind))
    found.sort(key=lambda m: is_test_path(m.path))
    search.facts["names"] = list(dict.fromkeys(match.name for match in found))
    yield from found


def _all(search: Search, kind: str) -> Iterator[Match]:
    for hit in hits(search, [rule for rule in RULES if kind in ("", rule.sort)]):
        name = hit.groups["name"]
        if _is_other_environ(search, hit):
            continue
        yield Match(hit.path, hit.line, hit.line, name, hit.rule.label, hit.text, "config")
    if kind in ("", "setting", "constant"):
        for facts, definition in _constants(search, kind):
            yield _as_config(facts, definition, "constant" if kind == "constant" else "setting")


def _is_other_environ(search: Search, hit: Hit) -> bool:
    """Whether a bare `environ[…]` is a WSGI environment: only `from os import environ` is the other."""
    if hit.rule.sort != "env" or "environ" not in hit.text or "os.environ" in hit.text:
        return False
    source = search.source(hit.path)
    return source is None or not re.search(rb"from os import [^\n]*\benviron\b", source.data)


def _constants(search: Search, kind: str) -> Iterator[tuple[FileFacts, Definition]]:
    """UPPER_CASE constants (of settings-like files for settings), fields of BaseSettings classes."""
    entries = [e for e in search.files() if parsable(e.language)]
    if kind != "constant":
        candidates = {e.path for e in search.candidates("BaseSettings", fixed=True)}
        entries = [e for e in entries if _SETTINGS_FILE.search(e.path) or e.path in candidates]
    for facts in search.parse(entries):
        for definition in facts.definitions:
            parent = facts.definitions[definition.parent] if definition.parent >= 0 else None
            if parent is not None:
                named = any(base.name.endswith("BaseSettings") for base in parent.bases)
                if named and definition.kind in ("field", "variable", "constant"):
                    yield facts, definition
            elif definition.kind in ("constant", "variable") and (
                definition.name.isupper() or facts.language == "go"
            ):
                yield facts, definition
            inside = parent is not None and parent.kind in TYPE_KINDS
            if inside and definition.kind == "constant" and facts.language not in _FREE_CONSTANTS:
                yield facts, definition


def _as_config(facts: FileFacts, definition: Definition, kind: str) -> Match:
    return Match(
        facts.path, definition.line, definition.end_line, definition.qualname, kind,
        definition.signature, "config",
    )  # fmt: skip


def _named(search: Search, name: str, kind: str) -> list[Match]:
    wanted = fold(name)
    exact: list[Match] = []
    near: list[Match] = []
    value = ""
    letters = "[_ -]?".join(re.escape(c) for c in wanted)
    for hit in hits(search, RULES, probe=f"(?i){letters}"):
        if _is_other_environ(search, hit):
            continue
        folded = fold(hit.groups["name"])
        match = Match(hit.path, hit.line, hit.line, hit.groups["name"], hit.rule.label, hit.text,
                      "config")  # fmt: skip
        if folded == wanted:
            exact.append(match)
            if hit.groups.get("value") and not is_test_path(hit.path):
                value = value or hit.groups["value"].strip()
        elif wanted in folded and kind in ("", hit.rule.sort):
            near.append(match)
    holders = frozenset({"constant", "variable", "field", "variant", "property"})
    defined: list[Match] = []
    for facts, definition in find_definitions(search, name, kinds=holders):
        defined.append(_as_config(facts, definition, definition.kind))
        if definition.value and not is_test_path(facts.path) and "value" not in search.facts:
            search.facts["value"] = definition.value
    if defined and "value" not in search.facts:
        defined += _given(search, defined[0].name.rpartition(".")[2])
    if value and ("value" not in search.facts or kind in ("env", "flag")):
        search.facts["value"] = value
    found = [*exact, *defined] if kind in ("env", "flag") else [*defined, *exact]
    if not found:
        found = _parameters(search, name)
    if not found and near:
        search.note(f"Nothing is called exactly '{name}'; these have it in their name.")
        return near
    return found


def _given(search: Search, name: str) -> list[Match]:
    """Where a field without a value of its own is given one; a named constant's value is followed."""
    found: list[Match] = []
    pattern = rf"\b{re.escape(name)}\s*(?::|=|:=)\s*([^=\s].*)"
    for line in grep.lines(search.repository.root, pattern, timeout=search.remaining()):
        read = re.search(pattern, line.text)
        entry = search.listing.files.get(line.path)
        if read is None or entry is None or not parsable(entry.language) or is_test_path(line.path):
            continue
        given = read[1].split("//")[0].strip().rstrip(",;")
        found.append(
            Match(line.path, line.line, line.line, name, "setting", line.text.strip(), "config")
        )
        if "value" not in search.facts:
            search.facts["value"] = given
            if re.fullmatch(r"[A-Za-z_]\w*", given):
                for facts, definition in find_definitions(search, given)[:1]:
                    found.append(_as_config(facts, definition, definition.kind))
                    search.facts["value"] = definition.value or given
    return found


def _parameters(search: Search, name: str) -> list[Match]:
    """Parameters of that name which have a default."""
    word = re.sub(r"[\s-]+", "_", name.strip())
    found: list[Match] = []
    for facts in search.parse(search.candidates(rf"\b{re.escape(word)}\b", ignore_case=True)):
        for definition in facts.definitions:
            for parameter in definition.parameters:
                if fold(parameter.name) == fold(name) and parameter.default:
                    text = f"{definition.qualname}({parameter.name}={parameter.default})"
                    found.append(Match(facts.path, definition.line, definition.line,
                                       definition.qualname, "default", text, "config"))  # fmt: skip
                    search.facts.setdefault("value", parameter.default)
    return found

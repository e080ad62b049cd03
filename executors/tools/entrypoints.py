"""`find_entrypoints`: where a program starts; its commands, routes and scheduled tasks."""

from __future__ import annotations

import fnmatch
import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from ..catalog import ToolCall
from ..repository import is_test_path
from ..results import Match
from ..search import Search
from .manifest_lines import Lines
from .patterns import Hit, Rule, hits

_PY = ("python",)
_JS = ("javascript", "typescript")
_GO = ("go",)
_JVM = ("java", "kotlin", "scala")
_STRING = r"""["'`](?P<name>[^"'`]*)["'`]"""
_VERBS = r"(?P<verb>get|post|put|patch|delete|head|options|all|route|websocket)"
_GO_VERBS = r"(?P<verb>GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|Any|Handle|HandleFunc|Get|Post|Put|Patch|Delete)"

RULES = (
    Rule("main", "main", _PY, r"""^if\s+__name__\s*==\s*["'](?P<name>__main__)["']"""),
    Rule("main", "main", _GO, r"^func\s+(?P<name>main)\s*\(\s*\)"),
    Rule("main", "main", ("java", "csharp"), r"static\s+(?:async\s+)?\w+\s+(?P<name>[Mm]ain)\s*\("),
    Rule("main", "main", ("rust",), r"^(?:pub\s+)?(?:async\s+)?fn\s+(?P<name>main)\s*\("),
    Rule("main", "main", ("c", "cpp"), r"^\s*(?:int|void|auto)\s+(?P<name>w?main)\s*\("),
    Rule("main", "main", ("kotlin",), r"^\s*(?:suspend\s+)?fun\s+(?P<name>main)\s*\("),
    Rule("main", "main", ("swift",), r"^\s*@(?P<name>main)\b"),
    Rule("main", "main", ("scala",), r"^\s*(?:def\s+(?P<name>main)\s*\(|@main\s+def\s+\w+)"),
    Rule("main", "main", ("scala",), r"^\s*object\s+(?P<name>\w+)\s+extends\s+(?:\w+\s+with\s+)*(?:App|IOApp)\b"),
    Rule("main", "main", ("ruby",), r"^if\s+(?P<name>__FILE__)\s*==\s*\$(?:0|PROGRAM_NAME)"),
    Rule("main", "main", _JS, r"if\s*\(\s*(?P<name>require\.main)\s*===?\s*module"),
    Rule("cli", "command", _PY, r"^\s*@(?:[\w.]+\.)?(?:command|group|callback)\b(?:\(\s*"
         r"""(?:name\s*=\s*)?(?:["'](?P<name>[^"']+)["'])?)?"""),
    Rule("cli", "command", _PY, r"\.add_parser\(\s*" + _STRING),
    Rule("cli", "command", _GO, r"""\bUse:\s*["`](?P<name>[^"`\s]+)"""),
    Rule("cli", "command", _JS, r"\b(?:program|yargs|cli|commander|argv)\b.*\.command\(\s*\[?\s*" + _STRING),
    Rule("cli", "command", _JS, r"^\s*\.command\(\s*\[?\s*" + _STRING),
    Rule("cli", "command", _PY, r"^class\s+(?P<name>Command)\s*\("),
    Rule("route", "route", _PY, rf"^\s*@[\w.]+\.{_VERBS}\(\s*(?:rule\s*=\s*|path\s*=\s*)?[rf]?{_STRING}"),
    Rule("route", "route", _PY, rf"\.(?P<verb>add_url_rule|add_api_route|add_route)\(\s*[rf]?{_STRING}"),
    Rule("route", "route", _PY, rf"\b(?P<verb>path|re_path|url|Route|WebSocketRoute|Mount)\(\s*r?{_STRING}\s*,"),
    Rule("route", "route", _JS, rf"\b(?:\w*[aA]pp|\w*[rR]outer?|server|fastify|api)\.{_VERBS}\(\s*{_STRING}\s*,"),
    Rule("route", "route", _GO, rf"\b[\w.]+\.{_GO_VERBS}\(\s*{_STRING}\s*,"),
    Rule("main", "main", ("bash",), r"""^(?P<name>main)\s+["']?\$@"""),
    Rule("main", "program", ("",), r"^\s*add_executable\s*\(\s*(?P<name>[\w.-]+)"),
    Rule("cli", "command", ("php",), r"""#\[AsCommand\(\s*(?:name:\s*)?""" + _STRING),
    Rule("cli", "command", ("php",), r"""\$defaultName\s*=\s*""" + _STRING),
    Rule("cli", "command", ("php",), r"""\$signature\s*=\s*["'](?P<name>[\w:-]+)"""),
    Rule("cli", "command", ("php",), r"""^\s*->setName\(\s*""" + _STRING),
    Rule("cli", "command", ("ruby",), r"""^\s*desc\s*\(?\s*["'](?P<name>[\w:-]+)[^"']*["']\s*,"""),
    Rule("route", "route", ("ruby",), r"""^\s*(?P<verb>get|post|put|patch|delete|options|match|root)\s*\(?\s*["'](?P<name>[^"']*)["']"""),
    Rule("route", "route", ("ruby",), r"^\s*(?P<verb>resources?|namespace|mount)\s*\(?\s*:?(?P<name>[\w:/]+)"),
    Rule("route", "route", ("php",), rf"#\[Route\(\s*(?:path:\s*)?{_STRING}"),
    Rule("route", "route", ("php",), rf"(?:\bRoute::|\$(?:app|router|routes|group|r)->){_VERBS}\(\s*{_STRING}\s*,"),
    Rule("task", "task", ("ruby",), r"^\s*(?P<verb>task)\s*\(?\s*[:\"']?(?P<name>[\w:]+)"),
    Rule("task", "schedule", ("php",), rf"->(?P<verb>command|job)\(\s*{_STRING}\s*\)\s*->"),
    Rule("route", "route", _JVM, r"@(?P<verb>Get|Post|Put|Patch|Delete|Request)Mapping\b(?:\(\s*(?:(?:value|path)\s*=\s*)?\{?\s*" + _STRING + r")?"),
    Rule("route", "route", _JVM, r"@Path\(\s*" + _STRING),
    Rule("route", "route", ("kotlin",), rf"^\s*{_VERBS}\(\s*{_STRING}\s*\)\s*\{{"),
    Rule("route", "route", ("csharp",), r"\[(?:Http(?P<verb>Get|Post|Put|Patch|Delete|Head|Options)|Route)\(\s*" + _STRING),
    Rule("route", "route", ("csharp",), r"\.Map(?P<verb>Get|Post|Put|Patch|Delete)\(\s*" + _STRING),
    Rule("route", "route", ("rust",), r"""#\[(?P<verb>get|post|put|patch|delete|head)\(\s*"(?P<name>[^"]*)\""""),
    Rule("route", "route", ("rust",), r"""\.(?P<verb>route)\(\s*"(?P<name>/[^"]*)"\s*,"""),
    Rule("route", "route", ("swift",), rf"\b(?:app|routes?|group|grouped)\.{_VERBS}\(\s*{_STRING}"),
    Rule("cli", "command", ("rust",), r"""^\s*#\[(?:command|clap)\([^)]*\bname\s*=\s*"(?P<name>[^"]+)\""""),
    Rule("cli", "command", ("rust",), r"""\bCommand::new\(\s*"(?P<name>[\w-]+)\""""),
    Rule("cli", "command", _JVM, r"""@(?:CommandLine\.)?Command\([^)]*\bname\s*=\s*"(?P<name>[^"]+)\""""),
    Rule("task", "task", _JVM, r"@(?P<verb>Scheduled)\b"),
    Rule("task", "task", _PY, r"^\s*@(?P<verb>(?:[\w.]+\.)?(?:task|shared_task|periodic_task|scheduled_job))\b"),
    Rule("task", "task", _PY, r"\.(?P<name>add_periodic_task|add_job)\("),
    Rule("task", "schedule", _JS, rf"\b(?P<verb>cron|schedule)\.(?:schedule|scheduleJob)\(\s*{_STRING}"),
    Rule("task", "schedule", _GO, rf"\b\w+\.(?P<verb>AddFunc|AddJob)\(\s*{_STRING}"),
    Rule("task", "schedule", ("yaml",), r"""^\s*-?\s*cron:\s*["']?(?P<name>[^"'#]+)"""),
)  # fmt: skip
_BY_NAME_BELOW = frozenset({"command", "task", "route"})


def find_entrypoints(call: ToolCall, search: Search) -> Iterator[Match]:
    """Declared scripts first, then what the code shows; tests and examples last."""
    kind, wanted = call.text("kind"), call.text("pattern")
    found = [*_declared(search, kind), *_in_code(search, kind)]
    found = [match for match in found if not wanted or _fits(match, wanted)]
    order = re.compile(r"(^|/)(examples?|docs?|benchmarks?|samples?|scripts?)/")
    found.sort(key=lambda m: (is_test_path(m.path), bool(order.search(m.path))))
    yield from found


def _fits(match: Match, wanted: str) -> bool:
    if any(c in wanted for c in "*?["):
        return fnmatch.fnmatch(match.name.lower(), wanted.lower())
    return wanted.lower() in f"{match.name} {match.text}".lower()


def _in_code(search: Search, kind: str) -> Iterator[Match]:
    for hit in hits(search, [rule for rule in RULES if kind in ("", rule.sort)]):
        if _is_misread(search, hit):
            continue
        name = _name(search, hit)
        if name:
            yield Match(hit.path, hit.line, hit.line, name, hit.rule.label, hit.text, "entrypoint")


def _is_misread(search: Search, hit: Hit) -> bool:
    """Lines that only look like an entry point when their file is not looked at."""
    source = search.source(hit.path)
    text = source.data if source is not None else b""
    if hit.rule.label == "main" and hit.path.endswith(".go"):
        return not re.search(rb"^package main\b", text, re.MULTILINE)
    if hit.groups.get("name") == "Command":
        return "/management/commands/" not in f"/{hit.path}"
    if hit.groups.get("verb") in ("path", "re_path", "url"):
        return b"urlpatterns" not in text
    if hit.rule.languages == _GO and hit.rule.label == "command":
        return b"cobra" not in text
    if hit.rule.languages == _GO and hit.rule.label == "route":
        return not hit.groups.get("name", "").startswith("/")
    if hit.rule.label == "program":
        return not hit.path.endswith(("CMakeLists.txt", ".cmake"))
    if hit.rule.languages == ("ruby",) and hit.rule.sort == "route":
        drawn = b"routes.draw" in text
        return not drawn and (
            b"inatra" not in text or not hit.groups["name"].startswith(("/", "*"))
        )
    if hit.rule.languages == ("ruby",) and hit.rule.label == "command":
        return b"Thor" not in text
    if hit.rule.languages == ("ruby",) and hit.rule.label == "task":
        return not hit.path.endswith(("Rakefile", ".rake"))
    if hit.rule.languages == ("yaml",):
        return ".github/workflows/" not in hit.path
    return False


def _name(search: Search, hit: Hit) -> str:
    name, verb = hit.groups.get("name", ""), hit.groups.get("verb", "")
    if hit.rule.label == "route":
        method = verb.upper() if verb.lower() in _METHODS else ""
        methods = re.search(r"methods\s*[=:]\s*[\[(]([^\])]*)", hit.text)
        if methods:
            method = ",".join(re.findall(r"\w+", methods[1]))
        return f"{method} {name}".strip() or "/"
    if name == "Command":
        return hit.path.rpartition("/")[2].removesuffix(".py")
    if name and name not in ("__main__",):
        return name
    if hit.rule.label in _BY_NAME_BELOW:
        return _decorated(search, hit) or verb
    return hit.path


_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "websocket"})


def _decorated(search: Search, hit: Hit) -> str:
    entry = search.listing.files[hit.path]
    facts = search.repository.facts(entry)
    after = [d for d in facts.definitions if d.line >= hit.line] if facts is not None else []
    first = min(after, key=lambda d: d.line, default=None)
    return first.name.replace("_", "-") if first is not None and hit.rule.label == "command" else (
        first.qualname if first is not None else ""
    )  # fmt: skip


def _declared(search: Search, kind: str) -> Iterator[Match]:
    """Scripts that pyproject.toml, package.json, composer.json and gemspecs install, or in `bin/`."""
    if kind not in ("", "main", "cli"):
        return
    yield from _executables(search)
    for entry in search.files():
        name = entry.path.rpartition("/")[2]
        if name not in ("pyproject.toml", "package.json", "composer.json"):
            continue
        source = search.source(entry.path)
        text = source.data.decode("utf-8", "replace") if source is not None else ""
        try:
            data = tomllib.loads(text) if name == "pyproject.toml" else json.loads(text)
        except ValueError:
            search.note(f"{entry.path} could not be read.")
            continue
        if isinstance(data, dict):
            scripts = _scripts(data) if name == "pyproject.toml" else _package_json(data, kind)
            for label, script, section in scripts:
                line = Lines(text).at(section).key(script)
                shown = search.line(entry.path, line)
                yield Match(entry.path, line, line, script, label, shown, "entrypoint")


_EXECUTABLE = re.compile(r"(^|/)(?:(?:bin|exe|libexec)/[\w.-]+|artisan)$")
_OF_GEM = re.compile(r"""\.executables?\s*(?:=|<<)\s*(.+)""")


def _executables(search: Search) -> Iterator[Match]:
    """Files in `bin/` and `exe/` that begin with `#!`, and what a gemspec installs."""
    for entry in search.files():
        if _EXECUTABLE.search(entry.path) and search.line(entry.path, 1).startswith("#!"):
            name, first = entry.path.rpartition("/")[2], search.line(entry.path, 1)
            yield Match(entry.path, 1, 1, name, "script", first, "entrypoint")
        elif entry.path.endswith(".gemspec"):
            source = search.source(entry.path)
            for number, row in enumerate(source.lines if source is not None else (), 1):
                given = _OF_GEM.search(row)
                for name in re.findall(r"""["']([\w.-]+)["']""", given[1]) if given else ():
                    yield Match(
                        entry.path, number, number, name, "script", row.strip(), "entrypoint"
                    )


def _scripts(data: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    project, tool = data.get("project") or {}, data.get("tool") or {}
    tables = {
        "[project.scripts]": project.get("scripts"),
        "[project.gui-scripts]": project.get("gui-scripts"),
        "[tool.poetry.scripts]": (tool.get("poetry") or {}).get("scripts"),
    }
    for section, table in tables.items():
        for script in table if isinstance(table, dict) else ():
            yield "script", script, section


def _package_json(data: dict[str, Any], kind: str) -> Iterator[tuple[str, str, str]]:
    binaries = data.get("bin")
    if isinstance(binaries, list):  # Composer's
        yield from (("script", str(name), "bin:") for name in binaries)
    elif isinstance(binaries, dict):
        yield from (("script", name, "bin:") for name in binaries)
    elif binaries:
        yield "script", "bin", "bin:"
    if kind == "cli":
        return
    for key in ("main", "module", "browser"):
        if isinstance(data.get(key), str):
            yield "main", key, key + ":"
    exports = data.get("exports")
    if isinstance(exports, dict):
        yield from (("export", name, "exports:") for name in exports if name.startswith("."))
    if isinstance(data.get("scripts"), dict) and "start" in data["scripts"]:
        yield "script", "start", "scripts:"

"""Parsers of the manifest formats that are not TOML; see `manifest_parsers`."""

from __future__ import annotations

import ast
import configparser
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .manifest_lines import Lines


@dataclass(frozen=True, slots=True)
class Package:
    """One declared package. `kind`: package dev optional build peer indirect locked language."""

    name: str
    spec: str
    line: int
    kind: str
    group: str = ""


def _requirement(text: str, line: int, kind: str, group: str = "") -> Iterator[Package]:
    from .manifest_parsers import split_requirement

    name, spec = split_requirement(text)
    if name:
        yield Package(name, spec, line, kind, group)


def setup_cfg(text: str) -> Iterator[Package]:
    """[options] install_requires, extras, python_requires."""
    config = configparser.RawConfigParser(strict=False)
    try:
        config.read_string(text)
    except configparser.Error as error:
        raise ValueError(str(error)) from error
    lines = Lines(text)
    if config.has_option("options", "python_requires"):
        spec = config.get("options", "python_requires")
        yield Package("python", spec, lines.find("python_requires"), "language")
    lists = [("options", name, kind, "") for name, kind in
             (("install_requires", "package"), ("setup_requires", "build"),
              ("tests_require", "dev"))]  # fmt: skip
    if config.has_section("options.extras_require"):
        section = "options.extras_require"
        lists += [(section, extra, "optional", extra) for extra in config.options(section)]
    for section, option, kind, group in lists:
        if config.has_option(section, option):
            within = lines.at(option)
            for item in re.split(
                r"[\n;](?!\s*(?:python|sys|platform|os)_)", config.get(section, option)
            ):
                bare = item.split(" #")[0].strip()
                if bare and not bare.startswith("#"):
                    yield from _requirement(bare, within.find(bare), kind, group)


def setup_py(text: str) -> Iterator[Package]:
    """The literal arguments of `setup(…)`, names of module constants resolved."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, RecursionError) as error:
        raise ValueError(str(error)) from error
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    kinds = {"install_requires": "package", "setup_requires": "build", "tests_require": "dev"}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        called = call.func
        if getattr(called, "id", getattr(called, "attr", "")) != "setup":
            continue
        for keyword in call.keywords:
            value = _resolved(keyword.value, constants)
            if keyword.arg == "python_requires" and isinstance(value, ast.Constant):
                yield Package("python", str(value.value), value.lineno, "language")
            elif keyword.arg in kinds:
                yield from _items(value, constants, kinds[keyword.arg], "")
            elif keyword.arg == "extras_require" and isinstance(value, ast.Dict):
                for key, items in zip(value.keys, value.values, strict=True):
                    group = str(key.value) if isinstance(key, ast.Constant) else ""
                    yield from _items(_resolved(items, constants), constants, "optional", group)


def _resolved(node: ast.expr, constants: dict[str, ast.expr]) -> ast.expr:
    return constants.get(node.id, node) if isinstance(node, ast.Name) else node


def _items(
    node: ast.expr, constants: dict[str, ast.expr], kind: str, group: str
) -> Iterator[Package]:
    if isinstance(node, ast.BinOp):
        for side in (node.left, node.right):
            yield from _items(_resolved(side, constants), constants, kind, group)
    for item in getattr(node, "elts", []):
        resolved = _resolved(item, constants)
        if isinstance(resolved, ast.Constant) and isinstance(resolved.value, str):
            yield from _requirement(resolved.value, resolved.lineno, kind, group)


def _load_json(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(data, dict):
        raise ValueError("it is not an object")
    return data


_JSON_KINDS = {"dependencies": "package", "require": "package", "devDependencies": "dev",
               "require-dev": "dev", "peerDependencies": "peer", "optionalDependencies": "optional",
               "engines": "language"}  # fmt: skip


def json_manifest(text: str) -> Iterator[Package]:
    """package.json and composer.json."""
    data, lines = _load_json(text), Lines(text)
    for section, kind in _JSON_KINDS.items():
        table = data.get(section)
        if not isinstance(table, dict):
            continue
        within = lines.at(section + ":")
        for name, spec in table.items():
            sort = "language" if name == "php" else kind
            yield Package(name, str(spec), within.find(f'"{name}":', name), sort)
    manager = data.get("packageManager")
    if isinstance(manager, str):
        name, _, spec = manager.rpartition("@")
        yield Package(name, spec, lines.find('"packageManager"'), "build")


def npm_lock(text: str) -> Iterator[Package]:
    """package-lock.json of any version."""
    data, lines = _load_json(text), Lines(text)
    where = {
        m[1]: i for i, row in enumerate(lines.rows, 1) if (m := re.match(r'\s*"([^"]+)": \{', row))
    }
    for key, entry in (data.get("packages") or data.get("dependencies") or {}).items():
        if key and isinstance(entry, dict) and "version" in entry:
            name = key.rpartition("node_modules/")[2]
            yield Package(name, str(entry["version"]), where.get(key, 1), "locked")


def yarn_lock(text: str) -> Iterator[Package]:
    """yarn.lock of version 1 and of Berry."""
    name, line = "", 0
    for number, row in enumerate(text.split("\n"), 1):
        head = re.match(r'^"?(@?[^@\s"]+)@[^:]*.*:$', row)
        if head:
            name, line = head[1], number
        version = re.match(r'^\s+version:?\s+"?([^"\s]+)"?', row)
        if version and name and name != "__metadata":
            yield Package(name, version[1], line, "locked")
            name = ""


def pnpm_lock(text: str) -> Iterator[Package]:
    """The `packages:` of pnpm-lock.yaml, by its keys."""
    inside = False
    for number, row in enumerate(text.split("\n"), 1):
        if row and not row[0].isspace():
            inside = row.startswith("packages:")
        key = re.match(r"^  '?/?(@?[^@\s'(]+)[@/](\d[^:('\s]*)", row) if inside else None
        if key:
            yield Package(key[1], key[2], number, "locked")


def go_mod(text: str) -> Iterator[Package]:
    """go.mod: the language version, direct and indirect requirements."""
    block = ""
    for number, raw in enumerate(text.split("\n"), 1):
        row, _, comment = raw.partition("//")
        words = row.split()
        if words[:1] == [")"]:
            block = ""
        elif len(words) > 1 and words[1] == "(":
            block = words[0]
        elif len(words) == 2 and words[0] in ("go", "toolchain") and not block:
            yield Package(words[0], words[1], number, "language")
        else:
            words = words if block else words[1:] if words[:1] == ["require"] else []
            if len(words) >= 2 and block in ("", "require"):
                kind = "indirect" if "indirect" in comment else "package"
                yield Package(words[0], words[1], number, kind)


def toml_lock(text: str) -> Iterator[Package]:
    """The [[package]] tables of Cargo.lock, uv.lock, poetry.lock and pdm.lock."""
    data, lines = tomllib.loads(text), Lines(text)
    starts = (i for i, row in enumerate(lines.rows, 1) if row.startswith("[[package]]"))
    for entry, line in zip(data.get("package", []), starts, strict=False):
        if isinstance(entry, dict) and "version" in entry:
            yield Package(str(entry.get("name", "")), str(entry["version"]), line + 1, "locked")


def version_file(name: str, text: str) -> Iterator[Package]:
    """.python-version, .nvmrc and their like."""
    first = text.strip().split("\n")[0].strip()
    if first:
        yield Package(name, first, 1, "language")


def pom(text: str) -> Iterator[Package]:
    """pom.xml; a document type or an entity is refused, so nothing can be expanded or fetched."""
    from xml.parsers import expat

    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("it declares a document type")
    parser = expat.ParserCreate()
    stack: list[str] = []
    values: dict[str, str] = {}
    found: list[tuple[dict[str, str], int]] = []
    properties: dict[str, tuple[str, int]] = {}
    opened = [0]
    buffer: list[str] = []

    def start(tag: str, _: dict[str, str]) -> None:
        stack.append(tag.rpartition(":")[2])
        buffer.clear()
        if stack[-1] == "dependency":
            values.clear()
            opened[0] = parser.CurrentLineNumber

    def end(_: str) -> None:
        tag, content = stack.pop(), "".join(buffer).strip()
        if stack and stack[-1] == "dependency":
            values[tag] = content
        elif stack and stack[-1] == "properties":
            properties[tag] = (content, parser.CurrentLineNumber)
        elif tag == "dependency":
            found.append((dict(values), opened[0]))
        buffer.clear()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = buffer.append
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
    for name in ("java.version", "maven.compiler.release", "maven.compiler.source"):
        if name in properties:
            yield Package("java", *properties[name], "language")
            break
    for entry, line in found:
        spec = re.sub(r"\$\{([^}]+)\}", lambda m: properties.get(m[1], (m[0], 0))[0],
                      entry.get("version", ""))  # fmt: skip
        kind = "dev" if entry.get("scope") == "test" else "package"
        yield Package(f"{entry.get('groupId', '')}:{entry.get('artifactId', '')}", spec, line, kind)


_GEM = re.compile(
    r"""^\s*(?:gem|\w+\.add_(?P<sort>\w*?)_?dependency)\b[\s(]*["']([\w./-]+)["']\)?(.*)"""
)
_RUBY = re.compile(r"""^\s*(?:ruby|\w+\.required_ruby_version\s*=)[\s(]*["'\[](.+?)["'\])]*\s*$""")


def gemfile(text: str) -> Iterator[Package]:
    """Gemfile and *.gemspec."""
    group = ""
    for number, row in enumerate(text.split("\n"), 1):
        opened = re.match(r"^\s*group\s+:(\w+)", row)
        if opened:
            group = opened[1]
        elif row.startswith("end"):
            group = ""
        ruby, gem = _RUBY.match(row), _GEM.match(row)
        if ruby:
            yield Package("ruby", ruby[1].strip("\"' "), number, "language")
        elif gem:
            specs = re.findall(r"""(?<![:\w] )["']([~<>=!]*\s*\d[\w.]*)["']""", gem[3])
            dev = gem["sort"] == "development" or group in ("development", "test")
            yield Package(gem[2], ", ".join(specs), number, "dev" if dev else "package", group)


def gemfile_lock(text: str) -> Iterator[Package]:
    """The gems under `specs:`."""
    for number, row in enumerate(text.split("\n"), 1):
        gem = re.match(r"^    ([\w.-]+) \(([^)]+)\)$", row)
        if gem:
            yield Package(gem[1], gem[2], number, "locked")


_MSBUILD = re.compile(
    r"""<(?P<tag>PackageReference|PackageVersion|GlobalPackageReference|package)\s(?P<attributes>[^>]*?)(?P<closed>/?)>"""
)
_ATTRIBUTE = re.compile(r"""(\w+)\s*=\s*["']([^"']*)["']""")


def msbuild(text: str) -> Iterator[Package]:
    """*.csproj, Directory.Packages.props and packages.config: the framework and package references."""
    rows = text.split("\n")
    for number, row in enumerate(rows, 1):
        framework = re.search(r"<TargetFrameworks?>([^<]+)<", row)
        if framework:
            yield Package("dotnet", framework[1], number, "language")
        for found in _MSBUILD.finditer(row):
            attributes = {k.lower(): v for k, v in _ATTRIBUTE.findall(found["attributes"])}
            name = attributes.get("include") or attributes.get("update") or attributes.get("id")
            spec = attributes.get("version", "")
            if not spec and not found["closed"]:
                inner = re.search(r"<Version>([^<]+)<", "\n".join(rows[number : number + 4]))
                spec = inner[1] if inner else ""
            if name:
                dev = attributes.get("privateassets", "").lower() == "all"
                yield Package(name, spec, number, "dev" if dev else "package")


_GRADLE = re.compile(
    r"""^\s*(?P<sort>\w*(?:[iI]mplementation|[aA]pi|[cC]ompile|[cC]ompileOnly|[rR]untimeOnly|[rR]untime"""
    r"""|[kK]apt|[kK]sp|annotationProcessor|classpath))\s*\(?\s*(?:platform\s*\(\s*)?"""
    r"""["'](?P<name>[\w.-]+:[\w.-]+)(?::(?P<spec>[^"'@]+))?"""
)
_GRADLE_NAMED = re.compile(
    r"""^\s*(?P<sort>\w+)\s*\(?\s*group\s*[:=]\s*["']([\w.-]+)["']\s*,\s*name\s*[:=]\s*["']([\w.-]+)["']"""
    r"""(?:\s*,\s*version\s*[:=]\s*["']([^"']+)["'])?"""
)
_GRADLE_JAVA = re.compile(
    r"""(?:jvmToolchain\s*\(\s*|JavaLanguageVersion\.of\s*\(\s*|(?:source|target)Compatibility\s*=?\s*"""
    r"""(?:JavaVersion\.VERSION_)?["']?)(\d[\d._]*)"""
)


def gradle(text: str) -> Iterator[Package]:
    """build.gradle and build.gradle.kts, as far as dependencies are written out in them."""
    version = ""
    for number, row in enumerate(text.split("\n"), 1):
        found, named, java = _GRADLE.match(row), _GRADLE_NAMED.match(row), _GRADLE_JAVA.search(row)
        plugin = re.match(
            r"""^\s*id\s*\(?\s*["']([\w.-]+)["']\s*\)?(?:\s+version\s+["']([^"']+)["'])?""", row
        )
        if java and not version:
            version = java[1]
            yield Package("java", version, number, "language")
        if found:
            test = "test" in found["sort"].lower()
            yield Package(found["name"], found["spec"] or "", number, "dev" if test else "package")
        elif named:
            test = "test" in named["sort"].lower()
            yield Package(
                f"{named[2]}:{named[3]}", named[4] or "", number, "dev" if test else "package"
            )
        elif plugin:
            yield Package(plugin[1], plugin[2] or "", number, "build")


def version_catalog(text: str) -> Iterator[Package]:
    """Gradle's libs.versions.toml."""
    data, lines = tomllib.loads(text), Lines(text)
    versions = data.get("versions") or {}
    for section, kind in (("libraries", "package"), ("plugins", "build")):
        within = lines.at(f"[{section}]")
        for key, entry in (data.get(section) or {}).items():
            if isinstance(entry, str):
                name, _, spec = entry.rpartition(":")
            elif isinstance(entry, dict):
                name = str(entry.get("module") or entry.get("id") or "")
                name = name or f"{entry.get('group', '')}:{entry.get('name', '')}"
                given = entry.get("version", "")
                spec = versions.get(given.get("ref", ""), "") if isinstance(given, dict) else given
            else:
                continue
            spec = (
                spec if isinstance(spec, str) else str(spec.get("strictly") or spec.get("prefer"))
            )
            yield Package(name, spec, within.key(key), kind)


_SBT = re.compile(
    r""""(?P<group>[\w.-]+)"\s*%%?%?\s*"(?P<name>[\w.-]+)"\s*%\s*(?:"(?P<spec>[^"]+)"|(?P<value>[\w.]+))"""
    r"""(?:\s*%\s*(?:"(?P<scope>\w+)"|(?P<word>\w+)))?"""
)


def sbt(text: str) -> Iterator[Package]:
    """build.sbt and what it imports: library and plugin dependencies, the version of Scala."""
    for number, row in enumerate(text.split("\n"), 1):
        scala = re.search(r'scalaVersion\s*:=\s*"([^"]+)"', row)
        if scala:
            yield Package("scala", scala[1], number, "language")
        for found in _SBT.finditer(row.split("//")[0] if "://" not in row else row):
            scope = (found["scope"] or found["word"] or "").lower()
            kind = "build" if "addSbtPlugin" in row else "dev" if scope == "test" else "package"
            spec = found["spec"] or found["value"] or ""
            yield Package(f"{found['group']}:{found['name']}", spec, number, kind)


_SWIFT_URL = re.compile(r"""\.package\(\s*(?:name:\s*"[^"]*",\s*)?(?:url|path):\s*"([^"]+)"(.*)""")


def swift_package(text: str) -> Iterator[Package]:
    """Package.swift: the tools version and the packages that are named by URL or path."""
    tools = re.match(r"//\s*swift-tools-version:\s*([\d.]+)", text)
    if tools:
        yield Package("swift", tools[1], 1, "language")
    rows = text.split("\n")
    for number, row in enumerate(rows, 1):
        found = _SWIFT_URL.search(row)
        if not found and ".package(" in row:  # its arguments on lines of their own
            found = _SWIFT_URL.search(
                " ".join(part.strip() for part in rows[number - 1 : number + 4])
            )
        if found:
            name = found[1].rstrip("/").rpartition("/")[2].removesuffix(".git")
            spec = re.search(r'"([\d.]+[^"]*)"(?:\s*(\.\.[.<])\s*"([^"]+)")?', found[2])
            shown = "".join(part or "" for part in spec.groups()) if spec else ""
            yield Package(name, shown, number, "package")

"""Manifests and lock files → declared packages. One function a format; nothing is ever executed.

`parse(path, text)` picks the parser by file name and raises `ValueError` for content it cannot
read. A `Package` has the line of its declaration.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from .manifest_formats import (
    Package,
    gemfile,
    gemfile_lock,
    go_mod,
    gradle,
    json_manifest,
    msbuild,
    npm_lock,
    pnpm_lock,
    pom,
    sbt,
    setup_cfg,
    setup_py,
    swift_package,
    toml_lock,
    version_catalog,
    version_file,
    yarn_lock,
)
from .manifest_lines import Lines
from .manifest_native import (
    autoconf,
    cmake,
    composer_lock,
    conan_python,
    conan_text,
    meson,
    vcpkg,
)

Parser = Callable[[str], Iterable[Package]]
_REQUIREMENT = re.compile(r"^([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*(.*)$")


def split_requirement(text: str) -> tuple[str, str]:
    """`"requests[socks]>=2; python_version<'3'"` → ("requests", ">=2; python_version<'3'")."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        made = Requirement(text)
    except InvalidRequirement:
        loose = _REQUIREMENT.match(text.strip())
        return (loose[1], loose[3].strip()) if loose else ("", "")
    spec = f"@ {made.url}" if made.url else str(made.specifier)
    return made.name, f"{spec}; {made.marker}".strip("; ") if made.marker else spec


def _requirements(lines: Lines, items: object, kind: str, group: str = "") -> Iterator[Package]:
    if not isinstance(items, list):
        return
    for item in items:
        if isinstance(item, str):
            name, spec = split_requirement(item)
            if name:
                line = lines.find(item, fallback=name)
                yield Package(name, spec, line, kind, group)


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def pyproject(text: str) -> Iterator[Package]:
    """PEP 621, PEP 735, build requirements, Poetry, uv and PDM."""
    data, lines = tomllib.loads(text), Lines(text)
    project, tool = _table(data.get("project")), _table(data.get("tool"))
    python = project.get("requires-python")
    if isinstance(python, str):
        yield Package("python", python, lines.find("requires-python"), "language")
    yield from _requirements(lines.at("dependencies"), project.get("dependencies"), "package")
    for extra, items in _table(project.get("optional-dependencies")).items():
        within = lines.at("[project.optional-dependencies]")
        yield from _requirements(within, items, "optional", extra)
    for group, items in _table(data.get("dependency-groups")).items():
        yield from _requirements(lines.at("[dependency-groups]"), items, "dev", group)
    build = _table(data.get("build-system")).get("requires")
    yield from _requirements(lines.at("[build-system]"), build, "build")
    yield from _poetry(lines, _table(tool.get("poetry")))
    uv = _table(tool.get("uv")).get("dev-dependencies")
    yield from _requirements(lines.at("[tool.uv]"), uv, "dev")
    for group, items in _table(_table(tool.get("pdm")).get("dev-dependencies")).items():
        yield from _requirements(lines.at("[tool.pdm.dev-dependencies]"), items, "dev", group)


def _poetry(lines: Lines, poetry: Mapping[str, Any]) -> Iterator[Package]:
    sections = [("[tool.poetry.dependencies]", poetry.get("dependencies"), "package", "")]
    sections.append(
        ("[tool.poetry.dev-dependencies]", poetry.get("dev-dependencies"), "dev", "dev")
    )
    for group, table in _table(poetry.get("group")).items():
        header = f"[tool.poetry.group.{group}.dependencies]"
        sections.append((header, _table(table).get("dependencies"), "dev", group))
    for header, table, kind, group in sections:
        yield from _toml_specs(lines.at(header), _table(table), kind, group, {"python"})


def _toml_specs(
    lines: Lines, table: Mapping[str, Any], kind: str, group: str = "",
    languages: Iterable[str] = (),
) -> Iterator[Package]:  # fmt: skip
    for name, value in table.items():
        spec = value
        if isinstance(value, dict):
            spec = value.get("version") or value.get("git") or value.get("path") or "workspace"
        elif isinstance(value, list):
            spec = ", ".join(str(_table(v).get("version", v)) for v in value)
        line = lines.key(name)
        yield Package(name, str(spec), line, "language" if name in languages else kind, group)


def cargo(text: str) -> Iterator[Package]:
    """Cargo.toml: dependencies of the package, its targets and its workspace; the Rust version."""
    data, lines = tomllib.loads(text), Lines(text)
    workspace = _table(data.get("workspace"))
    for table in (_table(data.get("package")), _table(workspace.get("package"))):
        rust = table.get("rust-version")
        if isinstance(rust, str):
            yield Package("rust", rust, lines.find("rust-version"), "language")
    kinds = {"dependencies": "package", "dev-dependencies": "dev", "build-dependencies": "build"}
    holders = [("", data), ("workspace.", workspace)]
    holders += [(f"target.{k}.", _table(v)) for k, v in _table(data.get("target")).items()]
    for prefix, holder in holders:
        for section, kind in kinds.items():
            within = lines.at(f"[{prefix}{section}")
            yield from _toml_specs(within, _table(holder.get(section)), kind)


def requirements(text: str) -> Iterator[Package]:
    """requirements.txt: options and files it includes are left out (those are read themselves)."""
    for number, raw in enumerate(text.split("\n"), 1):
        line = re.sub(r"(^|\s)#.*$", "", raw).split(" --hash")[0].strip().rstrip("\\").strip()
        if not line:
            continue
        egg = re.search(r"#egg=([\w.-]+)", raw)
        if line.startswith(("-", ".", "/")) or "://" in line.split(" @ ")[0]:
            if egg:
                yield Package(egg[1], line, number, "package")
            continue
        name, spec = split_requirement(line)
        if name:
            yield Package(name, spec, number, "package")


_BY_NAME: dict[str, tuple[str, Parser]] = {
    "pyproject.toml": ("python", pyproject),
    "setup.cfg": ("python", setup_cfg),
    "setup.py": ("python", setup_py),
    "uv.lock": ("python", toml_lock),
    "poetry.lock": ("python", toml_lock),
    "pdm.lock": ("python", toml_lock),
    ".python-version": ("python", lambda text: version_file("python", text)),
    "package.json": ("javascript", json_manifest),
    "package-lock.json": ("javascript", npm_lock),
    "npm-shrinkwrap.json": ("javascript", npm_lock),
    "yarn.lock": ("javascript", yarn_lock),
    "pnpm-lock.yaml": ("javascript", pnpm_lock),
    ".nvmrc": ("javascript", lambda text: version_file("node", text)),
    ".node-version": ("javascript", lambda text: version_file("node", text)),
    "go.mod": ("go", go_mod),
    "Cargo.toml": ("rust", cargo),
    "Cargo.lock": ("rust", toml_lock),
    "pom.xml": ("java", pom),
    "build.gradle": ("java", gradle),
    "build.gradle.kts": ("kotlin", gradle),
    "libs.versions.toml": ("java", version_catalog),
    "Directory.Packages.props": ("csharp", msbuild),
    "packages.config": ("csharp", msbuild),
    "build.sbt": ("scala", sbt),
    "plugins.sbt": ("scala", sbt),
    "Package.swift": ("swift", swift_package),
    "Gemfile": ("ruby", gemfile),
    "Gemfile.lock": ("ruby", gemfile_lock),
    ".ruby-version": ("ruby", lambda text: version_file("ruby", text)),
    "composer.json": ("php", json_manifest),
    "composer.lock": ("php", composer_lock),
    "CMakeLists.txt": ("c", cmake),
    "meson.build": ("c", meson),
    "conanfile.txt": ("c", conan_text),
    "conanfile.py": ("c", conan_python),
    "vcpkg.json": ("c", vcpkg),
    "configure.ac": ("c", autoconf),
}
_REQUIREMENTS = re.compile(r"(^|/)[\w.-]*require[\w.-]*\.(txt|in)$|(^|/)requirements/.*\.(txt|in)$")


def parser_of(path: str) -> tuple[str, Parser] | None:
    """The ecosystem (a language of the catalogue) and parser of a manifest, None for other files."""
    name = path.rpartition("/")[2]
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name.endswith((".csproj", ".fsproj", ".vbproj")):
        return "csharp", msbuild
    if name.endswith(".gemspec"):
        return "ruby", gemfile
    if _REQUIREMENTS.search(path):
        return "python", requirements
    return None

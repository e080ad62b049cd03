"""Manifests of C and C++: CMake, Meson, Conan, vcpkg and Autoconf; composer.lock of PHP.

CMake and Meson are programs; what a line declares is read off it, nothing is evaluated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from .manifest_formats import Package

_COMMAND = re.compile(
    r"^\s*(?P<name>[A-Za-z_]\w*)\s*\((?P<arguments>[^()]*(?:\([^()]*\)[^()]*)*)\)", re.MULTILINE
)
_STANDARD = re.compile(r"\bCMAKE_(C|CXX)_STANDARD\s+\"?(\d+)")
_FEATURE = re.compile(r"\b(c|cxx)_std_(\d+)\b")
_LANGUAGES = {"C": "c", "c": "c", "CXX": "c++", "cxx": "c++"}


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def cmake(text: str) -> Iterator[Package]:
    """`find_package`, `FetchContent_Declare`, `CPMAddPackage`, `pkg_check_modules`, the standard."""
    code = re.sub(r"#[^\n]*", lambda m: " " * len(m[0]), text)
    for found in _COMMAND.finditer(code):
        name, words = found["name"].lower(), found["arguments"].replace('"', " ").split()
        line = _line(code, found.start("name"))
        if name == "cmake_minimum_required" and len(words) > 1:
            yield Package("cmake", f">={words[1].split('...')[0]}", line, "language")
        elif name in ("find_package", "find_dependency") and words and "$" not in words[0]:
            version = words[1] if len(words) > 1 and words[1][0].isdigit() else ""
            yield Package(words[0], version, line, "package" if "REQUIRED" in words else "optional")
        elif name in ("fetchcontent_declare", "externalproject_add") and words:
            yield Package(words[0], _after(words, "GIT_TAG", "URL"), line, "package")
        elif name == "cpmaddpackage" and words:
            whole = re.match(r"\w+:[\w.-]+/([\w.-]+)[@#](\S+)", words[0])
            package = whole[1] if whole else _after(words, "NAME")
            yield Package(
                package, whole[2] if whole else _after(words, "VERSION", "GIT_TAG"), line, "package"
            )
        elif name in ("pkg_check_modules", "pkg_search_module"):
            yield from _pkg_config(words[1:], line)
        for language, version in _STANDARD.findall(found["arguments"]) + _FEATURE.findall(
            found["arguments"]
        ):
            yield Package(_LANGUAGES[language], version, line, "language")


def _after(words: list[str], *keys: str) -> str:
    for key in keys:
        if key in words[:-1]:
            return words[words.index(key) + 1]
    return ""


def _pkg_config(words: list[str], line: int) -> Iterator[Package]:
    for word in words:
        module = re.match(r"([A-Za-z][\w.+-]*?)((?:>=|<=|=|>|<)[\w.]+)?$", word)
        if module and not module[1].isupper():
            yield Package(module[1], module[2] or "", line, "package")


def meson(text: str) -> Iterator[Package]:
    """`dependency('name', version: '>=1')` and the versions of Meson and of the language."""
    for number, row in enumerate(text.split("\n"), 1):
        row = row.split("#")[0]
        for found in re.finditer(r"\bdependency\(\s*'([^']+)'(.*)", row):
            version = re.search(r"\bversion\s*:\s*\[?\s*'([^']+)'", found[2])
            optional = re.search(r"required\s*:\s*(?:false|get_option)", found[2])
            yield Package(
                found[1],
                version[1] if version else "",
                number,
                "optional" if optional else "package",
            )
        needed = re.search(r"\bmeson_version\s*:\s*'([^']+)'", row)
        if needed:
            yield Package("meson", needed[1], number, "language")
        standard = re.search(r"\b(c|cpp)_std=(?:gnu\+\+|c\+\+|gnu|c)(\w+)", row)
        if standard:
            yield Package("c++" if standard[1] == "cpp" else "c", standard[2], number, "language")


_REFERENCE = r"([A-Za-z0-9_][\w.+-]*)/([\w.+\[\]<>=*, -]+?)(?:@[\w/.-]*)?"


def conan_text(text: str) -> Iterator[Package]:
    """conanfile.txt."""
    kind = ""
    for number, row in enumerate(text.split("\n"), 1):
        row = row.split("#")[0].strip()
        if row.startswith("["):
            kind = {"[requires]": "package", "[tool_requires]": "build", "[build_requires]": "build",
                    "[test_requires]": "dev"}.get(row, "")  # fmt: skip
        elif kind and (found := re.fullmatch(_REFERENCE, row)):
            yield Package(found[1], found[2], number, kind)


def conan_python(text: str) -> Iterator[Package]:
    """conanfile.py: `requires = …` and `self.requires("name/version")`; it is never run."""
    kind = ""
    for number, row in enumerate(text.split("\n"), 1):
        row = re.sub(r"(^|\s)#.*", "", row)
        opened = re.search(r"\b(build_requires|tool_requires|test_requires|requires)\b\s*[=(]", row)
        if opened:
            kind = {"requires": "package", "test_requires": "dev"}.get(opened[1], "build")
        if kind:
            for found in re.finditer(rf"""["']{_REFERENCE}["']""", row):
                yield Package(found[1], found[2], number, kind)
        if re.search(r"[)\]]\s*$", row) or (
            opened and "=" in opened[0] and "(" not in row and "[" not in row
        ):
            kind = ""


def vcpkg(text: str) -> Iterator[Package]:
    """vcpkg.json: dependencies, also those of features; overrides give the version."""
    data = json.loads(text)
    rows = text.split("\n")
    if not isinstance(data, dict):
        raise ValueError("it holds no object")
    pinned = {o["name"]: str(o.get("version", "")) for o in data.get("overrides") or []
              if isinstance(o, dict) and "name" in o}  # fmt: skip
    groups = [("", data)] + [
        (k, v) for k, v in (data.get("features") or {}).items() if isinstance(v, dict)
    ]
    for group, holder in groups:
        for item in holder.get("dependencies") or []:
            name = item if isinstance(item, str) else str(item.get("name", ""))
            spec = "" if isinstance(item, str) else str(item.get("version>=", ""))
            line = next((i for i, row in enumerate(rows, 1) if f'"{name}"' in row), 1)
            spec = pinned.get(name) or (f">={spec}" if spec else "")
            kind = "optional" if group else "package"
            if not isinstance(item, str) and item.get("host"):
                kind = "build"
            yield Package(name, spec, line, kind, group)


def autoconf(text: str) -> Iterator[Package]:
    """configure.ac: `PKG_CHECK_MODULES` and `AC_CHECK_LIB`."""
    for found in re.finditer(r"\bPKG_CHECK_MODULES\(\s*\[?\w+\]?\s*,\s*\[?([^\],)]+)", text):
        yield from _pkg_config(
            re.sub(r"\s*([<>=]+)\s*", r"\1", found[1]).split(), _line(text, found.start())
        )
    for found in re.finditer(r"\bAC_CHECK_LIB\(\s*\[?([\w+-]+)", text):
        yield Package(f"lib{found[1]}", "", _line(text, found.start()), "package")


def composer_lock(text: str) -> Iterator[Package]:
    """composer.lock: what is installed, and for development."""
    data = json.loads(text)
    if not isinstance(data, dict):
        raise ValueError("it holds no object")
    rows = text.split("\n")
    where = {
        m[1]: i for i, row in enumerate(rows, 1) if (m := re.match(r'\s*"name": "([^"]+)",?$', row))
    }
    for section in ("packages", "packages-dev"):
        for entry in data.get(section) or []:
            if isinstance(entry, dict) and "name" in entry:
                name = str(entry["name"])
                yield Package(name, str(entry.get("version", "")), where.get(name, 1), "locked")

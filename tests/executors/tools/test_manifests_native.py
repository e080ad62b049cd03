"""Manifests of C, C++ and PHP, and where their programs and Ruby's start."""

from __future__ import annotations

from pathlib import Path

import pytest
from codeask.executors.catalog import ToolCall
from codeask.executors.repository import Repository
from codeask.executors.run import run_tool
from codeask.executors.tools.manifest_parsers import parser_of

CMAKE = """\
cmake_minimum_required(VERSION 3.14...3.28)
set(CMAKE_CXX_STANDARD 17)
find_package(fmt 9.1 REQUIRED)
find_package(OpenSSL) # find_package(Nope)
FetchContent_Declare(googletest
  GIT_TAG v1.14.0)
CPMAddPackage("gh:nlohmann/json@3.11.2")
pkg_check_modules(DEPS REQUIRED libcurl>=7.0 zlib)
"""
CONAN = """\
class Shop(ConanFile):
    requires = "fmt/9.1.0", "zlib/1.2"
    def requirements(self):
        self.requires("boost/1.80.0@user/ch")  # self.requires("no/1")
    def build_requirements(self):
        self.tool_requires("cmake/3.25")
"""
VCPKG = """\
{
  "dependencies": ["fmt", {"name": "zlib", "version>=": "1.2"}],
  "overrides": [{"name": "fmt", "version": "9.1.0"}],
  "features": {"net": {"dependencies": ["curl"]}}
}
"""
MESON = """\
project('x', 'c', meson_version: '>=0.50', default_options: ['c_std=c11'])
glib = dependency('glib-2.0', version: '>=2.4')
zlib = dependency('zlib', required: false)
"""
AUTOCONF = """\
PKG_CHECK_MODULES([GLIB], [glib-2.0 >= 2.4 gio-2.0])
AC_CHECK_LIB([m], [cos])
"""
COMPOSER_LOCK = """\
{
    "packages": [{
        "name": "monolog/monolog",
        "version": "2.9.1"
    }]
}
"""

CASES = [
    (
        "CMakeLists.txt",
        CMAKE,
        [
            ("cmake", ">=3.14", 1, "language"),
            ("c++", "17", 2, "language"),
            ("fmt", "9.1", 3, "package"),
            ("OpenSSL", "", 4, "optional"),
            ("googletest", "v1.14.0", 5, "package"),
            ("json", "3.11.2", 7, "package"),
            ("libcurl", ">=7.0", 8, "package"),
            ("zlib", "", 8, "package"),
        ],
    ),
    (
        "conanfile.py",
        CONAN,
        [
            ("fmt", "9.1.0", 2, "package"),
            ("zlib", "1.2", 2, "package"),
            ("boost", "1.80.0", 4, "package"),
            ("cmake", "3.25", 6, "build"),
        ],
    ),
    (
        "conanfile.txt",
        "[requires]\nspdlog/1.12.0\n[tool_requires]\ncmake/3.25\n[options]\na/b=1\n",
        [("spdlog", "1.12.0", 2, "package"), ("cmake", "3.25", 4, "build")],
    ),
    (
        "vcpkg.json",
        VCPKG,
        [
            ("fmt", "9.1.0", 2, "package"),
            ("zlib", ">=1.2", 2, "package"),
            ("curl", "", 4, "optional"),
        ],
    ),
    (
        "meson.build",
        MESON,
        [
            ("meson", ">=0.50", 1, "language"),
            ("c", "11", 1, "language"),
            ("glib-2.0", ">=2.4", 2, "package"),
            ("zlib", "", 3, "optional"),
        ],
    ),
    (
        "configure.ac",
        AUTOCONF,
        [
            ("glib-2.0", ">=2.4", 1, "package"),
            ("gio-2.0", "", 1, "package"),
            ("libm", "", 2, "package"),
        ],
    ),
    ("composer.lock", COMPOSER_LOCK, [("monolog/monolog", "2.9.1", 3, "locked")]),
]


@pytest.mark.parametrize(("name", "text", "expected"), CASES, ids=[case[0] for case in CASES])
def test_what_a_manifest_declares(
    name: str, text: str, expected: list[tuple[str, str, int, str]]
) -> None:
    known = parser_of(name)
    assert known is not None
    assert [(p.name, p.spec, p.line, p.kind) for p in known[1](text)] == expected


def test_entry_points_of_c_ruby_and_php(tmp_path: Path) -> None:
    files = {
        "CMakeLists.txt": "add_executable(shop main.cpp)\n",
        "main.cpp": "int main(int argc, char **argv) {\n  return 0;\n}\n",
        "bin/console": "#!/usr/bin/env php\n<?php\n",
        "bin/data": "no program\n",
        "shop.gemspec": 'Gem::Specification.new do |s|\n  s.executables = ["shop"]\nend\n',
        "composer.json": '{"bin": ["bin/console"]}\n',
        "app.rb": 'require "sinatra"\nget "/carts/:id" do\n  "x"\nend\n',
        "client.rb": 'get "/not/a/route"\n',
        "config/routes.rb": 'Rails.application.routes.draw do\n  resources :carts\n  post "buy", to: "x#y"\nend\n',
        "Rakefile": "task :build do\nend\n",
        "cli.rb": 'class Cli < Thor\n  desc "add ITEM", "adds it"\n  def add(item); end\nend\n',
        "src/C.php": "<?php\nclass C {\n  #[Route('/carts', methods: ['GET'])]\n  public function list() {}\n}\n"
        "$app->post('/buy', $x);\nRoute::get('/all', $y);\n$client->get('/not', $z);\n",
        "src/Cmd.php": "<?php\n#[AsCommand(name: 'shop:add')]\nclass Cmd {}\n",
        "run.sh": 'main() { :; }\nmain "$@"\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    def found(kind: str) -> list[tuple[str, int, str]]:
        result = run_tool(ToolCall("find_entrypoints", {"kind": kind}), Repository(tmp_path))
        return sorted((m.path, m.line, m.name) for m in result.matches)

    assert found("main") == [
        ("CMakeLists.txt", 1, "shop"),
        ("bin/console", 1, "console"),
        ("composer.json", 1, "bin/console"),
        ("main.cpp", 1, "main"),
        ("run.sh", 2, "main"),
        ("shop.gemspec", 2, "shop"),
    ]
    assert [place for place in found("cli") if place[0].startswith(("cli", "src"))] == [
        ("cli.rb", 2, "add"),
        ("src/Cmd.php", 2, "shop:add"),
    ]
    assert found("route") == [
        ("app.rb", 2, "GET /carts/:id"),
        ("config/routes.rb", 2, "carts"),
        ("config/routes.rb", 3, "POST buy"),
        ("src/C.php", 3, "GET /carts"),
        ("src/C.php", 6, "POST /buy"),
        ("src/C.php", 7, "GET /all"),
    ]
    assert found("task") == [("Rakefile", 1, "build")]

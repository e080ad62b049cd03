from pathlib import Path

from codeask.executors.catalog import ToolCall
from codeask.executors.repository import Repository
from codeask.executors.results import ToolResult
from codeask.executors.run import run_tool

FILES = {
    "pyproject.toml": """[project]
name = "x"
requires-python = ">=3.11"
dependencies = [
    "requests[socks]>=2.31",
    "tomli; python_version < '3.11'",
]

[project.optional-dependencies]
docs = ["Sphinx<9"]

[dependency-groups]
dev = ["pytest==8.1"]
""",
    "web/package.json": """{
  "engines": {"node": ">=20"},
  "dependencies": {
    "@scope/left": "^1.0.0"
  }
}
""",
    "srv/go.mod": """module example.com/m

go 1.22

require (
	github.com/spf13/pflag v1.0.5
	golang.org/x/sys v0.1.0 // indirect
)
""",
    "Cargo.toml": """[package]
rust-version = "1.75"

[dependencies]
serde = { version = "1.0", features = ["derive"] }
""",
    "setup.py": """raise SystemExit("never run")
NEEDS = ["attrs>=22"]
setup(install_requires=NEEDS, extras_require={"x": ["lxml"]})
""",
    "pom.xml": """<project>
<properties><v>5.1</v></properties>
<dependency>
  <groupId>org.x</groupId><artifactId>lib</artifactId><version>${v}</version>
</dependency>
</project>
""",
    "uv.lock": """version = 1
[[package]]
name = "requests"
version = "2.32.0"
""",
}


def listed(folder: Path, **arguments: str) -> ToolResult:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return run_tool(ToolCall("list_dependencies", arguments), Repository(folder))


def test_every_format_with_its_line_and_spec(tmp_path: Path) -> None:
    result = listed(tmp_path)
    assert {(m.path, m.line, m.name, m.kind) for m in result.matches} == {
        ("pyproject.toml", 3, "python", "language"),
        ("pyproject.toml", 5, "requests", "package"),
        ("pyproject.toml", 6, "tomli", "package"),
        ("pyproject.toml", 10, "Sphinx", "optional"),
        ("pyproject.toml", 13, "pytest", "dev"),
        ("web/package.json", 2, "node", "language"),
        ("web/package.json", 4, "@scope/left", "package"),
        ("srv/go.mod", 3, "go", "language"),
        ("srv/go.mod", 6, "github.com/spf13/pflag", "package"),
        ("srv/go.mod", 7, "golang.org/x/sys", "indirect"),
        ("Cargo.toml", 2, "rust", "language"),
        ("Cargo.toml", 5, "serde", "package"),
        ("setup.py", 2, "attrs", "package"),
        ("setup.py", 3, "lxml", "optional"),
        ("pom.xml", 3, "org.x:lib", "package"),
    }
    assert result.facts["versions"]["requests"] == ">=2.31"
    assert result.facts["versions"]["org.x:lib"] == "5.1"


def test_a_name_is_normalised_and_its_locked_version_told(tmp_path: Path) -> None:
    result = listed(tmp_path, name="Requests")
    assert [(m.path, m.line) for m in result.matches] == [("pyproject.toml", 5), ("uv.lock", 3)]
    assert result.facts["locked"] == {"requests": "2.32.0"}
    assert listed(tmp_path, name="pflag").facts["names"] == ["github.com/spf13/pflag"]
    assert listed(tmp_path, name="python version").facts["versions"] == {"python": ">=3.11"}


def test_a_missing_package_does_not_exist(tmp_path: Path) -> None:
    assert listed(tmp_path, name="django", mode="exists").facts["exists"] is False


def test_lang_means_the_ecosystem(tmp_path: Path) -> None:
    assert {m.path for m in listed(tmp_path, lang="go").matches} == {"srv/go.mod"}


def test_broken_and_hostile_manifests_are_named(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{broken")
    (tmp_path / "pom.xml").write_text('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x/>')
    result = run_tool(ToolCall("list_dependencies", {}), Repository(tmp_path))
    assert result.status == "empty"
    assert "package.json could not be read" in result.note
    assert "pom.xml could not be read (it declares a document type)" in result.note

"""The shape of the project: imports run one way, light imports stay light, names agree."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from codeask.executors.catalog import TOOLS, function_schemas
from codeask.executors.run import MODULES, tool_function

ROOT = Path(__file__).resolve().parent.parent
# A folder may import itself and what stands before it.
ALLOWED = {
    "executors": set[str](),
    "router": {"executors"},
    "formatter": {"executors", "router"},
    "assistant": {"executors", "router", "formatter"},
    "tui": {"executors", "router", "formatter", "assistant", "distill"},
    "distill": {"executors", "router", "formatter", "assistant"},
    "models": set[str](),
}


def imported_folders(path: Path) -> set[str]:
    """Top-level folders that a source file imports, relatively or as codeask.*."""
    depth = len(path.relative_to(ROOT).parts)
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level == depth:
                names = [module] if module else [alias.name for alias in node.names]
                found.update(name.split(".")[0] for name in names)
            elif node.level == 0 and module.startswith("codeask."):
                found.add(module.split(".")[1])
        elif isinstance(node, ast.Import):
            found.update(a.name.split(".")[1] for a in node.names if a.name.startswith("codeask."))
    return found


@pytest.mark.parametrize("folder", sorted(ALLOWED))
def test_imports_run_one_way(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        backwards = imported_folders(path) - ALLOWED[folder] - {folder}
        assert not backwards, f"{path.relative_to(ROOT)} imports {backwards}"


def test_a_folder_imported_from_the_root_fails_loudly() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import router"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "ImportError" in done.stderr


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        (
            "from codeask.router import Router; Router()",
            "tree_sitter onnxruntime tokenizers textual rich torch sklearn",
        ),
        ("import codeask.executors.catalog", "tree_sitter onnxruntime numpy rich"),
        (
            "from codeask.tui.cli import ask\ntry: ask(['--help'])\nexcept SystemExit: pass",
            "tree_sitter onnxruntime tokenizers numpy textual rich torch sklearn",
        ),
    ],
)
def test_light_imports(statement: str, heavy: str) -> None:
    code = f"{statement}\nimport sys; print('LOADED', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split("LOADED", 1)[1].split())
    assert not loaded & set(heavy.split())


def test_catalogue_executors_and_schema_are_the_same_set() -> None:
    runnable = {name for name, tool in TOOLS.items() if tool.runs}
    assert set(MODULES) == runnable
    assert len(TOOLS) == 31
    for name in runnable:
        assert tool_function(name).__name__ == name
    assert [schema["function"]["name"] for schema in function_schemas()] == list(TOOLS)


def test_readme_lists_every_source_file() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    section = readme.split("## Files", 1)[1]
    listed = set(re.findall(r"^- `([\w./-]+\.py)`", section, re.MULTILINE))
    on_disk = {
        str(path.relative_to(ROOT))
        for folder in [*ALLOWED, "bench"]
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "__init__.py" and "languages" not in path.parts
    }
    assert on_disk - listed == set()
    assert {name for name in listed if not (ROOT / name).exists()} == set()

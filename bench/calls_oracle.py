"""Calls against other parsers: Ruby's own Ripper, and clang for the callers of C functions.

    python bench/calls_oracle.py ruby FOLDER...
    python bench/calls_oracle.py c ROOT FILE... -- CLANG_ARGUMENTS

`ruby` compares every call site (line and name) of every file; words alone are calls for Ripper
where no variable has the name. `c` compiles the files (paths below ROOT) and asks `find_callers` for
every function that they define; calls that a macro makes are left out, and so is what we find in
lines that the preprocessor drops.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from codeask.executors.catalog import ToolCall
from codeask.executors.repository import Repository
from codeask.executors.run import run_tool
from codeask.executors.syntax import extract

RIPPER = r"""
require 'ripper'; require 'json'
def walk(node, out)
  return unless node.is_a?(Array)
  if node[0].is_a?(Symbol)
    case node[0]
    when :vcall, :fcall, :command then name = node[1]
    when :call, :command_call then name = node[3]
    when :assign, :opassign
      if node[1] && node[1][0] == :field
        walk(node[1][1], out); walk(node[2..-1], out); return
      end
    end
    out << [name[2][0], name[1]] if name.is_a?(Array) && name[0].to_s =~ /^@(ident|const)/
  end
  node.each { |child| walk(child, out) }
end
STDIN.each_line do |path|
  path.chomp!
  tree = Ripper.sexp(File.read(path)) or next
  out = []; walk(tree, out); puts JSON.generate([path, out])
end
"""


def ruby(folders: Sequence[str]) -> None:
    """Prints precision and recall of the call sites, and some of the differences."""
    paths = [str(path) for folder in folders for path in sorted(Path(folder).rglob("*.rb"))]
    done = subprocess.run(["ruby", "-e", RIPPER], input="\n".join(paths), capture_output=True,
                          text=True, check=True)  # fmt: skip
    right, missed, extra = 0, Counter[str](), Counter[str]()
    for line in done.stdout.splitlines():
        path, calls = json.loads(line)
        source = Repository(Path(path).parent).read(Path(path).name)
        if source is None:
            continue
        expected = Counter((at, name) for at, name in calls)
        found = Counter((s.line, s.name) for s in extract(source, "ruby").sites if s.role == "call")
        right += sum((expected & found).values())
        missed.update(name for _, name in (expected - found).elements())
        extra.update(name for _, name in (found - expected).elements())
    wrong, lost = sum(extra.values()), sum(missed.values())
    print(f"ruby: {len(paths)} files, {right + lost} calls, precision {right / (right + wrong):.3f}, "
          f"recall {right / (right + lost):.3f}")  # fmt: skip
    print("  missed", missed.most_common(8), "extra", extra.most_common(8))


class _Ast:
    """Calls and defined functions of a clang AST; positions there only say what changed."""

    def __init__(self) -> None:
        self.file, self.line = "", 0
        self.calls: dict[str, set[tuple[str, int, int]]] = defaultdict(set)
        self.defined: set[str] = set()

    def at(self, place: dict[str, Any] | None) -> tuple[str, int]:
        for part in (place or {}).get("spellingLoc"), (place or {}).get("expansionLoc"), place:
            self.file = (part or {}).get("file", self.file)
            self.line = (part or {}).get("line", self.line)
        return self.file, self.line

    def visit(self, node: dict[str, Any]) -> None:
        own, _ = self.at(node.get("loc"))
        extent = node.get("range") or {}
        file, first = self.at(extent.get("begin"))
        _, last = self.at(extent.get("end"))
        inner = [child for child in node.get("inner", []) if isinstance(child, dict)]
        body = any(child.get("kind") == "CompoundStmt" for child in inner)
        if node.get("kind") == "FunctionDecl" and body and own and not os.path.isabs(own):
            self.defined.add(node["name"])
        if node.get("kind") == "CallExpr" and "expansionLoc" not in extent.get("begin", {}):
            at: dict[str, Any] | None = inner[0]
            while at and "referencedDecl" not in at:
                at = next(iter(at.get("inner", [])), None)
            if at and at["referencedDecl"].get("kind") == "FunctionDecl":
                self.calls[at["referencedDecl"]["name"]].add((os.path.normpath(file), first, last))
        for child in inner:
            self.visit(child)


def clang(root: Path, files: Iterable[str], arguments: Sequence[str]) -> _Ast:
    """What clang sees in the files."""
    seen = _Ast()
    sys.setrecursionlimit(100_000)
    for file in files:
        command = ["clang", "-fsyntax-only", "-Xclang", "-ast-dump=json", *arguments, file]
        done = subprocess.run(command, capture_output=True, text=True, cwd=root)
        seen.file = file
        seen.visit(json.loads(done.stdout))
    return seen


def live(root: Path, file: str, arguments: Sequence[str]) -> set[tuple[str, int]]:
    """The lines of a file that the preprocessor keeps."""
    done = subprocess.run(
        ["clang", "-E", *arguments, file], capture_output=True, text=True, cwd=root
    )
    kept: set[tuple[str, int]] = set()
    at, line = "", 0
    for row in done.stdout.splitlines():
        marker = re.match(r'# (\d+) "([^"]*)"', row)
        if marker:
            line, at = int(marker[1]), os.path.normpath(marker[2])
            continue
        if row.strip() and at == file:
            kept.add((file, line))
        line += 1
    return kept


def c(root: Path, files: Sequence[str], arguments: Sequence[str]) -> None:
    """Prints precision and recall of `find_callers`, certain answers alone."""
    seen, repository = clang(root, files, arguments), Repository(root)
    kept = set[tuple[str, int]]().union(*(live(root, file, arguments) for file in files))
    right, lost, extra = 0, 0, list[tuple[str, str, int]]()
    for name in sorted(seen.defined):
        expected = {call for call in seen.calls[name] if call[0] in files}
        call = ToolCall("find_callers", {"name": name, "limit": 100_000})
        matches = run_tool(call, repository, timeout=60).matches
        found = {(m.path, m.line) for m in matches if m.certain} & kept
        hits = [_within(place, found) for place in expected]
        right += sum(hits)
        lost += len(hits) - sum(hits)
        extra += [(name, *p) for p in found if not any(_within(e, {p}) for e in expected)]
    print(f"c: {len(seen.defined)} functions, {right + lost} calls, recall {right / max(1, right + lost):.3f}, "
          f"precision {right / max(1, right + len(extra)):.3f}")  # fmt: skip
    for name, path, line in extra[:20]:
        print("  extra", name, f"{path}:{line}")


def _within(place: tuple[str, int, int], found: set[tuple[str, int]]) -> bool:
    return any(path == place[0] and place[1] <= line <= place[2] for path, line in found)


def main(arguments: Iterator[str]) -> int:
    """Compares as the first argument says."""
    language, *rest = arguments
    if language == "ruby":
        ruby(rest)
    else:
        split = rest.index("--") if "--" in rest else len(rest)
        c(Path(rest[0]), rest[1:split], rest[split + 1 :])
    return 0


if __name__ == "__main__":
    sys.exit(main(iter(sys.argv[1:])))

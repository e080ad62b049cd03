"""Definitions against other parsers': the TypeScript compiler's (JS, TS), universal-ctags' for others.

    python bench/definitions_oracle.py [--typescript DIR] [--only LANGUAGE] [--show N] FOLDER...

DIR is where `npm i typescript@5` was run (default: here). Prints for each language and group what
codeask missed and what it has besides, by path, line and name, and the milliseconds a file. What is
missed in a file that the grammar cannot read whole is counted apart ("unread"); exits 1 where
anything else was missed. A function dressed by `memo`, `forwardRef`, `observer` or `useCallback`
counts as bound to the name. Left out on both sides: names computed at run time, members of types
without a name, functions in object literals that are handed over without being bound to a name, and
for ctags, which looks neither into functions nor into structs in structs, what is inside those.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from codeask.executors.languages import SUFFIXES, language_of
from codeask.executors.repository import Source
from codeask.executors.syntax import CALLABLE_KINDS, STRUCTURAL_KINDS, FileFacts, extract

Place = tuple[str, str, int, str]  # group, path, line, name

GROUPS = {
    "class": "class",
    "struct": "class",
    "interface": "interface",
    "trait": "interface",
    "macro": "macro",
    "type": "type",
    "enum": "enum",
    "module": "module",
    "function": "callable",
    "method": "callable",
    "field": "member",
    "property": "member",
    "variant": "member",
    "constant": "value",
    "variable": "value",
}
CTAGS = {
    "go": {
        "func": "callable", "methodSpec": "callable", "struct": "class", "interface": "interface",
        "type": "type", "talias": "type", "member": "member", "const": "value", "var": "value",
    },
    "rust": {
        "function": "callable", "method": "callable", "macro": "macro", "module": "module",
        "struct": "class", "interface": "interface", "enum": "enum", "enumerator": "member",
        "field": "member", "typedef": "type",
    },
    "java": {
        "class": "class", "interface": "interface", "enum": "enum", "method": "callable",
        "field": "member", "enumConstant": "member", "annotation": "interface",
    },
    "csharp": {
        "class": "class", "struct": "class", "interface": "interface", "enum": "enum",
        "method": "callable", "property": "member", "field": "member", "event": "member",
        "enumerator": "member",
    },
    "kotlin": {
        "class": "class", "object": "class", "interface": "interface", "method": "callable",
        "constant": "value", "variable": "value", "typealias": "type",
    },
}  # fmt: skip
# Languages whose other parser has no constants and variables, or takes other things for them.
_NO_VALUES = frozenset({"javascript", "typescript", "rust"})

_SCOPED = frozenset({"kotlin"})  # ctags has their locals and no members of a kind apart
_CONSTANT_MEMBERS = frozenset({"java", "csharp"})  # their constants stand in types

COMPILER = r"""
const ts = require(require.resolve('typescript', {paths: [process.argv[1]]}));
const fs = require('fs');
const K = ts.SyntaxKind;
const fn = n => n && (ts.isArrowFunction(n) || ts.isFunctionExpression(n));
const bare = n => { while (n && (ts.isParenthesizedExpression(n) || ts.isAsExpression(n)
  || ts.isNonNullExpression(n) || (ts.isSatisfiesExpression && ts.isSatisfiesExpression(n))
  || (n.kind === K.BinaryExpression && n.operatorToken.kind === K.EqualsToken)))
  n = n.kind === K.BinaryExpression ? n.right : n.expression; return n; };
const undressed = n => { while (n && ts.isCallExpression(n) && /^(\w+\.)*(memo|forwardRef|observer|useCallback)$/.test(
  n.expression.getText())) n = n.arguments[0]; return n; };
const inFunction = n => { for (let p = n.parent; p; p = p.parent) if (ts.isFunctionLike(p)) return true; return false; };
// Whether an object literal's member can be named: the literal is bound, exported or returned.
const named = node => { let call = false; for (let p = node.parent; p; p = p.parent) {
  if (ts.isVariableDeclaration(p) || ts.isPropertyDeclaration(p)) return !(call && inFunction(p));
  if (ts.isExportAssignment(p) || (p.kind === K.BinaryExpression && p.operatorToken.kind === K.EqualsToken)) return true;
  if (ts.isReturnStatement(p) || ts.isArrowFunction(p)) return !call;
  if (ts.isCallExpression(p) || ts.isNewExpression(p)) { if (ts.isNewExpression(p)) return false; call = true; }
  else if (!ts.isObjectLiteralExpression(p) && !ts.isPropertyAssignment(p) && bare(p) === p) return false; }
  return false; };
const aliased = n => { let p = n.parent; while (p && (ts.isIntersectionTypeNode(p) || ts.isUnionTypeNode(p)
  || ts.isParenthesizedTypeNode(p) || ts.isTypeLiteralNode(p) && p === n.parent)) p = p.parent;
  return p && (ts.isTypeAliasDeclaration(p) || ts.isInterfaceDeclaration(p)); };
const bound = n => { let p = n.parent; for (;; p = p.parent) {
  if (ts.isCallExpression(p) && undressed(p) === n) continue;
  if (p.kind === K.BinaryExpression && p.operatorToken.kind === K.EqualsToken) {
    const left = p.left.getText(); if (left !== 'module.exports' && left !== 'exports') return true; }
  else if (bare(p) === p) break; }
  return ts.isVariableDeclaration(p) || ts.isPropertyAssignment(p) || ts.isPropertyDeclaration(p); };
for (const path of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const text = fs.readFileSync(path, 'utf8');
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const out = (group, name, start) => { if (!name) return;
    const at = file.getLineAndCharacterOfPosition(start ?? name.getStart(file)).line + 1;
    const spelled = typeof name === 'string' ? name : name.text ?? '';
    if (typeof name !== 'string' && (ts.isComputedPropertyName(name) || ts.isNumericLiteral(name))) return;
    console.log(JSON.stringify([group, path, at, spelled])); };
  const visit = n => {
    const value = bare(n.initializer);
    if (ts.isClassDeclaration(n)) out('class', n.name);
    else if (ts.isClassExpression(n) && n.name && !bound(n)) out('class', n.name);
    else if (ts.isInterfaceDeclaration(n)) out('interface', n.name);
    else if (ts.isTypeAliasDeclaration(n)) out('type', n.name);
    else if (ts.isEnumDeclaration(n)) out('enum', n.name);
    else if (ts.isEnumMember(n)) out('member', n.name);
    else if (ts.isModuleDeclaration(n) && !(n.flags & ts.NodeFlags.GlobalAugmentation)) {
      if (!(n.body && ts.isModuleDeclaration(n.body))) out('module', n.name); }
    else if (ts.isFunctionDeclaration(n)) out('callable', n.name);
    else if (ts.isFunctionExpression(n) && n.name && !bound(n)) out('callable', n.name);
    else if (ts.isMethodDeclaration(n)) out('callable', n.name);
    else if (ts.isConstructorDeclaration(n)) out('callable', 'constructor', n.getStart(file) + n.getText(file).search(/\bconstructor\b/));
    else if (ts.isGetAccessor(n) || ts.isSetAccessor(n)) {
      if (!ts.isTypeLiteralNode(n.parent) || aliased(n)) out('member', n.name); }
    else if (ts.isMethodSignature(n)) { if (!ts.isTypeLiteralNode(n.parent) || aliased(n)) out('callable', n.name); }
    else if (ts.isPropertySignature(n)) { if (!ts.isTypeLiteralNode(n.parent) || aliased(n)) out('member', n.name); }
    else if (ts.isPropertyDeclaration(n)) out(fn(value) ? 'callable' : 'member', n.name);
    else if (ts.isParameter(n) && ts.isParameterPropertyDeclaration(n, n.parent)) out('member', n.name);
    else if (ts.isVariableDeclaration(n) && ts.isIdentifier(n.name) && value)
      { if (fn(undressed(value))) out('callable', n.name); else if (ts.isClassExpression(value)) out('class', n.name); }
    else if (ts.isPropertyAssignment(n) && fn(n.initializer) && named(n)) out('callable', n.name);
    else if (n.kind === K.BinaryExpression && n.operatorToken.kind === K.EqualsToken) {
      const right = bare(n.right), left = n.left.name ?? (ts.isIdentifier(n.left) ? n.left : undefined);
      if (left && !['module.exports', 'exports'].includes(n.left.getText())) {
        if (fn(right)) out('callable', left); else if (right && ts.isClassExpression(right)) out('class', left); } }
    ts.forEachChild(n, visit);
  };
  visit(file);
}
"""


def files_of(folders: Iterable[Path]) -> dict[str, list[Path]]:
    """Files by language, minified ones and dependencies left out."""
    found: dict[str, list[Path]] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            language = language_of(path.name)
            skipped = ".min." in path.name or "node_modules" in path.relative_to(folder).parts
            if (
                language in SUFFIXES
                and language in (*CTAGS, "javascript", "typescript")
                and path.is_file()
                and not skipped
            ):
                found.setdefault(language, []).append(path)
    return found


def compiler(paths: Sequence[Path], typescript: Path) -> Iterator[Place]:
    """What the TypeScript compiler's parser finds."""
    done = subprocess.run(
        ["node", "-e", COMPILER, str(typescript.resolve())],
        input="\n".join(map(str, paths)), capture_output=True, text=True, check=True,
    )  # fmt: skip
    for line in done.stdout.splitlines():
        group, path, at, name = json.loads(line)
        yield group, path, at, name


def ctags(paths: Sequence[Path], language: str) -> Iterator[Place]:
    """What universal-ctags finds."""
    done = subprocess.run(
        ["ctags", "--output-format=json", "--fields=+nKSZ", "-L", "-", "-f", "-"],
        input="\n".join(map(str, paths)), capture_output=True, text=True, check=True,
    )  # fmt: skip
    for line in done.stdout.splitlines():
        tag = json.loads(line)
        kinds = CTAGS[language]
        if tag.get("kind") in kinds and tag["name"] != "_":
            name = tag["name"]
            if language in _SCOPED and not _is_written(tag):
                continue
            if language == "csharp":  # `IEnumerable.GetEnumerator`, the type that asks for it
                name = name.rpartition(".")[2]
                if name.startswith(("operator ", "this", "~")):
                    continue  # without a name of its own
            yield kinds[tag["kind"]], tag["path"], tag["line"], name


def _is_written(tag: dict[str, str]) -> bool:
    """Whether a tag of Kotlin is a definition and not a local, a lambda or its parameter."""
    keyword = r"\bfun\b|\bdef\b" if tag["kind"] == "method" else r"\w"
    inside = tag.get("scopeKind", "") in ("method", "variable", "constant", "val", "var")
    companion = tag["kind"] == "object" and "companion" in tag.get("pattern", "")
    return (
        not inside
        and not companion
        and tag["name"].isidentifier()
        and bool(re.search(keyword, tag.get("pattern", "")))
    )


def own(facts: FileFacts, source: Source, language: str) -> Iterator[Place]:
    """What codeask finds, at the line of the name."""
    for definition in facts.definitions:
        if definition.kind in STRUCTURAL_KINDS:
            continue
        group = GROUPS[definition.kind]
        if language in _CONSTANT_MEMBERS and group == "value":
            group = "member"
        if language in _SCOPED:
            if (
                facts.enclosing(definition.parent, CALLABLE_KINDS) >= 0
                or definition.kind == "variant"
            ):
                continue
            group = {"member": "value", "enum": "class"}.get(group, group)
        if language == "csharp" and group == "type":
            group = "callable"  # a delegate
        assigned = group == "member" and definition.signature.startswith("this.")
        if (language in _NO_VALUES and group == "value") or (assigned and language != "go"):
            continue  # no other parser calls what a constructor assigns a definition
        if language == "go":
            nested = definition.container.count(".") + (definition.kind == "method")
            if facts.enclosing(definition.parent, CALLABLE_KINDS) >= 0 or nested > 1:
                continue
            if definition.kind == "function" and not definition.signature.startswith("func"):
                group = "value"  # a variable that holds a function
        yield group, facts.path, source.line_at(definition.name_start), definition.name


def compare(language: str, paths: Sequence[Path], expected: set[Place], show: int) -> int:
    """Prints the differences of one language; the number of missed definitions."""
    found: set[Place] = set()
    started, broken = time.perf_counter(), set[str]()
    for path in paths:
        source = Source(str(path), path.read_bytes())
        facts = extract(source, language)
        if facts.has_errors:
            broken.add(str(path))
        found.update(own(facts, source, language))
    spent = (time.perf_counter() - started) * 1000 / len(paths)
    return report(language, (len(paths), spent), expected, found, broken, show)


def report(
    language: str, took: tuple[int, float], expected: set[Place], found: set[Place],
    broken: Collection[str], show: int,
) -> int:  # fmt: skip
    """Prints the differences of one language; the number of missed definitions.

    `took` is the number of files and the milliseconds a file, `broken` the paths with syntax errors.
    """
    lacking, extra = expected - found, found - expected
    unread = {place for place in lacking if place[1] in broken}
    missed = lacking - unread
    print(f"{language}: {took[0]} files, {len(broken)} with syntax errors, {took[1]:.1f} ms a file")
    counts = [Counter(place[0] for place in places) for places in (expected, missed, unread, extra)]
    for group in sorted(set(counts[0]) | set(counts[3])):
        total, lost, hidden, more = (count[group] for count in counts)
        print(f"  {group:10} {total:6} missed {lost:4} unread {hidden:4} extra {more:4}")
    recall = 1 - len(lacking) / max(1, len(expected))
    precision = 1 - len(extra) / max(1, len(found))
    print(f"  precision {precision:.3f} recall {recall:.3f}")
    for label, places in (("missed", missed), ("unread", unread), ("extra", extra)):
        for group, path, line, name in sorted(places)[:show]:
            print(f"    {label} {group} {name} {path}:{line}")
    return len(missed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compares every language found in the folders; 1 where something was missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--typescript", type=Path, default=Path.cwd())
    parser.add_argument("--show", type=int, default=20, help="differences to print (default 20)")
    parser.add_argument("--only", action="append", help="a language to compare (default: all)")
    options = parser.parse_args(arguments)
    missed = 0
    for language, paths in sorted(files_of(options.folders).items()):
        if options.only and language not in options.only:
            continue
        places = (
            ctags(paths, language) if language in CTAGS else compiler(paths, options.typescript)
        )
        missed += compare(language, paths, set(places), options.show)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""What the tools are judged by: `ast` and jedi, the TypeScript compiler, ctags and tokens → `Truth`.

Each oracle reads a folder with a parser that shares nothing with ours and gives, for random names,
the places that each tool should find.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import re
import subprocess
import sys
import warnings
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codeask.executors.repository import Repository
from pygments.token import Token
from python_oracle import Reading, read_file

Key = tuple[str, Any]  # path and line; path and name of the enclosing function for callers


@dataclass
class Truth:
    """Tool → name → the right places. `functions`: start, end and name of a file's functions."""

    oracle: str
    places: dict[str, dict[str, set[Key]]]
    functions: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)
    arguments: dict[str, dict[str, str]] = field(default_factory=dict)
    language: str = ""
    paths: frozenset[str] = (
        frozenset()
    )  # the files that it has read: only places in them are judged
    # places of a name's calls that the oracle cannot tell: neither right nor wrong
    untold: dict[str, set[Key]] = field(default_factory=dict)
    values: bool = True  # whether it knows definitions of values, or of functions and types alone

    def function_at(self, path: str, line: int) -> Key:
        """The innermost function around a line, by name; "" at file level."""
        ordered = self.functions.get(path, [])
        at = bisect_right(ordered, (line, 1 << 30, "")) - 1
        while at >= 0 and ordered[at][1] < line:
            at -= 1
        return path, ordered[at][2] if at >= 0 else ""


def _sample(names: Iterable[str], draw: random.Random, number: int) -> list[str]:
    ordered = sorted(names)
    return draw.sample(ordered, min(number, len(ordered)))


# Python


def python(root: Path, draw: random.Random, number: int, options: argparse.Namespace) -> Truth:
    """Definitions, subclasses and methods by `ast`; references and callers by jedi."""
    warnings.simplefilter("ignore", SyntaxWarning)
    reading, trees = Reading(), dict[str, ast.Module]()
    for path, entry in Repository(root).listing().files.items():
        if entry.language == "python":
            try:
                trees[path] = ast.parse((root / path).read_bytes())
            except (SyntaxError, ValueError):
                continue
            read_file(reading, path, trees[path])
    defined = {name: set(places) for name, places in reading.classes.items()}
    for name, places in reading.functions.items():
        defined.setdefault(name, set()).update(places)
    values = _assigned(trees)
    single = {n for n, p in defined.items() if len(p) == 1 and n not in values and len(n) > 2}
    bases = {n for n in reading.subclasses if n in single}
    members = {n for n in reading.classes if n in single and reading.methods[min(defined[n])]}
    outside = [n for n in single if not min(defined[n])[0].startswith(("tests/", "docs/"))]
    methods = _namesakes(trees, reading, single)
    untold: dict[str, set[Key]] = {}
    asked = {
        n: [methods[n], *_overriding_methods(reading, n)] for n in _sample(methods, draw, number)
    }
    uses = _jedi(
        root, trees, {n: [min(defined[n])] for n in _sample(outside, draw, number)}, untold
    )
    bound = _jedi(root, trees, asked, untold)
    truth = Truth(
        "ast, jedi",
        {
            "find_definition": {n: defined[n] for n in _sample(set(defined) - values, draw, number)},
            "find_subclasses": {n: set(reading.subclasses[n]) for n in _sample(bases, draw, number)},
            "list_members": {
                n: {(method, 0) for method in reading.methods[min(defined[n])]}
                for n in _sample(members, draw, number)
            },
            "find_references": {n: {p[:2] for p in places} for n, places in uses.items()},
        },
    )  # fmt: skip
    truth.functions = {path: sorted(_functions(tree)) for path, tree in trees.items()}
    truth.places["find_callers"] = {
        name: {truth.function_at(path, line) for path, line, called in places if called}
        for name, places in (
            uses | {n: p for n, p in bound.items() if any(c for *_, c in p)}
        ).items()
    }
    truth.untold = {
        name: {truth.function_at(*place) for place in untold[name]} - wanted
        for name, wanted in truth.places["find_callers"].items()
    }
    truth.arguments["list_members"] = {"kind": "method"}
    return truth


def _assigned(trees: dict[str, ast.Module]) -> set[str]:
    """Names that are also variables, attributes or parameters somewhere."""
    found: set[str] = set()
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(node.attr)
    return found


def _namesakes(
    trees: dict[str, ast.Module], reading: Reading, single: set[str]
) -> dict[str, tuple[str, int]]:
    """`Class.method` → its place, where several classes have a method of the name."""
    found: dict[str, tuple[str, int]] = {}
    for path, tree in trees.items():
        for owner in ast.walk(tree):
            if not isinstance(owner, ast.ClassDef) or owner.name not in single:
                continue
            if path.startswith(("tests/", "docs/")):
                continue
            for node in owner.body:
                if not isinstance(node, ast.FunctionDef) or node.decorator_list:
                    continue
                if node.name[:2] != "__" and len(reading.functions[node.name]) > 1:
                    found[f"{owner.name}.{node.name}"] = (path, node.lineno)
    return found


def _functions(tree: ast.Module) -> Iterator[tuple[int, int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(mark.lineno for mark in node.decorator_list)])
            yield first, node.end_lineno or node.lineno, node.name


def _jedi(
    root: Path, trees: dict[str, ast.Module], wanted: dict[str, list[tuple[str, int]]],
    untold: dict[str, set[Key]],
) -> dict[str, set[tuple[str, int, bool]]]:  # fmt: skip
    """Uses by name; into `untold` go the calls of the name whose receiver jedi cannot tell."""
    import jedi

    calls: dict[str, dict[tuple[int, int], str]] = {}
    for path, tree in trees.items():
        called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        called += [  # a decorator is called, too
            mark
            for node in ast.walk(tree)
            for mark in getattr(node, "decorator_list", ())
            if not isinstance(mark, ast.Call)
        ]
        calls[path] = {
            (f.end_lineno or f.lineno, (f.end_col_offset or 0) - len(_last(f))): _last(f)
            for f in called
        }
    # the codebase itself, and not what is installed of the same name
    installed = [p for p in sys.path if p and "site-packages" not in p]
    sources = [str(folder) for folder in (root / "src", root) if folder.is_dir()]
    project = jedi.Project(root, sys_path=[*sources, *installed], smart_sys_path=False)
    found: dict[str, set[tuple[str, int, bool]]] = {}
    for name, defined in wanted.items():
        places: set[tuple[str, int, bool]] = set()
        for path, line in defined:
            script = jedi.Script(path=root / path, project=project)
            text = script._code.splitlines()[line - 1]  # a place of its name is all jedi needs
            uses = script.get_references(line, text.index(name.rpartition(".")[2]), scope="project")
            for use in uses:
                if use.module_path is None or (use.is_definition() and use.type != "statement"):
                    continue
                inner = use.module_path.resolve()
                if inner.is_relative_to(root.resolve()) and use.line is not None:
                    relative = inner.relative_to(root.resolve()).as_posix()
                    called = (use.line, use.column) in calls.get(relative, ())
                    places.add((relative, use.line, called))
        found[name] = {p for p in places if (p[0], p[1]) not in defined}
        known = {place[:2] for place in places}
        untold[name] = {
            (path, line)
            for path, of_file in calls.items()
            for (line, column), last in of_file.items()
            if last == name.rpartition(".")[2] and (path, line) not in known
            and not jedi.Script(path=root / path, project=project).infer(line, column)
        }  # fmt: skip
    return found


def _overriding_methods(reading: Reading, name: str) -> list[tuple[str, int]]:
    """Where classes below define a method anew: a call of theirs is one of what they override."""
    owner, _, method = name.rpartition(".")
    names = {place: n for n, places in reading.classes.items() for place in places}
    below, level = set[str](), {owner}
    while level:
        level = {names[p] for n in level for p in reading.subclasses.get(n, ()) if p in names}
        level -= below
        below |= level
    found: list[tuple[str, int]] = []
    for path, first in (place for n in sorted(below) for place in reading.classes[n]):
        if method in reading.methods[path, first]:
            inside = [at for at in reading.functions[method] if at[0] == path and at[1] > first]
            found += sorted(inside)[:1]
    return found


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


# TypeScript

_SERVICE = r"""
const ts = require(require.resolve('typescript', {paths: [process.argv[1]]}));
const fs = require('fs'), path = require('path');
const root = process.argv[2], number = +process.argv[3];
const files = fs.readFileSync(0, 'utf8').split('\n').filter(Boolean).map(f => path.join(root, f));
const host = { getScriptFileNames: () => files, getScriptVersion: () => '1',
  getScriptSnapshot: f => fs.existsSync(f) ? ts.ScriptSnapshot.fromString(fs.readFileSync(f, 'utf8')) : undefined,
  getCurrentDirectory: () => root, getCompilationSettings: () => ({target: 99, module: +process.argv[4], moduleResolution: 2, allowJs: true, noLib: true, jsx: 1}),
  getDefaultLibFileName: o => ts.getDefaultLibFilePath(o), fileExists: ts.sys.fileExists, readFile: ts.sys.readFile };
const service = ts.createLanguageService(host), program = service.getProgram();
const names = new Map(), functions = {}, untold = Object.create(null), members = Object.create(null), checker = program.getTypeChecker();
const line = (f, at) => f.getLineAndCharacterOfPosition(at).line + 1, rel = f => path.relative(root, f);
const visit = (f, n) => {
  if (ts.isFunctionLike(n) && n.body) { let name = n.name; for (let p = n.parent; !name && p
      && (ts.isVariableDeclaration(p) || ts.isPropertyAssignment(p) || ts.isPropertyDeclaration(p)); p = null) name = p.name;
    const own = ts.isConstructorDeclaration(n) ? 'constructor' : name && ts.isIdentifier(name) ? name.text : '';
    if (own) (functions[rel(f.fileName)] ??= []).push([line(f, n.getStart(f)), line(f, n.getEnd()), own]); }
  if ((ts.isFunctionDeclaration(n) || ts.isClassDeclaration(n) || ts.isInterfaceDeclaration(n) || ts.isMethodDeclaration(n)) && n.name && ts.isIdentifier(n.name)) {
    const list = names.get(n.name.text) ?? []; list.push([f, n]); names.set(n.name.text, list); }
  const own = (ts.isClassLike(n) || ts.isInterfaceDeclaration(n) || ts.isFunctionDeclaration(n)) && n.name && checker.getSymbolAtLocation(n.name);
  if (own && (own.members?.size || !ts.isFunctionDeclaration(n))) { const list = members[n.name.text] ??= [];
    for (const [key, m] of [...(own.members ?? []), ...(own.exports ?? [])]) { const d = m.declarations?.[0]; if (!d) continue;
      const value = ts.isPropertyDeclaration(d) ? d.initializer : ts.isBinaryExpression(d) ? d.right : ts.isBinaryExpression(d.parent ?? d) ? d.parent.right : undefined;
      if (ts.isMethodDeclaration(d) || ts.isMethodSignature(d) || ts.isAccessor(d) || value && ts.isFunctionLike(value)) list.push(m.name);
      else if (ts.isConstructorDeclaration(d)) list.push('constructor'); } }
  if (ts.isCallExpression(n) || ts.isNewExpression(n)) { // a call of something that the compiler has no type for
    const callee = ts.isPropertyAccessExpression(n.expression) ? n.expression.name : n.expression;
    let known = checker.getSymbolAtLocation(callee);
    if (known && known.flags & ts.SymbolFlags.Alias && checker.getAliasedSymbol(known).escapedName === 'unknown') known = undefined; // out of a module that is not there
    if (ts.isIdentifier(callee) && !known) (untold[callee.text] ??= []).push([rel(f.fileName), line(f, callee.getStart(f))]); }
  ts.forEachChild(n, c => visit(f, c)); };
for (const f of program.getSourceFiles()) if (files.includes(f.fileName)) visit(f, f);
// what `require` gives, where the compiler cannot say it since modules require each other: [file, name, position]
const required = new Map();
const take = (f, p, node) => { const key = p + ':' + node.text; (required.get(key) ?? required.set(key, []).get(key)).push([f.fileName, node.getStart(f)]); };
const gather = (f, n) => {
  if (ts.isVariableDeclaration(n) && n.initializer && ts.isCallExpression(n.initializer) && n.initializer.expression.getText(f) === 'require'
      && n.initializer.arguments.length === 1 && ts.isStringLiteral(n.initializer.arguments[0])) {
    const to = ts.resolveModuleName(n.initializer.arguments[0].text, f.fileName, host.getCompilationSettings(), ts.sys).resolvedModule?.resolvedFileName;
    if (to && ts.isObjectBindingPattern(n.name)) for (const e of n.name.elements) { if (!e.propertyName && ts.isIdentifier(e.name)) take(f, to, e.name); }
    else if (to && ts.isIdentifier(n.name)) { const local = n.name.text, find = m => {
      if (ts.isPropertyAccessExpression(m) && ts.isIdentifier(m.expression) && m.expression.text === local) take(f, to, m.name);
      ts.forEachChild(m, find); }; find(f); } }
  ts.forEachChild(n, c => gather(f, c)); };
if (process.argv[4] === '1') for (const f of program.getSourceFiles()) if (files.includes(f.fileName)) gather(f, f);
const at = (f, pos) => { let n = f; for (;;) { const c = n.getChildren(f).find(c => c.getStart(f) <= pos && pos < c.getEnd()); if (!c) return n; n = c; } };
console.log(JSON.stringify({functions, members, untold}));
let left = number;
for (const [name, list] of [...names].sort()) {
  const kinds = new Set(list.map(([f, n]) => f.fileName));
  if (kinds.size !== 1 || name.length < 3) continue;
  const [f, n] = list[0], found = new Map(), asked = [[f.fileName, n.name.getStart(f)]];
  if (n.parent === f || ts.isObjectLiteralExpression(n.parent)) asked.push(...(required.get(f.fileName + ':' + name) ?? []));
  // a name that is exported in an object, and taken out of one, is the same function under another symbol
  for (const [file, pos] of asked) for (const group of service.findReferences(file, pos) ?? []) for (const r of group.references) {
    const key = r.fileName + ':' + r.textSpan.start, rf = program.getSourceFile(r.fileName); if (!rf || found.has(key)) continue;
    const node = at(rf, r.textSpan.start); if (node.text !== name) continue;
    found.set(key, r);
    if (node.parent && (ts.isShorthandPropertyAssignment(node.parent) || ts.isBindingElement(node.parent))) asked.push([r.fileName, r.textSpan.start]); }
  const out = {name, kind: ts.SyntaxKind[n.kind], definitions: list.map(([f, n]) => [rel(f.fileName), line(f, n.name.getStart(f))]), uses: []};
  for (const r of found.values()) {
    const rf = program.getSourceFile(r.fileName); if (!rf) continue;
    const node = at(rf, r.textSpan.start);
    // `const { name } = require(…)` imports
    if (r.isDefinition && !(node.parent && ts.isBindingElement(node.parent))) continue;
    let role = 'other', p = node.parent;
    let callee = node; if (p && ts.isPropertyAccessExpression(p) && p.name === node) { callee = p; p = p.parent; }
    if (p && (ts.isCallExpression(p) || ts.isNewExpression(p)) && p.expression === callee) role = 'call';
    for (let q = node.parent; q && role === 'other'; q = q.parent) {
      if (ts.isHeritageClause(q)) { role = 'heritage'; out.uses.push([rel(r.fileName), line(rf, q.parent.name ? q.parent.name.getStart(rf) : q.parent.getStart(rf)), 'subclass']); }
      else if (ts.isImportSpecifier(q) || ts.isImportClause(q)) role = 'import';
      else if (!(ts.isExpressionWithTypeArguments(q) || ts.isPropertyAccessExpression(q) || ts.isNamedImports(q))) break; }
    out.uses.push([rel(r.fileName), line(rf, r.textSpan.start), role]); }
  console.log(JSON.stringify(out));
}
"""


def javascript(root: Path, draw: random.Random, number: int, options: argparse.Namespace) -> Truth:
    """By the same compiler, which reads JavaScript too, as CommonJS."""
    truth = typescript(root, draw, number, options, "javascript")
    truth.places = {t: p for t, p in truth.places.items() if p and t != "list_symbols"}
    return truth


def typescript(
    root: Path, draw: random.Random, number: int, options: argparse.Namespace,
    language: str = "typescript",
) -> Truth:  # fmt: skip
    """Everything by the compiler's own language service; needs `--node-modules`."""
    if options.node_modules is None:
        raise SystemExit("TypeScript's oracle needs --node-modules (npm i typescript@5)")
    paths = [p for p, e in Repository(root).listing().files.items() if e.language == language]
    done = subprocess.run(
        ["node", "-e", _SERVICE, str(options.node_modules.resolve()), str(root), str(number),
         "1" if language == "javascript" else "99"],
        input="\n".join(paths), capture_output=True, text=True, check=True,
    )  # fmt: skip
    first, *rest = (json.loads(line) for line in done.stdout.splitlines())
    by_name = {told["name"]: told for told in rest}
    truth = Truth("TypeScript", {})
    truth.functions = {
        path: sorted((a, b, name) for a, b, name in functions)
        for path, functions in first["functions"].items()
    }
    types = [n for n, told in by_name.items() if told["kind"].startswith(("Class", "Interface"))]
    callables = [n for n in by_name if n not in set(types)]
    truth.places["find_definition"] = {
        n: {(p, at) for p, at in by_name[n]["definitions"]} for n in _sample(by_name, draw, number)
    }
    truth.paths = frozenset(paths)
    truth.places["show_symbol"] = {
        n: {(p, at) for p, at in by_name[n]["definitions"]} for n in _sample(by_name, draw, number)
    }
    members = {n: found for n, found in first["members"].items() if found}
    owners = [n for n in members if len(by_name.get(n, {"definitions": ()})["definitions"]) == 1]
    truth.places["list_members"] = {
        n: {(member, 0) for member in members[n]} for n in _sample(owners, draw, number)
    }
    truth.arguments["list_members"] = {"kind": "method"}
    for tool, names, roles in (
        ("find_references", list(by_name), {"call", "heritage", "import", "other"}),
        ("find_callers", callables, {"call"}),
        ("find_subclasses", types, {"subclass"}),
    ):
        places: dict[str, set[Key]] = {}
        with_some = [n for n in names if any(role in roles for *_, role in by_name[n]["uses"])]
        for name in _sample(with_some, draw, number):
            uses = [(p, at) for p, at, role in by_name[name]["uses"] if role in roles]
            if tool == "find_callers":
                places[name] = {truth.function_at(p, at) for p, at in uses}
            else:
                places[name] = set(uses)
        truth.places[tool] = places
    truth.untold = {
        name: {truth.function_at(*place) for place in first["untold"].get(name, ())} - wanted
        for name, wanted in truth.places["find_callers"].items()
    }
    kinds = {"class": "Class", "interface": "Interface", "function": "Function"}
    truth.places["list_symbols"] = {
        kind: {
            (p, at)
            for told in by_name.values()
            if told["kind"].startswith(prefix)
            for p, at in told["definitions"]
        }
        for kind, prefix in kinds.items()
        if kind == "interface"
    }
    return truth


# the others

_TYPES = {"class", "struct", "interface", "enum", "trait", "union", "module", "type", "typedef",
          "annotation", "namespace", "object", "talias", "alias"}  # fmt: skip
_CALLABLES = {
    "function",
    "method",
    "func",
    "methodSpec",
    "singletonMethod",
    "constructor",
    "generator",
}
_MEMBERS = _CALLABLES | {"member", "field", "property", "enumerator", "enumConstant", "variable"}


@dataclass
class Tags:
    """What universal-ctags says of a folder: places by name, and the extents of functions."""

    paths: list[str]
    language: str
    defined: dict[str, set[Key]] = field(default_factory=dict)
    declared: dict[str, set[Key]] = field(default_factory=dict)
    members: dict[str, set[Key]] = field(default_factory=dict)
    lists: dict[str, set[Key]] = field(default_factory=dict)
    subclasses: dict[str, set[Key]] = field(default_factory=dict)
    types: Counter[str] = field(default_factory=Counter)
    tagged: Counter[str] = field(default_factory=Counter)  # of whatever kind
    lines: set[tuple[str, Key]] = field(default_factory=set)  # a name and where it is tagged
    functions: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)


def _tags(root: Path) -> Tags:
    listing = Repository(root).listing().files
    languages = Counter(e.language for e in listing.values() if e.language != "")
    main = next(lang for lang, _ in languages.most_common() if lang in _MAIN)
    tags = Tags([p for p, e in listing.items() if e.language == main], main)
    done = subprocess.run(
        ["ctags", "--output-format=json", "--fields=+nKSei", "--kinds-C=+p", "--kinds-C++=+p",
         "-L", "-", "-f", "-"],
        input="\n".join(tags.paths), capture_output=True, text=True, check=True, cwd=root,
    )  # fmt: skip
    begun: dict[str, list[tuple[int, str]]] = {}
    for line in done.stdout.splitlines():
        tag = json.loads(line)
        kind, name = tag.get("kind", ""), tag["name"]
        place = (tag["path"], tag["line"])
        if main == "php" and kind == "alias":  # a `use` makes no name
            continue
        tags.lines.add((name, place))
        if kind == "prototype":  # declared there
            tags.declared.setdefault(name, set()).add(place)
            continue
        tags.tagged[name] += 1
        if kind in _CALLABLES and "end" in tag:
            tags.functions.setdefault(place[0], []).append((place[1], tag["end"], name))
        elif kind in _CALLABLES:
            begun.setdefault(place[0], []).append((place[1], name))
        if kind not in _TYPES | _CALLABLES or name.startswith(("__anon", "<")):
            continue
        if kind in _CALLABLES and tag.get("scopeKind") in _TYPES:
            owner = tag["scope"].rpartition(".")[2].rpartition(":")[2].rpartition("\\")[2]
            last = name.replace(" ", "").rpartition(".")[2]  # `operator =`, C#'s `IShop.Close`
            tags.members.setdefault(owner, set()).add((last, 0))
        if not name.isidentifier():
            continue
        tags.defined.setdefault(name, set()).add(place)
        tags.types[name] += kind in _TYPES
        if kind in ("class", "interface", "struct", "enum"):
            tags.lists.setdefault(kind, set()).add(place)
        for base in re.findall(r"(\w+)\s*(?:<[^,]*>)?\s*(?:,|$)", tag.get("inherits") or ""):
            tags.subclasses.setdefault(base, set()).add(place)
    _add_ends(root, tags, begun)
    for functions in tags.functions.values():
        functions.sort()
    return tags


def ctags(
    root: Path, draw: random.Random, number: int, options: argparse.Namespace,
    tags: Tags | None = None,
) -> Truth:  # fmt: skip
    """Definitions, members, bases and whole lists by universal-ctags."""
    tags = tags or _tags(root)
    # where it is defined or declared
    defined = {n: places | tags.declared.get(n, set()) for n, places in tags.defined.items()}
    owners = [n for n in tags.members if tags.types[n] == 1]
    bases = [n for n in tags.subclasses if tags.types[n] == 1 == tags.tagged[n]]
    truth = Truth("ctags", {}, functions=tags.functions, paths=frozenset(tags.paths), values=False)
    truth.places["find_definition"] = {n: defined[n] for n in _sample(defined, draw, number)}
    truth.places["show_symbol"] = {n: defined[n] for n in _sample(defined, draw, number)}
    if owners:
        truth.places["list_members"] = {n: tags.members[n] for n in _sample(owners, draw, number)}
        truth.arguments["list_members"] = {"kind": "method"}
    if bases:
        truth.places["find_subclasses"] = {
            n: tags.subclasses[n] for n in _sample(bases, draw, number)
        }
    if tags.lists and tags.language != "javascript":  # there ctags calls functions classes
        truth.places["list_symbols"] = tags.lists
    return truth


_MAIN = {"javascript", "go", "c", "cpp", "ruby", "php", "rust", "java", "csharp", "kotlin", "scala"}


def others(root: Path, draw: random.Random, number: int, options: argparse.Namespace) -> Truth:
    """By ctags, and references and callers by Pygments' tokens.

    Of names that are tagged once in the codebase: every token of the name outside comments and
    strings is a reference; with a bracket behind it a call, unless it is where ctags has it. A name
    that is a library's too has namesakes that a token does not tell: those that override one
    (`override`), and those that `options.beside`, other codebases of the language, call and do not
    define, are not asked.
    """
    tags = _tags(root)
    truth = ctags(root, draw, number, options, tags)
    truth.oracle = "ctags, tokens"
    tokens = _tokens(root, tags, _single(root, tags) - _of_libraries(tags.language, options))
    _add_uses(truth, tags, tokens, {n: {p for p, called in t if called} for n, t in tokens.items()},
              draw, number)  # fmt: skip
    return truth


def ruby(root: Path, draw: random.Random, number: int, options: argparse.Namespace) -> Truth:
    """By ctags and tokens, callers by Ruby's own parser."""
    from calls_oracle import RIPPER

    tags = _tags(root)
    truth = ctags(root, draw, number, options, tags)
    truth.oracle = "ctags, tokens, Ripper"
    paths = [str(root / path) for path in tags.paths if path.endswith(".rb")]
    done = subprocess.run(["ruby", "-e", RIPPER], input="\n".join(paths), capture_output=True,
                          text=True, check=True)  # fmt: skip
    calls: dict[str, set[Key]] = {}
    for told in done.stdout.splitlines():
        path, found = json.loads(told)
        for line, name in found:
            calls.setdefault(name, set()).add((str(Path(path).relative_to(root)), line))
    single = _single(root, tags) - _of_libraries(tags.language, options)
    _add_uses(truth, tags, _tokens(root, tags, single), calls, draw, number)
    return truth


def _of_libraries(language: str, options: argparse.Namespace) -> set[str]:
    """Names that other codebases of a language call, or use behind a dot, and do not define."""
    found: set[str] = set()
    for root in options.beside:
        tags = _tags(root)
        if tags.language == language:
            called = {name for name, places in _tokens(root, tags, None).items()
                      if any(called for _, called in places)}  # fmt: skip
            found |= called - tags.tagged.keys()
    return found


def _add_uses(
    truth: Truth, tags: Tags, tokens: dict[str, set[tuple[Key, bool]]], calls: dict[str, set[Key]],
    draw: random.Random, number: int,
) -> None:  # fmt: skip
    own = [n for n in tags.defined if tags.tagged[n] == 1 and len(n) > 3 and n in tokens]
    used = {n: {place for place, _ in tokens[n] if (n, place) not in tags.lines} for n in own}
    called = {n: calls.get(n, set()) - {p for name, p in tags.lines if name == n}
              for n in own if not tags.types[n]}  # fmt: skip
    truth.places["find_references"] = {
        n: used[n] for n in _sample([n for n in own if used[n]], draw, number)
    }
    truth.places["find_callers"] = {
        n: {truth.function_at(*place) for place in called[n]}
        for n in _sample([n for n in called if called[n]], draw, number)
    }


def _single(root: Path, tags: Tags) -> set[str]:
    """Names that are tagged once, and override none of a library."""
    return {name for name in tags.defined if tags.tagged[name] == 1} - _overriding(root, tags)


def _overriding(root: Path, tags: Tags) -> set[str]:
    """Names that are defined on a line that says `override`, or below `@Override`."""
    found: set[str] = set()
    texts: dict[str, list[str]] = {}
    for name, places in tags.defined.items():
        for path, line in places:
            if path not in texts:
                texts[path] = (root / path).read_bytes().decode("utf-8", "replace").split("\n")
            written = texts[path][max(0, line - 2) : line]
            if re.search(r"\boverride\b", written[-1]) or "@Override" in written[0]:
                found.add(name)
    return found


def _tokens(
    root: Path, tags: Tags, wanted: Collection[str] | None
) -> dict[str, set[tuple[Key, bool]]]:
    """Name → its places in code, and whether it is called there, for the names in `wanted` (None: all).

    A call is what a bracket follows; in Ruby, where none need follow, also what stands behind a dot.
    """
    if tags.language == "php":
        return _php_tokens(root, tags, wanted)
    lexer = _lexer(tags.language)
    opens = "({" if tags.language == "kotlin" else "("
    found: dict[str, set[tuple[Key, bool]]] = {}
    for path in tags.paths:
        text = (root / path).read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
        starts = [0, *(at + 1 for at, c in enumerate(text) if c == "\n")]
        for offset, kind, value in lexer.get_tokens_unprocessed(text):
            if kind in Token.Comment or kind in Token.Literal.String:
                continue
            for word in re.finditer(r"\w+", value):
                at = offset + word.start()
                if wanted is not None and word[0] not in wanted:
                    continue
                behind = text[at + len(word[0]) :].lstrip()[:1]
                called = (behind != "" and behind in opens) or (
                    tags.language == "ruby" and text[at - 1 : at] == "."
                )
                found.setdefault(word[0], set()).add(((path, bisect_right(starts, at)), called))
    return found


# A word of code, whether a bracket follows, and its line, by PHP's own tokens.
_PHP = r"""
while (($path = fgets(STDIN)) !== false) {
  $found = [];
  $tokens = array_values(array_filter(token_get_all(file_get_contents(rtrim($path))),
    fn($t) => !is_array($t) || !in_array($t[0], [T_WHITESPACE, T_COMMENT, T_DOC_COMMENT])));
  foreach ($tokens as $i => $t) {
    if (!is_array($t) || !in_array($t[0], [T_STRING, T_NAME_QUALIFIED, T_NAME_FULLY_QUALIFIED])) continue;
    $found[] = [$t[2], $t[1], ($tokens[$i + 1] ?? "") === "("];
  }
  echo json_encode($found), "\n";
}
"""


def _php_tokens(
    root: Path, tags: Tags, wanted: Collection[str] | None
) -> dict[str, set[tuple[Key, bool]]]:
    done = subprocess.run(["php", "-r", _PHP], input="\n".join(tags.paths) + "\n", capture_output=True,
                          text=True, check=True, cwd=root)  # fmt: skip
    found: dict[str, set[tuple[Key, bool]]] = {}
    for path, told in zip(tags.paths, done.stdout.splitlines(), strict=True):
        for line, written, called in json.loads(told):
            name = written.rpartition("\\")[2]
            if wanted is None or name in wanted:
                found.setdefault(name, set()).add(((path, line), called))
    return found


def _add_ends(root: Path, tags: Tags, begun: Mapping[str, Sequence[tuple[int, str]]]) -> None:
    """The extents of functions where ctags tells none (Rust, PHP, Kotlin): by brackets that match.

    `begun` has lines and names. Without braces a function ends with its `;`, or, where it is set to
    a value (Kotlin's `=`), with the line that closes all brackets.
    """
    lexer = _lexer(tags.language)
    for path, functions in begun.items():
        text = (root / path).read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
        starts = [0, *(at + 1 for at, c in enumerate(text) if c == "\n")]
        code = list(text)
        for offset, kind, value in lexer.get_tokens_unprocessed(text):
            if kind in Token.Comment or kind in Token.Literal.String:
                code[offset : offset + len(value)] = " " * len(value)
        for line, name in functions:
            begin = starts[line - 1]
            at = max(text.find(name, begin), begin) + len(name)
            end = bisect_right(starts, _end_of("".join(code[at : at + 200_000]), at))
            tags.functions.setdefault(path, []).append((line, end, name))


def _end_of(code: str, offset: int) -> int:
    depth, opened, value = 0, False, False
    for at, letter in enumerate(code):
        if letter in "([{":
            opened |= letter == "{" and depth == 0
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth < 0 or (depth == 0 and letter == "}" and opened and not value):
                return offset + at
        elif depth == 0 and letter == ";":
            return offset + at
        elif depth == 0 and letter == "=" and code[at + 1 : at + 2] not in ("=", ">"):
            value = True
        elif depth == 0 and letter == "\n" and value:
            rest = code[at:].lstrip()
            if (
                not rest.startswith((".", "?", "&&", "||", "+", "="))
                and code[:at].rstrip()[-1:] != "="
            ):
                return offset + at
    return offset + len(code)


def _lexer(language: str) -> Any:
    from pygments.lexers import get_lexer_by_name

    return get_lexer_by_name(language, **({"startinline": False} if language == "php" else {}))

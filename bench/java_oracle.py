"""What javac makes of Java sources → `Truth`: callers, bases, overrides, throws and definitions.

Only names that one type of the codebase has take part. A call counts for the method it is resolved
to and for those which that one overrides; calls that javac cannot resolve, since a dependency is not
there, are no part of the truth. Needs a JDK (11 or later).
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from oracles import Key, Truth

PROGRAM = Path(__file__).with_name("JavaOracle.java")


def javac(root: Path, draw: random.Random, number: int, options: argparse.Namespace) -> Truth:
    """The truth about `number` random names a tool."""
    done = subprocess.run(
        ["java", str(PROGRAM), str(root)], capture_output=True, text=True, check=True
    )
    truth = Truth("javac", {})
    places: dict[str, dict[str, set[Key]]] = defaultdict(lambda: defaultdict(set))
    for line in done.stdout.splitlines():
        match json.loads(line):
            case ["scope", name, path, first, last]:
                truth.functions.setdefault(path, []).append((first, last, name))
            case ["call", owner, name, path, _, inside]:
                places["calls"][f"{owner}.{name}"].add((path, inside))
            case ["type", name, path, at, _]:
                places["types"][name].add((path, at))
            case ["sub", name, path, at]:
                places["find_subclasses"][name].add((path, at))
            case ["override", owner, name, path, at]:
                places["overrides"][f"{owner}.{name}"].add((path, at))
            case ["raise", name, path, at]:
                places["find_raises"][name].add((path, at))
            case ["method", name, path, at, owner, _] if owner:
                places["methods"][f"{owner}.{name}"].add((path, at))
                places["list_members"][owner].add((name, 0))
    for functions in truth.functions.values():
        functions.sort()
    single = {name for name, found in places["types"].items() if len(found) == 1}
    own = {name for name in places["methods"] if name.partition(".")[0] in single}
    plain = {name for name in own if len(set(name.split("."))) == 2}

    def some(table: str, names: Iterable[str]) -> dict[str, set[Key]]:
        ordered = sorted(set(names) & set(places[table]))
        return {n: places[table][n] for n in draw.sample(ordered, min(number, len(ordered)))}

    made = {
        n: places["calls"][f"{n}.{n}"] for n in single if f"{n}.{n}" in own & set(places["calls"])
    }
    truth.places = {
        "find_definition": some("methods", plain),
        "find_callers": some("calls", plain)
        | {n: made[n] for n in draw.sample(sorted(made), min(number // 3, len(made)))},
        "find_subclasses": some("find_subclasses", single),
        "find_overrides": some("overrides", plain),
        "find_raises": some("find_raises", places["find_raises"]),
        "list_members": some("list_members", single),
    }
    truth.arguments["list_members"] = {"kind": "method"}
    return truth

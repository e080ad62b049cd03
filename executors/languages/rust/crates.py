"""Rust's module tree, read off the paths of files: which file a `use` path names.

`src/` holds a crate, the folder above has its name; `lib.rs`, `main.rs` and `mod.rs` are the module
of their folder. Cargo.toml is not read: a crate that is called otherwise than its folder is not told.
"""

from __future__ import annotations

import re

from ...repository import module_path

_ROOTS = frozenset({"lib", "main", "build"})
_ASIDE = frozenset({"tests", "examples", "benches", "bin"})
_STANDARD = frozenset({"std", "core", "alloc", "proc_macro", "test"})


def place(path: str) -> tuple[str, tuple[str, ...]]:
    """The crate's root folder and the module path of a file in it; a test file is its own crate."""
    parts = module_path(path).split("/")
    at = max((i for i, part in enumerate(parts) if part == "src"), default=-1)
    inner = parts[at + 1 :]
    aside = next((i for i, part in enumerate(inner) if part in _ASIDE), -1)
    if aside >= 0 and (at < 0 or inner[0] == "bin"):
        return "/".join(parts[: at + 1 + aside + 2]), tuple(inner[aside + 2 :])
    if len(inner) == 1 and inner[0] in _ROOTS:
        inner = []
    return "/".join(parts[: at + 1]), tuple(inner)


def crate_name(root: str) -> str:
    """The crate's name as code spells it, "" where the repository's own folder would tell it."""
    folder = root.removesuffix("src").rstrip("/").rpartition("/")[2]
    return re.sub(r"-\d[\w.+-]*$", "", folder).replace("-", "_")


def absolute(importer: str, module: str) -> tuple[str, tuple[str, ...], bool]:
    """A `use` path as (crate root or name, module path, whether the first of it is a root)."""
    root, here = place(importer)
    parts = [part for part in module.split("::") if part]
    first = parts[0] if parts else "crate"
    if first == "crate":
        return root, tuple(parts[1:]), True
    if first in ("self", "super"):
        at = list(here)
        for part in parts:
            if part == "super":
                at = at[:-1]
            elif part != "self":
                break
        rest = [part for part in parts if part not in ("self", "super")]
        return root, (*at, *rest), True
    return first, tuple(parts[1:]), False


def home(path: str, modules: tuple[str, ...]) -> str:
    """The file that a module in braces would be if it had one of its own."""
    if not modules:
        return path
    root, inner = place(path)
    return "/".join(filter(None, (root, *inner, *modules))) + ".rs"


def reaches(importer: str, module: str, name: str, target: str) -> bool | None:
    """Whether the file `target` is the module that is named; None where it stands below it.

    What stands below may be passed on by `pub use`, which is for the caller to follow.
    """
    root, wanted, known = absolute(importer, module)
    while wanted and wanted[-1][:1].isupper():  # `crate::Mode::A`: a type, not a module
        wanted = wanted[:-1]
    target_root, have = place(target)
    if known:
        folder, _, last = target_root.rpartition("/")
        if target_root != root and folder and folder == root.rpartition("/")[0]:
            have = (last, *have)  # `tests/common/mod.rs`, which each test takes as its own module
        elif target_root != root:
            return False
        return _within(wanted, name, have)
    if root in _STANDARD:
        return False
    own_root, here = place(importer)
    if own_root == target_root:
        for base in (here, ()):  # a child module; in the 2015 edition a path from the root
            if _within((*base, root, *wanted), name, have):
                return True
    called = crate_name(target_root)
    if not called:  # the repository itself is the crate, its tests call it by a name not seen here
        return _within(wanted, name, have) if own_root != target_root else False
    if called == root or root.endswith("_" + called):
        return _within(wanted, name, have)
    return False


def _within(wanted: tuple[str, ...], name: str, have: tuple[str, ...]) -> bool | None:
    if have in (wanted, (*wanted, name)):
        return True
    return None if have[: len(wanted)] == wanted else False


def stems(importer: str, module: str) -> tuple[str, ...]:
    """Last parts of the paths of the files that can be the module itself."""
    root, inner, known = absolute(importer, module)
    if inner:
        return (inner[-1],)
    return ("lib", "main", "src") if known else ("lib", root)

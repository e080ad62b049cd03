"""From the module that an import names to files: what the adapters' `reaches` are made of.

Modules and files are compared as slash-separated paths without suffix (`repository.module_path`).
"""

from __future__ import annotations

import posixpath
import re


def is_or_above(module: str, own: str) -> bool:
    """Whether a path is the file's own or a folder around it."""
    return module in (own, "", ".") or own.startswith(module + "/")


def module_reaches(module: str, own: str) -> bool:
    """`django/http` reaches `x/django/http/response`: its parts stand in a row in the path."""
    if not module:
        return False
    # the second case: folders that are installed under another package's name
    return f"/{module}/" in f"/{own}/" or ("/" in own and f"/{module}".endswith(f"/{own}"))


def tail_matches(folder: str, module: str) -> bool:
    """Whether a Go import path names the package in `folder`; its version is no part of it."""
    module = re.sub(r"/v\d+$", "", module)
    return module == folder or module.endswith("/" + folder) or f"/{folder}".endswith("/" + module) \
        or posixpath.basename(module) == posixpath.basename(folder)  # fmt: skip


def relative(importer: str, module: str) -> str:
    """A module that is given relative to the importing file, as a path."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), module))

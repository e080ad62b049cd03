"""Languages whose files say which package or namespace they are of: what an import of one reaches.

A file is compared as `package/as/folders/FileName`, wherever it stands on disk.
"""

from __future__ import annotations

from ..repository import module_path


def home(path: str, package: str) -> str:
    """Where a file of a package would stand if folders followed packages; else its own path."""
    return f"{package.replace('.', '/')}/{path.rpartition('/')[2]}" if package else path


def reaches(module: str, target: str, *, file_is_type: bool) -> bool | None:
    """Whether `module`, a package or a type in one, can have what the file `target` defines.

    `file_is_type`: a type that others can import stands in a file of its name (Java).
    """
    folder, _, stem = module_path(target).rpartition("/")
    wanted = module.replace(".", "/")
    if _ends(folder, wanted):
        return True
    outer, _, last = wanted.rpartition("/")
    while last[:1].isupper() and outer:
        if _ends(folder, outer):
            return True if last == stem else False if file_is_type else None
        outer, _, last = outer.rpartition("/")
    return False


def _ends(folder: str, wanted: str) -> bool:
    return bool(wanted) and (folder == wanted or folder.endswith("/" + wanted))

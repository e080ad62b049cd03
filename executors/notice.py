"""`Notice`: what changed in some folders since it was last asked, by Linux's inotify.

The kernel queues a change before the call that made it returns, so that a question asked after it
sees it. Not covered: changes through another name of a file (hard links, other mounts) or through
mapped memory; network and other foreign file systems are refused.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import os
import struct
import sys
from collections.abc import Collection
from dataclasses import dataclass

MOST_FOLDERS = 20_000
_MASK = 0x2 | 0x4 | 0x8 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800  # modify … move self
_ONLY_FOLDERS = 0x01000000
_IS_FOLDER, _OVERFLOW, _IGNORED, _ITSELF = 0x40000000, 0x4000, 0x8000, 0x400 | 0x800 | 0x2000
_EVENT = struct.Struct("iIII")
# ext, xfs, btrfs, tmpfs, overlay, zfs, f2fs, bcachefs: their changes all pass this kernel
_LOCAL = frozenset(
    [0xEF53, 0x58465342, 0x9123683E, 0x01021994, 0x794C7630, 0x2FC12FC1, 0xF2F52010, 0xCA451A4E]
)


@dataclass(frozen=True, slots=True)
class Changes:
    """Full paths that were touched in any way; `unclear` where folders changed or events were lost."""

    touched: frozenset[str]
    unclear: bool


class Notice:
    """Watches folders (full paths). Raises `OSError` where that cannot be done or relied upon."""

    def __init__(self, folders: Collection[str]) -> None:
        if not sys.platform.startswith("linux") or len(folders) > MOST_FOLDERS:
            raise OSError(errno.ENOSYS, "folders cannot be watched here")
        library = ctypes.CDLL(None, use_errno=True)
        self._descriptor = _checked(library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        self._folders: dict[int, str] = {}
        try:
            device = None
            for folder in folders:
                here = os.stat(folder).st_dev
                if device is None and not _is_local(library, folder):
                    raise OSError(errno.ENOTSUP, "not a local file system")
                if device not in (None, here):
                    raise OSError(errno.EXDEV, "several file systems")
                device = here
                name = os.fsencode(folder)
                number = library.inotify_add_watch(self._descriptor, name, _MASK | _ONLY_FOLDERS)
                self._folders[_checked(number)] = folder
        except BaseException:
            self.close()
            raise

    def changes(self) -> Changes:
        """What happened since the last time."""
        touched: set[str] = set()
        unclear = False
        while True:
            try:
                data = os.read(self._descriptor, 65_536)
            except BlockingIOError:
                break
            at = 0
            while at < len(data):
                number, mask, _, length = _EVENT.unpack_from(data, at)
                at += _EVENT.size
                name = data[at : at + length].rstrip(b"\0")
                at += length
                if (
                    mask & (_IS_FOLDER | _OVERFLOW | _IGNORED | _ITSELF)
                    or number not in self._folders
                ):
                    unclear = True
                elif name:
                    touched.add(f"{self._folders[number]}/{os.fsdecode(name)}".replace("//", "/"))
        return Changes(frozenset(touched), unclear)

    def close(self) -> None:
        """Stops watching."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        if getattr(self, "_descriptor", -1) >= 0:
            self.close()


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def _is_local(library: ctypes.CDLL, folder: str) -> bool:
    """By the first field of `statfs`, the file system's magic number."""
    buffer = ctypes.create_string_buffer(256)
    _checked(library.statfs(os.fsencode(folder), buffer))
    return ctypes.c_long.from_buffer(buffer).value & 0xFFFFFFFF in _LOCAL

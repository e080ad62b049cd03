"""Which `.h` files are C++: by the files beside them, else by what they say.

The nearest folder (its own first, then those above) that has C or C++ files of other names decides:
only C++ makes it C++, only C makes it C. Where it has both, a header is C++ when it has a line that
only C++ has (`template<`, `namespace x`, `class X`, `public:`, `using x`); where no folder has any,
all are C++ as soon as one has such a line.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping

_ONLY_CPP = re.compile(
    rb"^[ \t]*(?:(?:inline[ \t]+)?namespace\b|template[ \t]*<|class[ \t]+\w[^;()]*[{:;]?$"
    rb"|(?:public|private|protected)[ \t]*:|using[ \t]+\w|constexpr\b|#[ \t]*include[ \t]*<[a-z_]+>)",
    re.MULTILINE,
)


def only_cpp(data: bytes) -> bool:
    """Whether a header's text has a line that only C++ has."""
    return _ONLY_CPP.search(data) is not None


def cpp_headers(languages: Mapping[str, str], is_cpp: Callable[[str], bool]) -> Iterable[str]:
    """The `.h` files of a listing (path → language by name) that are C++.

    `is_cpp` tells by a header's content and is only asked where the files beside it do not tell.
    """
    headers = [path for path, language in languages.items() if language and path.endswith(".h")]
    if not headers:
        return
    beside: dict[str, set[str]] = {}
    for path, language in languages.items():
        if language in ("c", "cpp") and not path.endswith(".h"):
            beside.setdefault(posixpath.dirname(path), set()).add(language)
    alone: list[str] = []
    for path in headers:
        folder = posixpath.dirname(path)
        while folder and folder not in beside:
            folder = posixpath.dirname(folder)
        found = beside.get(folder, set())
        if not found:
            alone.append(path)
        elif found == {"cpp"} or (len(found) == 2 and is_cpp(path)):
            yield path
    if any(is_cpp(path) for path in alone):
        yield from alone

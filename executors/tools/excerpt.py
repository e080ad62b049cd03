"""The text of a ranked definition: its header on one line, its comment, then its body as it stands."""

from __future__ import annotations

from ..languages.base import squeeze
from ..search import Search

BODY_LINES = 40
COMMENT_LINES = 8
_SLASHES = frozenset(["javascript", "typescript", "tsx", "go", "rust", "java", "c", "cpp", "csharp",
                      "kotlin", "swift", "scala", "php"])  # fmt: skip


def excerpt(search: Search, path: str, lines: tuple[int, int], signature: str, doc: str) -> str:
    """What a reader needs to see of the definition on `lines` of a file; at most 40 lines of body.

    Documentation inside the body stays there; a comment above is put below the header.
    """
    source = search.source(path)
    if source is None:
        return "\n".join(part for part in (signature, doc.partition("\n")[0]) if part)
    first, last = lines
    body = source.lines[first - 1 : min(last, first - 1 + BODY_LINES + COMMENT_LINES)]
    below = body[_header(body, signature) :][:BODY_LINES]
    parts = [signature]
    opening = " ".join(doc.split()[:4])
    if opening and opening not in " ".join(" ".join(below).split()):
        entry = search.listing.files.get(path)
        mark = "//" if entry is not None and entry.language in _SLASHES else "#"
        parts += [f"{mark} {line}".rstrip() for line in doc.strip().splitlines()[:COMMENT_LINES]]
    return "\n".join([*parts, *below]).rstrip()


def _header(body: list[str], signature: str) -> int:
    """How many lines the header takes up: as many as its squeezed text is long."""
    wanted = len("".join(signature.split()))
    had = 0
    for count, line in enumerate(body, 1):
        if line.lstrip().startswith("@") and not signature.startswith("@"):
            continue
        had += len("".join(squeeze(line, 10_000).split()))
        if had >= wanted:
            return count
    return len(body)

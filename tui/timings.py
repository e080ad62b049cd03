"""Where the time of an answer went, as a bar of three parts: route, search, words."""

from __future__ import annotations

from collections.abc import Mapping

# stage in `Answer.timings_ms` → the word for it
STAGES = {"route": "route", "execute": "search", "format": "words"}


def shares(timings_ms: Mapping[str, float], width: int) -> tuple[int, ...]:
    """Columns of each stage, `width` in sum; a stage that took time at all gets at least one."""
    times = [max(0.0, timings_ms.get(stage, 0.0)) for stage in STAGES]
    whole = sum(times)
    if whole <= 0:
        return (width, *(0 for _ in times[1:]))
    exact = [time / whole * width for time in times]
    columns = [
        max(int(share), 1 if time > 0 else 0) for share, time in zip(exact, times, strict=True)
    ]
    while sum(columns) > width:
        columns[columns.index(max(columns))] -= 1
    while sum(columns) < width:
        short = [share - column for share, column in zip(exact, columns, strict=True)]
        columns[short.index(max(short))] += 1
    return tuple(columns)


def told(milliseconds: float) -> str:
    """A time as people read it: `4 ms`, `1.3 s`."""
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.1f} s"


def legend(timings_ms: Mapping[str, float]) -> str:
    """`route 4 · search 61 · words 1 ms`."""
    times = {word: timings_ms.get(stage, 0.0) for stage, word in STAGES.items()}
    if max(times.values()) < 999.5:
        return " · ".join(f"{word} {time:.0f}" for word, time in times.items()) + " ms"
    return " · ".join(f"{word} {told(time)}" for word, time in times.items())


def brief(timings_ms: Mapping[str, float]) -> str:
    """`66 ms`, the sum, where there is no room for its parts."""
    return told(sum(timings_ms.get(stage, 0.0) for stage in STAGES))

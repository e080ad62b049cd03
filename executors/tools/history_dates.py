"""Dates as people say them ("this month", "last two weeks", "August") as git understands them."""

from __future__ import annotations

import re
from datetime import date, timedelta

_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
            "seven": 7, "eight": 8, "nine": 9, "ten": 10, "couple of": 2, "few": 3}  # fmt: skip
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
           "october", "november", "december")  # fmt: skip
_SPAN = re.compile(
    r"(?:(?:the|in)\s+)*(?:last|past|previous)\s+(?:(\d+|[a-z]+(?: of)?)\s+)?"
    r"(day|week|month|year|hour|quarter)s?"
)


def git_date(said: str, *, end: bool = False, today: date | None = None) -> str:
    """A value for `--since` (or `--until`, `end`): git reads nonsense as "now", so say it plainly."""
    day = today or date.today()
    text = said.strip().lower()
    starts = {
        "today": day,
        "yesterday": day - timedelta(days=1),
        "this week": day - timedelta(days=day.weekday()),
        "this month": day.replace(day=1),
        "this year": day.replace(month=1, day=1),
    }
    if text in starts:
        return f"{starts[text].isoformat()} {'23:59:59' if end else '00:00:00'}"
    span = _SPAN.fullmatch(text)
    if span:
        count = span[1] or "1"
        number = int(count) if count.isdigit() else _NUMBERS.get(count, 1)
        if span[2] == "quarter":
            return f"{3 * number} months ago"
        return f"{number} {span[2]}s ago"
    if re.fullmatch(r"(19|20)\d\d", text):
        return f"{text}-12-31 23:59:59" if end else f"{text}-01-01 00:00:00"
    named = re.fullmatch(r"([a-z]{3,9})(?:\s+((?:19|20)\d\d))?", text)
    months = [m for m, name in enumerate(_MONTHS, 1) if named and name.startswith(named[1])]
    if named and len(months) == 1:
        year = int(named[2]) if named[2] else day.year - (months[0] > day.month)
        first = date(year, months[0], 1)
        last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        return f"{last.isoformat()} 23:59:59" if end else f"{first.isoformat()} 00:00:00"
    return said.strip()

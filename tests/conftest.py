"""Settings of all tests: the property-based ones draw the same examples in every run."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("codeask", derandomize=True, database=None, deadline=None)
settings.load_profile("codeask")

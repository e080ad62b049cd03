"""What all tests have: the same drawn examples in every run, and a cache folder that is not the user's."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import settings

settings.register_profile("codeask", derandomize=True, database=None, deadline=None)
settings.load_profile("codeask")

_NUMBERS = itertools.count()


@pytest.fixture(autouse=True)
def _own_cache_folder(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.getbasetemp() / "cache" / str(next(_NUMBERS))
    monkeypatch.setenv("CODEASK_CACHE_DIR", str(folder))

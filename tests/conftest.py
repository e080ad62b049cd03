"""What all tests have: the same drawn examples in every run, and a cache folder that is not the user's."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("codeask", derandomize=True, database=None, deadline=None)
settings.load_profile("codeask")


@pytest.fixture(scope="session", autouse=True)
def _own_cache_folder() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "CODEASK_CACHE_DIR", folder)
        yield

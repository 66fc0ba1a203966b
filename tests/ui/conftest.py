"""Fixtures of the dashboard's tests: an app over hand-made frames, its clock off."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("NO_COLOR", raising=False)
    yield

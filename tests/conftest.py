"""Makes ``helpers`` importable from every test (pytest puts the folder of this file on the path), and keeps what the
person at this machine has configured, or was remembered for them, out of every test and of what it starts.
"""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def _nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        os.environ[name] = str(tmp_path_factory.mktemp(name.lower()))

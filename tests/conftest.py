"""Makes ``helpers`` importable from every test (pytest puts the folder of this file on the path), and keeps what the
person at this machine has configured, or was remembered for them, out of every test and of what it starts.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# The same examples every time, however long each takes: a change is not rejected by chance, nor by a slow machine.
# Others are looked for with: --hypothesis-profile default
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("same")


@pytest.fixture(scope="session", autouse=True)
def _nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        os.environ[name] = str(tmp_path_factory.mktemp(name.lower()))


@pytest.fixture(autouse=True, scope="session")
def _pilots_wait_for_the_app() -> Iterator[None]:
    if "textual.pilot" not in sys.modules and "textual.app" not in sys.modules:
        yield  # nothing with a screen was collected
        return
    from helpers.settling import Settling

    with pytest.MonkeyPatch.context() as patch:
        # What the key line says stays until it is looked at, however long that takes.
        patch.setattr("dmtui.acting.base.NOTICE_S", 3600.0)
        Settling().install(patch)
        yield


ALONE = (
    "tests/bench/", "tests/serve/", "tests/runtime/", "tests/ui/test_terminal.py", "in_a_terminal",
    "in_a_real_terminal", "in_real_processes", "[process",
)
"""What to find in the names of tests that start many processes: they would rob each other of the processors.  Others
say so themselves (``@pytest.mark.alone``)."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them, so that ``python -m tests`` can run the others side by side and these one after another."""
    for item in items:
        if any(words in item.nodeid for words in ALONE):
            item.add_marker(pytest.mark.alone)

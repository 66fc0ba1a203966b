"""The fixtures ``lab`` and ``sync_lab``: open scenarios in a test, close them behind it.  Loaded by pytest.

    async def test_failover(lab):
        drill = await lab("one-path-fails")
        await drill.event("path_failed", path="sda")

Imports the Lab only when a test asks for it, so that pytest elsewhere is not slowed down.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.lab import Lab, SyncLab


async def _open_labs() -> AsyncIterator[Callable[..., Awaitable[Lab]]]:
    from emulator.lab import Lab

    async with AsyncExitStack() as stack:

        async def start(what: Any, **options: Any) -> Lab:
            return await stack.enter_async_context(Lab(what, **options))

        yield start


def _no_labs() -> None:
    pytest.fail("the fixture 'lab' needs pytest-asyncio; 'sync_lab' does not")


lab: Any
"""``await lab(scenario, runtime="process", seed=7)`` opens a Lab for this test."""
try:
    import pytest_asyncio
except ImportError:
    lab = pytest.fixture(_no_labs, name="lab")
else:
    lab = pytest_asyncio.fixture(_open_labs, name="lab")


@pytest.fixture
def sync_lab() -> Iterator[Callable[..., SyncLab]]:
    """``sync_lab(scenario, runtime="process", seed=7)`` opens a SyncLab for this test."""
    from emulator.lab import SyncLab

    with ExitStack() as stack:

        def start(what: Any, **options: Any) -> SyncLab:
            return stack.enter_context(SyncLab(what, **options))

        yield start

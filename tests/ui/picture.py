"""Makes the README's picture from a real run: ``python -m tests.ui.picture docs/dashboard.svg`` (run by hand)."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from dmtui.app import DmtuiApp
from dmtui.feed import Feed

SCENARIO = """
name: one-path-fails
about: A picture of one path that fails under load.
seed: 3
duration: 60s
luns:
  - {name: lun0, size: 1GiB}
devices:
  - {name: sda, lun: lun0, queue_depth: 8, service: {lognormal: {median: 6ms, sigma: 0.5}}, out_of_order: true}
  - {name: sdb, lun: lun0, queue_depth: 8, service: {lognormal: {median: 6ms, sigma: 0.5}}, out_of_order: true}
mds:
  - {name: mpatha, table: 0 2097152 multipath 0 0 1 1 round-robin 0 2 1 sda 1 sdb 1, nr_requests: 64}
submitters:
  - {name: db, target: mpatha, depth: 28, pattern: random, reads: 0.75, block_size: 16KiB, size: 512MiB}
  - {name: backup, target: mpatha, depth: 24, pattern: sequential, reads: 0, block_size: 64KiB, offset: 512MiB}
timeline:
  - at: 2500ms
    inject: {name: cable-cut, type: error, target: sda}
"""


async def _take(path: Path, width: int, height: int, seconds: float) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as scenario:
        scenario.write(SCENARIO)
        scenario.flush()
        feed = Feed(scenario.name)
        feed.start()
        try:
            app = DmtuiApp(feed, clock=True)
            async with app.run_test(size=(width, height)):
                await asyncio.sleep(seconds)
                path.write_text(app.export_screenshot(title="dmtui one-path-fails"))
        finally:
            feed.close()


if __name__ == "__main__":
    asyncio.run(_take(Path(sys.argv[1]), 160, 48, 5.0))

"""From the start of the interpreter to the first completed bio of ``dmtui run``, in an interpreter of its own.

Run as a module it *is* that interpreter: what ``dmtui run`` imports, loads and starts, until the first completion.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from time import monotonic

STORY = "normal-flow"
"""Two paths; its first bios are submitted at once."""

WAIT_S = 60.0


def measure_startup() -> float:
    """Seconds from the start of a fresh interpreter to the first completion.  Raises CalledProcessError."""
    start = monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "dmtui.bench.startup"], capture_output=True, text=True, check=True, timeout=WAIT_S
    )
    return float(done.stdout) - start


def main() -> int:
    """Print the monotonic time of the first completion that was seen (it is looked for all the time)."""
    from dmtui import cli as _cli  # noqa: F401 - as much as `dmtui run` imports
    from dmtui.commands.validate import load_all
    from emulator.lab.run import Run
    from emulator.snapshot import SubmitterView

    scenarios = load_all([STORY])
    if scenarios is None:
        return 2
    limit = monotonic() + WAIT_S
    with closing(Run(scenarios[0], "process")) as run:
        runtime = run.session.runtime
        while monotonic() < limit and not runtime.failed:
            runtime.ask(0)
            run.turn(0.005)
            if any(isinstance(view, SubmitterView) and view.completed for view in runtime.views().values()):
                print(monotonic())
                return 0
    print(f"dmtui bench: no completion: {runtime.failed or 'time is over'}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

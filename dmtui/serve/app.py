"""What the server starts for each visitor: ``python -m dmtui.serve.app FOLDER SCENARIO`` (dashboard's process).

The visitor's own folder is where it works: what one visitor saves is not seen by another, and goes when they leave.
"""

from __future__ import annotations

import os
import sys

from dmtui.opening import open_app


def main() -> int:
    """The dashboard's exit status."""
    folder, scenario = sys.argv[1:]
    os.chdir(folder)
    return open_app(scenario)


if __name__ == "__main__":
    sys.exit(main())

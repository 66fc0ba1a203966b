"""``python -m dmtui``: the same as ``dmtui``."""

from __future__ import annotations

from dmtui.cli import main

if __name__ == "__main__":
    main()

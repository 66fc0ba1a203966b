"""The examples of docs/lab.md run as they stand, with the fixtures as pytest finds them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_examples_pass_under_pytest(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "lab.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "test_drill.py").write_text(example, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    if not _installed():
        command += ["-p", "emulator.pytest_plugin"]
    done = subprocess.run(
        [*command, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def _installed() -> bool:
    from importlib.metadata import entry_points

    return any(point.value == "emulator.pytest_plugin" for point in entry_points(group="pytest11"))

"""``emulator.Lab`` is there, and costs nothing until somebody asks for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import emulator
import emulator.lab


def test_the_package_hands_out_the_lab() -> None:
    assert emulator.Lab is emulator.lab.Lab
    assert emulator.SyncLab is emulator.lab.SyncLab
    with pytest.raises(AttributeError, match="Labb"):
        emulator.Labb  # type: ignore[attr-defined]  # noqa: B018


def test_importing_the_package_imports_no_schema() -> None:
    code = "import sys, emulator; sys.exit('pydantic' in sys.modules or 'ruamel.yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

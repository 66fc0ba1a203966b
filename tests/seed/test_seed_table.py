"""docs/seed.md against the code: every function it names exists, every test it names exists, no test is left out."""

from __future__ import annotations

import ast
import importlib
import re
from functools import reduce
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "seed.md"
TESTS = {
    f"{path.relative_to(ROOT)}::{node.name}": ast.get_docstring(node) or ""
    for path in sorted(Path(__file__).parent.glob("test_seed*.py"))
    if path.name != Path(__file__).name
    for node in ast.parse(path.read_text()).body
    if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
}


def rows() -> list[tuple[str, list[str], list[str]]]:
    """(statement, references to code, tests) of each row."""
    found = []
    for line in TABLE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 3 and "::" in cells[2]:
            code, tests = (re.findall(r"`([^`]+)`", cell) for cell in cells[1:])
            found.append((cells[0], code, tests))
    return found


@pytest.mark.parametrize("reference", sorted({each for _, code, _ in rows() for each in code}))
def test_the_code_is_there(reference: str) -> None:
    parts = reference.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        reduce(getattr, parts[cut:], module)
        assert cut < len(parts), f"{reference} is a module; name the function"
        return
    pytest.fail(f"{reference}: no such module")


def test_every_row_names_code_and_a_test() -> None:
    assert len(rows()) >= 36
    for statement, code, tests in rows():
        assert statement and code and tests, statement
        assert set(tests) <= set(TESTS), f"{statement}: {set(tests) - set(TESTS)}"


def test_every_test_is_in_the_table_and_says_its_statement() -> None:
    assert {test for _, _, tests in rows() for test in tests} == set(TESTS)
    assert [name for name, text in TESTS.items() if len(text) < 30] == []

"""docs/scenarios.md says every key of the model as it is now."""

from __future__ import annotations

from pathlib import Path

from emulator.scenario.fields import Part
from emulator.scenario.model import ExpectPart, MdOnly
from emulator.scenario.multipathd import MapKeys
from emulator.scenario.reference import SECTIONS, reference

ROOT = Path(__file__).resolve().parents[2]


def _all(part: type[Part]) -> set[type[Part]]:
    return {part} | {below for each in part.__subclasses__() for below in _all(each)}


def test_the_document_is_what_the_model_says() -> None:
    written = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    assert written == reference(), "python -m emulator.scenario.reference > docs/scenarios.md"


def test_every_part_and_every_key_has_a_row() -> None:
    assert _all(Part) - {Part, ExpectPart, MdOnly, MapKeys} == {part for _, part in SECTIONS}
    text = reference()
    for _, part in SECTIONS:
        for name, field in part.model_fields.items():
            assert f"| `{field.alias or name}` |" in text
            assert field.description, f"{part.__name__}.{name} has no docstring"

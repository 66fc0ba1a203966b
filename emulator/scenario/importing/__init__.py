"""From what a real system says (``dmsetup table``, ``multipath -ll``) to a scenario of its own topology."""

from emulator.scenario.importing.build import Imported, import_text
from emulator.scenario.importing.parts import ImportProblem

__all__ = ["ImportProblem", "Imported", "import_text"]

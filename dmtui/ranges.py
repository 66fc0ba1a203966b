"""Numbers of the command line: what was found, and what would be right, as for every other bad input."""

from __future__ import annotations

from typing import Any

import click


class _Range:
    """Mixed into a range of click that has both ends."""

    words: str

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number.  Raises click.BadParameter."""
        try:
            number = super().convert(value, param, ctx)  # type: ignore[misc]
            if number != number:
                raise click.BadParameter("nan lies in every range")
            return number
        except click.BadParameter as error:
            assert isinstance(self, click.IntRange | click.FloatRange)
            said = f"found {str(value)!r}, expected {self.words} from {self.min} to {self.max}"
            raise click.BadParameter(said, ctx, param) from error


class Whole(_Range, click.IntRange):
    """A whole number from one end to the other, both included."""

    words = "a whole number"


class Number(_Range, click.FloatRange):
    """A number from one end to the other, both included."""

    words = "a number"

"""Field types of the scenario model: a person's notation in, plain numbers out, and a JSON Schema of the notation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from emulator.plan import Distribution
from emulator.scenario import units

NAME_PATTERN = r"^[A-Za-z_][A-Za-z0-9_-]*$"
DEV_PATTERN = r"^[0-9]{1,4}:[0-9]{1,7}$"


def expected(words: str) -> PydanticCustomError:
    """The error of a value that is not what it should be; *words* say what it should be."""
    return PydanticCustomError("expected", "{words}", {"words": words})


def written(text: str) -> Any:
    """A default as people write it; validated like any other value, and shown so in the schema."""
    return text


def _read(read: Callable[[Any], Any], least: float = 0) -> PlainValidator:
    def validate(value: Any) -> Any:
        try:
            result = read(value)
        except ValueError as error:
            raise expected(str(error)) from None
        if not isinstance(result, Distribution) and result < least:
            raise expected("more than zero")
        return result

    return PlainValidator(validate)


def _text(pattern: str, words: str, *, zero: bool = True) -> WithJsonSchema:
    text: dict[str, Any] = {"type": "string", "pattern": pattern}
    return WithJsonSchema({"anyOf": [text, {"const": 0}], "description": words} if zero else text)


TIME_SCHEMA: dict[str, Any] = {"anyOf": [{"type": "string", "pattern": units.TIME_PATTERN}, {"const": 0}]}
DISTRIBUTION_SCHEMA: dict[str, Any] = {
    "anyOf": [
        *TIME_SCHEMA["anyOf"],
        {
            "type": "object", "additionalProperties": False, "minProperties": 1, "maxProperties": 1,
            "properties": {
                "fixed": TIME_SCHEMA, "exponential": TIME_SCHEMA,
                "uniform": {"type": "array", "items": TIME_SCHEMA, "minItems": 2, "maxItems": 2},
                "lognormal": {
                    "type": "object", "additionalProperties": False, "required": ["median", "sigma"],
                    "properties": {"median": TIME_SCHEMA, "sigma": {"type": "number", "minimum": 0, "maximum": 5}},
                },
            },
        },
    ]
}

Time = Annotated[int, _read(units.whole_us), _text(units.TIME_PATTERN, units.TIME_WORDS)]
"""Microseconds, written with a unit."""
Duration = Annotated[int, _read(units.whole_us, 1), _text(units.TIME_PATTERN, units.TIME_WORDS, zero=False)]
"""Microseconds, more than zero, written with a unit."""
Size = Annotated[int, _read(units.size_sectors), _text(units.SIZE_PATTERN, units.SIZE_WORDS)]
"""Sectors, written with a unit."""
Length = Annotated[int, _read(units.size_sectors, 1), _text(units.SIZE_PATTERN, units.SIZE_WORDS, zero=False)]
"""Sectors, more than zero, written with a unit."""
Times = Annotated[Distribution, _read(units.distribution), WithJsonSchema(DISTRIBUTION_SCHEMA)]
"""A distribution of times."""
Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=32)]
"""Letters, digits, ``_`` and ``-``; begins with a letter."""
Dev = Annotated[str, Field(pattern=DEV_PATTERN)]
"""major:minor."""


class Part(BaseModel):
    """Base of every part of a scenario: exact types, no unknown keys, one docstring for each key."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True, validate_default=True
    )

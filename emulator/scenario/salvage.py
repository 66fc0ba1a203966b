"""What can still be read of a part of a scenario in which something is wrong; used by the checker's draft.

Each key is judged alone, so that one wrong value hides nothing that stands beside it or inside it.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from emulator.scenario.fields import Part
from emulator.scenario.invalid import bare

P = TypeVar("P", bound=Part)


def salvaged(part: type[P], item: Any) -> P | None:
    """*item* as *part*; a key that is wrong or not there has its default, or None if it has no default.

    None when *item* is no mapping.  What is wrong is reported by the validation of the whole file.
    """
    try:
        return part.model_validate(item)
    except ValidationError as error:
        wrong = {detail["loc"][0] for detail in error.errors(include_url=False) if detail["loc"]}
    if not isinstance(item, dict):
        return None
    values: dict[str, Any] = {}
    given: set[str] = set()
    for name, info in part.model_fields.items():
        key = info.alias or name
        value = _value(part, name, item[key], key in wrong) if key in item else None
        if value is not None:
            values[key] = value
            given.add(name)
        elif info.is_required():
            values[key] = None
    if part.model_config.get("extra") == "allow":
        values |= {key: value for key, value in item.items() if key not in wrong and key not in values}
    return part.model_construct(_fields_set=given, **values)


def _value(part: type[Part], name: str, value: Any, wrong: bool) -> Any:
    """*value* as the field wants it, or None."""
    if wrong:
        inner = bare(part.model_fields[name].annotation)
        return salvaged(inner, value) if isinstance(inner, type) and issubclass(inner, Part) else None
    try:
        return _reader(part, name).validate_python(value)
    except ValidationError:
        return None


@cache
def _reader(part: type[Part], name: str) -> TypeAdapter[Any]:
    """What reads one field alone."""
    info = part.model_fields[name]
    hint: Any = info.annotation
    for rule in info.metadata:
        hint = Annotated[hint, rule]
    return TypeAdapter(hint)

"""Frozen dataclasses as nested tuples and back, as msgpack carries them: views, plans.  Every process runs it.

The types of the fields are looked at once; what is left is a function for each class, since screens ask often.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
_Change = Callable[[Any], Any] | None
"""What becomes of a value; None: it goes as it is."""


def to_wire(view: Any) -> Any:
    """Nested tuples of the fields of *view*."""
    kind: Any = type(view)
    return _writer(kind)(view)


def from_wire(cls: type[T], wire: Any) -> T:
    """The *cls* that :func:`to_wire` made *wire* of.  Raises TypeError or ValueError if it does not fit."""
    kind: Any = cls
    found: T = _reader(kind)(wire)
    return found


@cache
def _hints(cls: type) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(cls)
    return tuple((field.name, hints[field.name]) for field in dataclasses.fields(cls))


@cache
def _writer(cls: type) -> Callable[[Any], Any]:
    hints = _hints(cls)
    names = [name for name, _ in hints]
    changes = _changes(hints, _writer, None)
    # Of one name attrgetter gives the value itself.
    fields: Callable[[Any], Any] = attrgetter(*names) if len(names) > 1 else lambda view: (getattr(view, names[0]),)
    if not changes:
        return fields

    def write(view: Any) -> Any:
        values = list(fields(view))
        for at, change in changes:
            values[at] = change(values[at])
        return tuple(values)

    return write


@cache
def _reader(cls: type) -> Callable[[Any], Any]:
    hints = _hints(cls)
    changes = _changes(hints, _reader, tuple)
    length = len(hints)

    def read(wire: Any) -> Any:
        if len(wire) != length:
            raise ValueError(f"{cls.__name__}: found {len(wire)} fields, expected {length}")
        if changes:
            wire = list(wire)
            for at, change in changes:
                wire[at] = change(wire[at])
        return cls(*wire)

    return read


def _changes(
    hints: tuple[tuple[str, Any], ...], of_class: Callable[[Any], Callable[[Any], Any]], plain: _Change
) -> list[tuple[int, Callable[[Any], Any]]]:
    """Which fields change, by place."""
    every = ((at, _change(hint, of_class, plain)) for at, (_, hint) in enumerate(hints))
    return [(at, change) for at, change in every if change is not None]


def _change(hint: Any, of_class: Callable[[Any], Callable[[Any], Any]], plain: _Change) -> _Change:
    """What to do with a value of type *hint*; *plain* is done with tuples of what goes as it is."""
    if dataclasses.is_dataclass(hint):
        return of_class(hint)
    origin, args = get_origin(hint), get_args(hint)
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        item = _change(args[0], of_class, plain)
        return plain if item is None else lambda value: tuple([item(each) for each in value])
    if origin is tuple:
        items = [_change(arg, of_class, plain) for arg in args]
        if plain is None and not any(items):
            return None
        return lambda value: tuple(
            [each if item is None else item(each) for item, each in zip(items, value, strict=True)]
        )
    if origin in (Union, UnionType):
        inner = _change(next(arg for arg in args if arg is not type(None)), of_class, plain)
        return None if inner is None else lambda value: None if value is None else inner(value)
    return None

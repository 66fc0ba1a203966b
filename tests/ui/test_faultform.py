"""The fault dialog's fields become the spec that a scenario with the same words would make."""

from __future__ import annotations

import errno

import pytest

from dmtui.model import faultform
from emulator.device.faults import FAULTS
from emulator.plan import FaultSpec


def defaults(type_name: str) -> dict[str, str]:
    """The texts of an untouched dialog."""
    texts = {field.key: field.default for field in faultform.FIELDS}
    return texts | {name: faultform.default_text(param) for name, param in faultform.parameters(type_name).items()}


@pytest.mark.parametrize(("type_name", "kind"), [
    (name, kind) for name, fault in sorted(FAULTS.items()) for kind in sorted(fault.targets)
])
def test_an_untouched_dialog_is_right_for_every_type(type_name: str, kind: str) -> None:
    spec = faultform.read(defaults(type_name), type_name, "it", kind)
    assert isinstance(spec, FaultSpec), spec
    assert (spec.name, spec.type, spec.target, spec.probability) == (type_name, type_name, "it", 1.0)
    params = dict(spec.params)
    for name, param in faultform.parameters(type_name).items():
        assert params[name] == param.default or str(params[name]).startswith("fixed")


def test_all_matchers() -> None:
    texts = defaults("error") | {
        "name": "third-write", "op": "write", "sector": "64", "length": "128", "nth": "3", "every": "0",
        "probability": "0.5", "times": "9", "for": "500ms", "errno": "TRANSPORT",
    }
    spec = faultform.read(texts, "error", "sda", "device")
    assert spec == FaultSpec(
        "third-write", "error", "sda", "write", 64, 128, 3, 0, 0.5, 9, 500_000, (("errno", errno.ENOLINK),)
    )


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("errno", "TRANSPROT", "did you mean 'TRANSPORT'"), ("probability", "2", "a number from 0 to 1"),
        ("op", "wirte", "any, read, write"),
        ("for", "5", "a time with a unit"), ("nth", "-1", "a whole number"), ("nth", "[", "a whole number"),
        ("name", "9 lives", "a name"), ("sector", "x", "a whole number"), ("length", "-4", "a whole number"),
    ],
)
def test_each_mistake_is_told_at_its_field(field: str, text: str, words: str) -> None:
    texts = defaults("error") | {"sector": "8", "length": "8"} | {field: text}
    wrong = faultform.read(texts, "error", "sda", "device")
    assert isinstance(wrong, dict) and words in wrong[field]


def test_a_first_sector_needs_a_length() -> None:
    wrong = faultform.read(defaults("error") | {"sector": "8"}, "error", "sda", "device")
    assert isinstance(wrong, dict) and "at least 1" in wrong["length"]


def test_a_type_that_does_not_fit_the_target_is_refused() -> None:
    wrong = faultform.read(defaults("error"), "error", "softirq", "softirq")
    assert isinstance(wrong, dict) and "a device" in wrong["target"]


def test_each_kind_of_target_has_types_and_the_template_is_none() -> None:
    for kind in ("device", "softirq", "md"):
        types = faultform.types_for(kind)
        assert types and "noop" not in types
        assert all(faultform.about(name) for name in types)

"""The key ``multipathd`` of a scenario: the path checker and its settings, by the names of multipath.conf.  See
model.py.

What multipath.conf writes in seconds is a time with a unit here.  ``multipaths`` is its section of that name:
settings of one map that go before those that stand beside it. """

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from emulator.plan import (
    FAILBACK_FOLLOWOVER,
    FAILBACK_IMMEDIATE,
    FAILBACK_MANUAL,
    NO_PATH_RETRY_FAIL,
    NO_PATH_RETRY_QUEUE,
    MapSettings,
    MultipathdSpec,
)
from emulator.scenario import units
from emulator.scenario.fields import TIME_SCHEMA, Duration, Name, Part, expected, written

_RETRY_WORDS = {"fail": NO_PATH_RETRY_FAIL, "queue": NO_PATH_RETRY_QUEUE}
_FAILBACK_WORDS = {
    "immediate": FAILBACK_IMMEDIATE, "manual": FAILBACK_MANUAL, "followover": FAILBACK_FOLLOWOVER,
}
MOST_RETRIES = 1_000_000


def _retries(value: Any) -> int:
    if isinstance(value, str) and value in _RETRY_WORDS:
        return _RETRY_WORDS[value]
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_RETRIES:
        return value
    raise expected(f"a number of polling intervals from 1 to {MOST_RETRIES}, fail or queue")


def _failback(value: Any) -> int:
    if isinstance(value, str) and value in _FAILBACK_WORDS:
        return _FAILBACK_WORDS[value]
    try:
        after = units.whole_us(value)
    except ValueError:
        after = 0
    if after <= 0:
        raise expected("immediate, manual, followover or a time such as 5s")
    return after


_RETRY_SCHEMA: dict[str, Any] = {
    "anyOf": [{"type": "integer", "minimum": 1, "maximum": MOST_RETRIES}, {"enum": [*_RETRY_WORDS]}]
}
_FAILBACK_SCHEMA: dict[str, Any] = {"anyOf": [TIME_SCHEMA["anyOf"][0], {"enum": [*_FAILBACK_WORDS]}]}
NoPathRetry = Annotated[int, PlainValidator(_retries), WithJsonSchema(_RETRY_SCHEMA)]
Failback = Annotated[int, PlainValidator(_failback), WithJsonSchema(_FAILBACK_SCHEMA)]
Checks = Annotated[int, Field(ge=0, le=1_000_000)]


class MapKeys(Part):
    """Settings that a map can have of its own."""

    path_checker: Literal["tur", "directio"] | None = None
    """What a check is: tur (TEST UNIT READY, the default) or directio (a read of the first 4 KiB)."""
    no_path_retry: NoPathRetry | None = None
    """Polling intervals for which I/O is queued when all paths are lost, or fail, or queue; else the table decides."""
    failback: Failback | None = None
    """When the best group is taken again: manual (the default), immediate, followover, or a time after it is back."""
    prio: Literal["detect", "const", "alua"] | None = None
    """Priority of a path: const (1), alua (by access state), or detect (alua where the disk has it; the default)."""
    reinstate_checks: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Good checks in a row before a failed path is reinstated (1; not a key of multipath.conf)."""
    delay_watch_checks: Checks | None = None
    """Checks after a reinstatement during which a failure delays the next one."""
    delay_wait_checks: Checks | None = None
    """Good checks that such a path needs."""
    san_path_err_threshold: Checks | None = None
    """Failures of a path above which it is kept out."""
    san_path_err_forget_rate: Checks | None = None
    """Good checks that let one failure be forgotten."""
    san_path_err_recovery_time: Duration | None = None
    """How long it is kept out."""
    marginal_path_double_failed_time: Duration | None = None
    """Two failures within this time make a path suspect."""
    marginal_path_err_sample_time: Duration | None = None
    """How long the errors of a suspect path are counted by direct reads."""
    marginal_path_err_rate_threshold: Annotated[int, Field(ge=0, le=1000)] | None = None
    """Errors of a thousand reads up to which it is reinstated."""
    marginal_path_err_recheck_gap_time: Duration | None = None
    """After how long a path that was found bad is measured again."""


_TOGETHER = (
    ("delay_watch_checks", "delay_wait_checks"),
    ("san_path_err_threshold", "san_path_err_forget_rate", "san_path_err_recovery_time"),
    ("marginal_path_double_failed_time", "marginal_path_err_sample_time", "marginal_path_err_rate_threshold",
     "marginal_path_err_recheck_gap_time"),
)
"""Settings that do nothing without each other."""


class MultipathPart(MapKeys):
    """Settings of one map."""

    alias: Name
    """The mapped device."""


class MultipathdPart(MapKeys):
    """The path checker: a process of its own that checks every path of every map."""

    polling_interval: Duration = Field(default=written("5s"))
    """Shortest time between two checks of a path."""
    max_polling_interval: Duration | None = None
    """Longest time: the interval doubles up to it while a path stays good; four polling intervals when left out."""
    checker_timeout: Duration = Field(default=written("30s"))
    """Time after which a check that is not answered counts as failed."""
    multipaths: tuple[MultipathPart, ...] = Field(default=(), strict=False, max_length=16)
    """Settings of single maps."""

    @model_validator(mode="after")
    def _fits(self) -> MultipathdPart:
        most = self.max_polling_interval
        if most is not None and most < self.polling_interval:
            raise expected("a max_polling_interval that is not shorter than polling_interval")
        for part in (self, *self.multipaths):
            for keys in _TOGETHER:
                missing = [key for key in keys if _of(self, part, key) is None]
                if missing and len(missing) < len(keys):
                    raise expected(f"{', '.join(missing)} too: {', '.join(keys)} work together only")
        return self


def _of(defaults: MultipathdPart, part: MapKeys, key: str) -> Any:
    value = getattr(part, key)
    return getattr(defaults, key) if value is None else value


def multipathd_spec(part: MultipathdPart) -> MultipathdSpec:
    """The plain values of *part*."""
    return MultipathdSpec(
        polling_interval=part.polling_interval,
        max_polling_interval=part.max_polling_interval or 4 * part.polling_interval,
        checker_timeout=part.checker_timeout,
        maps=tuple((each.alias, _settings(part, each)) for each in part.multipaths),
        defaults=_settings(part, part),
    )


def _settings(defaults: MultipathdPart, part: MapKeys) -> MapSettings:
    given = {key: value for key in MapKeys.model_fields if (value := _of(defaults, part, key)) is not None}
    return MapSettings(**given)

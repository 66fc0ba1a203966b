"""What was read of a real system, before it becomes a scenario; used by the two readers and the builder."""

from __future__ import annotations

from dataclasses import dataclass, field


class ImportProblem(Exception):
    """The text cannot be read: one line with its place, what was found and what would be right."""

    def __init__(self, source: str, line: int, text: str) -> None:
        super().__init__(f"{source}:{line}: {text}" if line else f"{source}: {text}")


@dataclass(slots=True)
class PathRead:
    """A path of a map."""

    dev: str
    """major:minor, "" = the device is gone and only its place is known."""
    args: tuple[str, ...] = ()
    """Of its selector."""
    name: str = ""
    """sda, "" = not said."""
    host: str = ""
    """host:channel:id:lun, "" = not said."""
    failed: bool = False
    """Failed in the kernel, or faulty for the checker."""
    ghost: bool = False
    """Passive side of the array."""


@dataclass(slots=True)
class GroupRead:
    """A priority group."""

    selector: str
    selector_args: tuple[str, ...]
    paths: list[PathRead]
    prio: int | None = None
    active: bool = False


@dataclass(slots=True)
class MapRead:
    """A multipath device."""

    name: str
    source: str
    line: int
    """Where it was read."""
    sectors: int
    features: tuple[str, ...]
    handler: tuple[str, ...]
    """Words without their count."""
    groups: list[GroupRead]
    initial: int = 1
    minor: int | None = None
    """Of dm-N."""
    wwid: str = ""
    vendor: str = ""
    product: str = ""

    def paths(self) -> list[PathRead]:
        """All of them, group by group."""
        return [path for group in self.groups for path in group.paths]


@dataclass(slots=True)
class OtherRead:
    """A device of another target type."""

    name: str
    line: int
    types: tuple[str, ...]
    lines: tuple[str, ...]
    """Its table."""
    devices: tuple[str, ...]
    """major:minor words in it."""


@dataclass(slots=True)
class SystemRead:
    """Everything that one text says."""

    maps: dict[str, MapRead] = field(default_factory=dict)
    others: dict[str, OtherRead] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """For people: what was not taken over, and why."""

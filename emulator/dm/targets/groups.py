"""Priority groups (struct priority_group) and the choice among them (__choose_pgpath, reference 18.3).

Runs in the md's process; ``m->lock`` is implied, since nothing here yields.
"""

from __future__ import annotations

from emulator.dm.targets.selectors import Path, Selector


class Group:
    """struct priority_group."""

    __slots__ = ("number", "selector", "paths", "bypassed")

    def __init__(self, number: int, selector: Selector, paths: list[Path]) -> None:
        self.number = number
        self.selector = selector
        self.paths = paths
        self.bypassed = False


class Choice:
    """Which group and path are current, and how the next is found."""

    def __init__(self, groups: list[Group], initial: int, each_time: bool) -> None:
        self.groups = groups
        self.each_time = each_time
        """Later kernels ask the selector for every request and note its answer only when the group changes."""
        self.nr_valid_paths = sum(len(group.paths) for group in groups)
        self.current_path: Path | None = None
        self.current_group: Group | None = None
        self.next_group: Group | None = groups[initial - 1] if 0 < initial <= len(groups) else None
        self.chosen: Path | None = None
        """The path that was chosen last (for the screen)."""
        self.repeat_count = 0
        self.switched = False
        """Whether the last choice changed the group."""
        self.by_bypassed = False
        """Whether the last choice had to take a bypassed group."""

    def turn_is_over(self) -> bool:
        """Whether the current path has had its repeat count of I/Os."""
        if self.each_time:
            return True
        if not self.repeat_count:
            return False
        self.repeat_count -= 1
        return self.repeat_count == 0

    def choose(self, nr_bytes: int, now_ns: int) -> Path | None:
        """__choose_pgpath: next_group, the current one, the first that is not bypassed, the first bypassed."""
        self.switched = self.by_bypassed = False
        if self.nr_valid_paths:
            if self.next_group is not None:
                group, self.next_group = self.next_group, None
                if path := self._choose_in(group, nr_bytes, now_ns):
                    return path
            if self.current_group is not None and (path := self._choose_in(self.current_group, nr_bytes, now_ns)):
                return path
            for bypassed in (False, True):
                for group in self.groups:
                    if group.bypassed == bypassed and (path := self._choose_in(group, nr_bytes, now_ns)):
                        self.by_bypassed = bypassed
                        return path
        self.drop()
        return None

    def _choose_in(self, group: Group, nr_bytes: int, now_ns: int) -> Path | None:
        path = group.selector.select(nr_bytes, now_ns)
        if path is None:
            return None
        self.repeat_count = path.repeat
        self.chosen = path
        if self.current_group is not group:
            self.current_group = group
            self.current_path = path
            self.switched = True
        elif not self.each_time:
            self.current_path = path
        return path

    def drop(self) -> None:
        """No current path and group."""
        self.current_path = None
        self.current_group = None

    def switch_to(self, group: Group) -> None:
        """switch_pg_num: *group* for the next request, and no group bypassed any more."""
        for each in self.groups:
            each.bypassed = False
        self.next_group = group
        self.drop()

    def bypass(self, group: Group, bypassed: bool) -> None:
        """bypass_pg: the current group is dropped, whichever was meant."""
        group.bypassed = bypassed
        self.drop()

    def likely_group(self) -> Group | None:
        """The group that the next mapping will use, as far as can be said without choosing."""
        if self.current_path is None and self.next_group is not None:
            return self.next_group
        return self.current_group

    def shown_group(self) -> int:
        """pg_num of the table and status lines."""
        group = self.next_group or self.current_group
        return group.number if group else 1 if self.groups else 0

    def letter(self, group: Group) -> str:
        """D, A or E."""
        return "D" if group.bypassed else "A" if group is self.current_group else "E"

    def group_of(self, path: Path) -> Group:
        """The group that *path* is in."""
        return next(group for group in self.groups if path in group.paths)

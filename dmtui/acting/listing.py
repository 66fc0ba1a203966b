"""What keys do in lists: filter, sort, first and last, pages (UI thread)."""

from __future__ import annotations

from dmtui.acting.base import Base
from dmtui.model.filters import Filter, FilterError, parse
from dmtui.model.listing import FILTERED, SORTED, key_of
from dmtui.model.selection import TITLES, Key, Stage
from dmtui.panels.entry import Entry

FAR = 1_000_000
"""Rows beyond any list: the bounds of the list stop it."""


class Listing(Base):
    """Filter, sort, first and last, pages."""

    def action_select(self, step: int) -> None:
        """Up or down."""
        model = self.model
        if model.selection.stage == "log":
            self.dashboard.log_panel.scroll_by(step, model)
        elif model.selection.stage == "lanes":
            self.dashboard.lanes_panel.scroll_by(step, model)
        elif not model.lists.move(model, step):
            model.selection.move(step)
        self._selected()

    def action_edge(self, side: int) -> None:
        """To the first or the last."""
        self.action_select(side * FAR)

    def action_page(self, side: int) -> None:
        """Half a panel up or down."""
        rows = self.dashboard.panel(self.model.selection.stage).content_size.height
        self.action_select(side * max(1, rows // 2))

    _filtering: Stage = "log"
    """Whose filter is typed."""

    def action_filter(self) -> None:
        """Type a filter for the current list; where there is none, for the event log: never are its letters keys."""
        selection = self.model.selection
        asked = selection.stage
        if asked not in FILTERED:
            if "log" not in selection.stages:
                self.show_layout("overview")
            selection.stage = "log"
        self._filtering = stage = selection.stage
        wanted = self.model.lists.get(stage).filter
        label = f"filter {TITLES[stage]}: "
        longer = f"{TITLES[asked]} has no filter, this is for the {TITLES[stage]}: "
        self.dashboard.open_entry(wanted.text if wanted else "", (label if asked == stage else longer, label))
        self._selected()

    def show_layout(self, name: str) -> None:
        """Show a layout by its name; what looks says how."""
        raise AssertionError("an app without layouts")

    def on_entry_asked(self, message: Entry.Asked) -> None:
        """Each letter counts; a term that cannot be read is told, and the others filter."""
        stage = self._filtering
        listing = self.model.lists.get(stage)
        self.dashboard.problem = ""
        try:
            wanted = parse(message.words, stage == "log")
        except FilterError as error:
            self.dashboard.problem = str(error)
            wanted = Filter(message.words.strip(), error.rest)
        listing.filter = wanted if wanted.terms else None
        self._selected()

    def on_entry_left(self) -> None:
        """The keys go back to the panels; what was wrong with the filter is said once more, where keys are answered."""
        problem = self.dashboard.problem
        self.dashboard.close_entry()
        if problem:
            self.notify(f"not filtered by it: {problem}", title=f"filter {TITLES[self._filtering]}", severity="warning")
        self._selected()

    def action_match(self, step: int) -> None:
        """The next or previous that the filter finds."""
        stage = self.model.selection.stage
        if stage not in FILTERED or self.model.lists.get(stage).filter is None:
            self.notify(f"no filter in {TITLES[stage]}: / makes one", severity="warning")
            return
        self.action_select(step)

    def unfilter(self) -> bool:
        """Take away the current list's filter, then its selected request; whether there was any."""
        lists, stage = self.model.lists, self.model.selection.stage
        if stage in FILTERED and lists.get(stage).filter is not None:
            lists.get(stage).filter = None
        elif stage in ("queue", "clones", "devices") and lists.chosen is not None:
            lists.chosen = None
        elif stage == "log" and self.dashboard.log_panel.cursor is not None:
            self.dashboard.log_panel.cursor = None
        elif stage == "lanes" and self.dashboard.lanes_panel.held is not None:
            self.dashboard.lanes_panel.held = None
        else:
            return False
        self._selected()
        return True

    def action_sort(self, step: int) -> None:
        """By the next column."""
        stage = self.model.selection.stage
        if stage not in SORTED:
            self.notify(f"{TITLES[stage]} has no columns to sort by", severity="warning")
            return
        self.model.lists.sort(stage, step)
        self._selected()

    def sort_by(self, stage: Stage | None, column: str) -> None:
        """A click among the heads of a list: on one of them sorts by it, or the other way round."""
        if stage is not None:
            self.model.selection.stage = stage
            if column:
                self.model.lists.sort_by(stage, column)
            self._selected()

    def action_reverse(self) -> None:
        """The other way round."""
        stage = self.model.selection.stage
        if stage in SORTED:
            listing = self.model.lists.get(stage)
            listing.reverse = not listing.reverse
            self._selected()

    def pick(self, key: Key) -> None:
        """Select what was clicked or jumped to."""
        if key.kind == "request":
            self.model.lists.pick(self.model, key_of(key.name))
        elif key.kind == "line":
            self.dashboard.log_panel.pick(key, self.model)
        else:
            self.model.selection.pick(key)

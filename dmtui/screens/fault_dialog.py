"""The fault dialog: every type of the registry with all matchers, presets, and what it would hit (UI thread).

All of it is checked while one types; what would be done stands there in the words of the console and of a scenario.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Select, Static

from dmtui.keymap import NAMES, with_names
from dmtui.model import faultform, hits
from dmtui.model.presets import EVERY, PRESETS, Preset, keep_own, read_own
from dmtui.model.state import Model
from dmtui.model.vanished import is_dead
from dmtui.screens.modal import Dialog, button
from emulator.plan import FaultSpec

TALL = 24
"""Rows of a screen from which a scenario's lines are shown, too."""
FRAMES = 5
"""Frames from one look at what it would hit to the next."""


class Chooser(Select[str], inherit_bindings=False):
    """A list to choose from that leaves Enter to the dialog until it is open."""

    BINDINGS = [
        Binding("down,up,space", "show_overlay", "Open", show=False, id="chooser.open", tooltip="Show what there is"),
    ]


class Note(Static):
    """What a field is about, in whole words: those that do not fit stand below the form while it has the focus."""

    def render(self) -> Text:
        return Text(whole_words(f"{self.content}", self.content_size.width))


def whole_words(said: str, room: int) -> str:
    """*said* in at most *room* cells, cut between words and never within one."""
    if len(said) <= room or room < 1:
        return said
    kept = said[:room].rpartition(" ")[0].rstrip(" ,;:=")
    kept = kept.rpartition(";")[0] or kept  # of half a "0 = all" one learns nothing
    return f"{kept} …" if len(kept) + 2 <= room else f"{kept.rpartition(' ')[0]} …"


class FaultDialog(Dialog[tuple[FaultSpec, ...]]):
    """Gives back checked FaultSpecs, alike but for their targets."""

    OUTSIDE_CLOSES = False
    BINDINGS = [
        Binding("enter,ctrl+s,f2", "inject", "Inject", id="fault.inject", tooltip="Put the fault in force"),
        Binding("ctrl+o,f3", "keep", "Keep as preset", id="fault.keep", priority=True,
                tooltip="Keep this fault, by its name, among the presets"),
    ]
    KEYS = (
        "enter inject · tab next · space opens a list · ctrl+o keep as preset · esc",
        "enter inject · tab next · ^o keep · esc",
    )
    DEFAULT_CSS = """
    FaultDialog > .box { height: 94%; max-height: 27; }
    FaultDialog #form { height: 1fr; }
    FaultDialog .row { height: 1; }
    FaultDialog .row > Label { width: 12; color: $dm-label; }
    FaultDialog .row > Input { width: 22; height: 1; }
    FaultDialog .row > Select { width: 22; height: 1; }
    FaultDialog .row > .note { width: 1fr; padding: 0 0 0 1; color: $dm-label; height: 1;
        text-wrap: nowrap; text-overflow: ellipsis; }
    FaultDialog .row > .note.problem { color: $dm-fault; }
    FaultDialog.-narrow .row > Input, FaultDialog.-narrow .row > Select { width: 18; }
    FaultDialog #said { height: auto; max-height: 2; color: $dm-label; }
    FaultDialog.-short .buttons { margin: 0; }
    FaultDialog.-short #preview { max-height: 5; }
    FaultDialog #preview { height: auto; max-height: 8; color: $dm-text; border-top: solid $dm-label; }
    """

    def __init__(
        self, targets: Mapping[str, str], target: str, type_name: str = "", model: Model | None = None,
        own: Path | None = None, preset: str = "",
    ) -> None:
        """*targets*: kind of each machine that can have a fault, by name; *target*: the one to begin with; *own*: the
        file of a person's presets; *preset*: the one to begin with."""
        super().__init__()
        several = sum(kind == "device" for kind in targets.values()) > 1
        self.targets = {**targets, EVERY: "device"} if several else dict(targets)
        self.model = model
        self._own = own
        kept, self._complaint = read_own(own)
        self.presets = {each.name: each for each in (*PRESETS, *kept)}
        self._begin = preset
        self._frames = 0
        self.target = target if target in targets else next(iter(targets))
        types = faultform.types_for(self.kind)
        self.type_name = type_name if type_name in types else "error" if "error" in types else types[0]
        self.specs: tuple[FaultSpec, ...] = ()
        self._gone: frozenset[str] = frozenset()
        """Machines that nobody plays any more."""

    @property
    def spec(self) -> FaultSpec | None:
        """The (first) fault, None while something is wrong."""
        return self.specs[0] if self.specs else None

    @property
    def kind(self) -> str:
        """Kind of the target."""
        return self.targets[self.target]

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "inject a fault"
            with VerticalScroll(id="form", can_focus=False):
                yield from self._form()
            yield Static(id="said")
            yield Static(id="preview")
            with Horizontal(id="buttons", classes="buttons"):
                yield button("inject", "inject")
                yield button("cancel", "cancel")

    def _form(self) -> ComposeResult:
        names = Chooser(
            [(name, name) for name in self.presets], prompt="none", value=self._begin or Select.NULL, compact=True,
            id="preset",
        )
        yield _row("preset", names, "common faults, by their names")
        machines = [(name if name == EVERY else f"{name} ({kind})", name) for name, kind in self.targets.items()]
        target = Chooser(machines, value=self.target, allow_blank=False, compact=True, id="target")
        yield _row("target", target, "")
        chooser = Chooser(self._types(), value=self.type_name, allow_blank=False, compact=True, id="type")
        yield _row("type", chooser, faultform.about(self.type_name))
        with VerticalScroll(id="params", can_focus=False):
            yield from self._params()
        for field in faultform.FIELDS:
            default = field.default or self.type_name
            yield _row(field.key, Input(default, compact=True, id=f"field-{field.key}"), field.about)

    def on_mount(self) -> None:
        """The parameters take as many lines as there are."""
        self.query_one("#params").styles.height = "auto"
        self.query_one("#type", Select).focus()
        self._check()
        if self._complaint:
            self._tell([self._complaint], wrong=True)

    def on_resize(self) -> None:
        """Where there is little room the fields have it."""
        self.set_class(self.app.size.height < TALL, "-short")
        self.call_after_refresh(self._explain)
        if self.specs:
            self._preview()

    def on_descendant_focus(self) -> None:
        """Another field."""
        self._explain()

    def on_click(self, event: events.Click) -> None:
        """A click on what a field is called, or on what it is about, goes to the field."""
        row = event.widget.parent if isinstance(event.widget, Static) else None
        if row is not None and row.has_class("row"):
            next(each for each in row.query(Widget) if each.focusable).focus()

    def _explain(self) -> None:
        """The words behind the field that has the focus, below the form, if they are cut there.

        (What is wrong with it stands whole in place of the preview.)"""
        row = self.focused.parent if self.focused is not None else None
        notes = [*row.query(".note").results(Static)] if row is not None and row.has_class("row") else []
        notes = [note for note in notes if not note.has_class("problem")]
        cut = [f"{note.content}" for note in notes if len(f"{note.content}") > note.content_size.width]
        said = self.query_one("#said", Static)
        said.update(Text(cut[0] if cut else ""))
        said.display = bool(cut)

    def _types(self) -> list[tuple[str, str]]:
        return [(name, name) for name in faultform.types_for(self.kind)]

    def _params(self) -> list[Horizontal]:
        return [
            _row(name, Input(faultform.default_text(param), compact=True, id=f"param-{name}"), param.about)
            for name, param in faultform.parameters(self.type_name).items()
        ]

    @on(Select.Changed, "#target")
    def _target_changed(self) -> None:
        # What it is now: the message may be older than a preset that was taken meanwhile.
        value = str(self.query_one("#target", Select).value)
        if value == self.target:
            return
        self.target = value
        types = self._types()
        if self.type_name not in [name for name, _ in types]:
            self.type_name = types[0][0]
        chooser = self.query_one("#type", Select)
        with chooser.prevent(Select.Changed):
            chooser.set_options(types)
            chooser.value = self.type_name
        self._renew_params()

    @on(Select.Changed, "#type")
    def _type_changed(self) -> None:
        value = self.query_one("#type", Select).value
        if str(value) == self.type_name or value == Select.NULL:
            return
        name = self.query_one("#field-name", Input)
        if name.value == self.type_name:
            name.value = str(value)
        self.type_name = str(value)
        self._renew_params()

    def _renew_params(self) -> None:
        self.run_worker(self._replace_params({}), exclusive=True)

    @on(Select.Changed, "#preset")
    def _preset_changed(self, event: Select.Changed) -> None:
        if event.value == Select.NULL:
            return
        preset = self.presets[str(event.value)]
        target = self._target_for(preset)
        if not target:
            self._tell([f"{preset.name}: there is no {preset.kind} here that could have it"], wrong=True)
            return
        self.target, self.type_name = target, preset.type
        for box, value, options in (("#target", target, None), ("#type", preset.type, self._types())):
            chooser: Select[str] = self.query_one(box, Select)
            with chooser.prevent(Select.Changed):
                if options is not None:
                    chooser.set_options(options)
                chooser.value = value
        self._tell([])  # until the fields are the new ones
        self.run_worker(self._replace_params(preset.texts), exclusive=True)

    def _target_for(self, preset: Preset) -> str:
        if preset.everywhere and EVERY in self.targets:
            return EVERY
        fitting = [name for name, kind in self.targets.items() if kind == preset.kind and name != EVERY]
        return self.target if self.target in fitting else next(iter(fitting), "")

    async def _replace_params(self, texts: Mapping[str, str]) -> None:
        box = self.query_one("#params", VerticalScroll)
        await box.remove_children()
        await box.mount(*self._params())
        if texts:
            for field in faultform.FIELDS:
                self.query_one(f"#field-{field.key}", Input).value = texts.get(field.key, field.default)
            for key in faultform.parameters(self.type_name).keys() & texts.keys():
                self.query_one(f"#param-{key}", Input).value = texts[key]
        self._check()

    @on(Input.Changed)
    def _changed(self) -> None:
        self._check()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_inject()

    @on(Button.Pressed, "#inject")
    def _pressed(self) -> None:
        self.action_inject()

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.action_close()

    def _texts(self) -> dict[str, str]:
        texts = {field.key: self.query_one(f"#field-{field.key}", Input).value for field in faultform.FIELDS}
        own = {str(box.id).removeprefix("param-"): box.value for box in self.query("#params Input").results(Input)}
        return texts | own

    def _check(self) -> None:
        devices = [name for name, kind in self.targets.items() if kind == "device" and name != EVERY]
        targets = devices if self.target == EVERY else [self.target]
        with self.present():
            self._gone = gone_of(self.model)
        living = [each for each in targets if each not in self._gone]
        found = faultform.read(self._texts(), self.type_name, targets[0], self.kind)
        wrong = {} if isinstance(found, FaultSpec) else found
        about = self.query_one("#type", Select).parent
        assert about is not None, "it has a row"
        about.query_one(".note", Static).update(Text(faultform.about(self.type_name)))
        self.specs = tuple(replace(found, target=each) for each in living) if isinstance(found, FaultSpec) else ()
        for box in self.query(Input).results(Input):
            key = str(box.id).partition("-")[2]
            for note in (box.parent.query(".note").results(Static) if box.parent else ()):
                said = wrong.get(key, str(note.name or ""))
                note.update(Text(said))
                note.set_class(key in wrong, "problem")
        self._explain()
        if self.specs:
            self._preview()
        elif not wrong:
            self._tell(self._nobody(), wrong=True)
        else:
            self._tell(["; ".join(f"{key}: {text}" for key, text in wrong.items())], wrong=True)

    def _nobody(self) -> list[str]:
        """Nobody is there to take the fault."""
        if self.model is not None and self.model.failed:
            return ["× the emulation has ended meanwhile: nobody can take a fault any more"]
        what = "every device" if self.target == EVERY else self.target
        key = with_names("{process.revive}", self.model.keys if self.model is not None else NAMES)
        return [f"× {what} is GONE: its process ended, nobody can take the fault.", f"  esc, then {key} revives it."]

    def _preview(self) -> None:
        with self.present():
            self._tell(self._previewed())

    def _previewed(self) -> list[str]:
        """What it does, what it would hit, and its words in the console and in a scenario."""
        from emulator.lab.lines import fault_line
        from emulator.scenario.saying import fault_entry
        from emulator.scenario.writing import entries_text

        first = self.specs[0]
        lines = hits.preview(self.model, self.specs) if self.model is not None else []
        lines += [f"▲ {each}: it will be refused (EEXIST)" for each in self._in_force()]
        left_out = sorted(self._gone.intersection(self.targets)) if self.target == EVERY else []
        lines += [f"▲ {', '.join(left_out)} GONE: left out"] if left_out else []
        more = f"  (and {len(self.specs) - 1} more)" if len(self.specs) > 1 else ""
        lines.append(f": {fault_line(first)}{more}")
        at_us = self.model.now_us if self.model is not None else 0
        if not self.has_class("-short"):
            lines += entries_text([{"at": at_us, "inject": fault_entry(first)}], 0).splitlines()
        return lines

    def _in_force(self) -> list[str]:
        """Faults of that name that are there already."""
        faults = self.model.faults() if self.model is not None else []
        there = {(fault.target, fault.name) for fault in faults}
        return [
            f"{spec.name} is in force on {spec.target}" for spec in self.specs if (spec.target, spec.name) in there
        ]

    def _tell(self, lines: Sequence[str], wrong: bool = False) -> None:
        preview = self.query_one("#preview", Static)
        preview.update(Text("\n".join(lines)))
        preview.set_class(wrong, "problem")

    def draw_model(self, model: Model) -> None:
        """Look again at what it would hit, now and then; at once when a target died or came back."""
        self._frames += 1
        if self.model is model and gone_of(model) != self._gone:
            self._check()
        elif self.specs and self.model is model and self._frames % FRAMES == 0:
            self._preview()

    def action_keep(self) -> None:
        """Keep it among the presets, by its name."""
        if self._own is None or not self.specs:
            self.app.bell()
            return
        texts = self._texts()
        name = self.specs[0].name
        preset = Preset(name, "your own", self.kind, self.type_name, texts, self.target == EVERY)
        complaint = keep_own(self._own, preset)
        if not complaint:
            self.presets[name] = preset
            chooser: Select[str] = self.query_one("#preset", Select)
            with chooser.prevent(Select.Changed):
                chooser.set_options([(each, each) for each in self.presets])
                chooser.value = name
        if complaint:
            self._tell([complaint], wrong=True)
        else:
            self.query_one(".box").border_title = f"inject a fault · kept as preset {name}"

    def action_inject(self) -> None:
        """Give the spec back, if it is right."""
        self._check()
        if not self.specs:
            self.app.bell()
            return
        self.dismiss(self.specs)


def gone_of(model: Model | None) -> frozenset[str]:
    """Machines that cannot take a fault: devices that are gone, or all of them once the emulation has ended."""
    if model is None:
        return frozenset()
    gone = {device.name for device in model.devices if is_dead(device) or model.failed}
    if model.failed:
        gone |= {md.name for md in model.mds} | {worker.name for worker in model.softirqs}
    return frozenset(gone)


def _row(name: str, widget: Input | Select[str], about: str) -> Horizontal:
    return Horizontal(Label(name), widget, Note(Text(about), classes="note", name=about), classes="row")

"""The fault dialog: every type of the registry with all matchers, checked while one types (UI thread)."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input, Label, Select, Static

from dmtui.model import faultform
from dmtui.screens.modal import Dialog
from emulator.plan import FaultSpec


class FaultDialog(Dialog[FaultSpec]):
    """Gives back a checked FaultSpec."""

    BINDINGS = [Binding("ctrl+s,f2", "inject", "Inject", id="fault.inject", tooltip="Put the fault in force")]
    DEFAULT_CSS = """
    FaultDialog > .box { height: auto; }
    FaultDialog .row { height: 1; }
    FaultDialog .row > Label { width: 12; color: $dm-label; }
    FaultDialog .row > Input { width: 20; height: 1; }
    FaultDialog .row > Select { width: 24; height: 1; }
    FaultDialog .row > .note { width: 1fr; padding: 0 0 0 1; color: $dm-label; height: 1; }
    FaultDialog .row > .note.problem { color: $dm-fault; }
    FaultDialog #preview { height: auto; margin: 1 0 0 0; color: $dm-text; }
    FaultDialog #buttons { height: 1; margin: 1 0 0 0; }
    FaultDialog Button { height: 1; border: none; min-width: 14; margin: 0 2 0 0; }
    """

    def __init__(self, targets: Mapping[str, str], target: str, type_name: str = "") -> None:
        """*targets*: kind of each machine that can have a fault, by name; *target*: the one to begin with."""
        super().__init__()
        self.targets = targets
        self.target = target if target in targets else next(iter(targets))
        types = faultform.types_for(self.kind)
        self.type_name = type_name if type_name in types else "error" if "error" in types else types[0]
        self.spec: FaultSpec | None = None

    @property
    def kind(self) -> str:
        """Kind of the target."""
        return self.targets[self.target]

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="box") as box:
            box.border_title = "inject a fault"
            box.border_subtitle = "tab next field · ctrl+s or enter inject · esc cancel"
            target = Select(
                [(f"{name} ({kind})", name) for name, kind in self.targets.items()], value=self.target,
                allow_blank=False, compact=True, id="target",
            )
            yield _row("target", target, "")
            chooser = Select(self._types(), value=self.type_name, allow_blank=False, compact=True, id="type")
            yield _row("type", chooser, "")
            with VerticalScroll(id="params"):
                yield from self._params()
            for field in faultform.FIELDS:
                default = field.default or self.type_name
                yield _row(field.key, Input(default, compact=True, id=f"field-{field.key}"), field.about)
            yield Static(id="preview")
            with Horizontal(id="buttons"):
                yield Button("inject", variant="primary", id="inject", compact=True)
                yield Button("cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        """The parameters take as many lines as there are."""
        self.query_one("#params").styles.height = "auto"
        self.query_one("#type", Select).focus()
        self._check()

    def _types(self) -> list[tuple[str, str]]:
        return [(name, name) for name in faultform.types_for(self.kind)]

    def _params(self) -> list[Horizontal]:
        return [
            _row(name, Input(faultform.default_text(param), compact=True, id=f"param-{name}"), param.about)
            for name, param in faultform.parameters(self.type_name).items()
        ]

    @on(Select.Changed, "#target")
    def _target_changed(self, event: Select.Changed) -> None:
        if str(event.value) == self.target:
            return
        self.target = str(event.value)
        types = self._types()
        if self.type_name not in [name for name, _ in types]:
            self.type_name = types[0][0]
        chooser = self.query_one("#type", Select)
        with chooser.prevent(Select.Changed):
            chooser.set_options(types)
            chooser.value = self.type_name
        self._renew_params()

    @on(Select.Changed, "#type")
    def _type_changed(self, event: Select.Changed) -> None:
        if str(event.value) == self.type_name or event.value == Select.NULL:
            return
        name = self.query_one("#field-name", Input)
        if name.value == self.type_name:
            name.value = str(event.value)
        self.type_name = str(event.value)
        self._renew_params()

    def _renew_params(self) -> None:
        self.run_worker(self._replace_params(), exclusive=True)

    async def _replace_params(self) -> None:
        box = self.query_one("#params", VerticalScroll)
        await box.remove_children()
        await box.mount(*self._params())
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
        found = faultform.read(self._texts(), self.type_name, self.target, self.kind)
        wrong = {} if isinstance(found, FaultSpec) else found
        self.spec = found if isinstance(found, FaultSpec) else None
        for box in self.query(Input).results(Input):
            key = str(box.id).partition("-")[2]
            for note in (box.parent.query(".note").results(Static) if box.parent else ()):
                said = wrong.get(key, str(note.name or ""))
                note.update(Text(said, no_wrap=True, overflow="ellipsis"))
                note.set_class(key in wrong, "problem")
        preview = self.query_one("#preview", Static)
        if self.spec is None:
            rest = "; ".join(f"{key}: {text}" for key, text in wrong.items())
            preview.update(Text(rest, style=""))
        else:
            preview.update(Text(f"{self.target}: {faultform.about(self.type_name)}"))
        preview.set_class(self.spec is None, "problem")

    def action_inject(self) -> None:
        """Give the spec back, if it is right."""
        self._check()
        if self.spec is None:
            self.app.bell()
            return
        self.dismiss(self.spec)


def _row(name: str, widget: Input | Select[str], about: str) -> Horizontal:
    return Horizontal(Label(name), widget, Static(Text(about), classes="note", name=about), classes="row")

"""The dashboard's end of the pipes: Textual's web driver, but the end of file is a way out (dashboard's process)."""

from __future__ import annotations

from textual.drivers.web_driver import WebDriver
from textual.messages import ExitApp


class ServedDriver(WebDriver):
    """Named by TEXTUAL_DRIVER in a visitor's environment."""

    def run_input_thread(self) -> None:
        """Read until nothing can come any more; a server that was killed says no other word than this."""
        super().run_input_thread()
        self._app.post_message(ExitApp())

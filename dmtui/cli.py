"""The command line: ``dmtui [SCENARIO]`` and its verbs.  Thin: parses words, calls dmtui.commands, returns a status.

Exit status: 0 everything held, 1 something did not, 2 bad input and nothing was started, 3 could not tell.
Whatever happens, a person sees one clear line and never a traceback (unless DMTUI_DEBUG is set).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from dmtui import __version__
from dmtui.out import OutputError, complain, settle
from dmtui.ranges import Number, Whole

HELD, VIOLATED, BAD_INPUT, UNKNOWN = 0, 1, 2, 3
"""Exit statuses."""
OPEN = "open"
"""The verb that need not be said."""


class _Verbs(click.Group):
    """A group whose first word may also be a scenario: ``dmtui one-path-fails`` is ``dmtui open one-path-fails``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args:
            args = [OPEN]
        elif args[0] not in self.commands and args[0] not in ("-h", "--help", "--version"):
            args = [OPEN, *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="dmtui")
def cli() -> None:
    """See request-based device-mapper work.

    \b
    dmtui                    opens the dashboard with a steady load
    dmtui tour               leads through it all, step by step
    dmtui one-path-fails     opens it with a story ('dmtui scenarios' lists them) or a YAML file
    dmtui open --help        options: --theme, --fps, --no-mouse
    dmtui run SCENARIO...    plays scenarios without a screen and says whether what they expect held

    Exit status: 0 everything held, 1 something did not, 2 bad input (nothing was started), 3 could not tell.
    """


_SEED = Whole(0, 2**63 - 1)
_SPEED = Number(0.001, 100)


@cli.command(OPEN, hidden=True)
@click.argument("scenario", required=False)
@click.option("--theme", type=click.Choice(["dark", "light", "safe"]), help="Colours; safe for colour-blind eyes.")
@click.option("--fps", type=Whole(2, 60), help="Frames a second at the most.")
@click.option("--mouse/--no-mouse", default=None, help="Whether clicks and the wheel act.")
def open_(scenario: str | None, **options: Any) -> int:
    """Open the dashboard.  Options win over 'dmtui config path'; NO_COLOR takes all colours away."""
    from dmtui.commands.open import open_dashboard

    return open_dashboard(scenario, **{name: value for name, value in options.items() if value is not None})


@cli.command()
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True)
@click.option(
    "--runtime", type=click.Choice(["process", "simulation"]), default="process", show_default=True,
    help="Real processes on the wall clock, or one process on a virtual clock.",
)
@click.option("--seed", type=_SEED, help="Seed instead of the scenario's.")
@click.option("--speed", type=_SPEED, help="Emulated seconds per real second.")
@click.option(
    "--report", "report_path", type=click.Path(path_type=Path), metavar="FILE.json",
    help="Write a JSON report (a list of them for several scenarios); - for standard output.",
)
def run(
    scenarios: tuple[str, ...], runtime: str, seed: int | None, speed: float | None, report_path: Path | None
) -> int:
    """Play scenarios (- for one on standard input) without a screen and judge them."""
    from dmtui.commands.run import run_scenarios

    return run_scenarios(scenarios, runtime, seed, speed, report_path)


@cli.command()
@click.argument("scenario")
@click.option(
    "--runtime", type=click.Choice(["process", "simulation"]), default="process", show_default=True,
    help="Real processes on the wall clock, or one process whose clock stands between two lines.",
)
@click.option("--seed", type=_SEED, help="Seed instead of the scenario's.")
@click.option("--json", "as_json", is_flag=True, help="Say one JSON object a line, for programs.")
@click.option("--timeline/--no-timeline", default=True, help="Whether the scenario's own timeline plays (it does).")
def console(scenario: str, runtime: str, seed: int | None, as_json: bool, timeline: bool) -> int:
    """Act on a scenario line by line: dmsetup, multipath, io, faults.

    Reads lines from standard input ('help' lists what can be said). Exit status of piped lines: 0 every line
    succeeded, 1 one failed, 2 one was not understood, 3 one had not ended.
    """
    from dmtui.commands.console import run_console

    return run_console(scenario, runtime, seed, as_json, timeline)


@cli.command("import")
@click.option("--table", default="", metavar="TEXT", help="What 'dmsetup table' printed: --table \"$(dmsetup table)\".")
@click.option("--multipath", default="", metavar="TEXT", help="What 'multipath -ll' printed. Both fill each other.")
@click.option("--map", "maps", multiple=True, metavar="NAME", help="Only this multipath device (may be said again).")
@click.option("--name", default="imported", show_default=True, help="Name of the scenario.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Written instead of standard output.",
)
def import_(table: str, multipath: str, maps: tuple[str, ...], name: str, output: Path | None) -> int:
    """Make a scenario of a real system's multipath devices.

    Takes the text of 'dmsetup table' and 'multipath -ll' from options, or either or both from standard input:
    (dmsetup table; multipath -ll) | dmtui import | dmtui run -
    """
    from dmtui.commands.import_ import import_system

    return import_system(table, multipath, maps, name, output)


@cli.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def validate(files: tuple[str, ...]) -> int:
    """Check scenario files (- for standard input); every error with its line and column."""
    from dmtui.commands.validate import validate_files

    return validate_files(files)


@cli.command()
def schema() -> int:
    """Print the JSON Schema of a scenario file, for editors."""
    from dmtui.commands.validate import print_schema

    return print_schema()


@cli.command()
@click.option("--names", is_flag=True, help="List what an expectation can name instead.")
def scenarios(names: bool) -> int:
    """List the stories that come with dmtui."""
    from dmtui.commands.scenarios import list_names, list_stories

    return list_names() if names else list_stories()


@cli.command()
@click.option("--chapter", metavar="N|NAME", help="Chapter to begin with; else where the tour was left.")
@click.option("--list", "listed", is_flag=True, help="List the chapters instead.")
def tour(chapter: str | None, listed: bool) -> int:
    """Take the guided tour: what request-based dm does, step by step, on a live emulator."""
    from dmtui.commands.tour import list_chapters, open_tour

    return list_chapters() if listed else open_tour(chapter)


@cli.command()
@click.argument("scenario", required=False)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS",
              help="Address to listen at; others than the loopback's let other machines in.")
@click.option("--port", type=Whole(0, 65535), default=8000, show_default=True,
              help="Port to listen at; 0 for any free one.")
@click.option("--visitors", type=Whole(1, 100), default=4, show_default=True,
              help="Most visitors at a time; each has an emulator of their own.")
def serve(scenario: str | None, host: str, port: int, visitors: int) -> int:
    """Show the dashboard in a browser, until Ctrl-C."""
    from dmtui.commands.serve import serve as serve_dashboard

    return serve_dashboard(scenario, host, port, visitors)


@cli.group()
def config() -> None:
    """Settings of the dashboard: theme, keys, frames, mouse, default scenario."""


@config.command("show")
def config_show() -> int:
    """Print the settings in force, as a file that says the same."""
    from dmtui.commands.config import show

    return show()


@config.command("validate")
@click.argument("file", required=False)
def config_validate(file: str | None) -> int:
    """Check FILE, or your own settings; every error with its line and column."""
    from dmtui.commands.config import validate as check

    return check(file)


@config.command("path")
def config_path() -> int:
    """Print where the settings are, and where what is remembered."""
    from dmtui.commands.config import paths

    return paths()


@config.command("schema")
def config_schema() -> int:
    """Print the JSON Schema of the settings, for editors."""
    from dmtui.commands.config import schema as print_it

    return print_it()


@config.command("keys")
def config_keys() -> int:
    """List every action that a key can be given to."""
    from dmtui.commands.config import keys

    return keys()


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--screen", is_flag=True,
              help="Measure the dashboard on a pseudo-terminal instead; status 1 if a target is missed.")
@click.option("--minutes", type=Number(0, 600), default=5.0, show_default=True,
              help="With --screen: for how long memory is watched; 0 not at all.")
def bench(as_json: bool, screen: bool, minutes: float) -> int:
    """Measure how fast both runtimes are on this machine."""
    from dmtui.bench import main as run_bench
    from dmtui.bench import main_screen

    return main_screen(minutes, json=as_json) if screen else run_bench(json=as_json)


def _play(args: Sequence[str] | None) -> int:
    """Run the command line; the exit status."""
    try:
        status = cli.main(args=list(args) if args is not None else None, prog_name="dmtui", standalone_mode=False)
        return status if isinstance(status, int) else HELD
    except click.exceptions.NoArgsIsHelpError as error:
        complain(error.format_message())
        return BAD_INPUT
    except click.ClickException as error:
        usage = error.ctx.get_usage() + "\n" if isinstance(error, click.UsageError) and error.ctx else ""
        complain(f"{usage}dmtui: {error.format_message()}")
        return BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        complain("dmtui: interrupted")
        return UNKNOWN
    except OutputError as error:
        complain(f"dmtui: {error}")
        return UNKNOWN
    except Exception as error:
        # The last line of defence: a line for the person, not a traceback.
        if os.environ.get("DMTUI_DEBUG"):
            raise
        complain(f"dmtui: {_internal(error)}; this is a fault of dmtui, please report it (DMTUI_DEBUG=1 shows more)")
        return UNKNOWN


def _internal(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else ""
    return f"{type(error).__name__}{place}: {error}"


def main(args: Sequence[str] | None = None) -> None:
    """The entry point: plays *args* (the process's own by default) and exits."""
    status = _play(args)
    sys.exit(settle(status))

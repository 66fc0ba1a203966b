"""config.yaml: what is right gives settings, each thing that is wrong is one line with its place and what would do."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from dmtui import cli
from dmtui.config.file import parse_settings, settings_schema
from dmtui.config.keys import clashes, keymap_of, remapped, unknown_key
from dmtui.config.settings import LAYOUT_NAMES, THEME_NAMES, Settings, config_path, state_path
from dmtui.config.state import Remembered, recall, remember
from dmtui.keymap import HINTS
from dmtui.model.layouts import LAYOUTS
from dmtui.theme import THEMES
from emulator.scenario.errors import ScenarioErrors

WHOLE = """\
theme: safe
layout: paths
fps: 10
mouse: false
scenario: one-path-fails
log_lines: 500
keys:
  fault.error: f9,f2
  help: h?
"""


def errors(text: str) -> list[str]:
    with pytest.raises(ScenarioErrors) as caught:
        parse_settings(text.encode(), "config.yaml")
    return [str(error) for error in caught.value.errors]


def test_every_key_is_read() -> None:
    keys = {"fault.error": "f9,f2", "help": "f1"}
    settings = parse_settings(WHOLE.replace("h?", "f1").encode(), "config.yaml")
    assert settings == Settings("safe", "paths", 10, False, "one-path-fails", 500, keys)


@pytest.mark.parametrize("text", ["", "# theme: dark\n", "\n  # nothing\n\n"])
def test_nothing_said_is_the_defaults(text: str) -> None:
    assert parse_settings(text.encode(), "config.yaml") == Settings()


@pytest.mark.parametrize("text, place, words", [
    ("theme: drak\n", "1:8", "did you mean 'dark'?"),
    ("fps: 100\n", "1:6", "expected at most 60"),
    ("fps: 1\n", "1:6", "expected at least 2"),
    ("fps: fast\n", "1:6", "expected a whole number"),
    ("mouse: 1\n", "1:8", "expected true or false"),
    ("\nthme: dark\n", "2:1", "did you mean 'theme'?"),
    ("scenario: ''\n", "1:11", "expected a text"),
    ("log_lines: 5\n", "1:12", "expected at least 100"),
    ("keys:\n  fault.eror: x\n", "2:3", "did you mean 'fault.error'?"),
    ("keys:\n  clock.pause: spacee\n", "2:16", "did you mean 'space'?"),
    ("keys:\n  clock.pause: E E\n", "2:16", "expected one character or a key's name"),
    ("keys:\n  fault.error: x\n", "2:16", "it is path.toggle's too"),
    ("keys:\n  fault.error: [E]\n", "2:16", "expected a text"),
    ("keys: none\n", "1:7", "a mapping of actions to keys"),
    ("theme: dark\ntheme: light\n", "2:1", "a second time"),
    ("- theme\n", "1:1", "found a list, expected a mapping"),
    ("theme: [\n", "2:1", "found the end of the file"),
])
def test_what_is_wrong_has_its_place(text: str, place: str, words: str) -> None:
    said = errors(text)
    assert len(said) == 1 and said[0].startswith(f"config.yaml:{place}") and words in said[0]


def test_everything_wrong_is_said_at_once() -> None:
    assert len(errors("theme: x\nfps: 0\nfoo: 1\nkeys: {nope: e}\n")) == 4


def test_the_schema_takes_what_the_reader_takes() -> None:
    schema = settings_schema()
    good = YAML(typ="safe", pure=True).load(WHOLE)
    jsonschema.validate(good, schema)
    for wrong in ({"theme": "drak"}, {"fps": 100}, {"mouse": 1}, {"thme": "dark"}, {"keys": {"nope": "e"}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)
    assert all(part.get("description") for part in schema["properties"].values())


@pytest.mark.parametrize("word", ["e", "E", "?", "f2", "ctrl+e", "space", "plus", "shift+tab", "question_mark"])
def test_keys_that_there_are(word: str) -> None:
    assert unknown_key(word) is None


@pytest.mark.parametrize("word", ["", "spacee", "ctrl+", "hyperspace+e", " ", "ee"])
def test_keys_that_there_are_not(word: str) -> None:
    assert unknown_key(word) is not None


def test_the_shipped_table_has_no_clash_and_a_swap_is_none() -> None:
    assert list(clashes({})) == []
    assert list(clashes({"fault.error": "b", "fault.busy": "e"})) == []
    assert list(clashes({"fault.error": "b"})) == [("fault.error", "b", "fault.busy")]


def test_remapped_keys_are_shown() -> None:
    names = {hint.id: hint.name for hint in remapped({"fault.error": "ctrl+e,E", "clock.pause": "."})}
    assert (names["fault.error"], names["clock.pause"]) == ("^e", ".")
    assert {hint.id for hint in remapped({})} == {hint.id for hint in HINTS}
    assert keymap_of({"help": "?, f1"}) == {"help": "question_mark,f1"}


def test_theme_names_are_those_of_our_themes() -> None:
    assert tuple(f"dmtui-{name}" for name in THEME_NAMES) == tuple(theme.name for theme in THEMES)


def test_layout_names_are_those_of_our_layouts() -> None:
    assert tuple(LAYOUTS) == LAYOUT_NAMES


def test_places_follow_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert config_path() == tmp_path / "dmtui" / "config.yaml"
    assert state_path() == Path("/home/somebody/.local/state/dmtui/state.json")


def test_what_is_remembered_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "state.json"
    assert recall(path) == (Remembered(), "")
    assert remember(path, Remembered("light", "queue")) == ""
    assert recall(path) == (Remembered("light", "queue"), "")
    assert [file.name for file in path.parent.iterdir()] == ["state.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"theme": "pink"}', '{"layout": 7}', "\x00"])
def test_a_broken_memory_is_left_out_with_a_word(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)
    found, complaint = recall(path)
    assert found == Remembered() and str(path) in complaint and "left out" in complaint


def test_a_memory_that_cannot_be_written_is_a_word(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be written" in remember(tmp_path / "file" / "state.json", Remembered("dark"))


def config(home: Path, text: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make *text* the person's settings."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    if text is not None:
        (home / "dmtui").mkdir()
        (home / "dmtui" / "config.yaml").write_text(text)


def test_verbs_without_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(tmp_path, None, monkeypatch)
    assert cli._play(["config", "validate"]) == 0 and "the defaults hold" in capsys.readouterr().out
    assert cli._play(["config", "show"]) == 0
    shown = capsys.readouterr().out
    assert parse_settings(shown.encode(), "shown") == Settings()
    assert cli._play(["config", "path"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == str(tmp_path / "dmtui" / "config.yaml")
    assert cli._play(["config", "validate", str(tmp_path / "no.yaml")]) == 2
    assert cli._play(["config", "schema"]) == 0
    assert "theme" in json.loads(capsys.readouterr().out)["properties"]


def test_verbs_with_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = WHOLE.replace("h?", "f1")
    config(tmp_path, text, monkeypatch)
    assert cli._play(["config", "validate"]) == 0
    capsys.readouterr()
    assert cli._play(["config", "show"]) == 0
    assert parse_settings(capsys.readouterr().out.encode(), "shown") == parse_settings(text.encode(), "written")
    assert cli._play(["config", "keys"]) == 0
    assert "fault.error      f9,f2 " in capsys.readouterr().out


@pytest.mark.parametrize("verb", [["config", "validate"], ["config", "show"], ["config", "keys"]])
def test_verbs_with_a_wrong_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], verb: list[str]
) -> None:
    config(tmp_path, "theme: drak\n", monkeypatch)
    assert cli._play(verb) == 2
    out, err = capsys.readouterr()
    assert out == "" and "config.yaml:1:8" in err


@pytest.mark.parametrize("words", [
    [], ["one-path-fails"], ["tour"], ["serve"], ["config", "show"], ["config", "keys"], ["config", "validate"],
])
def test_every_verb_that_reads_the_file_tells_each_mistake_once(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config(tmp_path, "theme: pink\nfsp: 3\n", monkeypatch)
    assert cli._play(words) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if "config.yaml" in line]
    assert len(told) == 2
    assert any("pink" in line and "dark" in line for line in told) and any("fsp" in line for line in told)

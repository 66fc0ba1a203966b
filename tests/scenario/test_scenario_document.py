"""Files that are no usable YAML: one line each, with the place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.scenario.document import MAX_BYTES, parse_document, read_document
from emulator.scenario.errors import ScenarioErrors

COLON = (
    "found a ':' where no key can stand, expected 'key: value' "
    "(is the line indented like its neighbours, or does the text need quotes?)"
)
TAB = "found a tab, expected spaces (YAML indents with spaces only)"
END = "(is the indentation right?)"
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n" for before, name in zip("abcdef", "bcdefg", strict=True)
)

CASES = {
    "empty": (b"", "f:1:1: found an empty file, expected a mapping with at least 'name'"),
    "comments": (b"\n# nothing\n", "f:1:1: found an empty file, expected a mapping with at least 'name'"),
    "list": (b"- a\n- b\n", "f:1:1: found a list, expected a mapping with at least 'name'"),
    "word": (b"hello\n", "f:1:1: found 'hello', expected a mapping with at least 'name'"),
    "tab": (b"a:\n\tb: 1\n", f"f:2:1: {TAB}"),
    "tab after spaces": (b"a:\n  \tb: 1\n", f"f:2:3: {TAB}"),
    "tab in list": (b"a:\n\t- b\n", f"f:2:1: {TAB}"),
    "indentation": (b"a: 1\n b: 2\n", f"f:2:3: {COLON}"),
    "two colons": (b"about: one: two\n", f"f:1:11: {COLON}"),
    "outdented item": (b"a:\n  - b: 1\n - c: 2\n", f"f:3:2: found a list item, expected the end of the block {END}"),
    "outdented key": (b"a:\n  - b: 1\n   c: 2\n", f"f:3:4: found a key, expected the end of the block {END}"),
    "open bracket": (b"a: [1, 2\nb: 3\n", f"f:2:2: found ':', expected ',' or ']' {END}"),
    "open brace": (b"a: {b: 1\n", f"f:2:1: found the end of the file, expected ',' or '}}' {END}"),
    "open quote": (b"a: 'x\nb: 2\n", "f:1:4: found a text that is never closed, expected its closing quote"),
    "at sign": (b"a: @x\n", "f:1:4: found a character that cannot begin a value, expected the text in quotes"),
    "no colon": (b"a: 1\nb\nc: 2\n", "f:2:1: found a line without ':', expected 'key: value'"),
    "unknown alias": (
        b"a: *x\n", "f:1:4: found an alias of an anchor that does not exist, expected '&name' before '*name'"
    ),
    "control character": (b"a: x\x07y\n", "f:1:5: found a control character (0x07), expected printable text"),
    "latin-1": (b"a: 1\nabout: caf\xe9\n", "f:2:11: found byte 0xe9, expected text in UTF-8"),
    "binary": (b"\x7fELF\x00\xff", "f:1:6: found a binary file, expected text in UTF-8"),
    "nul": (b"a: 1\0", "f: found a binary file, expected YAML text"),
    "two documents": (b"a: 1\n---\nb: 2\n", "f:2:1: found a second document, expected one scenario in a file"),
    "deep": (b"a: " + b"[" * 99, "f:1:35: found more than 32 levels, expected a flatter file"),
    "bomb": (BOMB.encode(), "f:1:4: found more than 50000 values, expected a smaller file"),
    "many aliases": (
        b"a: &a 1\nb: [" + b"*a, " * 200 + b"1]\n",
        "f:2:405: found more than 100 aliases, expected values written out",
    ),
    "cycle": (b"a: &a [*a]\n", "f:1:4: found an alias of what it stands in, expected no cycle"),
    "huge": (b"#" * (MAX_BYTES + 1), "f: found more than 1048576 bytes, expected a scenario of at most 1 MiB"),
}


@pytest.mark.parametrize("raw, line", CASES.values(), ids=CASES.keys())
def test_unusable_text_gives_one_line_with_its_place(raw: bytes, line: str) -> None:
    with pytest.raises(ScenarioErrors) as caught:
        parse_document(raw, "f")
    said = [str(error) for error in caught.value.errors]
    if line.startswith("f:1:4: found more than 50000"):
        said = [said[0].replace(said[0].split(": ")[0], "f:1:4")]  # where counting ends is not the point
    assert said == [line]


def test_every_duplicate_key_is_told_with_its_first_place() -> None:
    document = parse_document(b"a: 1\nb: {c: 1, c: 2}\na: 3\n", "f")
    assert [str(error) for error in sorted(document.errors)] == [
        "f:2:11: found key 'c' a second time (first in line 2), expected each key once",
        "f:3:1: found key 'a' a second time (first in line 1), expected each key once",
    ]


def test_tags_and_odd_keys_are_told() -> None:
    document = parse_document(b"a: !python/object 1\n? [x]\n: 2\n", "f")
    assert [str(error) for error in sorted(document.errors)] == [
        "f:1:4: found the tag '!python/object', expected a plain value",
        "f:2:3: found a list or mapping as key, expected a word",
    ]


def test_values_are_those_of_yaml_1_2() -> None:
    raw = b"a: 0x1F\nb: 1e3\nc: 2.6.31\nd: 2020-01-01\ne: yes\nf: true\ng: ~\nh: '8:0'\ni: 8:16\n"
    assert parse_document(raw, "f").data == {
        "a": 31, "b": 1000.0, "c": "2.6.31", "d": "2020-01-01", "e": "yes", "f": True, "g": None, "h": "8:0",
        "i": "8:16",
    }


def test_places_are_those_of_keys_and_values() -> None:
    document = parse_document(b"a:\n  - b: {c: 'x y'}\n", "f")
    assert document.values[("a", 0, "b", "c")] == (2, 12)
    assert document.keys[("a", 0, "b", "c")] == (2, 9)
    assert ("a", 0, "b", "c") in document.exact


def test_missing_file_directory_and_unreadable_file(tmp_path: Path) -> None:
    for path, said in (
        (tmp_path / "none.yaml", "found no such file, expected a scenario"),
        (tmp_path, "found a directory, expected a YAML file"),
        (Path("a\0b.yaml"), "cannot be read: embedded null byte"),
    ):
        with pytest.raises(ScenarioErrors) as caught:
            read_document(path, "f")
        assert [str(error) for error in caught.value.errors] == [f"f: {said}"]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80) | st.text("ab:-[]{}&*!|>'\"#%@`?, \n\t0", max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused_in_words(raw: bytes) -> None:
    try:
        document = parse_document(raw, "f")
    except ScenarioErrors as errors:
        assert errors.errors
        assert all("\n" not in str(error) for error in errors.errors)
    else:
        assert isinstance(document.data, dict)


@pytest.mark.parametrize("raw, line", [
    (b"root:x:0:0\nbin:secret", "f:1:1: found 'root:x:0:0', expected a mapping with at least 'name'"),
    (b"a" * 29 + b"secret", f"f:1:1: found '{'a' * 29}…', expected a mapping with at least 'name'"),
    (b"- user: secret\n", "f:1:1: found a list, expected a mapping with at least 'name'"),
])
def test_a_file_that_is_no_mapping_is_not_repeated(raw: bytes, line: str) -> None:
    with pytest.raises(ScenarioErrors) as caught:
        parse_document(raw, "f")
    assert str(caught.value) == line

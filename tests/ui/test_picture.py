"""The SVG picture: a renderer that is no browser shows the columns where they stand on the screen."""

from __future__ import annotations

from xml.etree import ElementTree

from dmtui.picture import for_any_reader
from tests.ui.pilot import opened, text

_SVG = "{http://www.w3.org/2000/svg}"


async def test_blanks_of_a_picture_are_kept_by_every_renderer() -> None:
    async with opened(size=(80, 24)) as (app, _, _pilot):
        picture = ElementTree.fromstring(app.export_screenshot(title="dmtui one-path-fails"))
        words = [each for each in picture.iter(f"{_SVG}text") if each.text]
        assert len(words) > 100
        assert picture.get("{http://www.w3.org/XML/1998/namespace}space") == "preserve"
        assert not any(" " in str(each.text) for each in words)
        told = "".join(str(each.text) for each in words).replace("\N{NO-BREAK SPACE}", " ")
        assert text(app, "log").splitlines()[0].strip() in told


def test_a_picture_is_made_so_once() -> None:
    svg = '<svg><style>a b { c: d }</style><text class="x y" x="0">a  b &amp; c</text></svg>'
    once = for_any_reader(svg)
    assert once == (
        '<svg xml:space="preserve"><style>a b { c: d }</style>'
        '<text class="x y" x="0">a&#160;&#160;b&#160;&amp;&#160;c</text></svg>'
    )
    assert for_any_reader(once) == once

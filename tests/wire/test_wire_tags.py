"""The words that pass between machines: no two share a tag."""

from __future__ import annotations

from collections import Counter

from emulator import messages


def test_every_word_has_a_tag_of_its_own() -> None:
    tags = {name: value for name, value in vars(messages).items() if name.isupper() and isinstance(value, int)}
    del tags["VERSION"]
    assert [tag for tag, count in Counter(tags.values()).items() if count > 1] == []
    assert len(tags) > 20

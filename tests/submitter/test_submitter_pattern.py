"""What is written says who wrote it and when; whatever else is read is corruption, and nothing else is."""

from __future__ import annotations

import pytest

from emulator.submitter.pattern import Memory, describe, pattern

GRANULE = 4


def memory(*writes: tuple[int, bool]) -> Memory:
    """After writes of sectors 0..4: (version, whether it succeeded)."""
    memory = Memory(1, GRANULE)
    for version, certain in writes:
        memory.wrote(0, GRANULE, version, certain)
    return memory


def mixed(*versions: int) -> bytes:
    """One sector of each version; 0 is never written."""
    return b"".join(pattern(1, at, 1, version) if version else bytes(512) for at, version in enumerate(versions))


@pytest.mark.parametrize(
    ("writes", "found", "right"),
    [
        ((), (0, 0, 0, 0), True),
        ((), (1, 1, 1, 1), False),
        (((1, True),), (1, 1, 1, 1), True),
        (((1, True),), (0, 0, 0, 0), False),
        (((1, True), (2, True)), (2, 2, 2, 2), True),
        (((1, True), (2, True)), (1, 1, 1, 1), False),
        (((1, True), (2, True)), (1, 2, 2, 2), False),
        (((1, True), (2, False)), (1, 1, 1, 1), True),
        (((1, True), (2, False)), (2, 2, 2, 2), True),
        (((1, True), (2, False)), (2, 2, 1, 1), True),
        (((2, False),), (2, 2, 0, 0), True),
        (((2, False), (5, False)), (5, 2, 0, 5), True),
        (((2, False), (5, False), (6, True)), (6, 6, 6, 6), True),
        (((2, False), (5, False), (6, True)), (6, 6, 6, 5), False),
        (((1, True), (2, False)), (3, 3, 3, 3), False),
        (((3, True), (4, False)), (0, 0, 0, 0), False),
    ],
    ids=str,
)
def test_what_may_be_read(writes: tuple[tuple[int, bool], ...], found: tuple[int, ...], right: bool) -> None:
    assert (memory(*writes).check(0, GRANULE, mixed(*found)) is None) is right


def test_a_failed_write_may_be_there_in_part() -> None:
    """A device that fails a bio in its middle has written the sectors before."""
    assert memory((1, True), (2, False)).check(0, GRANULE, mixed(2, 2, 2, 1)) is None


def test_memory_stays_small_however_many_writes_fail() -> None:
    sizes = []
    for count in (10, 1000):
        kept = memory(*((version, False) for version in range(1, count)))
        sizes.append(len(repr(kept._versions)))
    assert sizes[1] <= sizes[0] + 10


def test_no_data_means_zero_pages() -> None:
    assert memory().check(0, 8, None) is None
    assert memory((1, True)).check(0, 8, None) is not None


def test_the_first_wrong_sector_is_named() -> None:
    wrong = memory((1, True)).check(0, GRANULE, mixed(1, 1, 7, 1))
    assert wrong is not None
    assert wrong[0] == 2 and "version 7" in wrong[1] and "version 1" in wrong[2]


def test_data_of_another_place_is_wrong() -> None:
    assert memory((1, True)).check(0, GRANULE, pattern(1, 8, GRANULE, 1)) is not None


def test_another_writers_whole_pattern_is_no_corruption() -> None:
    assert memory((1, True)).check(0, GRANULE, pattern(2, 0, GRANULE, 9)) is None
    assert memory((1, True)).check(0, GRANULE, pattern(2, 4, GRANULE, 9)) is not None, "but only in its place"


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (bytes(512), "never written"),
        (pattern(3, 40, 1, 7), "writer 3, sector 40, version 7"),
        (pattern(3, 40, 1, 7)[:-1] + b"!", "filler damaged"),
        (b"garbage!" + bytes(504), "no stamp"),
    ],
)
def test_a_sector_says_what_it_is(block: bytes, words: str) -> None:
    assert words in describe(block)

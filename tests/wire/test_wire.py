"""Frames: whatever was packed comes out again however the stream was cut; all else is an error, never a surprise."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.wire import Decoder, Encoder, Frame, WireError

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.text(max_size=20), st.binary(max_size=600),
    st.floats(allow_nan=False),
)
MESSAGES = st.tuples(st.integers(1, 127), SCALARS, st.lists(SCALARS, max_size=4).map(tuple))
FRAMES = st.tuples(st.integers(0, 2**63), st.lists(MESSAGES, min_size=1, max_size=5).map(tuple))


def test_a_frame_is_an_array_of_stamp_and_messages() -> None:
    assert Encoder().frame(7, [(1, "C1", None)]) == b"\x92\x07\x91\x93\x01\xa2C1\xc0"


def test_every_cut_in_two_gives_the_same_frames() -> None:
    frames: list[Frame] = [(1, ((1, "C1", 5, None), (2, "C1"))), (2, ((3, b"\x00" * 300, ()),))]
    stream = b"".join(Encoder().frame(*frame) for frame in frames)
    for cut in range(len(stream) + 1):
        decoder = Decoder()
        assert [*decoder.take(stream[:cut]), *decoder.take(stream[cut:])] == frames, cut


def test_byte_by_byte_a_frame_appears_with_its_last_byte() -> None:
    stream = Encoder().frame(1, [(40, 1, "x", b"data")])
    decoder = Decoder()
    for byte in stream[:-1]:
        assert list(decoder.take(bytes([byte]))) == []
    assert list(decoder.take(stream[-1:])) == [(1, ((40, 1, "x", b"data"),))]


@given(st.lists(FRAMES, max_size=6), st.lists(st.integers(1, 97), min_size=1, max_size=8))
def test_any_cut_gives_the_same_frames(frames: list[Frame], sizes: list[int]) -> None:
    stream = b"".join(Encoder().frame(*frame) for frame in frames)
    decoder, found, at, turn = Decoder(), [], 0, 0
    while at < len(stream):
        found += decoder.take(stream[at : at + sizes[turn % len(sizes)]])
        at += sizes[turn % len(sizes)]
        turn += 1
    assert found == frames


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_garbage_is_a_wire_error_or_an_unfinished_frame(first: bytes, second: bytes) -> None:
    decoder = Decoder()
    try:
        found = [*decoder.take(first), *decoder.take(second)]
    except WireError:
        with pytest.raises(WireError):
            list(decoder.take(b""))
    else:
        assert all(len(frame) == 2 and type(frame[0]) is int and type(frame[1]) is tuple for frame in found)


@pytest.mark.parametrize(
    "stream",
    [
        b"\xc1", b"\x07", msgpack.packb([1]), msgpack.packb([1, 2, 3]), msgpack.packb(["1", []]),
        msgpack.packb([1, {}]),
        b"\x92\x01\x91\xa1\xff",
    ],
    ids=["reserved", "number", "short", "long", "stamp", "map", "not utf-8"],
)
def test_what_is_no_frame_is_refused(stream: bytes) -> None:
    with pytest.raises(WireError):
        list(Decoder().take(stream))


def test_frames_before_the_garbage_are_given() -> None:
    decoder = Decoder()
    assert decoder.take(Encoder().frame(1, [(2, "C1")]) + b"\xc1") == [(1, ((2, "C1"),))]
    for data in (b"", Encoder().frame(2, [(2, "C1")])):
        with pytest.raises(WireError):
            decoder.take(data)


def test_a_frame_beyond_the_limit_is_refused() -> None:
    decoder = Decoder(most=1000)
    assert list(decoder.take(Encoder().frame(1, [(1, b"x" * 900)])))
    with pytest.raises(WireError, match="longer than the limit"):
        for _ in range(3):
            list(decoder.take(Encoder().frame(1, [(1, b"x" * 2000)])[:600]))


def test_a_claimed_length_beyond_the_limit_is_refused_at_once() -> None:
    with pytest.raises(WireError):
        list(Decoder(most=1000).take(b"\x92\x01\xdd\xff\xff\xff\xff"))


@pytest.mark.parametrize("message", [(1, object()), (1, 2**64), (1, {1, 2})])
def test_what_msgpack_cannot_carry_is_refused(message: tuple[object, ...]) -> None:
    encoder = Encoder()
    with pytest.raises(WireError, match="cannot be packed"):
        encoder.frame(1, [message])
    assert list(Decoder().take(encoder.frame(2, [(1,)]))) == [(2, ((1,),))], "the packer is usable after an error"

"""How messages cross a pipe: a stream of msgpack frames, packed and unpacked without any I/O (every process runs it).

A frame is ``(stamp_ns, (message, ...))``: everything that one machine says to one destination in one go, and the
CLOCK_MONOTONIC time at which it was said.  Many messages in a frame are what makes the process runtime fast: the
cost of a system call and of a wake-up is shared by all of them.  A message is a tuple that begins with a small integer
(:mod:`emulator.messages`); its meaning is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgpack

Message = tuple[Any, ...]
Frame = tuple[int, tuple[Message, ...]]

FRAME_BYTES_MAX = 64 << 20
"""Largest frame that a decoder takes; a longer one is an error of the sender, not a reason to fill the memory."""


class WireError(ValueError):
    """The bytes are no frames of ours; the stream cannot be read any further."""


class Encoder:
    """Packs frames.  One per process; not thread-safe."""

    __slots__ = ("_pack",)

    def __init__(self) -> None:
        self._pack = msgpack.Packer(use_bin_type=True, autoreset=True).pack

    def frame(self, stamp_ns: int, messages: Sequence[Message]) -> bytes:
        """The bytes of one frame.  Raises WireError for what msgpack cannot carry."""
        try:
            data: bytes = self._pack((stamp_ns, messages))
        except (TypeError, ValueError, OverflowError) as error:
            raise WireError(f"a message cannot be packed: {error}") from None
        return data


class Decoder:
    """Unpacks a stream of frames, however it was cut into pieces.  One per stream."""

    __slots__ = ("_unpacker", "_failed")

    def __init__(self, most: int = FRAME_BYTES_MAX) -> None:
        # raw=False: text is UTF-8; strict_map_key=False: events carry maps with integer keys too.
        self._unpacker = msgpack.Unpacker(use_list=False, raw=False, strict_map_key=False, max_buffer_size=most)
        self._failed = ""

    def take(self, data: bytes) -> list[Frame]:
        """Take *data*; returns every frame that is complete now.

        Raises WireError for garbage and over-long frames, after the frames before it were returned, and ever after.
        """
        frames: list[Frame] = []
        if not self._failed:
            try:
                self._unpacker.feed(data)
                for frame in self._unpacker:
                    # A frame is a tuple of two; anything else is found here, not where the messages are handled.
                    if frame.__class__ is not tuple:
                        raise ValueError(f"not a frame: {frame!r:.60}")
                    stamp, messages = frame
                    if stamp.__class__ is not int or messages.__class__ is not tuple:
                        raise ValueError(f"not a frame: {frame!r:.60}")
                    frames.append(frame)
            except msgpack.BufferFull:
                self._failed = "a frame is longer than the limit"
            except (TypeError, ValueError, msgpack.UnpackException) as error:  # TypeError: a map as the key of a map
                self._failed = str(error) or type(error).__name__
        if self._failed and not frames:
            raise WireError(self._failed)
        return frames

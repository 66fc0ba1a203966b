"""Feature words of a multipath table (parse_features): read, folded, and printed in the kernel's order."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.dm.targets.arguments import Words
from emulator.plan import Era

MOST_WORDS: dict[str, int] = {"2.6.31": 3, "modern": 8}
"""Feature words that a table may have, by era."""


@dataclass(slots=True)
class Features:
    """What the table asked for."""

    queue_if_no_path: bool = False
    pg_init_retries: int = 0
    pg_init_delay_msecs: int | None = None
    """None: the default (2000)."""
    retain_attached_hw_handler: bool = False
    bio: bool = False
    """queue_mode bio."""

    def words(self, queue_if_no_path: bool) -> list[str]:
        """The words of the table line, with queue_if_no_path as it is now."""
        words = ["queue_if_no_path"] if queue_if_no_path else []
        if self.pg_init_retries:
            words += ["pg_init_retries", str(self.pg_init_retries)]
        if self.pg_init_delay_msecs is not None:
            words += ["pg_init_delay_msecs", str(self.pg_init_delay_msecs)]
        if self.retain_attached_hw_handler:
            words.append("retain_attached_hw_handler")
        if self.bio:
            words += ["queue_mode", "bio"]
        return words


def read_features(args: Words, era: Era) -> Features:
    """The count and the feature words.  Raises TableError."""
    features = Features()
    left = args.group(0, MOST_WORDS[era], "invalid number of feature args")
    while left:
        word = args.shift().lower()
        left -= 1
        modern = era == "modern"
        if word == "queue_if_no_path":
            features.queue_if_no_path = True
        elif word == "retain_attached_hw_handler" and modern:
            features.retain_attached_hw_handler = True
        elif word == "pg_init_retries" and left:
            features.pg_init_retries = args.number(1, 50, "pg_init_retries must be between 1 and 50")
            left -= 1
        elif word == "pg_init_delay_msecs" and left and modern:
            reason = "pg_init_delay_msecs must be between 0 and 60000"
            features.pg_init_delay_msecs = args.number(0, 60000, reason)
            left -= 1
        elif word == "queue_mode" and left and modern:
            features.bio = _queue_mode(args)
            left -= 1
        else:
            raise args.bad("Unrecognised multipath feature request", hint=f"found {word!r}")
    # Bios know nothing of hardware handlers: the one that is attached stays.
    features.retain_attached_hw_handler |= features.bio
    return features


def _queue_mode(args: Words) -> bool:
    """Whether it is bio; rq and mq are the same today."""
    mode = args.shift().lower()
    if mode not in ("bio", "rq", "mq"):
        raise args.bad("Unknown 'queue_mode' requested", hint=f"found {mode!r}, expected bio, rq or mq")
    return mode == "bio"

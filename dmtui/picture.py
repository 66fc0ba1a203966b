"""An SVG screenshot as any program draws it, not only a browser (UI thread).

Rich and Textual trust the reader to keep blanks and to follow ``textLength``; a renderer of SVG that is no browser runs
blanks together, so that columns no longer line up.  Here every blank of a text is a no-break one.
"""

from __future__ import annotations

import re

_TEXT = re.compile(r"(<text\b)([^>]*>)([^<]*)(</text>)")
_KEPT = ' xml:space="preserve"'
BLANK = "&#160;"


def for_any_reader(svg: str) -> str:
    """*svg* with its blanks kept in every ``<text>``."""
    def kept(match: re.Match[str]) -> str:
        mark = "" if _KEPT in match[2] else _KEPT
        return f"{match[1]}{mark}{match[2]}{match[3].replace(' ', BLANK)}{match[4]}"

    return _TEXT.sub(kept, svg)

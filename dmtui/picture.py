"""An SVG screenshot as any program draws it, not only a browser (UI thread).

Rich and Textual trust the reader to keep blanks and to follow ``textLength``; a renderer of SVG that is no browser runs
blanks together, so that columns no longer line up.  Here every blank of a text is a no-break one.
"""

from __future__ import annotations

import re

_TEXT = re.compile(r"(?<=>)[^<>]+(?=</text>)")


def for_any_reader(svg: str) -> str:
    """*svg* with its blanks kept in every ``<text>``."""
    return _TEXT.sub(lambda match: match[0].replace(" ", "&#160;"), svg)

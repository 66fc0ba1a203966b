"""An SVG screenshot as any program draws it, not only a browser (UI thread).

Rich and Textual trust the reader to keep blanks and to follow ``textLength``; a renderer of SVG that is no browser runs
blanks together, so that columns no longer line up.  Here every blank of a text is a no-break one, and the picture says
that those at the ends of a text are kept: librsvg takes even no-break ones away there.
"""

from __future__ import annotations

import re

_ROOT = re.compile(r"<svg(?! xml:space)")
_TEXT = re.compile(r"(?<=>)[^<>]+(?=</text>)")


def for_any_reader(svg: str) -> str:
    """*svg* with its blanks kept in every ``<text>``."""
    kept = _ROOT.sub('<svg xml:space="preserve"', svg, count=1)
    return _TEXT.sub(lambda match: match[0].replace(" ", "&#160;"), kept)

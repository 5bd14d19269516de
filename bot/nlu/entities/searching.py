r"""Patterns searched in long texts, in time that grows with the text's length.

A pattern such as ``\w+@\w+`` looks from each letter of a run of letters to the run's end: four times the time
for twice the text. Here it sees a stretch at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SHORT = 512
"""Texts of up to so many characters are searched as a whole."""
STEP = 64
"""In longer ones, matches are looked for that begin in the next so many characters ..."""
REACH = 128
"""... and end at most so many behind those. No entity is longer."""


def matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """As ``pattern.finditer``; in a long text, what would end beyond the reach ends there, or is no match."""
    if len(text) <= SHORT:
        yield from pattern.finditer(text)
        return
    at = 0
    for start in range(0, len(text), STEP):
        stop = start + STEP
        for match in pattern.finditer(text, max(at, start), stop + REACH):
            if match.start() >= stop:
                break
            yield match
            at = match.end()

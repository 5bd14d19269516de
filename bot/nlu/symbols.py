"""Emoji as words: an encoder's vocabulary lacks most of them, so that it could not tell 👍 from 😡."""

from __future__ import annotations

import re
import unicodedata

_PICTURES = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")


def spelt_out(text: str) -> str:
    """``text`` with each emoji replaced by its Unicode name: ``"👍 ok"`` becomes ``"thumbs up sign ok"``."""
    if not _PICTURES.search(text):
        return text
    words = _PICTURES.sub(lambda found: f" {unicodedata.name(found.group(), '').lower()} ", text)
    return " ".join(words.replace("\ufe0f", " ").replace("\u200d", " ").split())

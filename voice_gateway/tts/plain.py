"""Text without its markup: what a chat shows as bold, lists, links and pictures is nothing to say."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARACTERS = 8000
"""What is longer than ten minutes of speech is cut off."""

_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,500}(?:\s\"[^\"]{0,200}\")?\)")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_LINE_START = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+•·][ \t]+)+", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:[-*_=|:][ \t]*){3,}$", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*```\w*[ \t]*$", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<!\w)(\*{1,3}|_{1,3}|~~)(?=\S)([^*_~\n]{1,500}?)(?<=\S)\1(?!\w)")
_EMOTICON = re.compile(r"(?<!\S)[:;=]['-]?[)(DPp3/|](?!\S)")
_SPACES = re.compile(r"[ \t\u00a0\u202f\u2009]+")
_KEPT_SYMBOLS = "°©®™№"


def plain(text: str) -> str:
    """The words of a text, on one line; a line before another gets a stop. Empty when there are no words."""
    text = unicodedata.normalize("NFC", text[:MAX_CHARACTERS])
    text = _FENCE.sub("", text)
    text = _RULE.sub("", text)
    text = _LINK.sub(r"\1", text)
    text = _TAG.sub(" ", text)
    text = _LINE_START.sub("", text)
    # Twice, for bold within italics.
    text = _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", text)).replace("`", "")
    text = _EMOTICON.sub("", text)
    text = "".join(character for character in text if not _is_picture(character))
    lines = [line for each in text.splitlines() if has_words(line := _SPACES.sub(" ", each).strip(" |"))]
    stopped = [line if line[-1] in ".,:;!?…" else f"{line}." for line in lines[:-1]]
    return " ".join([*stopped, *lines[-1:]])


def has_words(text: str) -> bool:
    """Whether there is anything to pronounce."""
    return any(character.isalnum() for character in text)


def _is_picture(character: str) -> bool:
    """Emoji with their modifiers, and what is neither seen nor said."""
    point = ord(character)
    if point < 0x80:
        return point < 0x20 and character not in "\n\r\t"
    return (
        (unicodedata.category(character) in ("So", "Cs", "Co", "Cn", "Cc") and character not in _KEPT_SYMBOLS)
        or 0x1F000 <= point <= 0x1FAFF
        or 0xFE00 <= point <= 0xFE0F
        or 0xE0020 <= point <= 0xE007F
        or point in (0x200B, 0x200D, 0x20E3, 0xFEFF)
    )

"""What tells one unnamed visitor from another: page, time zone, language and kind of browser, and no more.

The widget says the first three of itself; the kind of browser is read from what every browser sends anyway.
None of it is kept anywhere but with the messages, and together it fits thousands: it recognises nobody again.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from bot.channels.customer import LANGUAGE

_LONGEST_PAGE = 200
# The first that fits: each names itself, and nearly all call themselves Chrome and Safari besides.
_BROWSERS = (
    ("Edge", r"\bEdg(?:e|A|iOS)?/"),
    ("Opera", r"\bOPR/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:Chrome|Chromium|CriOS|HeadlessChrome)/"),
    ("Safari", r"\bSafari/"),
)
_SYSTEMS = (
    ("Android", r"\bAndroid\b"),
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Windows", r"\bWindows\b"),
    ("macOS", r"\bMac OS X\b|\bMacintosh\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Linux", r"\bLinux\b"),
)


def visitor(custom: Any, *, user_agent: str) -> dict[str, str]:
    """What is known of a visitor; what is missing, or is none of its kind, is left out.

    ``page`` is a path without its query and fragment, ``time_zone`` an IANA name, ``language`` an IETF tag.
    """
    given = custom if isinstance(custom, dict) else {}
    found = {
        "page": _page(given.get("page")),
        "time_zone": _time_zone(given.get("time_zone")),
        "language": _language(given.get("language")),
        "browser": _first(_BROWSERS, user_agent),
        "system": _first(_SYSTEMS, user_agent),
    }
    return {name: value for name, value in found.items() if value}


def _page(given: Any) -> str | None:
    if not isinstance(given, str):
        return None
    # A query or fragment may hold what is nobody's business: an address, a token.
    path = re.sub(r"^[a-z]+://[^/?#]*", "", given, flags=re.IGNORECASE).split("?")[0].split("#")[0]
    return path[:_LONGEST_PAGE] if path.startswith("/") and path.isprintable() else None


def _time_zone(given: Any) -> str | None:
    return given if isinstance(given, str) and given in _zones() else None


def _language(given: Any) -> str | None:
    return given if isinstance(given, str) and LANGUAGE.fullmatch(given) else None


def _first(kinds: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    text = user_agent[:500]
    return next((name for name, pattern in kinds if re.search(pattern, text)), None)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())

"""What is kept of an unnamed visitor: enough to tell two apart, too little to know one again."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.visitor import visitor

ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"


def test_page_comes_without_its_query() -> None:
    known = visitor(
        {"page": "/lamps?email=a@b.example&token=x#y", "time_zone": "Europe/Oslo", "language": "nb"},
        user_agent=ANDROID,
    )
    assert known == {
        "page": "/lamps",
        "time_zone": "Europe/Oslo",
        "language": "nb",
        "browser": "Chrome",
        "system": "Android",
    }
    assert visitor({"page": "https://shop.example/a?b=c"}, user_agent="")["page"] == "/a"


@pytest.mark.parametrize(
    ("user_agent", "browser", "system"),
    [(SAFARI, "Safari", "iPhone"), (EDGE, "Edge", "Windows"), (ANDROID, "Chrome", "Android")],
)
def test_kind_of_browser_and_system(user_agent: str, browser: str, system: str) -> None:
    assert visitor({}, user_agent=user_agent) == {"browser": browser, "system": system}


@pytest.mark.parametrize(
    "custom",
    [
        None,
        [],
        "x",
        {"page": 7, "time_zone": 7, "language": 7},
        {"page": "javascript:alert(1)", "time_zone": "../../etc/passwd", "language": "<b>"},
        {"page": "/a\u202eb\x00", "time_zone": "Mars/Olympus"},
        {"page": "x" * 100_000, "screen": "390x780", "fonts": ["a"]},
    ],
)
def test_what_is_none_of_its_kind_is_left_out(custom: Any) -> None:
    assert visitor(custom, user_agent="\x00" * 10_000) == {}

"""Emoji as words."""

from __future__ import annotations

import pytest

from bot.nlu.symbols import spelt_out


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("where is my order?", "where is my order?"),
        ("👍", "thumbs up sign"),
        ("👍🏽 ok", "thumbs up sign emoji modifier fitzpatrick type-4 ok"),
        ("thanks❤️", "thanks heavy black heart"),
        ("€5, «sí»", "€5, «sí»"),
    ],
)
def test_emoji_become_their_names(text: str, spelt: str) -> None:
    assert spelt_out(text) == spelt

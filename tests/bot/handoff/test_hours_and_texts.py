"""Opening hours by the clock of their own place, and texts in every language."""

from __future__ import annotations

import string
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from bot.handoff import texts
from bot.handoff.hours import is_open
from bot.handoff.settings import HandoffSettings, OpeningHours, QueueSettings


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


OFFICE = OpeningHours.model_validate({"timezone": "Europe/Oslo", "days": {"mon": [["09:00", "16:30"]]}})
NIGHT = OpeningHours.model_validate({"timezone": "UTC", "days": {"fri": [["22:00", "02:00"]]}})


@pytest.mark.parametrize(
    ("hours", "moment", "expected"),
    [
        (None, "2024-01-01 03:00", True),
        (OFFICE, "2024-01-01 07:59", False),
        (OFFICE, "2024-01-01 08:00", True),
        (OFFICE, "2024-07-01 07:00", True),
        (OFFICE, "2024-07-01 14:30", False),
        (OFFICE, "2024-01-02 10:00", False),
        (NIGHT, "2024-01-05 23:30", True),
        (NIGHT, "2024-01-06 01:59", True),
        (NIGHT, "2024-01-06 02:00", False),
        (NIGHT, "2024-01-06 23:30", False),
    ],
)
def test_queue_is_open_in_its_hours_in_summer_and_winter(
    hours: OpeningHours | None, moment: str, expected: bool
) -> None:
    assert is_open(hours, at(moment)) is expected


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"default_queue": "nowhere"}, "nowhere"),
        ({"queues": [{"name": "a", "title": "A"}, {"name": "a", "title": "B"}]}, "same name"),
        (
            {"queues": [{"name": "general", "title": "A", "hours": {"timezone": "Mars", "days": {}}}]},
            "time zone",
        ),
        ({"queues": [{"name": "general", "title": "A", "hours": {"days": {"someday": []}}}]}, "someday"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_the_reason(
    settings: dict[str, object], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        HandoffSettings.model_validate(settings)


def test_settings_fall_back_to_the_default_queue() -> None:
    settings = HandoffSettings(queues=(QueueSettings(name="only", title="Only"),), default_queue="only")
    assert settings.queue("other").name == settings.queue(None).name == "only"


@pytest.mark.parametrize("language", sorted(texts.languages()))
def test_every_text_exists_in_every_language_with_the_same_places(language: str) -> None:
    english = texts.catalogue("en")
    translated = texts.catalogue(language)
    assert translated.keys() == english.keys()
    for key, words in translated.items():
        assert places(words) == places(english[key]), key


@pytest.mark.parametrize(
    ("seconds", "words"), [(5, "less than"), (50, "about a minute"), (130, "about 2 minutes")]
)
def test_wait_is_told_as_roughly_as_it_is_known(seconds: float, words: str) -> None:
    assert words in texts.wait_text(seconds, "en-GB")


def places(words: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(words)} - {None}

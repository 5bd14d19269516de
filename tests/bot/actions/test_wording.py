"""Dates, amounts, addresses, severity: the small readings and wordings."""

from __future__ import annotations

from datetime import date

import pytest

from bot.actions.shop import wording
from bot.actions.shop.addresses import parse_address, parse_email, parse_phone
from bot.actions.shop.severity import SEVERE, severity_of
from bot.actions.shop.wording import day, masked_email, money, spoken_digits, spoken_money, yes_or_no

SATURDAY = 1_795_262_400.0  # 21 November 2026, noon UTC


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (date(2026, 11, 22), "tomorrow, Sunday 22 November"),
        (date(2026, 11, 20), "yesterday, Friday 20 November"),
        (date(2026, 11, 27), "Friday 27 November"),
        (date(2026, 10, 1), "1 October"),
        (date(2027, 1, 4), "Monday 4 January 2027"),
    ],
)
def test_days_are_said_as_seen_from_today(value: date, words: str) -> None:
    assert day(value, now=SATURDAY) == words


def test_amounts_are_written_and_spoken() -> None:
    assert money(4990, "NOK") == "49,90 kr"
    assert money(4990, "EUR") == "€49.90"
    assert money(134900, "EUR") == "€1,349"
    assert spoken_money(4990, "EUR") == "49 euros 90"
    assert spoken_digits("482") == "four, eight, two"
    assert masked_email("ingrid@example.com") == "i•••@example.com"


@pytest.mark.parametrize(
    ("text", "postcode", "city"),
    [
        ("Storgata 5, 0155 Oslo", "0155", "Oslo"),
        ("Rua Nova 3, 1100-250 Lisboa", "1100-250", "Lisboa"),
        ("12 rue du Lac, 75012 Paris", "75012", "Paris"),
        ("Brīvības iela 40, Rīga, LV-1010", "LV-1010", "Rīga"),
        ("18 Quay Road, Dublin, D02 X285", "D02 X285", "Dublin"),
    ],
)
def test_addresses_of_several_countries_are_read(text: str, postcode: str, city: str) -> None:
    address = parse_address(text, country="NO")
    assert address is not None
    assert (address.postcode, address.city) == (postcode, city)


@pytest.mark.parametrize("text", ["Oslo", "Storgata, 0155 Oslo", "Storgata 5", "Storgata 5, Oslo"])
def test_incomplete_addresses_are_none(text: str) -> None:
    assert parse_address(text, country="NO") is None


def test_phones_and_emails_are_normalised() -> None:
    assert parse_phone("22 85 00 99", country="NO") == "+4722850099"
    assert parse_phone("banana", country="NO") is None
    assert parse_email("it's jo@Example.com.") == "jo@example.com"
    assert parse_email("jo at example") is None


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("the box was a bit late", 0),
        ("this is unacceptable", 1),
        ("this is the third time I write", 2),
        ("third time, and still useless", SEVERE),
        ("the lamp caught fire", SEVERE),
        ("I will talk to my lawyer", SEVERE),
    ],
)
def test_severity_follows_the_gravest_sign(text: str, score: int) -> None:
    assert severity_of(text).score == score


@pytest.mark.parametrize(
    ("text", "meant"),
    [("yes please", True), ("nope", False), ("still not working", False), ("fixed", True), ("maybe", None)],
)
def test_bare_yes_and_no(text: str, meant: bool | None) -> None:
    assert yes_or_no(text) is meant


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("four eight two one three", "48213"),
        ("zero 1 five oh", "0150"),
        ("60042 75011", "60042 75011"),
        ("for you", "for you"),
    ],
)
def test_digits_written_as_words(text: str, digits: str) -> None:
    assert wording.digits_of(text) == digits


@pytest.mark.parametrize("text", ["wait a sec", "one moment, let me check", "hold on", "I am looking for it"])
def test_asking_to_wait(text: str) -> None:
    assert wording.asks_to_wait(text)
    assert not wording.asks_to_wait("ok got it: 48213")


@pytest.mark.parametrize("text", ["forget it", "never mind", "I've changed my mind", "cancel that"])
def test_giving_up(text: str) -> None:
    assert wording.gives_up(text)
    assert not wording.gives_up("it was too small")

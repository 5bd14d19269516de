"""Card numbers however they are written, what stands beside them, and numbers that are none."""

# ruff: noqa: RUF001 - digits of other scripts are tested
from __future__ import annotations

import random

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.events import AgentSaid, BotUttered, DigitsPressed, Event, UserUttered
from bot.redaction import MASK, redact, redact_text
from tests.bot.redaction import cards

CARD = "4111 1111 1111 1111"


@pytest.mark.parametrize("separator", cards.SEPARATORS)
def test_any_separator(separator: str) -> None:
    text = f"it is {separator.join(['4242'] * 4)}, ok"
    assert redact_text(text) == f"it is {separator.join(['••••'] * 3)}{separator}4242, ok"


@pytest.mark.parametrize("script", cards.SCRIPTS)
def test_digits_of_any_script(script: str) -> None:
    number = "".join(script[int(digit)] for digit in "5555555555554444")
    assert redact_text(number) == MASK * 12 + number[12:]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("+4242424242424242", "+••••••••••••4242"),
        ("+4242 4242 4242 4242", "+•••• •••• •••• 4242"),
        ("4111-1111.1111/1111", "••••-••••.••••/1111"),
        ("order 48213 4242 4242 4242 4242 thanks", "order 48213 •••• •••• •••• 4242 thanks"),
        ("4111 1111 and 1111 1111", "•••• •••• and •••• 1111"),
        ("3782 822463 10005", "•••• •••••• •0005"),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "• • • • • • • • • • • • 1 1 1 1"),
        ("two: 4111111111111111, 5555555555554444", "two: ••••••••••••1111, ••••••••••••4444"),
        (
            "call +47 22 33 44 55 or pay with 4111111111111111",
            "call +47 22 33 44 55 or pay with ••••••••••••1111",
        ),
        ("+4722334455 4111111111111111", "+4722334455 ••••••••••••1111"),
        ("DE89.3704.0044.0532.0130.00", "••••.••••.••••.••••.••30.00"),
        ("NO۹۳ ۸۶۰۱ ۱۱۱۷ ۹۴۷", "•••• •••• •••۷ ۹۴۷"),
        ("gb29-nwbk-6016-1331-9268-19!", "••••-••••-••••-••••-••68-19!"),
    ],
)
def test_cards_and_accounts(text: str, kept: str) -> None:
    assert redact_text(text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("4111------1111------1111------1111", "••••------••••------••••------1111"),
        ("4111x1111x1111x1111", "••••x••••x••••x1111"),
        ("3782 x 822463x10005", "•••• x ••••••x•0005"),
        ("4111 and then 1111 and then 1111 and then 1111", "•••• and then •••• and then •••• and then 1111"),
        ("1) 4111 2) 1111 3) 1111 4) 1111", "1) •••• •) •••• •) •••• •) 1111"),
        ("1. 4111\n2. 1111\n3. 1111\n4. 1111", "1. ••••\n•. ••••\n•. ••••\n•. 1111"),
        ("1Z4111111111111111", "1Z••••••••••••1111"),
        ("004111111111111111", "00••••••••••••1111"),
        ("411111111111111112", "••••••••••••111112"),
        ("④①①①①①①①①①①①①①①①", MASK * 12 + "①①①①"),
        ("⁴¹¹¹ ¹¹¹¹ ¹¹¹¹ ¹¹¹¹", "•••• •••• •••• ¹¹¹¹"),
        ("➃➀➀➀➀➀➀➀➀➀➀➀➀➀➀➀", MASK * 12 + "➀➀➀➀"),
        ('/inform{"x":"\\u0034111111111111111"}', '/inform{"x":"' + MASK * 6 + MASK * 11 + '1111"}'),
        (
            '/inform{"x":"' + "\\u0034" + "\\u0031" * 15 + '"}',
            '/inform{"x":"' + MASK * 72 + "\\u0031" * 4 + '"}',
        ),
    ],
)
def test_numbers_that_are_written_to_be_overlooked(text: str, kept: str) -> None:
    assert redact_text(text) == kept
    assert redact_text(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        "1) 48213 2) 51377 3) 60042",
        "in 2018 it was fine, in 2019 too, in 2020 and in 2021 not",
        "550e8400-e29b-41d4-a716-446655440000",
        '/inform{"x":"\\u00e9t\\u00e9 48213"}',
    ],
)
def test_what_only_looks_a_little_like_it_is_kept(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"{CARD} exp 12/27 cvv 123", "•••• •••• •••• 1111 exp ••/•• cvv •••"),
        (f"{CARD}, 12-2027, 1234", "•••• •••• •••• 1111, ••-••••, ••••"),
        (f"{CARD} 12/27 123 for order 4821", "•••• •••• •••• 1111 ••/•• ••• for order 4821"),
        (f"charge {CARD}, cvv 123", "charge •••• •••• •••• 1111, cvv •••"),
        (f"123 12.27 {CARD}", "••• ••.•• •••• •••• •••• 1111"),
        (f"{CARD} for 250 kr", "•••• •••• •••• 1111 for 250 kr"),
        ("my cvv is 123", "my cvv is •••"),
        ("CVC: 0123", "CVC: ••••"),
        ("987 is the security code", "••• is the security code"),
        ("exp 12 27", "exp •• ••"),
        ("exp. date 1227", "exp. date ••••"),
        ("valid thru 03/29", "valid thru ••/••"),
        ("utløper 12/27, sikkerhetskode 123", "utløper ••/••, sikkerhetskode •••"),
        ("gyldig til 01/28", "gyldig til ••/••"),
        ("validade 12/27, código de segurança 123", "validade ••/••, código de segurança •••"),
        ("expire le 12/27, cryptogramme : 123", "expire le ••/••, cryptogramme : •••"),
        ("code de sécurité 321", "code de sécurité •••"),
        ("تاریخ انقضا ۰۵/۰۸ و cvv2 من ۱۲۳ است", "تاریخ انقضا ••/•• و cvv2 من ••• است"),
        ("derīga līdz 12/27, drošības kods 123", "derīga līdz ••/••, drošības kods •••"),
    ],
)
def test_expiry_dates_and_security_codes(text: str, kept: str) -> None:
    assert redact_text(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "order 48213, postcode 0150",
        "orders 48213, 48214 and 48215",
        "from 27.11.2026 to 29.11.2026, 12:30 to 14:00",
        "2026-11-29T05:57:52.123456",
        "call me on +49 151 23456789 or 0047 22 33 44 55",
        "+86 138 1234 5678",
        "it costs 1 299 kr, not 1 499 kr",
        "my code is 482913",
        "the flat is number 123, code 4821",
        "tracking 370000000000000001",
        "item 4006381333931",
        "00000000000000000000",
    ],
)
def test_other_numbers_are_kept(text: str) -> None:
    assert redact_text(text) == text


@given(cards.written(), st.text(max_size=20).filter(lambda text: not any(map(str.isdecimal, text))))
@settings(max_examples=500, deadline=None)
def test_any_card_in_any_text(written: str, around: str) -> None:
    masked = redact_text(f"{around} {written} {around}")
    assert len(masked) == 2 * len(around) + len(written) + 2
    # Four, or what follows a shorter number that is right as well: of 19 digits the first 14 may be one.
    assert len(cards.digits_of(masked)) <= 9


@given(cards.written(), st.sampled_from([" cvv 123", ", 12/27", " exp 0128 and cvc 4321", ""]))
@settings(max_examples=300, deadline=None)
def test_masking_twice_changes_nothing_more(written: str, details: str) -> None:
    once = redact_text(f"card {written}{details}")
    assert redact_text(once) == once


def _said(text: str) -> UserUttered:
    return UserUttered(timestamp=0.0, message_id="m", text=text)


def _asked(text: str) -> BotUttered:
    return BotUttered(timestamp=0.0, text=text)


def _agent(text: str) -> AgentSaid:
    return AgentSaid(timestamp=0.0, agent_id="a", agent_name="Ada", message_id="n", text=text)


@pytest.mark.parametrize(
    ("before", "text", "kept"),
    [
        ([_asked("What is the security code?")], "123", "•••"),
        ([_agent("Og utløpsdatoen?")], "12 27", "•• ••"),
        ([_said("my cvv is"), _asked("Sorry?")], "4321", "••••"),
        ([_said("•••• •••• •••• 1111"), _asked("Thanks!")], "12/27 and 123", "••/•• and •••"),
        ([_said("•••• •••• •••• 1111"), _asked("What is your postcode?")], "0150", "0150"),
        ([_said("•••• •••• •••• 1111"), _asked("Which order number?")], "48213", "48213"),
        ([_asked("How many?")], "123", "123"),
        ([], "123", "123"),
    ],
)
def test_details_after_a_card_was_spoken_of(before: list[Event], text: str, kept: str) -> None:
    masked = redact(_said(text), before)
    assert isinstance(masked, UserUttered)
    assert masked.text == kept


def test_a_number_in_pieces_is_not_completed() -> None:
    before: list[Event] = []
    for piece in ("4111 1111", "1111", "1111"):
        before.append(redact(_said(piece), before))
    assert isinstance(before[-1], UserUttered)
    assert before[-1].text == "••••"


def test_keys_in_pieces_are_not_completed() -> None:
    before: list[Event] = []
    for keys in ("41111111", "1111", "1111#"):
        before.append(redact(DigitsPressed(timestamp=0.0, report_id="r", digits=keys), before))
    assert isinstance(before[-1], DigitsPressed)
    assert before[-1].digits == "••••#"


def _share_masked(texts: list[str]) -> float:
    return sum(redact_text(text) != text for text in texts) / len(texts)


def test_few_numbers_that_are_no_cards_are_masked() -> None:
    """Phone numbers are never taken for cards; of others no more than the check digit lets through."""
    chance = random.Random(7)
    phones = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            for _ in range(20):
                changed = str(example.national_number)[:-4] + f"{chance.randrange(10_000):04d}"
                number = phonenumbers.PhoneNumber(example.country_code, int(changed))
                if phonenumbers.is_valid_number(number):
                    phones.append(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
                    phones.append(
                        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
                    )
    assert len(phones) > 5000
    assert _share_masked(phones) == 0.0
    for length in range(10, 21):
        tracking = [f"{chance.randrange(10 ** (length - 1), 10**length)}" for _ in range(2000)]
        assert _share_masked(tracking) < 0.06, length

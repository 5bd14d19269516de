"""Whither calls may be passed on outside, however it is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.settings import Settings
from bot.transfer_targets import NotAllowed, TransferSettings, masked
from voice_gateway.settings import Settings as VoiceSettings

SHOP = TransferSettings(
    contacts={"Head office": "2201", "Workshop": "sip:workshop@pbx.example.com", "Oslo": "+47 22 85 00 00"},
    numbers=["+4722", "+44 20", "+47 829 00 000"],
    addresses=["pbx.example.com", "sip:boss@example.org:5070"],
    country="NO",
)
NOWHERE = TransferSettings()


def refusal(settings: TransferSettings, target: str) -> str:
    with pytest.raises(NotAllowed) as refused:
        settings.allowed(target)
    return refused.value.why


@pytest.mark.parametrize(
    ("typed", "dialled"),
    [
        ("+47 22 85 00 01", "+4722850001"),
        ("0047 22850001", "+4722850001"),
        ("22 85 00 01", "+4722850001"),
        ("(22) 85-00.01", "+4722850001"),
        ("+44 20 7946 0958", "+442079460958"),
        ("2201", "2201"),
        ("+4722850000", "+4722850000"),
        ("82900000", "+4782900000"),
        ("sip:workshop@pbx.example.com", "sip:workshop@pbx.example.com"),
        ("sip:anna.berg@PBX.example.com", "sip:anna.berg@PBX.example.com"),
        ("SIP:boss@EXAMPLE.org:5070", "SIP:boss@EXAMPLE.org:5070"),
        ("sip:desk12@pbx.example.com", "sip:desk12@pbx.example.com"),
        ("sip:+4722850001@pbx.example.com", "sip:+4722850001@pbx.example.com"),
    ],
)
def test_what_is_listed_is_allowed_and_dialled_as_what_it_is(typed: str, dialled: str) -> None:
    assert SHOP.allowed(typed) == dialled


@pytest.mark.parametrize("target", ["+4722850001", "sip:a@pbx.example.com", "2201", "110", "sip:a@localhost"])
def test_by_default_nothing_is(target: str) -> None:
    assert refusal(NOWHERE, target) in ("not_listed", "no_country")
    assert NOWHERE.told() == "no target outside is set up (settings: transfers)"


@pytest.mark.parametrize(
    "target",
    [
        # Other numbers.
        "+4790000000",
        "+46 8 123 456 78",
        "90 00 00 00",
        "00 1 900 555 0100",
        # Of listed prefixes, but not what they seem.
        "tel:+4722850001",
        "+4722850001;phone-context=+1900",
        "+4722850001;ext=9",
        "+4722850001,9",
        "+4722850001#",
        "*21*+4722850001#",
        "+47+22850001",
        "+4722850001 x5",
        "+4722850001\r\nX: y",
        "+4722850001\n",
        "+4722850001%0d",
        "+47٢٢850001",
        "",
        "+",
        "1" * 300,
        "sip:boss@example.org:5070?Replaces=x",
        "sip:boss@example.org:5070;transport=tcp",
        "sip:boss@example.org",
        "sip:boss@example.org:5071",
        "sips:boss@example.org:5070",
        "sip:Boss@example.org:5070",
        "sip:a@pbx.example.com@evil.example",
        "sip:a:password@pbx.example.com",
        "sip:a@pbx.example.com:5060",
        "sip:a@pbx.example.com.",
        "sip:a@pbx.example.com.evil.example",
        "sip:a@evilpbx.example.com",
        "sip:a%40evil.example@pbx.example.com",
        "sip:a;phone-context=evil@pbx.example.com",
        "sip:a&b@pbx.example.com",
        "sip:@pbx.example.com",
        "sip:pbx.example.com",
        "sip:a@pbx.example.com\r\nRefer-To: x",
        "<sip:a@pbx.example.com>",
        "http://pbx.example.com",
        # Numbers in front of a listed host, which the exchange there would dial.
        "sip:+19005550100@pbx.example.com",
        "sip:0019005550100@pbx.example.com",
        "sip:90000000@pbx.example.com",
        "sip:9-0000-000@pbx.example.com",
        "sip:+47.900_00000@pbx.example.com",
        "sip:820123@pbx.example.com",
        # What an exchange may take for a number.
        "sip:++4782@pbx.example.com",
        "sip:4782012345+@pbx.example.com",
        "sip:+47.820.12345+@pbx.example.com",
        "sip:900x@pbx.example.com",
        "sip:00a82012345@pbx.example.com",
        "sip:x820x12345@pbx.example.com",
        "sip:+boss@pbx.example.com",
        "sip:._-@pbx.example.com",
        # Letters of other scripts that are these in another case.
        "\u017fip:anna@pbx.example.com",
        "sip\u017f:anna@pbx.example.com",
        "sip:\u212a@pbx.example.com",
    ],
)
def test_nothing_else_is(target: str) -> None:
    assert refusal(SHOP, target) in ("not_listed", "malformed")


def test_costly_numbers_have_to_be_listed_whole() -> None:
    wide = TransferSettings(numbers=["+47", "+44", "+881", "+1"], country="NO")
    assert wide.allowed("+4790000000") == "+4790000000"
    for costly in ("+4782900001", "+449098790000", "+44 870 123 4567", "+19005550100", "+881612345678"):
        assert refusal(wide, costly) in ("costly", "malformed"), costly
    assert refusal(wide, "sip:+449098790000@x") == "not_listed"
    assert SHOP.allowed("+4782900000") == "+4782900000"


def test_a_number_without_a_country_code_needs_a_country() -> None:
    assert refusal(TransferSettings(numbers=["+4722"]), "22850001") == "no_country"
    with pytest.raises(NotAllowed):
        SHOP.contact("Nobody")
    assert SHOP.contact("Head office") == "2201"


@pytest.mark.parametrize(
    "wrong",
    [
        {"numbers": ["22"]},
        {"numbers": ["+"]},
        {"numbers": [""]},
        {"addresses": ["*"]},
        {"addresses": [""]},
        {"addresses": ["sip:a@b?x=y"]},
        {"contacts": {"": "+4722850000"}},
        {"contacts": {" x": "+4722850000"}},
        {"contacts": {"x\n": "+4722850000"}},
        {"contacts": {"x": "whoever"}},
        {"contacts": {"x": "sip:a@b;c=d"}},
        {"country": "no"},
    ],
)
def test_settings_that_would_allow_more_than_they_say_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TransferSettings.model_validate(wrong)


@given(st.text(max_size=60) | st.from_regex(r"(sips?:)?[+0-9*#a-z;?&%@.:-]{1,40}", fullmatch=True))
def test_whatever_is_written_only_what_is_listed_comes_out(target: str) -> None:
    try:
        allowed = SHOP.allowed(target)
    except NotAllowed:
        return
    assert allowed.isascii()
    assert allowed.isprintable()
    assert not set(allowed) & set(';?%&<>" ')
    assert (
        allowed in SHOP.contacts.values()
        or allowed.startswith(("+4722", "+4420"))
        or allowed == "+4782900000"
        or "@" in allowed
    )


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("+4722850001", "+47…01"),
        ("2201", "…"),
        ("sip:anna.berg@pbx.example.com", "sip:ann…rg@pbx.example.com"),
        ("+4722850001\r\nx", "+47…1x"),
    ],
)
def test_logs_tell_of_a_target_as_little_as_they_can(target: str, shown: str) -> None:
    assert masked(target) == shown


def test_bot_and_gateway_read_the_same_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "firstline.toml").write_text(
        '[transfers]\nnumbers = ["+4722"]\n[transfers.contacts]\n"Head office" = "2201"\n[voice]\ncalls = 3\n'
    )
    assert Settings().transfers == VoiceSettings().transfers
    assert VoiceSettings().transfers.contacts == {"Head office": "2201"}
    assert VoiceSettings().calls == 3
    monkeypatch.setenv("FIRSTLINE_TRANSFERS__NUMBERS", '["+46"]')
    assert Settings().transfers.numbers == VoiceSettings().transfers.numbers == ["+46"]
    assert VoiceSettings().transfers.contacts == {"Head office": "2201"}

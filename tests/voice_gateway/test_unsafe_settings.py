"""Settings with which the gateway does not start, and what it says instead."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from bot.transfer_targets import TransferSettings
from voice_gateway.errors import VoiceError
from voice_gateway.gateway import refuse_unsafe
from voice_gateway.settings import Settings, SipSection, WebRtcSection


def settings(**more: Any) -> Settings:
    return Settings(api_token=SecretStr("secret"), **more)


def refusal(**more: Any) -> VoiceError:
    with pytest.raises(VoiceError) as refused:
        refuse_unsafe(settings(**more))
    return refused.value


@pytest.mark.parametrize(
    "more",
    [
        {"transfers": TransferSettings(numbers=["+4722"])},
        {"transfers": TransferSettings(contacts={"Workshop": "2201"})},
        {"fallback_target": "+4722850000"},
    ],
)
def test_numbers_to_pass_calls_on_to_need_an_exchange(more: dict[str, Any]) -> None:
    problem = refusal(**more)
    assert problem.code == "settings.no_transfer_host"
    assert "FIRSTLINE_VOICE_SIP__TRANSFER_HOST" in problem.hint
    refuse_unsafe(settings(**more, sip=SipSection(transfer_host="pbx.example.com")))
    refuse_unsafe(settings(**more, sip=SipSection(enabled=False)))


def test_addresses_to_pass_calls_on_to_do_not() -> None:
    transfers = TransferSettings(contacts={"Shop": "sip:shop@example.com"}, addresses=["pbx.example.com"])
    refuse_unsafe(settings(transfers=transfers, fallback_target="sip:shop@example.com"))
    refuse_unsafe(settings())


def test_more_lines_cannot_be_kept_than_there_are() -> None:
    more = {"sip": SipSection(reserved_calls=15), "webrtc": WebRtcSection(reserved_calls=6)}
    assert refusal(**more).code == "settings.too_few_lines"
    refuse_unsafe(settings(**more, calls=21))

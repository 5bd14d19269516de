"""Agents' tickets, made as the bot makes them."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_gateway.transports.tickets import BadTicket, Ticket, TicketReader

NOW = 1_800_000_000.0
CLAIMS = {
    "aud": "firstline-voice",
    "jti": "t1",
    "iat": int(NOW),
    "exp": int(NOW) + 60,
    "conversation_id": "c1",
    "handoff_id": "h1",
    "agent_id": "a1",
    "agent_name": "Ada Berg",
}


def made(api_token: str = "api", algorithm: str = "HS256", **claims: Any) -> str:
    key = hmac.new(api_token.encode(), b"firstline voice ticket", hashlib.sha256).digest()
    merged = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return jwt.encode(merged, key, algorithm=algorithm)


def reader(after_s: float = 0) -> TicketReader:
    return TicketReader("api", now=lambda: NOW + after_s)


def test_says_who_joins_what() -> None:
    assert reader(59).read(made()) == Ticket(
        id="t1",
        expires=NOW + 60,
        conversation_id="c1",
        handoff_id="h1",
        agent_id="a1",
        agent_name="Ada Berg",
    )


def test_it_is_used_once() -> None:
    tickets = reader()
    tickets.read(made())
    assert tickets.redeem(made()) == tickets.read(made())
    with pytest.raises(BadTicket) as again:
        tickets.redeem(made(agent_name="Ada B."))
    assert again.value.code == "ticket.used"
    tickets.redeem(made(jti="t2"))


def test_what_was_used_is_remembered_no_longer_than_it_is_good() -> None:
    now = [NOW]
    tickets = TicketReader("api", now=lambda: now[0])
    for number in range(100):
        tickets.redeem(made(jti=f"t{number}", exp=int(now[0]) + 60))
        now[0] += 10
    assert len(tickets._used) <= 8


def test_its_time_is_over_after_a_minute() -> None:
    with pytest.raises(BadTicket) as over:
        reader(70).read(made())
    assert over.value.code == "ticket.expired"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "other"},
        {"aud": None},
        {"exp": None},
        {"exp": "soon"},
        {"jti": None},
        {"handoff_id": None},
        {"agent_id": ""},
        {"agent_id": 7},
        {"agent_name": "x" * 300},
        {"padding": "x" * 5000},
        {"api_token": "guess"},
        {"algorithm": "HS512"},
    ],
)
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")  # of HS512
def test_a_ticket_that_is_not_ours_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(BadTicket) as refused:
        reader().read(made(**claims))
    assert refused.value.hint


def test_an_unsigned_ticket_is_refused() -> None:
    with pytest.raises(BadTicket):
        reader().read(jwt.encode(CLAIMS, "", algorithm="none"))


@given(
    st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]{0,60}\.[A-Za-z0-9_-]{0,60}\.[A-Za-z0-9_-]{0,60}")
)
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(BadTicket):
        reader().read(text)

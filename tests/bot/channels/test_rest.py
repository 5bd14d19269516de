"""Rasa's REST channel, against the running server."""

from __future__ import annotations

import secrets
from typing import Any

import httpx
import pytest

from tests.support.front_line import FrontLine


@pytest.fixture
def sender() -> str:
    return f"rest-{secrets.token_hex(8)}"


def say(server: FrontLine, sender: str, message: str, **more: Any) -> list[dict[str, Any]]:
    body = {"sender": sender, "message": message, **more}
    response = httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=90)
    assert response.status_code == 200, response.text
    answers: list[dict[str, Any]] = response.json()
    assert all(answer["recipient_id"] == sender for answer in answers)
    return answers


def text_of(answers: list[dict[str, Any]]) -> str:
    return " ".join(answer.get("text", "") for answer in answers)


def test_an_order_s_status_takes_number_and_postcode(front_line: FrontLine, sender: str) -> None:
    say(front_line, sender, "where is my order?")
    say(front_line, sender, "48213")
    assert "tomorrow" in text_of(say(front_line, sender, "0150"))


def test_a_retry_with_the_same_id_is_answered_the_same_and_once(front_line: FrontLine, sender: str) -> None:
    first = say(front_line, sender, "hello", message_id="m1")
    assert first
    assert say(front_line, sender, "hello", message_id="m1") == first
    history = front_line.history(sender).json()
    assert [m["message_id"] for m in history["messages"] if m["author"] == "customer"] == ["m1"]


def test_a_card_as_message_id_is_not_kept_and_still_finds_the_retry(
    front_line: FrontLine, sender: str
) -> None:
    first = say(front_line, sender, "hello", message_id="4111111111111111")
    assert say(front_line, sender, "hello", message_id="4111111111111111") == first
    messages = front_line.history(sender).json()["messages"]
    assert [m["message_id"] for m in messages if m["author"] == "customer"] == ["••••••••••••1111"]


def test_an_old_retry_does_not_disturb_what_came_after(front_line: FrontLine, sender: str) -> None:
    first = say(front_line, sender, "hello", message_id="m1")
    say(front_line, sender, "what are your opening hours?", message_id="m2")
    assert say(front_line, sender, "hello", message_id="m1") == first


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"sender": "x", "message": "   "}, "message.empty"),
        ({"sender": "x", "message": "a" * 2001}, "message.too_long"),
        ({"sender": "no spaces", "message": "hi"}, "conversation.bad_id"),
        ({"sender": "", "message": "hi"}, "conversation.bad_id"),
        ({"sender": "x" * 201, "message": "hi"}, "conversation.bad_id"),
        ({"message": "hi"}, "input.invalid"),
        ({"sender": "x", "message": {"text": "hi"}}, "input.invalid"),
        (
            {"sender": "x", "message": "hi", "metadata": {str(n): n for n in range(60)}},
            "message.bad_metadata",
        ),
    ],
)
def test_bad_messages_are_refused_with_a_code(front_line: FrontLine, body: object, code: str) -> None:
    response = httpx.post(f"{front_line.url}/webhooks/rest/webhook", json=body)
    assert response.status_code == 422
    assert response.json()["code"] == code
    assert response.json()["message"]


def test_a_body_over_the_limit_is_refused(front_line: FrontLine) -> None:
    big = {"sender": "x", "message": "hi", "metadata": {"a": "b" * 1_100_000}}
    response = httpx.post(f"{front_line.url}/webhooks/rest/webhook", json=big)
    assert response.status_code == 413
    assert response.json()["code"] == "request.too_large"


def test_odd_text_is_answered_and_kept_as_it_was(front_line: FrontLine, sender: str) -> None:
    odd = "🙃 «где мой заказ?» \u202e <script>alert(1)</script> '; DROP TABLE events; --"
    assert say(front_line, sender, odd)
    history = front_line.history(sender).json()
    assert history["messages"][0]["text"] == odd


def test_card_numbers_do_not_come_back(front_line: FrontLine, sender: str) -> None:
    say(front_line, sender, "my card 4242 4242 4242 4242 was declined")
    history = front_line.history(sender).json()
    assert history["messages"][0]["text"] == "my card •••• •••• •••• 4242 was declined"


def test_the_transcript_downloads_as_text(front_line: FrontLine, sender: str) -> None:
    say(front_line, sender, "what are your opening hours?")
    response = front_line.history(sender, "transcript")
    assert response.headers["content-disposition"].startswith("attachment")
    assert "You: what are your opening hours?" in response.text
    assert "Virtual agent: " in response.text

"""Rasa's HTTP API, against the running server."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.front_line import FrontLine


@pytest.fixture
def api(front_line: FrontLine) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=front_line.url, timeout=90) as client:
        yield client


@pytest.fixture
def sender() -> str:
    return f"rasa-{secrets.token_hex(8)}"


def say(api: httpx.Client, sender: str, message: str) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = api.post(
        "/webhooks/rest/webhook", json={"sender": sender, "message": message}
    ).json()
    return answers


def test_a_parse_has_rasa_s_fields_and_ours(api: httpx.Client) -> None:
    text = "where is order 48213?"
    parse = api.post("/model/parse", json={"text": text, "message_id": "abc"}).json()
    assert parse["text"] == text
    assert parse["message_id"] == "abc"
    assert parse["intent"]["name"] == "order_status"
    assert 0 < parse["intent"]["confidence"] <= 1
    assert parse["intent_ranking"][0] == parse["intent"]
    (entity,) = parse["entities"]
    assert (entity["entity"], entity["value"]) == ("order_number", "48213")
    assert text[entity["start"] : entity["end"]] == "48213"
    assert parse["language"] == "en"
    assert parse["scope"]["in_scope"] is True


def test_a_retrieval_intent_says_which_answer(api: httpx.Client) -> None:
    parse = api.post("/model/parse", json={"text": "what are your opening hours?"}).json()
    assert parse["intent"]["name"] == "faq"
    response = parse["response_selector"]["faq"]["response"]
    assert response["intent_response_key"] == "faq/opening_hours"
    assert response["utter_action"] == "utter_faq/opening_hours"


def test_what_is_out_of_scope_is_said_to_be(api: httpx.Client) -> None:
    parse = api.post("/model/parse", json={"text": "what is the capital of mongolia?"}).json()
    assert parse["scope"]["in_scope"] is False


def test_a_payload_message_is_taken_at_its_word(api: httpx.Client) -> None:
    parse = api.post("/model/parse", json={"text": '/order_status{"order_number": "48213"}'}).json()
    assert parse["intent"] == {"name": "order_status", "confidence": 1.0}
    assert parse["entities"][0]["value"] == "48213"


def test_the_tracker_is_rasa_s(api: httpx.Client, sender: str) -> None:
    say(api, sender, "where is my order 48213?")
    tracker = api.get(f"/conversations/{sender}/tracker").json()
    assert tracker["sender_id"] == sender
    assert tracker["slots"]["order_number"] == "48213"
    assert tracker["slots"]["email"] is None, "slots that were never set are there too"
    assert tracker["active_loop"]["name"] == "order_status_form"
    assert tracker["latest_message"]["intent"]["name"] == "order_status"
    assert tracker["latest_action_name"] == "action_listen"
    kinds = [event["event"] for event in tracker["events"]]
    assert kinds[0] == "action" or "session_started" in kinds
    assert {"user", "bot", "action", "slot", "active_loop"} <= set(kinds)
    assert api.get(f"/conversations/{sender}/tracker?include_events=NONE").json()["events"] is None


def test_an_unknown_conversation_has_an_empty_tracker_and_is_not_made(api: httpx.Client, sender: str) -> None:
    tracker = api.get(f"/conversations/{sender}/tracker").json()
    assert tracker["events"] == []
    assert tracker["conversation_id"] is None


def test_pause_silences_the_bot_and_resume_lets_it_speak(api: httpx.Client, sender: str) -> None:
    assert say(api, sender, "hello")
    api.post(f"/conversations/{sender}/tracker/events", json={"event": "pause"}).raise_for_status()
    assert say(api, sender, "hello?") == []
    api.post(f"/conversations/{sender}/tracker/events", json=[{"event": "resume"}]).raise_for_status()
    assert say(api, sender, "hello again")


def test_slots_are_set_from_outside(api: httpx.Client, sender: str) -> None:
    events = [{"event": "slot", "name": "order_number", "value": "51377"}]
    tracker = api.post(f"/conversations/{sender}/tracker/events", json=events).json()
    assert tracker["slots"]["order_number"] == "51377"


def test_of_several_events_with_a_bad_one_none_is_appended(api: httpx.Client, sender: str) -> None:
    say(api, sender, "hello")
    before = api.get(f"/conversations/{sender}/tracker?include_events=ALL").json()["events"]
    response = api.post(
        f"/conversations/{sender}/tracker/events", json=[{"event": "pause"}, {"event": "explode"}]
    )
    assert response.status_code == 422
    assert response.json()["code"] == "tracker.unknown_event"
    assert api.get(f"/conversations/{sender}/tracker?include_events=ALL").json()["events"] == before


def test_status_version_probes_and_metrics(api: httpx.Client, sender: str) -> None:
    assert api.get("/status").json()["model_file"].startswith("shop-")
    assert api.get("/version").json()["version"].startswith("3.")
    assert api.get("/healthz").status_code == 200
    assert api.get("/readyz").status_code == 200
    say(api, sender, "hello")
    figures = api.get("/metrics").text
    assert 'firstline_messages_total{channel="rest"}' in figures
    assert 'firstline_turn_seconds_count{channel="rest"}' in figures


def test_the_desk_s_routes_need_a_sign_in(api: httpx.Client) -> None:
    for path in ("/api/v1/handoffs", "/api/v1/agents", "/api/v1/contacts/C-1001", "/api/v1/conversations/x"):
        response = api.get(path)
        assert response.status_code == 401, path
        assert response.json()["code"] == "auth.required"


def test_what_is_not_there_is_said_in_the_same_form(api: httpx.Client) -> None:
    response = api.get("/nothing/here")
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"

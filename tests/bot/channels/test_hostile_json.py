"""JSON that no client of ours writes: each route names the fault, keeps nothing, and goes on working."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

import httpx
import pytest

from bot.errors import InvalidInput
from bot.tracker import MAX_AHEAD_S, event_from_rasa
from tests.support.front_line import FrontLine

NOW = 1_790_000_000.0
USER = '{"event": "user", "text": "hi", "parse_data": %s}'
TIMES = ['"abc"', '{"a": 1}', "1" * 400, "NaN", "1e999", "-1", "true", '"nan"', str(NOW + 2 * MAX_AHEAD_S)]
BROKEN = {
    **{f"timestamp {value[:20]}": f'{{"event": "pause", "timestamp": {value}}}' for value in TIMES},
    "surrogate in a name": '{"event": "slot", "name": "a\\ud800", "value": 1}',
    "surrogate in a value": '{"event": "slot", "name": "order_number", "value": "\\ud800"}',
    "surrogate in a key": '{"event": "slot", "name": "order_number", "value": {"\\ud800": 1}}',
    "400 levels": '{"event": "slot", "name": "a", "value": ' + "[" * 400 + "]" * 400 + "}",
    "900 levels": '{"event": "slot", "name": "a", "value": ' + '{"a":' * 900 + "1" + "}" * 901,
    "NaN in a value": '{"event": "slot", "name": "a", "value": NaN}',
    "text 5": '{"event": "user", "text": 5, "parse_data": {"intent": {"name": "x"}}}',
    "parse_data a list": USER % "[1]",
    "intent a text": USER % '{"intent": "x"}',
    "intent_ranking of numbers": USER % '{"intent_ranking": [1]}',
    "confidence nan as text": USER % '{"intent": {"name": "x", "confidence": "nan"}}',
    "response_selector a list": USER % '{"response_selector": [1]}',
    "response_selector of a number": USER % '{"response_selector": {"faq": {"response": 7}}}',
    "metadata a list": '{"event": "bot", "text": "a", "metadata": [1]}',
    "data a text": '{"event": "bot", "text": "a", "data": "x"}',
    "buttons of texts": '{"event": "bot", "text": "a", "data": {"buttons": ["x"]}}',
    "entity at infinity": '{"event": "entities", "entities": [{"entity": "a", "value": 1, "start": 1e999}]}',
    "entity at 400 digits": f'{{"event": "entities", "entities": [{{"entity": "a", "start": {"1" * 400}}}]}}',
    "entities of numbers": '{"event": "entities", "entities": [1]}',
    "action nan": '{"event": "action", "name": "action_listen", "confidence": "nan"}',
}
SURROGATE = "\ud800"


@pytest.mark.parametrize("event", BROKEN.values(), ids=BROKEN.keys())
def test_an_event_that_does_not_fit_is_refused_by_name(event: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        event_from_rasa(json.loads(event), now=NOW)
    assert refused.value.code.startswith("tracker.")
    str(refused.value).encode()


def test_of_events_that_do_not_fit_the_server_keeps_none(front_line: FrontLine) -> None:
    sender = f"hostile-{secrets.token_hex(8)}"
    with httpx.Client(base_url=front_line.url, timeout=90) as api:
        path = f"/conversations/{sender}/tracker"
        api.post(f"{path}/events", json={"event": "slot", "name": "order_number", "value": "51377"})
        before = api.get(f"{path}?include_events=ALL").json()["events"]
        for name, event in BROKEN.items():
            if str(NOW + 2 * MAX_AHEAD_S) in event:
                event = event.replace(str(NOW + 2 * MAX_AHEAD_S), str(time.time() + 2 * MAX_AHEAD_S))
            response = api.post(
                f"{path}/events",
                content=f'[{{"event": "pause"}}, {event}]',
                headers={"content-type": "application/json"},
            )
            assert response.status_code == 422, (name, response.text)
            assert response.json()["code"], name
        assert api.get(f"{path}?include_events=ALL").json()["events"] == before


def test_times_of_now_and_soon_are_taken() -> None:
    for at in (0, 1, NOW, NOW + MAX_AHEAD_S - 1):
        event = event_from_rasa({"event": "pause", "timestamp": at}, now=NOW)
        assert event is not None
        assert event.timestamp == at
    event = event_from_rasa({"event": "pause"}, now=NOW)
    assert event is not None
    assert event.timestamp == NOW


def bodies(front_line: FrontLine) -> dict[str, dict[str, Any]]:
    """Every route with a JSON body, and the schema of that body, references resolved one level at a time."""
    document = httpx.get(f"{front_line.url}/openapi.json", timeout=90).json()
    found = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                found[f"{method.upper()} {path}"] = content["application/json"]["schema"]
    return {route: {"schema": schema, "document": document} for route, schema in found.items()}


def unlimited(schema: dict[str, Any], document: dict[str, Any], where: str, depth: int = 0) -> list[str]:
    """The places of a schema where any text is taken."""
    if depth > 8:
        return []
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return unlimited(document["components"]["schemas"][name], document, f"{where}:{name}", depth + 1)
    inner = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    found = [place for each in inner for place in unlimited(each, document, where, depth + 1)]
    for key, each in schema.get("properties", {}).items():
        found += unlimited(each, document, f"{where}.{key}", depth + 1)
    if isinstance(schema.get("items"), dict):
        found += unlimited(schema["items"], document, f"{where}[]", depth + 1)
    bounded = {"maxLength", "enum", "const", "pattern", "format"} & schema.keys()
    if schema.get("type") == "string" and not bounded:
        found.append(where)
    return found


def test_every_text_that_a_route_takes_has_a_greatest_length(front_line: FrontLine) -> None:
    routes = bodies(front_line)
    assert {"POST /model/parse", "POST /webhooks/rest/webhook"} <= routes.keys()
    assert [p for route, each in routes.items() for p in unlimited(**each, where=route)] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/model/parse", {"text": "a", "message_id": SURROGATE}),
        ("/model/parse", {"text": "a", "token": SURROGATE}),
        ("/model/parse", {"text": SURROGATE}),
        ("/webhooks/rest/webhook", {"sender": SURROGATE, "message": "hi"}),
        ("/webhooks/rest/webhook", {"sender": "hostile", "message": "hi", "message_id": SURROGATE}),
        ("/conversations/hostile/tracker/events", {SURROGATE: 1}),
        ("/conversations/hostile/tracker/events", {"event": SURROGATE}),
    ],
)
def test_half_a_character_is_refused(front_line: FrontLine, path: str, body: dict[str, Any]) -> None:
    response = httpx.post(
        front_line.url + path,
        content=json.dumps(body),
        headers={"content-type": "application/json"},
        timeout=90,
    )
    assert response.status_code == 422, response.text
    assert response.json()["code"]

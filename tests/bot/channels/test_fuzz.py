"""What no client of ours would send: each route answers with an error of ours, and never fails."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
import schemathesis
import socketio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode, Response
from schemathesis.core.result import Ok

from tests.support.front_line import FrontLine

DEMO_PASSWORD = "firstline-demo"
LIGHT = settings(
    max_examples=5,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
# What would end the session, or change how the server treats the tests beside this one.
LEFT_OUT = {
    ("DELETE", "/api/v1/session"),
    ("DELETE", "/api/v1/sessions"),
    ("PUT", "/api/v1/agents/me/helping"),
    ("PUT", "/api/v1/agents/me/presence"),
}


@pytest.fixture(scope="module")
def operations(front_line: FrontLine) -> list[APIOperation[Any, Any, Any, Any]]:
    """What the server says of its own routes."""
    schema = schemathesis.openapi.from_url(f"{front_line.url}/openapi.json")
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    return [each for each in found if (each.method.upper(), each.path) not in LEFT_OUT]


@pytest.fixture(scope="module")
def supervisor(front_line: FrontLine) -> str:
    """The cookie of somebody who may do nearly everything."""
    body = {"login": "supervisor1", "password": DEMO_PASSWORD}
    response = httpx.post(f"{front_line.url}/api/v1/session", json=body)
    assert response.status_code == 200, response.text
    return response.headers["set-cookie"].partition(";")[0]


@pytest.mark.slow
@pytest.mark.parametrize("who", ["a stranger", "a supervisor"])
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_nobody_can_make_a_route_fail(
    operations: list[APIOperation[Any, Any, Any, Any]], supervisor: str, who: str, mode: GenerationMode
) -> None:
    headers = {"Cookie": supervisor} if who == "a supervisor" else {}
    wrong: dict[str, str] = {}
    for operation in operations:

        @LIGHT
        @given(case=operation.as_strategy(generation_mode=mode))
        def try_it(case: Case[Any]) -> None:
            problem = problem_of(case.call(headers=headers, timeout=90), method=case.method)
            if problem is not None:
                wrong[f"{case.method} {case.path}"] = problem

        with suppress(Unsatisfiable):  # there is nothing to get wrong in a route that takes nothing
            try_it()
    assert wrong == {}


def problem_of(response: Response, *, method: str) -> str | None:
    """What is wrong with an answer."""
    if response.status_code >= 500:
        return f"{response.status_code} {response.text[:300]} for {response.request.body!r:.500}"
    if response.status_code >= 400 and method != "HEAD" and not {"code", "message"} <= response.json().keys():
        return response.text[:300]
    return None


@pytest.mark.parametrize(
    "message",
    [
        '/inform{"order_number": NaN}',
        '/inform{"order_number": 1e999}',
        '/inform{"order_number": "\\ud800"}',
        '/inform{"order_number": {"a": [1]}}',
        '/order_status{"order_number": [48213, true, null]}',
        '/inform{"order_number": ' + "[" * 900 + "]" * 900 + "}",
        '/inform{"order_number": ' + '{"a":' * 300 + "1" + "}" * 300 + "}",
        "/" + "a" * 1999,
        "/a@99999999999999999999.9",
        "\x00",
        "\ud800 hello",
        "hello \u202e\u2066 \x1b[31m",
        "a" * 64 + "@" + "b" * 1900 + ".com",
        "🫠" * 1000,
    ],
)
def test_messages_of_any_kind_are_answered(front_line: FrontLine, message: str) -> None:
    url = f"{front_line.url}/webhooks/rest/webhook"
    sender = f"fuzz-{abs(hash(message))}"
    for text in ("/order_status", message):
        # As ASCII: half of a surrogate pair cannot be written in UTF-8.
        body = json.dumps({"sender": sender, "message": text})
        response = httpx.post(url, content=body, headers={"content-type": "application/json"}, timeout=90)
        assert response.status_code in (200, 422), response.text
    tracker = httpx.get(f"{front_line.url}/conversations/{sender}/tracker?include_events=ALL")
    assert tracker.status_code == 200
    for what in ("messages", "transcript"):
        assert front_line.history(sender, what).status_code == 200


@pytest.mark.parametrize(
    "metadata",
    [
        '{"a": NaN}',
        '{"a": 1e999}',
        '{"a": "\\ud800"}',
        '{"\\ud800": 1}',
        '{"a": ' + "[" * 500 + "]" * 500 + "}",
        '{"a": "' + "x" * 20_000 + '"}',
        "{" + ", ".join(f'"k{n}": 1' for n in range(60)) + "}",
    ],
)
def test_metadata_is_small_and_plain(front_line: FrontLine, metadata: str) -> None:
    response = httpx.post(
        f"{front_line.url}/webhooks/rest/webhook",
        content=f'{{"sender": "fuzz-metadata", "message": "hi", "metadata": {metadata}}}',
        headers={"content-type": "application/json"},
    )
    assert response.status_code in (400, 422), response.text
    assert response.json()["code"]


@pytest.mark.parametrize("title", [{"a": 1}, [1], 7, "", "t" * 5000])
def test_a_title_of_any_kind_does_not_keep_the_desk_from_reading(
    front_line: FrontLine, supervisor: str, title: Any
) -> None:
    sender = f"fuzz-title-{abs(hash(str(title)))}"
    body = {"sender": sender, "message": "hi", "metadata": {"title": title, "language": "x" * 90}}
    assert httpx.post(f"{front_line.url}/webhooks/rest/webhook", json=body, timeout=90).status_code == 200
    address = f"{front_line.url}/api/v1/conversations/{front_line.public_id(sender)}"
    read = httpx.get(address, headers={"Cookie": supervisor})
    assert read.status_code == 200, read.text
    assert read.json()["messages"][0]["text"] == "hi"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
payloads = json_values | st.fixed_dictionaries(
    {},
    optional={
        "session_id": st.just("fuzz-socket") | json_values,
        "message": st.text(min_size=1, max_size=30) | json_values,
        "message_id": st.text(max_size=10) | json_values,
        "title": json_values,
        "customData": json_values,
        "after": json_values,
        "score": json_values,
        "comment": json_values,
        "active": json_values,
    },
)


@pytest.fixture
async def chat(front_line: FrontLine) -> AsyncIterator[socketio.AsyncClient]:
    client = socketio.AsyncClient(reconnection=False)
    await client.connect(front_line.url)
    await client.call("session_request", {"session_id": "fuzz-socket"}, timeout=90)
    yield client
    await client.disconnect()


@pytest.mark.parametrize("event", ["user_uttered", "history", "handoff_request", "handoff_cancel", "rate"])
async def test_every_socket_request_is_acknowledged(chat: socketio.AsyncClient, event: str) -> None:
    loop_bound: list[Any] = []

    @settings(max_examples=25, database=None)
    @given(payload=payloads)
    def collect(payload: Any) -> None:
        loop_bound.append(payload)

    collect()
    for payload in loop_bound:
        if event == "handoff_request" and _names_ours(payload):
            continue  # it would wait in the queue, in sight of the tests beside this one
        reply = await chat.call(event, payload, timeout=90)
        assert reply["ok"] in (True, False)
        assert reply["ok"] or (reply["code"] and reply["code"] != "firstline.error"), (payload, reply)


def _names_ours(payload: Any) -> bool:
    return not isinstance(payload, dict) or payload.get("session_id") in (None, "fuzz-socket")


async def test_one_connection_joins_a_bounded_number_of_sessions(front_line: FrontLine) -> None:
    client = socketio.AsyncClient(reconnection=False)
    refusals: list[Any] = []
    client.on("session_error", refusals.append)
    await client.connect(front_line.url)
    for number in range(25):
        await client.call("session_request", {"session_id": f"fuzz-many-{number}"}, timeout=90)
    await client.disconnect()
    assert [refusal["code"] for refusal in refusals] == ["session.too_many"] * 5

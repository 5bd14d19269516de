"""A remote action server, spoken to as Rasa does (``action_endpoint`` in endpoints.yml)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import httpx

from bot.dialogue.actions import ActionCall, ActionFailure, ActionRejected, ActionResult
from bot.project.domain import Domain

RASA_VERSION = "3.6.21"
"""The Rasa Open Source whose request format is spoken; action servers log it."""


class RemoteActions:
    """Posts each call to an action server. The domain is sent only when the server asks for it (status 449).

    ``timeout`` is in seconds. The client is closed by `close`.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
        timeout: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = url
        self._params = {"token": token} if token else None
        self._client = httpx.AsyncClient(headers=dict(headers or {}), timeout=timeout, transport=transport)
        self._domain: tuple[Domain, dict[str, Any], str] | None = None

    def knows(self, name: str) -> bool:
        return True

    def has_effects(self, name: str) -> bool:
        return True

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def run(self, call: ActionCall) -> ActionResult:
        """Run an action. Raises ActionRejected, ActionFailure."""
        domain, digest = self._domain_of(call.domain)
        body: dict[str, Any] = {
            "next_action": call.name,
            "sender_id": call.tracker["sender_id"],
            "tracker": call.tracker,
            "version": RASA_VERSION,
            "domain_digest": digest,
        }
        if call.name in call.domain.actions_sent_domain:
            body["domain"] = domain
        response = await self._post(call.name, body)
        if response.status_code == 449:
            response = await self._post(call.name, {**body, "domain": domain})
        if response.status_code == 400:
            name = _json(call.name, response).get("action_name")
            raise ActionRejected(str(name or call.name))
        if response.status_code == 404:
            raise ActionFailure(
                f"The action server does not know '{call.name}'.",
                code="action.unknown",
                hint="register it there, or remove it from the domain",
            )
        if response.status_code != 200:
            raise ActionFailure(
                f"The action server answered {response.status_code} to '{call.name}'.", code="action.failed"
            )
        answer = _json(call.name, response)
        return ActionResult(answer.get("events") or (), answer.get("responses") or ())

    async def _post(self, name: str, body: dict[str, Any]) -> httpx.Response:
        try:
            return await self._client.post(self._url, json=body, params=self._params)
        except httpx.TimeoutException as error:
            raise ActionFailure(f"The action '{name}' took too long.", code="action.timeout") from error
        except httpx.HTTPError as error:
            raise ActionFailure(
                f"The action server at {self._url} cannot be reached.",
                code="action.unreachable",
                hint="start it, or mend action_endpoint in endpoints.yml",
            ) from error

    def _domain_of(self, domain: Domain) -> tuple[dict[str, Any], str]:
        if self._domain is None or self._domain[0] is not domain:
            data = domain.as_dict()
            digest = hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()
            self._domain = (domain, data, digest)
        return self._domain[1], self._domain[2]


def _json(name: str, response: httpx.Response) -> dict[str, Any]:
    try:
        data = response.json()
    except ValueError as error:
        raise ActionFailure(f"The action server's answer to '{name}' is no JSON.") from error
    if not isinstance(data, dict):
        raise ActionFailure(f"The action server's answer to '{name}' is no object.")
    return data

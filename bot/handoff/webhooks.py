"""Outgoing webhooks: what happens to handoffs, signed by Standard Webhooks and retried until it arrives.

What is to be sent is found from the log and kept in an outbox. A crash between an append and the outbox
loses nothing: `Webhooks.recover` compares the log with the outbox, whose rows are unique per event.
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx
import structlog
from standardwebhooks import Webhook as Signer

from bot.conversation import Conversation, EventStore
from bot.conversations import Conversations
from bot.errors import InvalidInput, NotFound, Unavailable
from bot.events import Event
from bot.handoff.settings import HandoffSettings
from bot.handoff.webhook_targets import UnsafeTarget, check_target, resolve_target
from bot.transcript import message_of

log = structlog.get_logger(__name__)

EVENT_TYPES = (
    "handoff.queued",
    "handoff.offered",
    "handoff.accepted",
    "handoff.transferred",
    "handoff.resolved",
    "handoff.abandoned",
    "message.created",
)
RETRY_AFTER_S = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 10_800.0, 21_600.0, 43_200.0)
"""Waits between attempts, about a day in all."""
KEEP_S = 30 * 86400.0
"""So long can events be sent again."""
_FORGET_EVERY_S = 3600.0
_CLAIM_S = 30.0
_BATCH = 20
_HOOKS_KEPT_S = 10.0
_IDLE_S = 1.0
# While other nodes go on, the outbox's latest event says little about what a node that died kept out of it.
_RECOVER_EVERY_S = 30.0
# Longer than that, and appends of other nodes become visible a little later than their timestamps say.
_OVERLAP_S = 60.0


@dataclass(frozen=True, slots=True)
class Hook:
    """Where to send which events. ``secret`` is Standard Webhooks' (``whsec_`` and base64)."""

    id: str
    url: str
    events: tuple[str, ...]
    secret: str = field(repr=False)
    created_at: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one hook. ``id`` is the same at each attempt, so that receivers can drop repeats."""

    id: str
    hook_id: str
    conversation_id: str
    sequence: int
    type: str
    body: str
    timestamp: float
    attempts: int = 0
    next_attempt_at: float = 0.0


class WebhookStore(Protocol):
    """Hooks and the outbox (`bot.store.webhooks`)."""

    async def add_hook(self, hook: Hook) -> None: ...

    async def hooks(self) -> Sequence[Hook]:
        """Oldest first."""
        ...

    async def remove_hook(self, hook_id: str) -> bool:
        """With its deliveries; whether there was one."""
        ...

    async def enqueue(self, deliveries: Sequence[Delivery]) -> None:
        """Those that are there (same hook, conversation and sequence) stay as they are."""
        ...

    async def latest_timestamp(self) -> float | None:
        """The timestamp of the latest event in the outbox."""
        ...

    async def claim_due(self, now: float, *, until: float, limit: int) -> Sequence[Delivery]:
        """Deliveries due now, which no other node gets before ``until``."""
        ...

    async def delivered(self, delivery_id: str, *, at: float) -> None: ...

    async def failed(self, delivery_id: str, *, attempts: int, next_attempt_at: float | None) -> None:
        """``next_attempt_at`` None gives up."""
        ...

    async def forget(self, before: float) -> None:
        """Drop the deliveries of events before then."""
        ...

    async def replay(self, hook_id: str, *, since: float, now: float) -> int:
        """Make the deliveries of events since then due again; how many."""
        ...


class Webhooks:
    """Adds and removes hooks, fills the outbox from the log, and sends it; `run` must be running."""

    def __init__(
        self,
        store: WebhookStore,
        conversations: Conversations,
        *,
        settings: HandoffSettings,
        client: httpx.AsyncClient,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """``client`` must not follow redirects, which could lead to an address that was not checked."""
        self._store = store
        self._events: EventStore = conversations.store
        self._conversations = conversations
        self._settings = settings
        self._client = client
        self._clock = conversations.clock
        self._jitter = jitter
        self._hooks: Sequence[Hook] = ()
        self._hooks_at = float("-inf")
        self._fresh: list[tuple[str, str, int, Event]] = []
        self._woken = asyncio.Event()
        self._forgot_at = float("-inf")
        self._recovered_at = float("-inf")
        conversations.subscribe(self._appended)

    async def add(self, url: str, events: Sequence[str]) -> Hook:
        """Send these events (all when empty) to a URL. Raises InvalidInput."""
        unknown = sorted(set(events) - set(EVENT_TYPES))
        if unknown:
            raise InvalidInput(
                f"There is no event {unknown[0]!r}.",
                code="webhook.unknown_event",
                hint=f"one of: {', '.join(EVENT_TYPES)}",
            )
        try:
            check_target(url, allow_loopback=self._settings.webhooks_allow_loopback)
        except UnsafeTarget as error:
            raise InvalidInput(str(error), code="webhook.bad_url", hint=error.hint) from error
        hook = Hook(
            id=f"webhook_{secrets.token_hex(8)}",
            url=url,
            events=tuple(events) or EVENT_TYPES,
            secret="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
            created_at=self._clock(),
        )
        await self._store.add_hook(hook)
        self._hooks_at = float("-inf")
        return hook

    async def all(self) -> Sequence[Hook]:
        return await self._store.hooks()

    async def remove(self, hook_id: str) -> None:
        """Raises NotFound."""
        if not await self._store.remove_hook(hook_id):
            raise NotFound("There is no such webhook.", code="webhook.not_found")
        self._hooks_at = float("-inf")

    async def replay(self, hook_id: str, *, since: float) -> int:
        """Send again what happened since then, also what arrived; how many. Raises NotFound."""
        if all(hook.id != hook_id for hook in await self._store.hooks()):
            raise NotFound("There is no such webhook.", code="webhook.not_found")
        count = await self._store.replay(hook_id, since=since, now=self._clock())
        self._woken.set()
        return count

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            self._woken.clear()
            try:
                await self.step()
            except Unavailable:
                log.warning("webhook.step_put_off")
            except Exception:
                log.exception("webhook.step_failed")
            try:
                async with asyncio.timeout(_IDLE_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def step(self) -> None:
        """Fill the outbox with what was appended, and send what is due."""
        await self._fill()
        if not await self._current_hooks():
            return
        now = self._clock()
        if now - self._recovered_at >= _RECOVER_EVERY_S:
            await self.recover()
            self._recovered_at = now
        if now - self._forgot_at >= _FORGET_EVERY_S:
            await self._store.forget(now - KEEP_S)
            self._forgot_at = now
        while True:
            now = self._clock()
            due = await self._store.claim_due(now, until=now + _CLAIM_S, limit=_BATCH)
            if not due:
                return
            await asyncio.gather(*(self._send(delivery) for delivery in due))

    async def recover(self) -> None:
        """Put into the outbox what a crash kept out of it."""
        hooks = await self._current_hooks()
        if not hooks:
            return
        since = await self._store.latest_timestamp()
        if since is None:
            since = min(hook.created_at for hook in hooks)
        else:
            # An event that another program dates ahead must not hide those that come before its time.
            since = min(since, self._clock()) - _OVERLAP_S
        # What was compared once is not compared again, however seldom an event comes that a hook asks for.
        since = max(since, self._recovered_at - _OVERLAP_S)
        before: float | None = None
        while True:
            page = await self._events.summaries(before=before, limit=200)
            for summary in page:
                if summary.updated_at >= since:
                    conversation = await self._conversations.get(summary.id)
                    found = [
                        (conversation.id, conversation.channel, sequence, event)
                        for sequence, event in enumerate(conversation.events, 1)
                        if event.timestamp >= since
                    ]
                    await self._enqueue(found, hooks)
            if len(page) < 200 or page[-1].updated_at < since:
                return
            before = page[-1].updated_at

    async def _appended(self, conversation: Conversation, fresh: Sequence[tuple[int, Event]]) -> None:
        # Without hooks, which is usual, a chat turn costs nothing here; `_HOOKS_KEPT_S` bounds how long a
        # hook added on another node goes unnoticed.
        if not self._hooks and self._clock() - self._hooks_at < _HOOKS_KEPT_S:
            return
        self._fresh.extend((conversation.id, conversation.channel, s, event) for s, event in fresh)
        self._woken.set()

    async def _fill(self) -> None:
        fresh, self._fresh = self._fresh, []
        hooks = await self._current_hooks()
        if fresh and hooks:
            await self._enqueue(fresh, hooks)

    async def _enqueue(self, found: Sequence[tuple[str, str, int, Event]], hooks: Sequence[Hook]) -> None:
        deliveries: list[Delivery] = []
        for conversation_id, channel, sequence, event in found:
            try:
                payload = payload_of(conversation_id, channel, sequence, event)
                body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
                body.encode()
            except (ValueError, OverflowError, OSError, RecursionError) as error:
                # An impossible time, or text that cannot be written: no later attempt would go better.
                log.warning(
                    "webhook.event_left_out",
                    conversation_id=conversation_id,
                    sequence=sequence,
                    problem=type(error).__name__,
                )
                continue
            if payload is None:
                continue
            deliveries.extend(
                Delivery(
                    id=f"msg_{secrets.token_hex(12)}",
                    hook_id=hook.id,
                    conversation_id=conversation_id,
                    sequence=sequence,
                    type=payload["type"],
                    body=body,
                    timestamp=event.timestamp,
                    next_attempt_at=self._clock(),
                )
                for hook in hooks
                if payload["type"] in hook.events and event.timestamp >= hook.created_at
            )
        if deliveries:
            await self._store.enqueue(deliveries)

    async def _send(self, delivery: Delivery) -> None:
        hook = next((hook for hook in await self._current_hooks() if hook.id == delivery.hook_id), None)
        if hook is None:
            return
        try:
            status = await self._post(hook, delivery)
        except (httpx.HTTPError, httpx.InvalidURL, UnsafeTarget, OSError, UnicodeError) as error:
            await self._retry(delivery, type(error).__name__)
            return
        if 200 <= status < 300:
            await self._store.delivered(delivery.id, at=self._clock())
        else:
            await self._retry(delivery, str(status))

    async def _post(self, hook: Hook, delivery: Delivery) -> int:
        """The receiver's status. The address that was checked is the one that is called."""
        async with asyncio.timeout(self._settings.webhook_timeout_s):
            target = await resolve_target(hook.url, allow_loopback=self._settings.webhooks_allow_loopback)
            # The library takes the timestamp for naive UTC, whatever it says of itself.
            now = datetime.fromtimestamp(int(self._clock()), UTC)
            signature = Signer(hook.secret).sign(delivery.id, now, delivery.body)
            response = await self._client.post(
                target.url,
                content=delivery.body.encode(),
                headers={
                    "host": target.host_header,
                    "content-type": "application/json",
                    "webhook-id": delivery.id,
                    "webhook-timestamp": str(int(now.timestamp())),
                    "webhook-signature": signature,
                },
                extensions={"sni_hostname": target.hostname},
            )
            return response.status_code

    async def _retry(self, delivery: Delivery, problem: str) -> None:
        attempts = delivery.attempts + 1
        log.warning("webhook.attempt_failed", hook_id=delivery.hook_id, attempts=attempts, problem=problem)
        next_attempt_at = None
        if attempts <= len(RETRY_AFTER_S):
            # A tenth of jitter, so that receivers that were down are not met by everything at once.
            next_attempt_at = self._clock() + RETRY_AFTER_S[attempts - 1] * (1 + 0.1 * self._jitter())
        await self._store.failed(delivery.id, attempts=attempts, next_attempt_at=next_attempt_at)

    async def _current_hooks(self) -> Sequence[Hook]:
        now = self._clock()
        if now - self._hooks_at >= _HOOKS_KEPT_S:
            self._hooks, self._hooks_at = await self._store.hooks(), now
        return self._hooks


def payload_of(conversation_id: str, channel: str, sequence: int, event: Event) -> dict[str, Any] | None:
    """The webhook's JSON for an event, or None for events that are not sent."""
    at = datetime.fromtimestamp(event.timestamp, UTC).isoformat()
    head = {"conversation_id": conversation_id, "channel": channel, "sequence": sequence}
    type_ = event.type.replace("handoff_", "handoff.", 1)
    if type_ in EVENT_TYPES:
        data = event.model_dump(mode="json", exclude={"type", "v", "timestamp"})
        return {"type": type_, "timestamp": at, "data": head | data}
    message = message_of(sequence, event)
    if message is None or message.author == "system":
        return None
    return {
        "type": "message.created",
        "timestamp": at,
        "data": head | {"message": message.model_dump(mode="json")},
    }

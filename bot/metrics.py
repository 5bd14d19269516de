"""What Prometheus reads: counted where it happens, named with its unit."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import Counter, Histogram

from bot.conversation import Conversation
from bot.events import ActionFailed, EscalationRequested, Event, UserUttered

TURN_SECONDS = Histogram(
    "firstline_turn_seconds",
    "From a customer's message to its last answer.",
    ["channel"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
)
PARSE_BATCH = Histogram(
    "firstline_parse_batch_size",
    "Utterances that shared a forward pass of language understanding.",
    buckets=(1, 2, 4, 8, 16, 32),
)
EVENTS = Counter("firstline_events_total", "Events appended to conversations.", ["type"])
MESSAGES = Counter("firstline_messages_total", "Messages of customers.", ["channel"])
ESCALATIONS = Counter("firstline_escalations_total", "The bot gave up, or was asked to.", ["reason"])
ACTION_FAILURES = Counter("firstline_action_failures_total", "Custom actions that failed.", ["action"])


async def count(_conversation: Conversation, fresh: Sequence[tuple[int, Event]]) -> None:
    """`bot.conversations.Listener`: count what was appended."""
    for _, event in fresh:
        EVENTS.labels(event.type).inc()
        match event:
            case UserUttered() if not event.restated:
                MESSAGES.labels(event.channel).inc()
            case EscalationRequested():
                ESCALATIONS.labels(event.reason.value).inc()
            case ActionFailed():
                ACTION_FAILURES.labels(event.action).inc()

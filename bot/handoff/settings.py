"""What an operator may set about handoffs: queues, hours, waits, dispositions."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class OpeningHours(BaseModel):
    """When a queue is served, in its own time zone: day (``mon``..``sun``) to (from, to) spans.

    A span whose end is not after its start runs past midnight.
    """

    model_config = ConfigDict(frozen=True)

    timezone: str = "UTC"
    days: dict[str, tuple[tuple[time, time], ...]]

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError) as error:
            raise ValueError(f"{value!r} is no IANA time zone; write for example Europe/Oslo") from error
        return value

    @field_validator("days")
    @classmethod
    def _known_days(
        cls, value: dict[str, tuple[tuple[time, time], ...]]
    ) -> dict[str, tuple[tuple[time, time], ...]]:
        unknown = sorted(set(value) - set(DAYS))
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no day; use {', '.join(DAYS)}")
        return value


class QueueSettings(BaseModel):
    """A queue: ``intents`` lead here when nobody named a queue; ``hours`` None means always open.

    ``public``: customers may ask for it by name. The bot, agents and programs may use every queue.
    """

    model_config = ConfigDict(frozen=True)

    name: str = Field(pattern=r"^[a-z0-9_-]{1,64}$")
    title: str
    intents: frozenset[str] = frozenset()
    hours: OpeningHours | None = None
    public: bool = False


class Disposition(BaseModel):
    """How a handoff may end."""

    model_config = ConfigDict(frozen=True)

    code: str
    title: str


DEFAULT_QUEUES = (
    QueueSettings(name="general", title="Customer service", public=True),
    QueueSettings(
        name="billing",
        title="Billing",
        public=True,
        intents=frozenset({"invoice_copy", "payment_failed", "refund_status", "voucher_problem"}),
    ),
    QueueSettings(
        name="technical",
        title="Technical support",
        public=True,
        intents=frozenset({"technical_support", "product_question", "reset_password"}),
    ),
)

INTERNAL_SLOTS = frozenset(
    {
        "code",
        "code_email",
        "customer_id",
        "form_attempts",
        "last_form",
        "offer",
        "outcome",
        "send_code",
        "stop_confirmation",
        "stopping",
        "told",
        "verified",
    }
)

PASSING_INTENTS = frozenset(
    {
        "affirm",
        "are_you_a_bot",
        "ask_for_person",
        "complaint",
        "correct",
        "deny",
        "give_feedback",
        "goodbye",
        "greet",
        "help",
        "inform",
        "nlu_fallback",
        "out_of_scope",
        "repeat",
        "request_callback",
        "stop",
        "switch_language",
        "thank",
    }
)

DEFAULT_DISPOSITIONS = (
    Disposition(code="solved", title="Solved"),
    Disposition(code="follow_up", title="Follow-up needed"),
    Disposition(code="passed_on", title="Passed on to another department"),
    Disposition(code="no_reply", title="Customer stopped replying"),
    Disposition(code="spam", title="Spam or abuse"),
)


class HandoffSettings(BaseModel):
    """Settings of queue, routing and desk; times are in seconds."""

    model_config = ConfigDict(frozen=True)

    queues: tuple[QueueSettings, ...] = DEFAULT_QUEUES
    default_queue: str = "general"
    passing_intents: frozenset[str] = PASSING_INTENTS
    """Intents that say nothing about the subject; the latest other one leads to the queue."""
    internal_slots: frozenset[str] = INTERNAL_SLOTS
    """Slots in which the bot keeps its own books: no evidence. The default ones are the default bot's."""
    dispositions: tuple[Disposition, ...] = DEFAULT_DISPOSITIONS

    offer_timeout_s: float = Field(default=20.0, gt=0)
    """An offer that nobody answers goes to the next agent after this long."""
    offer_again_after_s: float = Field(default=60.0, ge=0)
    """Who declined or missed an offer is not asked again about the same handoff before this."""
    match_patience_s: float = Field(default=45.0, ge=0)
    """For so long only agents with the wanted language, skills or name are asked; then anyone."""
    agent_grace_s: float = Field(default=60.0, gt=0)
    """An agent who is gone for longer is offline, and their conversations wait again."""
    agent_idle_s: float = Field(default=1800.0, gt=0)
    """As above, for an agent without a live connection, who calls the HTTP interface only."""
    customer_gone_s: float = Field(default=600.0, gt=0)
    """A waiting customer who is away for longer has abandoned."""
    gateway_gone_s: float = Field(default=60.0, gt=0)
    """A call that no voice gateway carries for longer is over. Longer than a node or a gateway restarts."""
    unstaffed_s: float = Field(default=300.0, ge=0)
    """When a queue has had nobody online for so long, waiting customers are asked to leave a message."""

    default_handling_s: float = Field(default=240.0, gt=0)
    """Handling time assumed while there are no recent ones to learn from."""
    answer_s: float = Field(default=10.0, ge=0)
    """How long an agent takes to accept an offer, in the estimate of a wait."""
    recent_handoffs: int = Field(default=30, ge=1)
    """So many of the latest handling times of a queue are averaged."""

    tick_s: float = Field(default=1.0, gt=0)
    """How often time-outs are looked at."""

    available_at_sign_in: bool = True
    """Whoever signs in is available at once; otherwise they say so themselves."""
    session_s: float = Field(default=12 * 3600.0, gt=0)
    """A desk session ends after so long without use."""
    sign_in_failures: int = Field(default=5, ge=1)
    """So many failed sign-ins of one login from one address are let through; then each has to wait."""
    sign_in_failures_per_login: int = Field(default=20, ge=1)
    """The same for a login from all addresses together, but for those that it signed in from before."""
    sign_in_failures_per_address: int = Field(default=50, ge=1)
    """The same for all logins of an address together; there the waits stay within two seconds."""
    sign_in_delay_s: float = Field(default=1.0, gt=0)
    """The first wait; each further failure doubles it."""
    sign_in_longest_delay_s: float = Field(default=30.0, gt=0)
    sign_in_window_s: float = Field(default=300.0, gt=0)
    """Failures are forgotten so long after the last one."""
    known_browser_days: float = Field(default=90.0, gt=0)
    """A browser, or address, that a login signed in from is known for so many days."""
    link_s: float = Field(default=72 * 3600.0, gt=0)
    """An invitation or a link for a new password can be used for so long."""
    cookie_secure: bool | None = None
    """Whether the session cookie is for https only; None: when the request came by https."""

    webhooks_allow_loopback: bool = False
    """Webhooks may go to http:// and https:// on this machine: for development."""
    webhook_timeout_s: float = Field(default=5.0, gt=0)

    @property
    def known_browser_s(self) -> float:
        return self.known_browser_days * 86400.0

    @model_validator(mode="after")
    def _consistent(self) -> HandoffSettings:
        names = [queue.name for queue in self.queues]
        if len(set(names)) != len(names):
            raise ValueError("two queues have the same name")
        if self.default_queue not in names:
            raise ValueError(f"default_queue {self.default_queue!r} is not among the queues {names}")
        return self

    def queue(self, name: str | None) -> QueueSettings:
        """The queue of that name; the default one when there is none, so that nobody is lost to a typo."""
        by_name = {queue.name: queue for queue in self.queues}
        return by_name.get(name or self.default_queue, by_name[self.default_queue])

    def has_queue(self, name: str) -> bool:
        return any(queue.name == name for queue in self.queues)

    def is_public(self, name: str) -> bool:
        """Whether customers may ask for the queue of that name; False where there is none."""
        return any(queue.name == name and queue.public for queue in self.queues)

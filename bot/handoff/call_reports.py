"""What a voice gateway reports of a call (docs/api.md), checked, and the events that it makes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.errors import InvalidInput
from bot.plain_json import plain_size, storable

DIGITS = r"^[0-9*#A-D]{1,64}$"
MAX_FACTS = 50
MAX_FACTS_BYTES = 10_000
MAX_HEARD = 10_000
LONGEST_CALL_MS = 7 * 24 * 3600 * 1000

ReportId = Annotated[str, Field(pattern=r"^[\w.:@+~-]{1,200}$")]
Words = Annotated[str, Field(max_length=MAX_HEARD), AfterValidator(storable)]
ShortText = Annotated[str, Field(max_length=200), AfterValidator(storable)]
Milliseconds = Annotated[int, Field(ge=0, le=LONGEST_CALL_MS)]


class _Report(BaseModel):
    """Strict: a gateway that sends something else is to be told, not guessed at."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Prompt(_Report):
    """The gateway itself said something; ``why`` is its own word for the occasion."""

    kind: Literal["prompt"]
    text: Words
    heard: Words | None = None
    interrupted: bool = False
    why: ShortText = ""


class Heard(_Report):
    """How much of a message was heard."""

    kind: Literal["heard"]
    sequence: int = Field(ge=1)
    heard: Words
    interrupted: bool


class AgentSpeech(_Report):
    """What the agent said; times in ms from the call's start, confidence 0..1."""

    kind: Literal["agent_speech"]
    text: Words
    start_ms: Milliseconds
    end_ms: Milliseconds
    confidence: float | None = Field(None, ge=0, le=1)
    agent_id: ShortText | None = None


class AgentJoined(_Report):
    """The agent's audio came."""

    kind: Literal["agent_joined"]
    handoff_id: ShortText
    agent_id: ShortText | None = None


class AgentLost(_Report):
    """The agent's audio broke off."""

    kind: Literal["agent_lost"]
    handoff_id: ShortText
    agent_id: ShortText | None = None


class Held(_Report):
    """Hold or resume."""

    kind: Literal["held"]
    held: bool
    by: Literal["caller", "agent"]


class Digits(_Report):
    """Keys that were no answer to the bot."""

    kind: Literal["digits"]
    digits: str = Field(pattern=DIGITS)


class Transfer(_Report):
    """How passing the call on outside went: a SIP status."""

    kind: Literal["transfer"]
    target: ShortText
    status: int = Field(ge=100, le=699)


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    size = plain_size(facts, max_depth=2)
    if size is None or size > MAX_FACTS_BYTES:
        raise ValueError(f"facts are plain JSON of {MAX_FACTS_BYTES} bytes at most")
    return facts


class Ended(_Report):
    """The call is over."""

    kind: Literal["ended"]
    reason: ShortText
    facts: Annotated[dict[str, Any], Field(max_length=MAX_FACTS), AfterValidator(_plain)] = Field(
        default_factory=dict
    )


class JoinRequest(_Report):
    """An agent's audio wants in: who holds which ticket. ``report_id`` is the try's own."""

    report_id: ReportId
    ticket_id: ShortText
    handoff_id: ShortText
    agent_id: ShortText


Report = Annotated[
    Prompt | Heard | AgentSpeech | AgentJoined | AgentLost | Held | Digits | Transfer | Ended,
    Field(discriminator="kind"),
]
_ADAPTER: TypeAdapter[Report] = TypeAdapter(Report)


def read_report(kind: Any, data: Any) -> Report:
    """A report as it was sent. Raises InvalidInput ``report.bad``, which does not repeat it."""
    if not isinstance(data, dict):
        raise InvalidInput("A report's `data` is an object.", code="report.bad")
    try:
        report: Report = _ADAPTER.validate_python({**data, "kind": kind})
    except ValidationError as error:
        raise InvalidInput(f"This is no report: {_problem(error)}.", code="report.bad") from None
    return report


def read_join_request(data: Any) -> JoinRequest:
    """A request as it was sent. Raises InvalidInput ``join.bad``, which does not repeat it."""
    try:
        return JoinRequest.model_validate(data)
    except ValidationError as error:
        raise InvalidInput(f"This is no such request: {_problem(error)}.", code="join.bad") from None


def _problem(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "kind"
    return f"{where}: {first['msg']}"

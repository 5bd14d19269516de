"""A contact centre on a real database and a virtual clock."""

from __future__ import annotations

from email.message import EmailMessage

from bot.contacts.demo import seed_demo
from bot.contacts.mail import MailNotSent
from bot.conversation import Conversation, Handoff
from bot.conversations import Conversations
from bot.events import (
    BotUttered,
    EscalationReason,
    Event,
    Intent,
    Parse,
    SessionStarted,
    UserUttered,
)
from bot.handoff.accounts import Accounts
from bot.handoff.agents import Agent, Agents, Presence, Role
from bot.handoff.desk import Desk
from bot.handoff.messages_left import Inbox
from bot.handoff.service import HandoffService
from bot.handoff.sessions import Sessions
from bot.handoff.settings import HandoffSettings
from bot.handoff.sightings import Sightings
from bot.handoff.ticker import Ticker
from bot.handoff.views import StateView
from bot.store.accounts import SqlAccountStore
from bot.store.agents import SqlAgentStore, SqlSessionStore
from bot.store.contacts import SqlContacts
from bot.store.database import Database
from bot.store.event_store import SqlEventStore
from bot.store.handoff import SqlHandoffStore
from bot.store.messages_left import SqlMessageStore

QUEUES = ("general", "billing", "technical")


class Clock:
    """Time that moves when a test says so."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Mailbox:
    """Where mail goes that is sent; ``broken`` while no server takes any."""

    sender = "Shop <desk@shop.example>"

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.broken = False

    async def send(self, message: EmailMessage) -> None:
        if self.broken:
            raise MailNotSent
        self.sent.append(message)


class World:
    """Everything between the log and the desk, wired as the composition root wires it."""

    def __init__(
        self, database: Database, *, settings: HandoffSettings | None = None, clock: Clock | None = None
    ) -> None:
        self.clock = clock or Clock()
        self.settings = settings or HandoffSettings()
        self.database = database
        self.conversations = Conversations(SqlEventStore(database), clock=self.clock)
        self.contacts = SqlContacts(database)
        self.agent_store = SqlAgentStore(database)
        self.agents = Agents(self.agent_store, settings=self.settings, clock=self.clock)
        self.kept = SqlHandoffStore(database)
        self.messages = SqlMessageStore(database)
        self.service = HandoffService(
            self.conversations,
            self.agents,
            self.contacts,
            self.kept,
            self.messages,
            settings=self.settings,
        )
        self.sightings = Sightings(self.conversations, self.kept, settings=self.settings)
        self.mailer = Mailbox()
        self.inbox = Inbox(
            self.messages,
            self.conversations,
            self.contacts,
            self.sightings,
            answer_in_chat=self.service.answer_left,
            mailer=self.mailer,
        )
        self.ticker = Ticker(self.service, self.sightings, inbox=self.inbox)
        self.sessions = Sessions(
            SqlSessionStore(database), self.agents, settings=self.settings, clock=self.clock
        )
        self.accounts = Accounts(
            self.agents, SqlAccountStore(database), settings=self.settings, clock=self.clock
        )
        self.missing_slots: list[str] = []
        self.desk = Desk(
            self.service,
            missing_slots=lambda _conversation: self.missing_slots,
            sightings=self.sightings,
        )
        self._messages = 0

    async def seed(self) -> None:
        await seed_demo(self.contacts, self.clock.now)

    async def agent(
        self,
        login: str = "agent1",
        *,
        presence: Presence = Presence.AVAILABLE,
        languages: tuple[str, ...] = ("en",),
        queues: tuple[str, ...] = QUEUES,
        skills: tuple[str, ...] = (),
        capacity: int = 3,
        role: Role = Role.AGENT,
    ) -> Agent:
        """A person at the desk, who cannot sign in: hashing passwords takes time."""
        agent = Agent(
            id=f"id-{login}",
            login=login,
            name=login.title(),
            role=role,
            languages=languages,
            queues=queues,
            skills=skills,
            capacity=capacity,
        )
        await self.agent_store.add(agent, "no password")
        return await self.presence(agent, presence)

    async def presence(self, agent: Agent, presence: Presence) -> Agent:
        return await self.agents.set_presence(agent.id, presence)

    async def say(
        self, conversation_id: str, text: str, *, intent: str | None = None, language: str | None = "en"
    ) -> int:
        """The customer writes, as a channel records it; the sequence."""
        self._messages += 1
        parse = Parse(text=text, intent=Intent(name=intent, confidence=0.9)) if intent else None
        async with self.conversations.writing_or_new(
            conversation_id, channel="rest", language=language
        ) as writer:
            if writer.conversation.sequence == 1:
                writer.record(SessionStarted(timestamp=writer.now()))
            writer.record(
                UserUttered(
                    timestamp=writer.now(),
                    message_id=f"customer-{self._messages}",
                    text=text,
                    parse=parse,
                    channel="rest",
                )
            )
            await writer.flush()
            return writer.conversation.sequence

    async def append(self, conversation_id: str, *events: Event) -> None:
        async with self.conversations.writing(conversation_id) as writer:
            await writer.append(*events)

    async def queued(
        self, conversation_id: str = "c1", *, language: str | None = "en", **request: object
    ) -> str:
        """A customer who asked for a person; the handoff's id."""
        await self.say(conversation_id, "I want to talk to a person", language=language)
        conversation = await self.service.request(conversation_id, **request)  # type: ignore[arg-type]
        assert conversation.handoff is not None
        return conversation.handoff.id

    async def held(self, agent: Agent, conversation_id: str = "c1") -> str:
        """A conversation that the agent holds; the handoff's id."""
        handoff_id = await self.queued(conversation_id)
        await self.service.accept(agent, handoff_id)
        return handoff_id

    async def tick(self, seconds: float = 0.0) -> None:
        """Let time pass, and what happens by itself happen."""
        self.clock.now += seconds
        await self.ticker.tick()

    async def conversation(self, conversation_id: str = "c1") -> Conversation:
        return await self.conversations.get(conversation_id)

    async def handoff(self, conversation_id: str = "c1") -> Handoff:
        handoff = (await self.conversation(conversation_id)).handoff
        assert handoff is not None
        return handoff

    async def state(self, conversation_id: str = "c1") -> StateView:
        return await self.service.state(conversation_id)

    async def told(self, conversation_id: str = "c1") -> list[BotUttered]:
        """What the bot said."""
        conversation = await self.conversation(conversation_id)
        return [event for event in conversation.events if isinstance(event, BotUttered)]

    async def escalate_in_turn(
        self, conversation_id: str, *, cause: int, reason: EscalationReason = EscalationReason.OUT_OF_SCOPE
    ) -> list[Event]:
        """As the dialogue engine does it: in the turn that answers the cause."""
        async with self.conversations.writing(conversation_id) as writer:
            events = await self.service.escalations.escalate(writer.conversation, reason=reason, cause=cause)
            await writer.append(*events)
            return events


def of_type(conversation: Conversation, type_: str) -> list[Event]:
    return [event for event in conversation.events if event.type == type_]

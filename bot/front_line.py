"""The composition root: which parts Firstline is made of, and how they are wired. No HTTP here."""

from __future__ import annotations

import random
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import structlog
from filelock import FileLock, Timeout
from redis.asyncio import Redis

from bot import metrics
from bot.actions.remote import RemoteActions
from bot.actions.runner import InProcessActions
from bot.actions.shop import build as shop_actions
from bot.channels.access_keys import AccessKeys
from bot.channels.customer import CustomerService
from bot.channels.identity import CustomerTokens
from bot.contacts.changes import ContactChanges
from bot.contacts.code_mail import SmtpCodeSender, SmtpNoticeSender
from bot.contacts.contacts import Contacts
from bot.contacts.demo import seed_demo
from bot.contacts.http_contacts import HttpContacts
from bot.contacts.identity import CodeSender, LogCodeSender, NoCodeSender
from bot.contacts.mail import SmtpMailer, SmtpServer
from bot.contacts.notices import LogNoticeSender, Notices
from bot.contacts.redacted import redacted
from bot.conversations import Conversations, InProcessLocks, Locks
from bot.dialogue.actions import ActionRunner
from bot.dialogue.native import NativeEngine
from bot.dialogue.virtual_agent import VirtualAgent
from bot.errors import FirstlineError
from bot.handoff.accounts import Accounts
from bot.handoff.agents import Agents, warn_without_admin
from bot.handoff.canned import SEED
from bot.handoff.demo import refuse_demo_passwords, seed_demo_agents
from bot.handoff.desk import Desk
from bot.handoff.messages_left import Inbox
from bot.handoff.service import HandoffService
from bot.handoff.sessions import Sessions
from bot.handoff.sightings import Sightings
from bot.handoff.ticker import Ticker
from bot.nlu import Interpreter, ModelReload, choose, load, newest
from bot.project import Project
from bot.project.titles import read_titles
from bot.redaction.loading import open_gate
from bot.settings import Settings
from bot.store.access_keys import SqlAccessKeys
from bot.store.accounts import SqlAccountStore
from bot.store.agents import SqlAgentStore, SqlSessionStore
from bot.store.contact_changes import SqlContactChanges
from bot.store.contacts import SqlContacts
from bot.store.database import Database
from bot.store.event_store import SqlEventStore
from bot.store.handoff import SqlCannedReplies, SqlHandoffStore
from bot.store.identity import SqlIdentityStore, SqlUsedTokens
from bot.store.messages_left import SqlMessageStore
from bot.store.migrate import upgrade
from bot.store.redis import connect, reaching_redis
from bot.store.redis_attempts import RedisAttempts
from bot.store.redis_locks import RedisLocks

CRM_TIMEOUT_S = 5.0
KEYS_UNUSED_S = 86400.0
"""A customer who opened a chat so long ago and wrote nothing begins anew."""
_OF_PEOPLE = re.compile("name|person|address|street|mail|phone", re.IGNORECASE)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class FrontLine:
    """Everything that serves customers and agents, wired and ready."""

    settings: Settings
    database: Database
    conversations: Conversations
    contacts: Contacts
    contact_changes: ContactChanges
    notices: Notices
    interpreter: Interpreter
    engine: NativeEngine
    virtual_agent: VirtualAgent
    customers: CustomerService
    access_keys: AccessKeys
    agents: Agents
    sessions: Sessions
    handoffs: HandoffService
    desk: Desk
    inbox: Inbox
    ticker: Ticker
    model_reload: ModelReload
    canned_replies: SqlCannedReplies
    redis: Redis | None

    async def check(self) -> None:
        """Raise Unavailable when something that it cannot serve without is away."""
        await self.database.ping()
        if self.redis is not None:
            with reaching_redis():
                await self.redis.ping()


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """The configured database, its tables up to date."""
    database = Database(settings.database)
    try:
        await upgrade(database)
        yield database
    finally:
        await database.close()


def open_agents(database: Database, settings: Settings) -> Agents:
    """The people at the desk."""
    return Agents(SqlAgentStore(database), settings=settings.handoff, clock=time.time)


def open_accounts(database: Database, settings: Settings, agents: Agents) -> Accounts:
    """Their accounts."""
    return Accounts(
        agents, SqlAccountStore(database), settings=settings.handoff, clock=time.time, demo=settings.demo
    )


def model_path(settings: Settings) -> Path:
    """The trained model to use now. Raises NotFound."""
    return settings.model or newest(settings.trained_dir, project=settings.project.name)


@asynccontextmanager
async def open_interpreter(settings: Settings) -> AsyncIterator[Interpreter]:
    """The trained model at work: the one that the settings name, or the project's newest."""
    model = load(model_path(settings), device=choose(settings.device))
    interpreter = Interpreter(model, threads=settings.threads, on_batch=metrics.PARSE_BATCH.observe)
    try:
        yield interpreter
    finally:
        await interpreter.close()


@contextmanager
def _only_one(database: Database) -> Iterator[None]:
    """Keep an SQLite file to one serving process: what it holds in memory is then all that there is."""
    if not database.is_sqlite:
        yield
        return
    lock = FileLock(f"{database.url.database}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise FirstlineError(
            f"Another Firstline serves {database.url.database}.",
            code="serve.database_in_use",
            hint="stop it, set another FIRSTLINE_DATA_DIR, or use Postgres and Redis for several nodes",
        ) from error
    try:
        yield
    finally:
        lock.release()


@asynccontextmanager
async def open_front_line(settings: Settings) -> AsyncIterator[FrontLine]:
    """Wire everything over the configured database, and close it at the end."""
    project = Project.load(settings.project)
    gate = open_gate(settings.redact, keep=_things(project))
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings))
        stack.enter_context(_only_one(database))
        redis = await _redis(settings, stack)
        locks: Locks = RedisLocks(redis) if redis is not None else InProcessLocks()
        conversations = Conversations(
            SqlEventStore(database),
            redact=gate,
            locks=locks,
            alone=settings.redis_url is None and database.is_sqlite,
            language=settings.language,
        )
        conversations.subscribe(metrics.count)
        contacts = redacted(_contacts(settings, database, stack), gate)
        changes = ContactChanges(contacts, SqlContactChanges(database), time.time)
        notices = _notices(settings)
        stack.push_async_callback(notices.close)
        agents = open_agents(database, settings)
        kept, kept_keys = SqlHandoffStore(database), SqlAccessKeys(database)
        canned_replies = SqlCannedReplies(database)
        messages = SqlMessageStore(database)
        # Nodes that start together fill one database in turn.
        async with locks.hold("front_line:start"):
            await canned_replies.put(SEED)
            await kept_keys.forget_unused(before=time.time() - KEYS_UNUSED_S)
            if settings.demo:
                await seed_demo(SqlContacts(database), time.time())
                await seed_demo_agents(agents)
            else:
                await refuse_demo_passwords(agents)
                await warn_without_admin(agents)

        handoffs = HandoffService(
            conversations,
            agents,
            contacts,
            kept,
            messages,
            settings=settings.handoff,
            locks=locks,
            trusted_email=changes.trusted_email,
        )
        sightings = Sightings(conversations, kept, settings=settings.handoff)
        inbox = Inbox(
            messages,
            conversations,
            contacts,
            sightings,
            answer_in_chat=handoffs.answer_left,
            mailer=SmtpMailer(SmtpServer(settings.smtp)) if settings.smtp is not None else None,
            locks=locks,
        )
        interpreter = await stack.enter_async_context(open_interpreter(settings))
        engine = NativeEngine(
            project,
            escalator=handoffs.escalations,
            actions=_actions(settings, project, contacts, database, stack, changes=changes, notices=notices),
            chance=random.Random(),
        )
        virtual_agent = VirtualAgent(
            conversations=conversations,
            understanding=interpreter,
            engine=engine,
            escalator=handoffs.escalations,
        )
        for finding in [*project.validate(), *engine.findings]:
            log.warning("project.finding", finding=str(finding))
        await interpreter.warm()
        recovered = await virtual_agent.recover()
        if recovered:
            log.info("front_line.recovered", unanswered=recovered)
        yield FrontLine(
            settings=settings,
            database=database,
            conversations=conversations,
            contacts=contacts,
            contact_changes=changes,
            notices=notices,
            interpreter=interpreter,
            engine=engine,
            virtual_agent=virtual_agent,
            customers=CustomerService(
                conversations=conversations,
                agent=virtual_agent,
                handoffs=handoffs,
                sightings=sightings,
                max_message_length=settings.max_message_length,
                tokens=_tokens(settings, database),
            ),
            access_keys=AccessKeys(kept_keys, clock=conversations.clock),
            agents=agents,
            sessions=Sessions(
                SqlSessionStore(database),
                agents,
                settings=settings.handoff,
                clock=conversations.clock,
                attempts=RedisAttempts(redis) if redis is not None else None,
            ),
            handoffs=handoffs,
            desk=Desk(
                handoffs,
                missing_slots=engine.missing_slots,
                sightings=sightings,
                titles=read_titles(project.path),
            ),
            inbox=inbox,
            ticker=Ticker(handoffs, sightings, inbox=inbox, locks=locks),
            model_reload=ModelReload(
                interpreter,
                newest=lambda: model_path(settings),
                load=lambda path: load(path, device=choose(settings.device)),
            ),
            canned_replies=canned_replies,
            redis=redis,
        )


async def _redis(settings: Settings, stack: AsyncExitStack) -> Redis | None:
    if settings.redis_url is None:
        return None
    redis = connect(settings.redis_url)
    stack.push_async_callback(redis.aclose)
    return redis


def _things(project: Project) -> set[str]:
    """Names of products and the like, from the training data: they are no names of people."""
    words = set(project.nlu.synonyms.values())
    for named, values in project.nlu.lookups.items():
        if not _OF_PEOPLE.search(named):
            words.update(values)
    for example in project.nlu.examples:
        words.update(
            example.text[entity.start : entity.end]
            for entity in example.entities
            if not _OF_PEOPLE.search(entity.entity)
        )
    return words


def _contacts(settings: Settings, database: Database, stack: AsyncExitStack) -> Contacts:
    """The records that the bot and the desk work with: an outside CRM's where one is named."""
    if settings.crm_url is None:
        return SqlContacts(database)
    token = settings.crm_token
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    client = httpx.AsyncClient(
        base_url=settings.crm_url.rstrip("/") + "/", headers=headers, timeout=CRM_TIMEOUT_S
    )
    stack.push_async_callback(client.aclose)
    return HttpContacts(client)


def _actions(
    settings: Settings,
    project: Project,
    contacts: Contacts,
    database: Database,
    stack: AsyncExitStack,
    *,
    changes: ContactChanges,
    notices: Notices,
) -> ActionRunner:
    """A project with an ``action_endpoint`` has its actions there; others use those of this process."""
    endpoints = project.endpoints
    if endpoints.action_url is not None:
        remote = RemoteActions(
            endpoints.action_url, headers=endpoints.action_headers, token=endpoints.action_token
        )
        stack.push_async_callback(remote.close)
        return remote
    actions = InProcessActions(
        shop_actions(
            contacts,
            identity_store=SqlIdentityStore(database),
            sender=_code_sender(settings),
            changes=changes,
            notices=notices,
            clock=time.time,
        )
    )
    if settings.actions is not None:
        try:
            actions.register_package(settings.actions)
        except ImportError as error:
            raise FirstlineError(
                f"FIRSTLINE_ACTIONS: {settings.actions} cannot be imported: {error}.",
                code="settings.no_actions",
                hint="name a Python package that is installed, or lies where the command is run",
            ) from error
    return actions


def _code_sender(settings: Settings) -> CodeSender:
    """By mail where a mail server is set; to the log, which others read, only in the demo."""
    if settings.smtp is not None:
        return SmtpCodeSender(SmtpServer(settings.smtp))
    return LogCodeSender() if settings.demo else NoCodeSender()


def _notices(settings: Settings) -> Notices:
    """As codes: by mail, in the demo to the log, and otherwise to nobody."""
    url = settings.public_url
    if settings.smtp is not None:
        sender = SmtpNoticeSender(SmtpServer(settings.smtp))
        return Notices(sender, public_url=url)
    if settings.demo:
        return Notices(LogNoticeSender(), public_url=url or f"http://{settings.host}:{settings.port}")
    return Notices(None)


def _tokens(settings: Settings, database: Database) -> CustomerTokens | None:
    secret = settings.customer_token_secret
    if secret is None:
        return None
    try:
        return CustomerTokens(
            secret.get_secret_value(), SqlUsedTokens(database), audience=settings.customer_token_audience
        )
    except ValueError as error:
        raise FirstlineError(
            f"FIRSTLINE_CUSTOMER_TOKEN_SECRET: {error}.",
            code="settings.weak_secret",
            hint="make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'",
        ) from error

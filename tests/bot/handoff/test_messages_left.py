"""The inbox of messages left when nobody was there, from the customer's words to the agent's answer."""

from __future__ import annotations

import asyncio

import pytest

from bot.contacts.changes import ContactChanges
from bot.contacts.demo import CUSTOMERS
from bot.contacts.records import CustomerChange
from bot.conversation import Holder
from bot.errors import Conflict, NotFound
from bot.events import AgentSaid, BotUttered, CustomerIdentified, MessageLeft, NoteWritten
from bot.handoff.agents import Presence, Role
from bot.handoff.contact_data import masked, read_contact
from bot.handoff.messages_left import Answered, LeftMessage, MailFailed, MessageState
from bot.handoff.texts import catalogue, languages
from bot.store.contact_changes import SqlContactChanges
from bot.store.database import Database
from tests.bot.handoff.site import Site
from tests.bot.handoff.test_with_virtual_agent import Node
from tests.bot.handoff.world import World

MESSAGE = "refund_status my lamp came broken"


async def kept(node: World) -> LeftMessage:
    """The one message in the inbox."""
    found = await node.messages.find(list(MessageState), queues=None, after=None, limit=10)
    assert len(found) == 1
    return found[0]


async def left(node: Node, *, contact: str | None = "jo@example.org", away_s: float = 3600.0) -> LeftMessage:
    """A message that was left while everybody was at home; its customer has gone."""
    await node.ask("person", message_id="m1")
    await node.ask(MESSAGE, message_id="m2")
    if contact is not None:
        await node.ask(f"inform {contact}", message_id="m3")
    node.clock.now += away_s
    return await kept(node)


@pytest.fixture
def node(sqlite_database: Database) -> Node:
    return Node(sqlite_database)


class TestAskingForContact:
    async def test_message_is_kept_before_the_customer_says_how_to_reach_them(self, node: Node) -> None:
        await node.agent(presence=Presence.OFFLINE)
        await node.ask("person", message_id="m1")
        [thanks] = await node.ask(MESSAGE, message_id="m2")
        assert "How can we reach you?" in str(thanks)
        message = await kept(node)
        assert (message.text, message.queue, message.contact) == (MESSAGE, "general", None)
        [thanks] = await node.ask("inform Jo@Example.org.", message_id="m3")
        assert "Jo@example.org" in str(thanks)
        message = await kept(node)
        assert (message.contact_kind, message.contact) == ("email", "Jo@example.org")
        assert message.contact_source == "given"
        assert await node.ask("hello", message_id="m4") == ["You said hello"]

    async def test_unreadable_contact_is_asked_for_once_more_and_is_no_dead_end(self, node: Node) -> None:
        await node.agent(presence=Presence.OFFLINE)
        await node.ask("person", message_id="m1")
        await node.ask(MESSAGE, message_id="m2")
        [again] = await node.ask("inform jo at example", message_id="m3")
        assert "cannot read that" in str(again)
        [enough] = await node.ask("inform jo@@example", message_id="m4")
        assert "passed on all the same" in str(enough)
        assert (await node.conversation()).asking_contact is None
        assert await node.ask("hello", message_id="m5") == ["You said hello"]
        assert (await kept(node)).contact is None

    async def test_another_question_is_answered_and_no_is_taken_for_no(self, node: Node) -> None:
        await node.agent(presence=Presence.OFFLINE)
        await left(node, contact=None, away_s=0)
        assert await node.ask("faq hours", message_id="m3") == ["You said faq hours"]
        assert (await node.conversation()).asking_contact is None
        await node.ask("person", message_id="m4")
        await node.ask("refund_status and my receipt", message_id="m5")
        [fine] = await node.ask("deny", message_id="m6")
        assert "passed on all the same" in str(fine)

    async def test_address_in_the_message_itself_is_enough(self, node: Node) -> None:
        await node.agent(presence=Presence.OFFLINE)
        await node.ask("person", message_id="m1")
        [thanks] = await node.ask("refund_status write me: jo@example.org", message_id="m2")
        assert "How can we reach you" not in str(thanks)
        assert (await kept(node)).contact == "jo@example.org"

    async def test_known_customer_is_offered_the_address_on_file_without_seeing_it(self, node: Node) -> None:
        await node.seed()
        customer = CUSTOMERS[0]
        await node.agent(presence=Presence.OFFLINE)
        await node.ask("hello", message_id="m0")
        await node.append(
            "c1", CustomerIdentified(timestamp=node.clock(), customer_id=customer.id, by="postcode")
        )
        await node.ask("person", message_id="m1")
        [offer] = await node.ask(MESSAGE, message_id="m2")
        assert masked(customer.email) in str(offer)
        assert customer.email not in str(offer)
        told = [event for event in (await node.conversation()).events if isinstance(event, BotUttered)]
        assert [button.payload for button in told[-1].buttons] == ["/affirm"]
        [thanks] = await node.ask("affirm", message_id="m3")
        assert customer.email not in str(thanks)
        message = await kept(node)
        assert (message.contact, message.contact_source) == (customer.email, "on_file")

    async def test_address_that_was_just_changed_is_not_offered_but_the_one_before(self, node: Node) -> None:
        await node.seed()
        customer = CUSTOMERS[0]
        changes = ContactChanges(node.contacts, SqlContactChanges(node.database), node.clock)
        node.service.escalations._trusted_email = changes.trusted_email
        change = CustomerChange(email="evil@example.net")
        await changes.make(customer, change, key="k", conversation_id="c2")
        await node.agent(presence=Presence.OFFLINE)
        await node.ask("hello", message_id="m0")
        known = CustomerIdentified(timestamp=node.clock(), customer_id=customer.id, by="postcode")
        await node.append("c1", known)
        await node.ask("person", message_id="m1")
        [offer] = await node.ask(MESSAGE, message_id="m2")
        assert masked(customer.email) in str(offer)
        await node.ask("affirm", message_id="m3")
        assert (await kept(node)).contact == customer.email

    async def test_words_of_somebody_who_asked_before_they_said_anything_are_the_message(
        self, node: Node
    ) -> None:
        """The widget's button comes before any message: the session begins only with the words themselves."""
        await node.agent(presence=Presence.OFFLINE)
        await node.service.request("c1", channel="rest")
        [thanks] = await node.ask(MESSAGE, message_id="m1")
        assert "How can we reach you?" in str(thanks)
        assert (await kept(node)).text == MESSAGE

    async def test_message_written_after_an_hour_is_still_one(self, node: Node) -> None:
        await node.agent(presence=Presence.OFFLINE)
        await node.ask("person", message_id="m1")
        node.clock.now += 2 * 3600.0
        await node.ask(MESSAGE, message_id="m2")
        assert (await kept(node)).text == MESSAGE

    @pytest.mark.parametrize("said", ["0153", "941 423", "?", "ask_for_person"])
    async def test_what_says_nothing_is_no_message(self, node: Node, said: str) -> None:
        await node.agent(presence=Presence.OFFLINE)
        await node.ask("person", message_id="m1")
        [again] = await node.ask(said, message_id="m2")
        assert "Write your message" in str(again)
        assert await node.messages.find(list(MessageState), queues=None, after=None, limit=10) == []

    async def test_address_on_file_can_be_replaced(self, node: Node) -> None:
        await node.seed()
        await node.agent(presence=Presence.OFFLINE)
        await node.ask("hello", message_id="m0")
        known = CustomerIdentified(timestamp=node.clock(), customer_id=CUSTOMERS[0].id, by="postcode")
        await node.append("c1", known)
        await node.ask("person", message_id="m1")
        await node.ask(MESSAGE, message_id="m2")
        [question] = await node.ask("deny", message_id="m3")
        assert "How can we reach you?" in str(question)
        [again] = await node.ask("inform well", message_id="m4")
        assert "cannot read" in str(again)
        await node.ask("inform +47 22 85 00 00", message_id="m5")
        message = await kept(node)
        assert (message.contact, message.contact_source) == ("+4722850000", "given")

    async def test_card_number_in_a_message_is_masked(self, node: Node) -> None:
        await node.agent(presence=Presence.OFFLINE)
        await node.ask("person", message_id="m1")
        await node.ask("refund_status card 4111 1111 1111 1111", message_id="m2")
        assert "4111 1111" not in (await kept(node)).text

    @pytest.mark.parametrize(
        ("text", "language", "found"),
        [
            ("kari@example.no", None, "kari@example.no"),
            ("Mail: <kari@example.no>, takk", "nb", "kari@example.no"),
            ("kari\uff20example.no", "nb", "kari@example.no"),
            ("22 85 00 00", "nb", "+4722850000"),
            ("0047 22 85 00 00", "en", "+4722850000"),
            ("۰۲۱ ۸۸۸۸ ۸۸۸۸", "fa", "+982188888888"),
            ("order 48213", "en", None),
            ("nobody@", "en", None),
            ("a@b", "en", None),
            ("\x00@\x00", "en", None),
            ("@" * 5000, "en", None),
            ("1" * 5000, "nb", None),
        ],
    )
    def test_contact_data_is_checked_for_form(
        self, text: str, language: str | None, found: str | None
    ) -> None:
        contact = read_contact(text, language=language)
        assert (contact.value if contact else None) == found

    def test_every_language_has_every_text(self) -> None:
        keys = set(catalogue("en"))
        for language in languages():
            assert set(catalogue(language)) == keys
            assert set(catalogue(language, channel="voice")) == {*keys, "leave_number"}
            assert (
                catalogue(language)["leave_contact"] != catalogue(language, channel="voice")["leave_contact"]
            )


class TestSomebodyComesAfterAll:
    async def test_customer_is_told_and_handed_over_before_they_have_written(self, node: Node) -> None:
        agent = await node.agent(presence=Presence.OFFLINE)
        await node.ask("person", message_id="m1")
        await node.tick()
        assert (await node.conversation()).holder is Holder.BOT
        await node.presence(agent, Presence.AVAILABLE)
        await node.tick()
        conversation = await node.conversation()
        assert conversation.holder is Holder.QUEUE
        assert conversation.leaving_message is None
        assert conversation.handoff is not None
        assert conversation.handoff.offered_to == agent.id
        assert "just become available" in str((await node.told())[-1].text)
        assert await node.ask(MESSAGE, message_id="m2") == []
        assert await node.messages.count(list(MessageState), queues=None) == 0

    async def test_message_written_as_the_agent_becomes_available_is_the_reason_of_the_handoff(
        self, node: Node
    ) -> None:
        agent = await node.agent(presence=Presence.OFFLINE)
        await node.ask("person", message_id="m1")
        await node.presence(agent, Presence.AVAILABLE)
        [told] = await node.ask(MESSAGE, message_id="m2")
        assert "just become available" in str(told)
        conversation = await node.conversation()
        assert conversation.handoff is not None
        assert conversation.handoff.cause == conversation.message_sequences["m2"]
        assert await node.messages.count(list(MessageState), queues=None) == 0
        await node.tick()
        assert len([e for e in (await node.conversation()).events if e.type == "handoff_queued"]) == 1

    async def test_both_at_once_make_one_handoff_or_one_message(self, node: Node) -> None:
        agent = await node.agent(presence=Presence.OFFLINE)
        await node.ask("person", message_id="m1")
        await asyncio.gather(
            node.ask(MESSAGE, message_id="m2"), node.presence(agent, Presence.AVAILABLE), node.tick()
        )
        await node.tick()
        queued = [e for e in (await node.conversation()).events if e.type == "handoff_queued"]
        waiting = await node.messages.count([MessageState.OPEN], queues=None)
        assert (len(queued), waiting) == (1, 0)

    async def test_who_is_asked_for_contact_is_handed_over_and_leaves_the_inbox(self, node: Node) -> None:
        agent = await node.agent(presence=Presence.OFFLINE)
        await left(node, contact=None, away_s=0)
        await node.presence(agent, Presence.AVAILABLE)
        await node.tick()
        assert (await node.conversation()).holder is Holder.QUEUE
        message = await kept(node)
        assert (message.state, message.answered) == (MessageState.ANSWERED, Answered.HANDED_OVER)

    async def test_who_has_gone_does_not_keep_an_agent_busy(self, node: Node) -> None:
        agent = await node.agent(presence=Presence.OFFLINE)
        await node.ask("person", message_id="m1")
        node.clock.now += 3600
        await node.presence(agent, Presence.AVAILABLE)
        await node.tick()
        assert (await node.conversation()).holder is Holder.BOT

    async def test_who_comes_back_before_long_is_handed_over(self, node: Node) -> None:
        agent = await node.agent(presence=Presence.OFFLINE)
        await node.ask("person", message_id="m1")
        await node.tick(120)
        await node.presence(agent, Presence.AVAILABLE)
        await node.tick()
        assert (await node.conversation()).holder is Holder.BOT
        node.sightings.connected("c1")
        await node.tick(1)
        assert (await node.conversation()).holder is Holder.QUEUE

    async def test_node_that_restarts_remembers_who_was_leaving_a_message(self, node: Node) -> None:
        agent = await node.agent(presence=Presence.OFFLINE)
        await node.ask("person", message_id="m1")
        again = Node(node.database, node)
        again.sightings.connected("c1")
        await again.presence(agent, Presence.AVAILABLE)
        running = asyncio.create_task(again.ticker.run())
        try:
            async with asyncio.timeout(20):
                while (await again.conversation()).holder is not Holder.QUEUE:  # noqa: ASYNC110  no event tells
                    await asyncio.sleep(0.02)
        finally:
            running.cancel()

    async def test_agent_of_another_queue_is_not_used(self, node: Node) -> None:
        await node.agent(queues=("billing",))
        await node.ask("person", message_id="m1")
        await node.tick()
        [thanks] = await node.ask(MESSAGE, message_id="m2")
        assert "passed your message on" in str(thanks)


class TestAnswering:
    async def test_mail_goes_to_a_customer_who_left(self, node: Node) -> None:
        agent = await node.agent()
        await node.presence(agent, Presence.OFFLINE)
        message = await left(node)
        answered = await node.inbox.answer(agent, message.id, "A new lamp is on its way.")
        assert (answered.state, answered.answered) == (MessageState.ANSWERED, Answered.EMAIL)
        [mail] = node.mailer.sent
        assert mail["To"] == "jo@example.org"
        assert message.ticket_id in mail["Subject"]
        body = mail.get_content()
        assert body.startswith("A new lamp is on its way.")
        assert f"> {MESSAGE}" in body
        [note] = [e for e in (await node.conversation()).events if isinstance(e, NoteWritten)]
        assert "A new lamp" in note.text
        assert (await node.conversation()).holder is Holder.BOT

    async def test_customer_who_is_still_there_is_answered_in_the_chat(self, node: Node) -> None:
        agent = await node.agent(presence=Presence.OFFLINE)
        message = await left(node)
        node.sightings.connected("c1")
        answered = await node.inbox.answer(agent, message.id, "Hello, about your lamp")
        assert answered.answered is Answered.CHAT
        conversation = await node.conversation()
        assert conversation.holder is Holder.HUMAN
        assert conversation.handoff is not None
        assert conversation.handoff.agent_id == agent.id
        [said] = [e for e in conversation.events if isinstance(e, AgentSaid)]
        assert said.text == "Hello, about your lamp"
        assert node.mailer.sent == []

    async def test_two_agents_cannot_take_the_same_message(self, node: Node) -> None:
        one = await node.agent("agent1", presence=Presence.OFFLINE)
        two = await node.agent("agent2", presence=Presence.OFFLINE)
        message = await left(node)
        results = await asyncio.gather(
            node.inbox.take(one, message.id), node.inbox.take(two, message.id), return_exceptions=True
        )
        [refused] = [result for result in results if isinstance(result, Conflict)]
        assert refused.code == "message.taken"
        winner, loser = (one, two) if isinstance(results[1], Conflict) else (two, one)
        assert (await node.inbox.take(winner, message.id)).agent_id == winner.id
        with pytest.raises(Conflict):
            await node.inbox.answer(loser, message.id, "Me too")
        assert node.mailer.sent == []
        await node.inbox.release(winner, message.id)
        assert (await node.inbox.take(loser, message.id)).agent_id == loser.id

    async def test_answer_that_is_sent_twice_is_one_mail(self, node: Node) -> None:
        agent = await node.agent(presence=Presence.OFFLINE)
        message = await left(node)
        results = await asyncio.gather(
            *(node.inbox.answer(agent, message.id, "Hello") for _ in range(3)), return_exceptions=True
        )
        assert len(node.mailer.sent) == 1
        assert [r.code for r in results if isinstance(r, Conflict)] == ["message.answered"] * 2

    async def test_mail_server_that_is_away_loses_nothing(self, node: Node) -> None:
        agent = await node.agent(presence=Presence.OFFLINE)
        message = await left(node)
        node.mailer.broken = True
        with pytest.raises(MailFailed):
            await node.inbox.answer(agent, message.id, "Hello")
        assert (await kept(node)).state is MessageState.TAKEN
        node.mailer.broken = False
        assert (await node.inbox.answer(agent, message.id, "Hello")).state is MessageState.ANSWERED

    async def test_without_an_address_it_is_closed_by_hand_with_a_note(self, node: Node) -> None:
        agent = await node.agent(presence=Presence.OFFLINE)
        message = await left(node, contact="+47 22 85 00 00")
        with pytest.raises(Conflict) as refused:
            await node.inbox.answer(agent, message.id, "Hello")
        assert refused.value.code == "message.no_way"
        done = await node.inbox.close(agent, message.id, how=Answered.CALLED_BACK, note="All well.")
        assert (done.state, done.answered, done.note) == (
            MessageState.ANSWERED,
            Answered.CALLED_BACK,
            "All well.",
        )
        with pytest.raises(Conflict):
            await node.inbox.take(agent, message.id)

    async def test_customer_with_a_colleague_is_left_to_them(self, node: Node) -> None:
        one = await node.agent("agent1", presence=Presence.OFFLINE)
        message = await left(node)
        two = await node.agent("agent2")
        await node.ask("person", message_id="m9")
        await node.service.accept(two, (await node.handoff()).id)
        with pytest.raises(Conflict) as refused:
            await node.inbox.answer(one, message.id, "Hello")
        assert refused.value.code == "handoff.taken"

    async def test_callback_is_in_the_inbox_too(self, node: Node) -> None:
        await node.agent(presence=Presence.OFFLINE)
        await node.ask("person", message_id="m1")
        conversation = await node.conversation()
        _, events = await node.service.escalations.take_callback(conversation, "+4722850000")
        assert any(isinstance(event, MessageLeft) for event in events)
        message = await kept(node)
        assert (message.kind, message.contact) == ("callback", "+4722850000")


class TestRoutes:
    async def test_agents_see_their_queues_and_supervisors_everything(self, node: Node) -> None:
        site = Site(node)
        clerk = await site.signed_in("clerk", queues=("billing",), presence="offline")
        agent = await site.signed_in("agent", queues=("general",), presence="offline")
        boss = await site.signed_in("boss", role=Role.SUPERVISOR, queues=(), presence="offline")
        message = await left(node)
        for client, seen in ((clerk, 0), (agent, 1), (boss, 1)):
            page = (await client.get("/api/v1/messages-left")).json()
            assert (len(page["messages"]), page["total"], page["next"]) == (seen, seen, None)
        path = f"/api/v1/messages-left/{message.id}"
        assert (await clerk.get(path)).status_code == 404
        for verb, body in (("take", None), ("release", None), ("answer", {"text": "x"})):
            assert (await clerk.post(f"{path}/{verb}", json=body)).status_code == 404
        assert (await site.client().get(path)).status_code == 401
        assert (await agent.get(path)).json()["messages"] is None
        assert (await boss.get(path)).json()["messages"]
        taken = (await agent.post(f"{path}/take")).json()
        assert (taken["state"], taken["agent_name"], taken["waited"]) == ("taken", "Agent", 3600)
        assert taken["ways"] == {
            "chat": False,
            "email": "jo@example.org",
            "phone": None,
            "mail_is_set_up": True,
        }
        assert [line["text"] for line in taken["messages"] if line["author"] == "customer"][1] == MESSAGE
        other = await site.signed_in("other", queues=("general",), presence="offline")
        assert (await other.post(f"{path}/take")).status_code == 409
        assert (await other.post(f"{path}/release")).status_code == 403
        assert (await boss.post(f"{path}/release")).json()["state"] == "open"
        done = await other.post(f"{path}/close", json={"how": "done", "note": "Spam"})
        assert done.json()["answered"] == "done"
        assert (await agent.get("/api/v1/messages-left")).json()["messages"] == []
        [answered] = (await agent.get("/api/v1/messages-left?state=answered")).json()["messages"]
        assert answered["note"] == "Spam"

    async def test_pages_are_oldest_first(self, node: Node) -> None:
        site = Site(node)
        agent = await site.signed_in("agent", presence="offline")
        for n in range(5):
            await node.say(f"c{n}", "a person please")
            await node.service.request(f"c{n}")
            await node.say(f"c{n}", f"message {n}")
            conversation = await node.conversation(f"c{n}")
            events = await node.service.escalations.take_message(conversation, f"message {n}")
            await node.append(f"c{n}", *events)
        seen: list[str] = []
        after = None
        while True:
            query = f"limit=2{f'&after={after}' if after else ''}"
            page = (await agent.get(f"/api/v1/messages-left?{query}")).json()
            seen += [message["text"] for message in page["messages"]]
            after = page["next"]
            if after is None:
                break
        assert seen == [f"message {n}" for n in range(5)]

    @pytest.mark.parametrize("path", ["0", "-1", "x", "9" * 30, "%00", "1e3"])
    async def test_hostile_ids_are_no_errors_of_ours(self, node: Node, path: str) -> None:
        agent = await Site(node).signed_in("agent")
        for method in ("GET", "POST"):
            suffix = "" if method == "GET" else "/take"
            answer = await agent.request(method, f"/api/v1/messages-left/{path}{suffix}")
            assert 400 <= answer.status_code < 500

    async def test_message_that_does_not_exist_is_not_found(self, node: Node) -> None:
        agent = await node.agent()
        with pytest.raises(NotFound):
            await node.inbox.take(agent, 99)


class TestWhoMayReadAndTake:
    async def test_agent_takes_no_conversation_of_another_queue_by_an_old_message(self, node: Node) -> None:
        await node.agent("ada", presence=Presence.OFFLINE, queues=("general",))
        await left(node, away_s=0.0)
        await node.agent("bo", queues=("billing",))
        ada = await node.agent("cy", queues=("general",))
        await node.service.request("c1", queue="billing")
        message = await kept(node)
        with pytest.raises(Conflict) as refused:
            await node.service.answer_left(ada, message, "Hello")
        assert refused.value.code == "handoff.taken"
        assert (await node.conversation()).holder is Holder.QUEUE

    async def test_customer_s_message_with_the_answer_s_id_swallows_no_answer(self, node: Node) -> None:
        ada = await node.agent(presence=Presence.OFFLINE)
        message = await left(node, away_s=0.0)
        await node.ask("hello", message_id=f"message-left-{message.id}")
        await node.service.answer_left(ada, message, "Here is your answer")
        said = [event.text for event in (await node.conversation()).events if isinstance(event, AgentSaid)]
        assert said == ["Here is your answer"]

    async def test_who_took_a_message_reads_up_to_it_and_no_colleague_s_notes(self, node: Node) -> None:
        ada = await node.agent("ada", presence=Presence.OFFLINE)
        message = await left(node, away_s=0.0)
        await node.inbox.take(ada, message.id)
        bo = await node.agent("bo")
        await node.service.request("c1")
        handoff_id = (await node.handoff()).id
        await node.service.accept(bo, handoff_id)
        await node.ask("something later", message_id="m9")
        await node.service.note(bo, "c1", note="an internal note")
        seen = str((await node.inbox.detail(ada, message.id)).messages)
        assert MESSAGE in seen
        assert "something later" not in seen
        assert "an internal note" not in seen

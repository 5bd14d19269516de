"""What the default bot does for a label's number and postcode, and for a code to the address on file."""

from __future__ import annotations

import pytest

from bot.contacts.records import TicketKind
from bot.events import (
    ActionExecuted,
    BotUttered,
    EscalationReason,
    EscalationRequested,
    FollowupAction,
    Intent,
    Parse,
    SessionStarted,
    SlotSet,
)
from bot.identity import WEAK_S, Level
from tests.bot.actions.conftest import ShopBot

KNOWN = '/order_status{"order_number": "48213", "postcode": "0150"}'


async def email_of(shop: ShopBot, customer_id: str = "C-1001") -> str:
    customer = await shop.contacts.customer(customer_id)
    assert customer is not None
    return customer.email


async def level(shop: ShopBot) -> Level:
    known = (await shop.bot.conversation()).identity
    return known.level(shop.bot.clock()) if known is not None else Level.NONE


async def test_a_label_does_not_change_the_account(shop: ShopBot) -> None:
    assert "i•••@example.com" in await shop.through(KNOWN, "/change_email")
    await shop.through("evil@example.net", "/affirm", "evil@example.net", "123456")
    assert await email_of(shop) == "ingrid.haugen@example.com"
    assert [to for to, _ in shop.sender.codes] == ["ingrid.haugen@example.com"]


async def test_a_change_is_told_at_the_old_address_which_can_undo_it(shop: ShopBot) -> None:
    await shop.through(KNOWN, "/change_email")
    await shop.proves()
    assert "i•••@example.com" in await shop.says("ingrid@example.net")
    mails = dict(await shop.mails())
    assert "https://chat.example.com/undo#" in mails["ingrid.haugen@example.com"]
    assert "undo#" not in mails["ingrid@example.net"]
    await shop.changes.undo(mails["ingrid.haugen@example.com"].partition("undo#")[2].split()[0])
    assert await email_of(shop) == "ingrid.haugen@example.com"


async def test_a_changed_address_gets_no_codes_for_the_next_change(shop: ShopBot) -> None:
    await shop.through(KNOWN, "/change_email")
    await shop.proves()
    await shop.says("evil@example.net")
    await shop.through("/restart", "hello")
    async with shop.bot.conversations.writing("c") as writer:
        await writer.append(SessionStarted(timestamp=writer.now()))
    await shop.through(KNOWN, "/change_phone", "/affirm")
    assert shop.sender.codes[-1][0] == "ingrid.haugen@example.com"


async def test_somebody_else_s_address_is_not_taken(shop: ShopBot) -> None:
    await shop.through(KNOWN, "/change_email")
    await shop.proves()
    await shop.says("joao.almeida@example.org")
    assert await email_of(shop) == "ingrid.haugen@example.com"
    assert [e.reason for e in shop.bot.log if isinstance(e, EscalationRequested)] == [EscalationReason.RULE]


async def test_a_label_is_for_its_order_and_lists_no_others(shop: ShopBot) -> None:
    await shop.says(KNOWN)
    assert "postcode" in await shop.says('/order_status{"order_number": "48100"}')
    assert "delivered" in await shop.says("0150")
    known = (await shop.bot.conversation()).identity
    assert known is not None
    assert known.proved_orders(shop.bot.clock()) == ("48213", "48100")
    async with shop.bot.conversations.writing("c") as writer:
        await writer.append(SlotSet(timestamp=writer.now(), name="order_number", value=None))
    turn = await shop.bot.turn("/return_item")
    [asked] = [event for _, event in turn.events if isinstance(event, BotUttered)]
    assert asked.response is not None
    assert asked.response.startswith("utter_which_order_number")
    assert asked.buttons == ()


async def test_a_code_is_for_every_order_of_the_customer(shop: ShopBot) -> None:
    await shop.says("/order_status")
    await shop.through("ingrid.haugen@example.com", shop.sender.codes[-1][1] if shop.sender.codes else "")
    await shop.says(shop.sender.codes[-1][1])
    assert await level(shop) is Level.STRONG
    assert "delivered" in await shop.says('/order_status{"order_number": "48100"}')
    assert "postcode" in await shop.says('/order_status{"order_number": "60042"}')


async def test_a_proof_runs_out_and_is_not_made_again_from_what_was_said(shop: ShopBot) -> None:
    await shop.says(KNOWN)
    shop.bot.clock.now += WEAK_S
    assert "postcode" in await shop.says("/order_status")
    assert "tomorrow" in await shop.says("0150")


async def test_no_to_the_code_leaves_everything_and_offers_a_person(shop: ShopBot) -> None:
    assert "person" in await shop.through(KNOWN, "/delete_my_data", "/deny")
    assert (await shop.bot.conversation()).dialogue.loop is None
    assert await shop.contacts.tickets_of("C-1001") == []
    await shop.says("/affirm")
    requested = [e.reason for e in shop.bot.log if isinstance(e, EscalationRequested)]
    assert requested == [EscalationReason.ASKED_FOR_PERSON]


async def test_without_a_mail_server_a_person_takes_over(shop: ShopBot) -> None:
    shop.sender.working = False
    await shop.through(KNOWN, "/change_phone", "/affirm")
    requested = [(e.reason, e.detail) for e in shop.bot.log if isinstance(e, EscalationRequested)]
    assert requested == [(EscalationReason.RULE, "no code can be sent to an address on file")]


@pytest.mark.parametrize("action", ["action_contact_change", "action_deletion"])
async def test_a_finishing_action_called_out_of_turn_asks_first(shop: ShopBot, action: str) -> None:
    await shop.says(KNOWN)
    async with shop.bot.conversations.writing("c") as writer:
        await writer.append(FollowupAction(timestamp=writer.now(), action=action))
    await shop.says("/affirm")
    ran = [e.action for e in shop.bot.log if isinstance(e, ActionExecuted)]
    assert action not in ran
    assert await shop.contacts.tickets_of("C-1001") == []


async def test_danger_is_told_to_a_person_before_anything_is_proved(
    shop: ShopBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "the battery exploded and burned my hand, I am in hospital"

    async def parse(text: str, **_: object) -> Parse:
        intent = Intent(name="item_damaged", confidence=1.0)
        return Parse(text=text, intent=intent, intent_ranking=(intent,))

    monkeypatch.setattr(shop.bot.understanding, "parse", parse)
    await shop.says(said)
    [asked] = [e for e in shop.bot.log if isinstance(e, EscalationRequested)]
    assert asked.detail.startswith("severe complaint")


async def test_what_a_label_did_is_told_and_what_a_code_did_is_not(shop: ShopBot) -> None:
    await shop.says(KNOWN)
    await shop.through('/cancel_order{"order_number": "60042", "postcode": "75011"}', "/affirm")
    told = dict(await shop.mails())
    assert "48213" in told["ingrid.haugen@example.com"]
    assert "annulé" in told["camille.laurent@example.net"]
    count = len(await shop.mails())
    await shop.through("/change_email")
    await shop.proves()
    await shop.says('/order_status{"order_number": "60042"}')
    assert len(await shop.mails()) == count


async def test_the_deletion_is_asked_for_with_a_code(shop: ShopBot) -> None:
    await shop.through("/delete_my_data", "48213", "0150")
    await shop.proves()
    await shop.says("/affirm")
    assert [t.kind for t in await shop.contacts.tickets_of("C-1001")] == [TicketKind.DELETION]

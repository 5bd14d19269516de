"""Orders in conversation: identity first, then status, cancelling, changing, invoices."""

from __future__ import annotations

import pytest

from bot.contacts.records import OrderStatus, TicketKind
from bot.events import CustomerIdentified, EscalationReason, EscalationRequested, RecordAccessed
from tests.bot.actions.conftest import ShopBot


async def test_status_is_told_after_number_and_postcode(shop: ShopBot) -> None:
    said = await shop.through("/order_status", "48213", "0150")
    assert "48213" in said
    assert "tomorrow" in said
    identified = [e for e in shop.bot.log if isinstance(e, CustomerIdentified)]
    assert [(e.customer_id, e.by) for e in identified] == [("C-1001", "order_and_postcode")]
    assert any(isinstance(e, RecordAccessed) and e.record_id == "48213" for e in shop.bot.log)


@pytest.mark.parametrize(
    ("number", "postcode", "words"),
    [
        ("51377", "1000-205", "delivered"),
        ("60042", "75011", "pack"),
        ("73905", "LV-1010", "customs"),
        ("88120", "1193653471", "€159"),
    ],
)
async def test_each_demo_order_has_its_answer(shop: ShopBot, number: str, postcode: str, words: str) -> None:
    assert words in await shop.through(f'/order_status{{"order_number": "{number}"}}', postcode)


async def test_verified_customer_is_not_asked_again(shop: ShopBot) -> None:
    await shop.through("/order_status", "48213", "0150")
    assert "tomorrow" in await shop.says("/order_status")
    assert "i•••@example.com" in await shop.says("/invoice_copy")


async def test_someone_elses_order_has_to_be_proved_anew(shop: ShopBot) -> None:
    await shop.through("/order_status", "48213", "0150")
    assert "postcode" in await shop.says('/order_status{"order_number": "60042"}')
    assert "pack" in await shop.says("75011")


async def test_number_is_corrected_in_mid_form_and_afterwards(shop: ShopBot) -> None:
    await shop.through("/order_status", "48214", '/correct{"order_number": "48213"}')
    assert "48213" in await shop.says("0150")
    assert "postcode" in await shop.says('/correct{"order_number": "51377"}')
    assert "51377" in await shop.says("1000-205")


async def test_five_digits_can_be_a_postcode_when_it_was_asked_for(shop: ShopBot) -> None:
    await shop.through('/order_status{"order_number": "60042"}', "75012")
    assert "pack" in await shop.says('/correct{"order_number": "75011"}')


async def test_question_in_mid_form_is_answered_and_the_form_asks_again(shop: ShopBot) -> None:
    await shop.says("/order_status")
    said = await shop.says("/faq/opening_hours")
    assert "Monday" in said
    assert "number" in said


async def test_giving_up_is_confirmed_and_can_be_taken_back(shop: ShopBot) -> None:
    await shop.through("/order_status", "48213", "/stop")
    assert "postcode" in await shop.says("/deny")
    await shop.through("/stop", "/affirm")
    assert (await shop.bot.conversation()).dialogue.loop is None


async def test_three_wrong_postcodes_lead_to_a_person(shop: ShopBot) -> None:
    await shop.through('/order_status{"order_number": "48213"}', "9997", "9998", "9999")
    requested = [e for e in shop.bot.log if isinstance(e, EscalationRequested)]
    assert [e.reason for e in requested] == [EscalationReason.FORM_FAILED]
    assert not any(isinstance(e, CustomerIdentified) for e in shop.bot.log)


async def test_wrong_postcode_and_unknown_order_are_answered_alike(shop: ShopBot) -> None:
    wrong = await shop.through('/order_status{"order_number": "48213"}', "9999")
    unknown = await shop.through('/correct{"order_number": "99999"}', "9999")
    told = ("go together", "can't find")
    assert any(words in wrong for words in told)
    assert any(words in unknown for words in told)


async def test_without_codes_another_proof_is_asked_for(shop: ShopBot) -> None:
    shop.sender.working = False
    said = await shop.through("/order_status", "camille.laurent@example.net")
    assert "postcode" in said
    assert "person" in said
    assert "on its way" not in said
    assert "pack" in await shop.through("60042", "75011")


async def test_code_by_email_stands_in_for_the_number(shop: ShopBot) -> None:
    await shop.through("/order_status", "camille.laurent@example.net")
    [(email, code)] = shop.sender.codes
    assert email == "camille.laurent@example.net"
    said = await shop.says(code)
    assert "Which" in said
    turn = await shop.bot.turn('/inform{"order_number": "60042"}')
    assert any("pack" in (getattr(event, "text", "") or "") for _, event in turn.events)
    identified = [e for e in shop.bot.log if isinstance(e, CustomerIdentified)]
    assert [e.by for e in identified] == ["one_time_code"]


async def test_order_being_packed_is_cancelled_after_a_yes(shop: ShopBot) -> None:
    await shop.through('/cancel_order{"order_number": "60042", "postcode": "75011"}')
    order = await shop.contacts.order("60042")
    assert order is not None
    assert order.can_change
    assert "€118.70" in await shop.says("/affirm")
    order = await shop.contacts.order("60042")
    assert order is not None
    assert order.status is OrderStatus.CANCELLED


async def test_order_is_kept_after_a_no(shop: ShopBot) -> None:
    await shop.through('/cancel_order{"order_number": "60042", "postcode": "75011"}', "/deny")
    order = await shop.contacts.order("60042")
    assert order is not None
    assert order.can_change


async def test_order_on_its_way_cannot_be_cancelled(shop: ShopBot) -> None:
    said = await shop.through('/cancel_order{"order_number": "48213", "postcode": "0150"}')
    assert "cancel" in said
    order = await shop.contacts.order("48213")
    assert order is not None
    assert order.status is OrderStatus.SHIPPED


async def test_delivery_address_is_changed(shop: ShopBot) -> None:
    await shop.through(
        '/change_order{"order_number": "60042", "postcode": "75011"}',
        '/inform{"choice": "address"}',
        "somewhere",
        "12 rue du Lac, 75012 Paris",
        "/affirm",
    )
    order = await shop.contacts.order("60042")
    assert order is not None
    assert (order.address.street, order.address.postcode) == ("12 rue du Lac", "75012")


async def test_last_item_leads_to_an_offer_to_cancel(shop: ShopBot) -> None:
    await shop.through('/change_order{"order_number": "65381", "postcode": "10969"}', "take something out")
    assert "cancel" in await shop.through("router", "/affirm")
    assert "cancel" in await shop.says("/affirm")
    await shop.says("/affirm")
    order = await shop.contacts.order("65381")
    assert order is not None
    assert order.status is OrderStatus.CANCELLED


async def test_invoice_goes_to_the_address_on_file_masked(shop: ShopBot) -> None:
    said = await shop.through("/invoice_copy", "51377", "1000-205")
    assert "joao.almeida" not in said
    [ticket] = await shop.contacts.tickets_of("C-1002")
    assert ticket.kind is TicketKind.INVOICE


async def test_voice_hears_no_tracking_number(shop: ShopBot) -> None:
    for text in ("/order_status", "48213"):
        await shop.says(text, channel="voice")
    said = await shop.says("0150", channel="voice")
    assert "tomorrow" in said
    assert "FL48213" not in said

"""Returns, deliveries, account, products, support and complaints in conversation."""

from __future__ import annotations

from bot.contacts.records import CustomerChange, TicketKind
from bot.events import EscalationReason, EscalationRequested
from tests.bot.actions.conftest import ShopBot

DELIVERED = '{"order_number": "51377", "postcode": "1000-205"}'


async def escalations(shop: ShopBot) -> list[EscalationReason]:
    return [e.reason for e in shop.bot.log if isinstance(e, EscalationRequested)]


async def test_return_is_registered_once_however_often(shop: ShopBot) -> None:
    steps = ('/inform{"product": "Fjord headphones"}', "too loud", "/affirm")
    assert "R-" in await shop.through(f"/return_item{DELIVERED}", *steps)
    await shop.through("/return_item", *steps)
    assert [made.item_name for made in await shop.contacts.returns_of("C-1002")] == ["Fjord headphones"]
    assert "R-" in await shop.says("/refund_status")


async def test_return_outside_the_window_offers_a_person(shop: ShopBot) -> None:
    said = await shop.through('/return_item{"order_number": "48100", "postcode": "0150"}')
    assert "person" in said
    await shop.says("/affirm")
    assert await escalations(shop) == [EscalationReason.ASKED_FOR_PERSON]


async def test_refunded_order_tells_amount_and_day(shop: ShopBot) -> None:
    said = await shop.through('/refund_status{"order_number": "88120", "postcode": "1193653471"}')
    assert "€159" in said


async def test_delayed_parcel_is_chased_and_a_person_offered(shop: ShopBot) -> None:
    said = await shop.through('/delivery_late{"order_number": "73905", "postcode": "LV-1010"}')
    assert "customs" in said
    [ticket] = await shop.contacts.tickets_of("C-1004")
    assert ticket.kind is TicketKind.DELIVERY


async def test_parcel_within_its_time_is_not_late(shop: ShopBot) -> None:
    said = await shop.through('/delivery_late{"order_number": "48213", "postcode": "0150"}')
    assert "tomorrow" in said
    assert await shop.contacts.tickets_of("C-1001") == []


async def test_damaged_item_becomes_a_ticket_with_its_remedy(shop: ShopBot) -> None:
    await shop.through(f"/item_damaged{DELIVERED}", "The left cup is cracked", '/inform{"choice": "refund"}')
    [ticket] = await shop.contacts.tickets_of("C-1002")
    assert ticket.details == {"problem": "damaged", "remedy": "refund"}
    assert "cracked" in ticket.text


async def test_email_is_validated_and_changed(shop: ShopBot) -> None:
    await shop.says('/change_email{"order_number": "48213", "postcode": "0150"}')
    await shop.proves()
    await shop.through("nonsense", "New@Example.com")
    customer = await shop.contacts.customer("C-1001")
    assert customer is not None
    assert customer.email.lower() == "new@example.com"


async def test_phone_told_at_once_is_kept_until_identity_is_proved(shop: ShopBot) -> None:
    await shop.through('/change_phone{"phone": "22 85 00 99"}', "48213", "0150")
    await shop.proves()
    await shop.through("22 85 00 99")
    customer = await shop.contacts.customer("C-1001")
    assert customer is not None
    assert customer.phone == "+4722850099"


async def test_new_address_also_moves_what_has_not_left(shop: ShopBot) -> None:
    await shop.says('/change_address{"order_number": "60042", "postcode": "75011"}')
    await shop.proves()
    said = await shop.says("12 rue du Lac, 75012 Paris")
    assert "60042" in said
    order = await shop.contacts.order("60042")
    assert order is not None
    assert order.address.postcode == "75012"


async def test_deletion_is_asked_twice_and_recorded_once(shop: ShopBot) -> None:
    await shop.through("/delete_my_data", "48213", "0150")
    said = await shop.proves()
    assert await shop.contacts.tickets_of("C-1001") == []
    assert said
    await shop.through("/affirm", "/delete_my_data", "/affirm")
    assert [t.kind for t in await shop.contacts.tickets_of("C-1001")] == [TicketKind.DELETION]


async def test_newsletter_ends_without_telling_who_was_on_it(shop: ShopBot) -> None:
    known = await shop.through("/unsubscribe_newsletter", "joao.almeida@example.org")
    customer = await shop.contacts.customer("C-1002")
    assert customer is not None
    assert not customer.newsletter
    assert known
    assert "João" not in known


async def test_whoever_is_taken_off_the_newsletter_by_a_stranger_is_told(shop: ShopBot) -> None:
    known = await shop.through("/unsubscribe_newsletter", "joao.almeida@example.org")
    [(to, body)] = await shop.mails()
    assert to == "joao.almeida@example.org"
    assert "newsletter" in body
    assert known


async def test_unknown_address_is_answered_like_a_known_one_and_nobody_is_told(shop: ShopBot) -> None:
    assert await shop.through("/unsubscribe_newsletter", "nobody@example.org")
    assert await shop.mails() == []
    assert await escalations(shop) == []


async def test_proved_customer_ends_the_newsletter_without_a_mail(shop: ShopBot) -> None:
    await shop.contacts.update_customer("C-1001", CustomerChange(newsletter=True))
    await shop.through("/order_status", "48213", "0150")
    before = len(await shop.mails())
    await shop.says("/unsubscribe_newsletter")
    customer = await shop.contacts.customer("C-1001")
    assert customer is not None
    assert not customer.newsletter
    assert len(await shop.mails()) == before


async def test_without_mail_a_person_takes_a_typed_address_off_the_newsletter(shop: ShopBot) -> None:
    shop.notices._sender = None
    await shop.through("/unsubscribe_newsletter", "joao.almeida@example.org")
    customer = await shop.contacts.customer("C-1002")
    assert customer is not None
    assert customer.newsletter
    assert await escalations(shop) == [EscalationReason.RULE]


async def test_contact_data_that_could_not_be_put_back_is_changed_by_a_person(shop: ShopBot) -> None:
    shop.notices._public_url = None
    before = await shop.contacts.customer("C-1001")
    await shop.through("/change_phone", "48213", "0150")
    await shop.proves()
    await shop.says("+47 912 34 567")
    assert await shop.contacts.customer("C-1001") == before
    assert await escalations(shop) == [EscalationReason.RULE]


async def test_stock_price_and_facts_come_from_the_products(shop: ShopBot) -> None:
    assert "€59" in await shop.says('/product_availability{"product": "Nimbus kettle"}')
    await shop.says('/product_question{"product": "Tern e-reader"}')
    assert "IPX8" in await shop.says("is it waterproof?")


async def test_troubleshooting_ends_where_a_step_helps(shop: ShopBot) -> None:
    await shop.through('/technical_support{"product": "router"}', "/deny", "/affirm")
    assert (await shop.bot.conversation()).dialogue.loop is None
    assert await escalations(shop) == []


async def test_troubleshooting_that_fails_goes_to_a_person_with_what_was_tried(shop: ShopBot) -> None:
    await shop.through('/technical_support{"product": "Nimbus kettle"}', "/deny", "still nothing", "/deny")
    assert await escalations(shop) == [EscalationReason.RULE]


async def test_smoke_is_not_troubleshot(shop: ShopBot) -> None:
    await shop.through("/technical_support", "smoke comes out of my kettle")
    assert await escalations(shop) == [EscalationReason.RULE]


async def test_mild_complaint_is_recorded_and_severe_one_escalates(shop: ShopBot) -> None:
    await shop.through("/complaint", "the box looked dull")
    assert await escalations(shop) == []
    await shop.through("/complaint", "your driver threatened me, I am calling the police")
    assert await escalations(shop) == [EscalationReason.RULE]


async def test_callback_keeps_number_and_time(shop: ShopBot) -> None:
    await shop.through("/request_callback", "12", "+47 22 85 00 01", "tomorrow after ten")
    made = [e for e in shop.bot.log if e.type == "record_accessed"]
    assert len(made) == 1


async def test_second_out_of_scope_offers_a_person_more_plainly(shop: ShopBot) -> None:
    first = await shop.says("/out_of_scope")
    second = await shop.says("/out_of_scope")
    assert first != second
    await shop.says("/affirm")
    assert await escalations(shop) == [EscalationReason.ASKED_FOR_PERSON]


async def test_language_is_answered_in_it(shop: ShopBot) -> None:
    assert "norsk" in await shop.says('/switch_language{"language": "norwegian"}')
    assert (await shop.bot.conversation()).language == "nb"


async def test_repeat_says_the_last_answer_again(shop: ShopBot) -> None:
    first = await shop.says("/faq/warranty")
    assert await shop.says("/repeat") == first

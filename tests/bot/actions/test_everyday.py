"""What customers do beside the straight way: corrections, questions after the answer, changes of topic."""

from __future__ import annotations

import pytest

from bot.actions.shop.orders import asked_on
from bot.contacts.demo import orders
from bot.dialogue.triggers import missing_slots
from bot.events import EscalationReason, EscalationRequested
from tests.bot.actions.conftest import ShopBot

KNOWN = '/order_status{"order_number": "48213", "postcode": "0150"}'


async def test_right_number_given_for_the_postcode_is_taken_with_the_postcode_from_before(
    shop: ShopBot,
) -> None:
    await shop.through("/order_status", "48231", "0150")
    assert "Posten" in await shop.says("48213")


@pytest.mark.parametrize("words", ["sry 48213", "no wait it's 48213"])
async def test_number_may_be_corrected_where_the_postcode_is_asked_for(shop: ShopBot, words: str) -> None:
    await shop.through("/order_status", "48231", words)
    assert "Posten" in await shop.says("0150")


async def test_corrections_are_no_failures_of_the_question(shop: ShopBot) -> None:
    correct = '/correct{"order_number": "%s"}'
    await shop.through("/order_status", "99999", "0150", correct % "99998", correct % "48213")
    assert "Posten" in await shop.says("0150")
    assert not [e for e in shop.bot.log if isinstance(e, EscalationRequested)]


async def test_the_same_wish_again_in_mid_form_is_answered(shop: ShopBot) -> None:
    await shop.through("/order_status", "48213")
    assert "postcode" in await shop.says("/order_status")
    assert "Posten" in await shop.says("0150")


async def test_digits_may_be_written_as_words(shop: ShopBot) -> None:
    said = await shop.through("/order_status", "four eight two one three", "zero one five zero")
    assert "Posten" in said


async def test_looking_for_the_number_is_no_wrong_answer(shop: ShopBot) -> None:
    await shop.through("/order_status", "one moment, let me check", "hold on")
    assert (await shop.bot.slots()).get("form_attempts") is None


@pytest.mark.parametrize(
    ("question", "response"),
    [
        ("which carrier is it?", "utter_status_carrier"),
        ("tracking number?", "utter_status_carrier"),
        ("how much did I pay", "utter_status_total"),
        ("what's in it?", "utter_status_items"),
        ("which address is it going to?", "utter_status_address"),
        ("when does it come?", "utter_status_again"),
    ],
)
def test_questions_after_the_answer_have_their_own(question: str, response: str) -> None:
    shipped = next(order for order in orders(1_795_000_000.0) if order.number == "48213")
    assert asked_on(question, shipped) == response


async def test_a_bare_ok_to_an_answer_asks_for_nothing(shop: ShopBot) -> None:
    await shop.says(KNOWN)
    assert "?" not in await shop.says("/affirm")


async def test_a_number_and_its_postcode_alone_are_enough(shop: ShopBot) -> None:
    said = await shop.says('/inform{"order_number": "51377", "postcode": "1000-205"}')
    assert "delivered" in said


async def test_and_for_another_order_does_the_last_thing_again(shop: ShopBot) -> None:
    await shop.through(KNOWN, "/invoice_copy")
    await shop.bot.say('/inform{"order_number": "48100"}')
    slots = await shop.bot.slots()
    assert slots["order_number"] == "48100"


async def test_a_question_beside_a_form_is_answered_and_the_form_goes_on(shop: ShopBot) -> None:
    await shop.through('/return_item{"order_number": "51377", "postcode": "1000-205"}', "headphones")
    said = await shop.says('/product_availability{"product": "Nimbus kettle"}')
    assert "Nimbus kettle" in said
    assert (await shop.bot.slots())["requested_slot"] == "return_reason"
    said = await shop.says("/order_status")
    assert "delivered" in said
    assert (await shop.bot.slots())["requested_slot"] == "return_reason"


async def test_dropping_a_form_says_so_and_drops_it(shop: ShopBot) -> None:
    assert "cancelled anything" not in await shop.says("/stop")
    await shop.through("/order_status", "48213", "/stop", "/stop")
    assert (await shop.bot.conversation()).dialogue.loop is None


async def test_desk_sees_only_what_is_really_missing(shop: ShopBot) -> None:
    await shop.says("/return_item")
    conversation = await shop.bot.conversation()
    assert missing_slots(conversation, shop.bot.engine.domain) == ("order_number", "postcode")
    await shop.through("51377", "1000-205")
    conversation = await shop.bot.conversation()
    assert missing_slots(conversation, shop.bot.engine.domain) == ("item", "return_reason", "confirm")


async def test_troubleshooting_takes_ok_for_trying_and_not_for_success(shop: ShopBot) -> None:
    await shop.says('/technical_support{"product": "router"}')
    said = await shop.says("ok")
    assert "plug" in said.lower()
    assert (await shop.bot.slots())["requested_slot"] == "step_1"


async def test_what_has_no_steps_goes_to_a_person(shop: ShopBot) -> None:
    await shop.says('/technical_support{"product": "Summit tent"}')
    asked = [e for e in shop.bot.log if isinstance(e, EscalationRequested)]
    assert [(e.reason, e.detail) for e in asked] == [(EscalationReason.RULE, "trouble with another product")]


async def test_nobody_is_called_at_night(shop: ShopBot) -> None:
    said = await shop.through("/request_callback", "+47 22 85 00 01", "at 3am on sunday")
    assert "between 8 and 20" in said
    assert "monday at 10" in await shop.says("monday at 10")


async def test_new_address_is_not_for_what_is_under_way(shop: ShopBot) -> None:
    await shop.through(KNOWN, "/change_address")
    await shop.proves()
    said = await shop.says("Nygata 4, 0159 Oslo")
    assert "48213 is on its way already" in said


async def test_contact_change_may_turn_to_another_detail(shop: ShopBot) -> None:
    await shop.through(KNOWN, "/change_email")
    await shop.proves()
    assert "phone number" in await shop.says("/change_phone")
    assert "+4722850099" in await shop.says("+47 22 85 00 99")


async def test_both_items_are_returned_one_after_the_other(shop: ShopBot) -> None:
    await shop.says('/return_item{"order_number": "51377", "postcode": "1000-205"}')
    assert "one return at a time" in await shop.says("both")
    said = await shop.through("headphones", "too small", "/affirm")
    assert "Fjord headphones" in said


async def test_frequent_question_where_a_choice_was_asked_for(shop: ShopBot) -> None:
    await shop.says('/change_order{"order_number": "60042", "postcode": "75011"}')
    said = await shop.says("/faq/opening_hours")
    assert "19" in said
    assert (await shop.bot.slots())["requested_slot"] == "change_kind"
    await shop.says("3 rue de Rivoli, 75001 Paris")
    assert (await shop.bot.slots())["requested_slot"] == "confirm"


async def test_number_in_the_wish_for_a_call_is_not_asked_again(shop: ShopBot) -> None:
    said = await shop.says("/request_callback@0.9")
    assert "number" in said
    assert "+4722850001" in await shop.through("22 85 00 01", "tomorrow")


@pytest.mark.parametrize("words", ["60042 75011", "it's 60042, and 75011 is the postcode"])
async def test_number_and_postcode_of_five_digits_in_one_message(shop: ShopBot, words: str) -> None:
    assert "pack" in await shop.through("/order_status", words)

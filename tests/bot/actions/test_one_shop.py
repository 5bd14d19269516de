"""The page, the bot's answers and the records of the demo shop say the same, down to the last euro."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.actions.shop import wording
from bot.actions.shop.terms import terms_in_words
from bot.channels.pages import DIST
from bot.contacts import demo
from bot.contacts.records import OrderStatus
from bot.contacts.shop_records import ShopProduct, shop_products, shop_terms
from bot.project import Project
from tests.bot.actions.conftest import ShopBot

PAGE_SOURCE = Path(__file__).parents[3] / "bot" / "web" / "src" / "index.html"
NEAR = {"NO", "PT", "FR", "LV", "DE", "ES", "IE"}
"""The EU and Norway, as far as demo customers live there."""

NUMBER = r"(?:\d[\d.,]*|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|thirty|forty|sixty)"
CLAIM = re.compile(
    rf"€ ?{NUMBER}|\b{NUMBER}[ -](?:euros?|working days?|days?|hours?|weeks?|months?|years?|shops?)\b"
    rf"|\bfrom {NUMBER} to {NUMBER}\b|\bbetween {NUMBER} and {NUMBER}\b"
    rf"|\b\d{{1,2}}(?: to |[-\u2013])\d{{1,2}}\b"
    rf"|\b\d{{1,2}}:\d\d\b",
    re.IGNORECASE,
)
"""A number that the shop could contradict itself in."""

NOT_OF_THE_SHOP = {
    "utter_deletion_made": "how long data requests take",
    "utter_complaint_noted": "how fast complaints are answered",
}
"""Responses with numbers of their own, each said in no other place."""


def text_of_page(source: str) -> str:
    without = re.sub(r"<(script|svg|head)\b.*?</\1>", " ", source, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without)).split())


def numbers(text: str) -> set[str]:
    words = {wording.number(n): str(n) for n in range(1, 13)}
    found = re.findall(r"\d+(?:[.,]\d+)*", text)
    return {*found, *(words[word] for word in re.findall(r"[a-z]+", text.lower()) if word in words)}


def products_on_page(page: str) -> dict[str, tuple[str, str]]:
    """Price and availability by name."""
    item = r"<h3>(.*?)</h3>\s*<strong>(.*?)</strong>.*?<p class=\"availability\">(.*?)</p>"
    return {name: (price, stock) for name, price, stock in re.findall(item, page, re.DOTALL)}


@pytest.fixture(scope="module")
def page() -> str:
    return (DIST / "index.html").read_text(encoding="utf-8")


# --- nothing is written down twice -------------------------------------------------------------------------


def test_the_page_is_written_without_numbers_of_its_own() -> None:
    source = text_of_page(PAGE_SOURCE.read_text(encoding="utf-8"))
    assert CLAIM.findall(source) == []
    assert [product.name for product in shop_products() if product.name in source] == []


def test_responses_are_written_without_numbers_of_their_own(shop_project: Project) -> None:
    claims = {
        (name, claim)
        for name, variations in shop_project.domain.responses.items()
        for variation in variations
        for claim in CLAIM.findall(variation.text or "")
        if name not in NOT_OF_THE_SHOP and not name.startswith("utter_step_")
    }
    assert claims - {("utter_reset_password", "an hour")} == set()


def test_every_term_has_a_response_that_says_it(shop_project: Project) -> None:
    texts = " ".join(v.text or "" for vs in shop_project.domain.responses.values() for v in vs)
    unsaid = {name for name in terms_in_words() if f"{{{name}}}" not in texts}
    # Made beside its sisters, and needed in none of the sentences.
    assert unsaid <= {"far_spoken", "shop_hours_between"}


@pytest.mark.parametrize("product", shop_products(), ids=lambda product: str(product.sku))
def test_a_tagline_promises_only_what_the_facts_say(product: ShopProduct) -> None:
    assert numbers(product.tagline or "") <= numbers(" ".join(product.facts.values()))


def test_orders_cost_and_arrive_as_the_terms_say() -> None:
    prices = {product.sku: product.price for product in shop_products()}
    delivery = shop_terms().delivery
    for weekday in range(7):
        now = datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp() + weekday * 86_400
        for order in demo.orders(now):
            assert [item.price for item in order.items] == [prices[item.sku] for item in order.items]
            assert order.refund in (None, order.total)
            placed = wording.as_date(order.placed_at)
            if order.shipped_at is not None:
                waited = working_days(placed, wording.as_date(order.shipped_at))
                assert waited <= delivery.leaves_within_days, order.number
            if order.expected_on is not None and order.status is not OrderStatus.DELAYED:
                longest = (delivery.near_days if order.address.country in NEAR else delivery.far_days)[1]
                assert working_days(placed, order.expected_on) <= longest, order.number


def working_days(start: date, end: date) -> int:
    return sum((start + timedelta(n)).weekday() < 5 for n in range(1, (end - start).days + 1))


# --- and what is said is the same --------------------------------------------------------------------------


@pytest.mark.requires("pages")
async def test_the_bot_names_the_price_and_stock_that_the_page_shows(shop: ShopBot, page: str) -> None:
    shown = products_on_page(page)
    assert len(shown) == sum(product.tagline is not None for product in shop_products())
    for name, (price, stock) in shown.items():
        said = await shop.through(f'/product_question{{"product": "{name}"}}', "how much is it")
        assert price in numbers_with_currency(said)
        said = await shop.says(f'/product_availability{{"product": "{name}"}}')
        in_stock = price in numbers_with_currency(said)
        assert in_stock == (stock == "In stock" or stock.startswith("Only")), (name, stock, said)
        assert ("sold out" in said.lower() or "no date" in said or "don't know yet" in said) == (
            stock == "Sold out"
        )


def numbers_with_currency(text: str) -> list[str]:
    return [found.rstrip(".,") for found in re.findall(r"€[\d.,]+", text)]


@pytest.mark.requires("pages")
@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("shipping_cost", "Delivery"),
        ("shipping_time", "Delivery"),
        ("return_policy", "Returns"),
        ("opening_hours", "People to talk to"),
        ("opening_hours", "Our shops"),
        ("shop_locations", "Our shops"),
    ],
)
async def test_the_bot_answers_what_the_page_says(
    shop: ShopBot, page: str, question: str, heading: str
) -> None:
    found = re.search(rf"<dt>{heading}</dt>\s*<dd>(.*?)</dd>", page, re.DOTALL)
    assert found is not None
    shown = text_of_page(found[1].replace(":00", ""))
    answers = {await shop.says(f"/faq/{question}") for _ in range(12)}
    said = max(answers, key=lambda answer: len(numbers(answer)))
    if heading == "Our shops":
        assert [s.city for s in shop_terms().shops if s.city not in shown] == []
    if question == "shop_locations":
        assert [s.city for s in shop_terms().shops if s.city not in said] == []
    else:
        common = numbers(said) & numbers(shown)
        assert len(common) >= 2 or numbers(shown) <= numbers(said), (said, shown)
    if question in ("shipping_cost", "return_policy"):
        assert numbers(said) <= numbers(shown), (said, shown)


@pytest.mark.parametrize("channel", ["rest", "voice"])
@pytest.mark.parametrize(
    "question",
    [
        "return_policy",
        "payment_methods",
        "warranty",
        "opening_hours",
        "shop_locations",
        "shipping_cost",
        "shipping_time",
    ],
)
async def test_no_answer_shows_an_empty_place(shop: ShopBot, question: str, channel: str) -> None:
    for _ in range(6):
        said = await shop.says(f"/faq/{question}", channel=channel)
        assert said
        assert "{" not in said


async def test_no_answer_about_an_order_shows_an_empty_place(shop: ShopBot) -> None:
    for number, postcode in (
        ("48213", "0150"),
        ("51377", "1000-205"),
        ("60042", "75011"),
        ("88120", "1193653471"),
    ):
        given = f'{{"order_number": "{number}", "postcode": "{postcode}"}}'
        for wish in ("order_status", "cancel_order", "return_item", "refund_status"):
            said = await shop.says(f"/{wish}{given}")
            assert "{" not in said, (number, wish, said)
            await shop.through("/stop", "/affirm")


async def test_warranties_are_those_of_the_products(shop: ShopBot) -> None:
    for product in shop_products():
        years = wording.number(product.warranty_months // 12)
        said = await shop.through(f'/product_question{{"product": "{product.name}"}}', "which warranty")
        assert f"{years} years" in said.lower()

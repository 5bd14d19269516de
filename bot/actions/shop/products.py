"""Questions about what the shop sells, and vouchers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rasa_sdk.interfaces import Tracker

from bot.actions import events
from bot.actions.events import ActionEvent
from bot.actions.shop import wording
from bot.actions.shop.choosing import product_named
from bot.actions.shop.context import Dispatcher, action_key, proved_customer, text_of, value
from bot.actions.shop.forms import Finish, ShopForm, offer
from bot.actions.shop.terms import terms_in_words
from bot.contacts.records import NewTicket, Product, TicketKind
from bot.contacts.shop_records import shop_terms

# What customers call the topics of `Product.facts`.
TOPICS = {
    "battery": ("battery", "charge", "last", "hours", "runtime"),
    "waterproof": ("water", "rain", "wet", "swim", "shower", "bath", "sweat"),
    "size": ("size", "big", "large", "small", "litre", "liter", "hold", "fit", "high", "tall", "cm", "inch"),
    "weight": ("weigh", "heavy", "light weight", "lightweight", "kilo", "gram", "kg"),
    "power": ("power", "watt", "usb", "fast", "energy", "boil", "laptop", "macbook", "phone"),
    "connection": ("bluetooth", "wifi", "wi-fi", "connect", "app", "hub", "pair", "matter", "alexa"),
    "light": ("bright", "lumen", "dim", "socket", "colour", "color", "warm", "white"),
    "material": ("material", "plastic", "steel", "made of"),
    "washing": ("wash", "clean", "dry"),
    "formats": ("format", "epub", "pdf", "book", "storage", "gb"),
    "range": ("range", "reach", "far", "cover", "metres", "meters", "flat", "house"),
}  # fmt: skip
PRICE = ("price", "cost", "how much", "expensive", "euro", "cheap")
WARRANTY = ("warranty", "guarantee")
NO_QUESTION_YET = re.compile(
    r"\b(a|one|another|some|few) (quick )?questions?\b|\bask (you )?(something|about)\b", re.I
)
VARIANT = re.compile(
    r"\b(red|blue|green|black|white|grey|gray|pink|yellow|colou?rs?|size|small|medium|large|xs|s|m|l|xl|xxl)\b",
    re.IGNORECASE,
)
VOUCHER = re.compile(r"\b(?=[A-Z0-9-]*\d)[A-Z][A-Z0-9-]{3,19}\b", re.IGNORECASE)


class ProductForm(ShopForm):
    """Which product."""

    async def wanted(self, tracker: Tracker) -> list[str]:
        return ["product"]

    async def validate_product(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        sold = await self.shop.contacts.products()
        found = product_named(str(answer), sold)
        if found is None:
            return {
                "product": None,
                **self.invalid(dispatcher, tracker, "utter_unknown_product", products=_names(sold)),
            }
        return {"product": found.name}


class AvailabilityForm(ProductForm):
    """Which product's stock."""

    form = "availability_form"


class ProductQuestionForm(ProductForm):
    """Which product the question is about; the question itself was asked already."""

    form = "product_question_form"
    own = ("question",)

    async def wanted(self, tracker: Tracker) -> list[str]:
        return ["product", "question"]

    async def validate_question(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        text = str(answer)
        return {"question": None if text.startswith("/") or NO_QUESTION_YET.search(text) else text}


class TellAvailability(Finish):
    """Tells whether a product can be had now, or when."""

    has_effects = False
    form = "availability_form"

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        product = await self.shop.contacts.product(value(tracker, "product") or "")
        if product is None:
            sold = await self.shop.contacts.products()
            dispatcher.utter_message(response="utter_unknown_product", products=_names(sold))
            return []
        dispatcher.utter_message(
            response=_stock_response(product), **_describe(product, now=self.shop.clock())
        )
        if VARIANT.search(text_of(tracker)) and product.stock:
            dispatcher.utter_message(response="utter_stock_of_variant")
        return [events.record_accessed("product", product.sku, "read", f"stock {product.stock}")]


class TellAboutProduct(Finish):
    """Answers from the product's facts; what they do not hold, a person may know."""

    has_effects = False
    form = "product_question_form"
    own = ("question",)

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        product = await self.shop.contacts.product(value(tracker, "product") or "")
        if product is None:
            sold = await self.shop.contacts.products()
            dispatcher.utter_message(response="utter_unknown_product", products=_names(sold))
            return []
        about = _describe(product, now=self.shop.clock())
        read = events.record_accessed("product", product.sku, "read", "facts")
        question = str(value(tracker, "question") or "").lower()
        if any(word in question for word in PRICE):
            dispatcher.utter_message(response="utter_product_price", **about)
            return [read]
        if any(word in question for word in WARRANTY):
            dispatcher.utter_message(response="utter_product_warranty", **about)
            return [read]
        topics = [topic for topic, words in TOPICS.items() if any(word in question for word in words)]
        facts = [product.facts[topic] for topic in topics if topic in product.facts]
        if facts:
            dispatcher.utter_message(response="utter_product_fact", **about | {"fact": " ".join(facts)})
            return [read]
        everything = " ".join(product.facts.values())
        dispatcher.utter_message(response="utter_product_about", **about | {"fact": everything})
        return [read, offer("person")]


class VoucherForm(ShopForm):
    """Which code does not work."""

    form = "voucher_form"
    own = ("voucher_code",)

    async def wanted(self, tracker: Tracker) -> list[str]:
        return ["voucher_code"]

    async def validate_voucher_code(
        self, answer: Any, dispatcher: Dispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        found = VOUCHER.search(str(answer))
        if found is None:
            return {"voucher_code": None, **self.invalid(dispatcher, tracker, "utter_invalid_voucher")}
        return {"voucher_code": found.group().upper()}


class CheckVoucher(Finish):
    """Passes the code on to who can see why it is refused, and says what it usually is."""

    form = "voucher_form"
    own = ("voucher_code",)

    async def finish(
        self, dispatcher: Dispatcher, tracker: Tracker, outcome: str | None
    ) -> list[ActionEvent]:
        code = str(value(tracker, "voucher_code"))
        ticket = await self.shop.contacts.create_ticket(
            action_key(tracker, f"voucher:{code}"),
            NewTicket(
                kind=TicketKind.MESSAGE,
                text=f"The voucher {code} is refused.",
                created_at=self.shop.clock(),
                customer_id=proved_customer(tracker),
                conversation_id=tracker.sender_id,
            ),
        )
        dispatcher.utter_message(response="utter_voucher_noted", code=code, ticket=ticket.id)
        return [events.record_accessed("ticket", ticket.id, "create", "voucher"), offer("person")]


def _stock_response(product: Product) -> str:
    if product.stock == 0:
        return "utter_out_of_stock" if product.restock_on else "utter_sold_out"
    return "utter_few_left" if product.stock < shop_terms().few_left_below else "utter_in_stock"


def _names(products: Sequence[Product]) -> str:
    return wording.listing([product.name for product in products])


def _describe(product: Product, *, now: float) -> dict[str, str]:
    return {
        **terms_in_words(),
        "product": product.name,
        "price": wording.money(product.price, product.currency),
        "price_spoken": wording.spoken_money(product.price, product.currency),
        "stock": str(product.stock),
        "restock": wording.day(product.restock_on, now=now) if product.restock_on else "",
        "years": wording.number(product.warranty_months // 12),
    }

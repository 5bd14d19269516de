"""Picking one of several things by what a customer calls it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from bot.contacts.records import Order, OrderItem, Product

T = TypeVar("T")


def item_named(text: str, order: Order | None) -> OrderItem | None:
    """The item of an order that a text means; None when it is none, or could be several."""
    if order is None:
        return None
    return _best(text, [(item, item.name) for item in order.items])


def product_named(text: str, products: Iterable[Product]) -> Product | None:
    """The product that a text means; None when it is none, or could be several."""
    return _best(text, [(product, product.name) for product in products])


def item_buttons(lines: Sequence[OrderItem]) -> list[dict[str, str]]:
    """A button for each line of an order."""
    return [{"title": line.name, "payload": f'/inform{{"choice": "{line.name}"}}'} for line in lines]


def _best(text: str, named: list[tuple[T, str]]) -> T | None:
    """The thing whose name shares most words with the text; a tie is no answer."""
    said = {_stem(word) for word in text.lower().replace("-", " ").split()}
    scored = [
        (len(said & {_stem(word) for word in name.lower().replace("-", " ").split()}), thing)
        for thing, name in named
    ]
    top = max((score for score, _ in scored), default=0)
    best = [thing for score, thing in scored if score == top]
    return best[0] if top and len(best) == 1 else None


def _stem(word: str) -> str:
    word = word.strip(".,!?\"'()")
    return word[:-1] if len(word) > 3 and word.endswith("s") else word

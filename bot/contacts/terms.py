"""The shop's own rules about orders and returns; the numbers in them are those of its records."""

from __future__ import annotations

from bot.contacts.records import Order, OrderStatus
from bot.contacts.shop_records import shop_terms

RETURN_DAYS = shop_terms().returns.days
DAY_S = 86_400.0


def return_problem(order: Order, *, now: float) -> str | None:
    """Why nothing of this order can be returned now: ``refunded``, ``cancelled``, ``not_delivered`` or
    ``too_late``; None when it can."""
    if order.status in (OrderStatus.REFUNDED, OrderStatus.CANCELLED):
        return order.status.value
    if order.delivered_at is None:
        return "not_delivered"
    if now - order.delivered_at > RETURN_DAYS * DAY_S:
        return "too_late"
    return None

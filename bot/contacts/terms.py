"""The shop's own rules about orders and returns, in one place."""

from __future__ import annotations

from bot.contacts.records import Order, OrderStatus

RETURN_DAYS = 30
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

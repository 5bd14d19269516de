"""The shop's terms in words, for the places of responses: ``{return_days}``, ``{free_from}``."""

from __future__ import annotations

from functools import cache

from bot.actions.shop import wording
from bot.contacts.shop_records import shop_products, shop_terms

_NOON = 12


@cache
def terms_in_words() -> dict[str, str]:
    """Every term as written, and with ``_spoken`` as said on the telephone where that differs."""
    terms = shop_terms()
    delivery, returns, hours = terms.delivery, terms.returns, terms.hours
    words = {
        "return_days": str(returns.days),
        "post_days": str(returns.post_within_days),
        "refund_days": wording.number(returns.paid_within_days),
        "near_days": _span(delivery.near_days),
        "far_days": _span(delivery.far_days),
        "leaves_days": wording.number(delivery.leaves_within_days),
        "cities": wording.listing([shop.city for shop in terms.shops]),
        "shops": wording.listing([f"{shop.city} ({shop.address})" for shop in terms.shops]),
        "shop_count": wording.number(len(terms.shops)),
        **_warranty(),
    }
    for name, amount in (("free_from", delivery.free_from), ("near", delivery.near), ("far", delivery.far)):
        words[name] = wording.money(amount, terms.currency)
        words[f"{name}_spoken"] = wording.spoken_money(amount, terms.currency)
    for name, (opens, closes) in (
        ("weekdays", hours.people.weekdays),
        ("saturday", hours.people.saturday),
        ("shop_hours", hours.shops.monday_to_saturday),
    ):
        words[name] = f"{opens} to {closes}"
        words[f"{name}_between"] = f"{opens} and {closes}"
        words[f"{name}_spoken"] = f"{_hour(opens)} to {_hour(closes)}"
    return words


def _span(days: tuple[int, int]) -> str:
    return f"{wording.number(days[0])} to {wording.number(days[1])}"


def _hour(hour: int) -> str:
    """An hour of the day for the ear: seven for 19."""
    return wording.number(hour - _NOON if hour > _NOON else hour)


def _warranty() -> dict[str, str]:
    """The usual warranty in years, and what has a longer one: told apart by the last word of the names."""
    years = {product.name: product.warranty_months // 12 for product in shop_products()}
    usual = min(years.values())
    longer = {f"{name.split()[-1]}s": y for name, y in years.items() if y > usual}
    return {
        "warranty": wording.number(usual),
        "longer_warranty": wording.number(max(longer.values(), default=usual)),
        "longer_for": wording.listing(sorted(longer)),
    }

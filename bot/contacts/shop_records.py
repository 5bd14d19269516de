"""What the demo shop sells and on which terms: `nlu_data/shop/records`, read once.

The shop's page is built from the same two files, and the bot's answers are filled from them, so that the
demo has one price for each thing.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

RECORDS = Path(__file__).resolve().parents[2] / "nlu_data" / "shop" / "records"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ShopProduct(_Part):
    """A product as the files have it; amounts in minor units, ``tagline`` only for those on the page."""

    sku: str
    name: str
    tagline: str | None = None
    price: int
    stock: int
    restock_in_days: int | None
    warranty_months: int
    facts: dict[str, str]


class Delivery(_Part):
    """``near`` is the EU and Norway, ``far`` everywhere else; days are working days, from and to."""

    free_from: int
    near: int
    far: int
    near_days: tuple[int, int]
    far_days: tuple[int, int]
    leaves_within_days: int


class Returns(_Part):
    """Days to ask for a return after delivery, to post it then, and (working days) until it is paid."""

    days: int
    post_within_days: int
    paid_within_days: int


class PeopleHours(_Part):
    """When people answer chat and phone: from and to, full hours of Oslo."""

    weekdays: tuple[int, int]
    saturday: tuple[int, int]


class ShopHours(_Part):
    monday_to_saturday: tuple[int, int]


class Hours(_Part):
    people: PeopleHours
    shops: ShopHours


class ShopPlace(_Part):
    city: str
    address: str


class Terms(_Part):
    """The shop's terms; below a stock of ``few_left_below`` a customer is told how many are left."""

    currency: str
    delivery: Delivery
    returns: Returns
    few_left_below: int
    hours: Hours
    shops: tuple[ShopPlace, ...]


_PRODUCTS = TypeAdapter(tuple[ShopProduct, ...])


@cache
def shop_terms() -> Terms:
    """The terms. Raises OSError or ValueError when the file is gone or cannot be understood."""
    return Terms.model_validate_json((RECORDS / "terms.json").read_text(encoding="utf-8"))


@cache
def shop_products() -> tuple[ShopProduct, ...]:
    """Everything that is sold. Raises as `shop_terms`."""
    text = (RECORDS / "products.json").read_text(encoding="utf-8")
    return _PRODUCTS.validate_json(text)

"""Changes of a customer's contact data that can be undone, and which addresses are trusted meanwhile.

Whoever gets into a conversation for a moment must not keep the account: the address that was on file before
is told of each change and can undo it for `UNDO_S`. Until then codes go to it, not to the new one.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import structlog
from pydantic import BaseModel, ConfigDict

from bot.contacts.contacts import Contacts
from bot.contacts.records import Address, Customer, CustomerChange
from bot.errors import Conflict, NotFound

UNDO_DAYS = 7
UNDO_S = UNDO_DAYS * 24 * 3600.0
"""How long a change can be undone, in seconds."""

log = structlog.get_logger(__name__)


class ContactChange(BaseModel):
    """A change as kept. ``before`` and ``after`` hold the field's values, an address as its parts;
    ``orders`` the earlier addresses of orders that moved along. ``told`` is the address that may undo it."""

    model_config = ConfigDict(frozen=True)

    id: int
    key: str
    customer_id: str
    conversation_id: str
    field: str
    before: Any
    after: Any
    orders: dict[str, Address] = {}
    told: str
    token_hash: str
    at: float
    undo_until: float
    told_at: float | None = None
    undone_at: float | None = None


class ContactChangeStore(Protocol):
    """Keeps changes. A token is kept as its hash only."""

    async def add_change(self, change: ContactChange) -> ContactChange:
        """Keep a change (its ``id`` is ignored); one with the same key as before gives the earlier one."""

    async def renew_token(self, change_id: int, token_hash: str) -> None: ...

    async def change_told(self, change_id: int, *, at: float) -> None: ...

    async def change_of_token(self, token_hash: str) -> ContactChange | None: ...

    async def open_changes(self, customer_id: str, *, field: str, at: float) -> list[ContactChange]:
        """Those that can still be undone, oldest first."""

    async def open_changes_from(self, email: str, *, at: float) -> list[ContactChange]:
        """Open changes of e-mail addresses whose earlier address this is (compared in lower case)."""

    async def mark_undone(self, change_ids: Sequence[int], *, at: float) -> None: ...


class ContactChanges:
    """Makes changes that can be undone, and knows which addresses count for a proof."""

    def __init__(
        self,
        contacts: Contacts,
        store: ContactChangeStore,
        clock: Callable[[], float],
        *,
        new_token: Callable[[], str] = lambda: secrets.token_urlsafe(32),
    ) -> None:
        self._contacts = contacts
        self._store = store
        self._clock = clock
        self._new_token = new_token

    async def trusted_email(self, customer: Customer) -> str | None:
        """The address that codes and notices go to: of an address that was just changed, the earlier one."""
        open_ = await self._store.open_changes(customer.id, field="email", at=self._clock())
        email = str(open_[0].before) if open_ else customer.email
        return email or None

    async def customer_of(self, email: str) -> Customer | None:
        """Whose trusted address this is; None for one that is on file for some days only."""
        earlier = await self._store.open_changes_from(email, at=self._clock())
        found = [c for c in [await self._contacts.customer(change.customer_id) for change in earlier] if c]
        known = await self._contacts.customer_by_email(email)
        for customer in (*found, *([known] if known else [])):
            trusted = await self.trusted_email(customer)
            if trusted is not None and trusted.lower() == email.lower():
                return customer
        return None

    async def make(
        self,
        customer: Customer,
        change: CustomerChange,
        *,
        key: str,
        conversation_id: str,
        orders: dict[str, Address] | None = None,
    ) -> tuple[ContactChange, str | None]:
        """Change one of e-mail, phone and address. The change, and the token that undoes it.

        The token is None when the change was made and told before. Raises NotFound.
        """
        field, after = _one_of(change)
        now, token = self._clock(), self._new_token()
        kept = await self._store.add_change(
            ContactChange(
                id=0,
                key=key,
                customer_id=customer.id,
                conversation_id=conversation_id,
                field=field,
                before=_plain(getattr(customer, field)),
                after=_plain(after),
                orders=orders or {},
                told=await self.trusted_email(customer) or "",
                token_hash=_hash(token),
                at=now,
                undo_until=now + UNDO_S,
            )
        )
        await self._contacts.update_customer(customer.id, change)
        if kept.told_at is not None:
            return kept, None
        if kept.token_hash != _hash(token):
            # Run again after a crash, before the notice went out: the first token was never sent.
            await self._store.renew_token(kept.id, _hash(token))
        return kept, token

    async def told(self, change: ContactChange) -> None:
        """The notice of a change is on its way."""
        await self._store.change_told(change.id, at=self._clock())

    async def undo(self, token: str) -> ContactChange:
        """Put back what was there before, and take back later changes of it. Raises NotFound."""
        now = self._clock()
        change = await self._store.change_of_token(_hash(token))
        if change is None or change.undone_at is not None or change.undo_until <= now:
            raise NotFound(
                "This link undoes nothing: it was used, or it is too old.",
                code="contact_change.unknown",
                hint="ask us, if something is wrong with your data",
            )
        before = Address.model_validate(change.before) if change.field == "address" else change.before
        await self._contacts.update_customer(change.customer_id, CustomerChange(**{change.field: before}))
        for number, address in change.orders.items():
            try:
                await self._contacts.change_order_address(number, address)
            except (Conflict, NotFound):
                log.warning("contact_change.order_not_undone", order=number)
        later = await self._store.open_changes(change.customer_id, field=change.field, at=now)
        await self._store.mark_undone([c.id for c in later if c.id >= change.id], at=now)
        log.warning("contact_change.undone", customer_id=change.customer_id, field=change.field)
        return change


def _one_of(change: CustomerChange) -> tuple[str, Any]:
    for field in ("email", "phone", "address"):
        if (value := getattr(change, field)) is not None:
            return field, value
    raise ValueError("a contact change has an e-mail address, a phone number or an address")


def _plain(value: Any) -> Any:
    return json.loads(value.model_dump_json()) if isinstance(value, BaseModel) else value


def _hash(token: str) -> str:
    # The token has 256 random bits, so a fast hash hides it well enough.
    return hashlib.sha256(token.encode()).hexdigest()

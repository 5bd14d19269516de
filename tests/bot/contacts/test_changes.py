"""Changes of contact data: told at the old address, undone from there, and not trusted at once."""

from __future__ import annotations

import pytest

from bot.contacts.changes import UNDO_S, ContactChange, ContactChanges
from bot.contacts.identity import CodeSending, Identity, Verdict
from bot.contacts.notices import Notice, NoticeNotSent, Notices, notice_text
from bot.contacts.records import Address, Customer, CustomerChange
from bot.errors import NotFound
from bot.store.contact_changes import SqlContactChanges
from bot.store.contacts import SqlContacts
from bot.store.database import Database
from bot.store.identity import SqlIdentityStore
from tests.bot.contacts.conftest import NOW

OLD, NEW = "ingrid.haugen@example.com", "evil@example.net"


class Codes:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    async def send(self, *, email: str | None, code: str, language: str) -> None:
        if email is not None:
            self.sent.append((email, code))


class World:
    def __init__(self, contacts: SqlContacts, database: Database) -> None:
        self.now = NOW
        self.contacts = contacts
        self.changes = ContactChanges(contacts, SqlContactChanges(database), lambda: self.now)
        self.codes = Codes()
        self.identity = Identity(
            contacts, SqlIdentityStore(database), self.codes, lambda: self.now, changes=self.changes
        )

    async def customer(self) -> Customer:
        found = await self.contacts.customer("C-1001")
        assert found is not None
        return found

    async def change(self, key: str = "k", **change: object) -> tuple[ContactChange, str | None]:
        return await self.changes.make(
            await self.customer(),
            CustomerChange(**change),
            key=key,
            conversation_id="c",
        )


@pytest.fixture
def world(contacts: SqlContacts, database: Database) -> World:
    return World(contacts, database)


async def test_a_change_is_told_to_the_old_address_and_undone_once(world: World) -> None:
    made, token = await world.change(email=NEW)
    assert (made.told, (await world.customer()).email) == (OLD, NEW)
    assert token is not None
    await world.changes.undo(token)
    assert (await world.customer()).email == OLD
    for wrong in (token, "x" * 43):
        with pytest.raises(NotFound):
            await world.changes.undo(wrong)


async def test_a_link_is_good_for_seven_days(world: World) -> None:
    _, token = await world.change(phone="+4799999999")
    assert token is not None
    world.now += UNDO_S
    with pytest.raises(NotFound):
        await world.changes.undo(token)


async def test_a_new_address_gets_no_codes_before_the_old_one_could_object(world: World) -> None:
    await world.change(email=NEW)
    assert await world.identity.send_code("c", email=NEW) is CodeSending.ACCEPTED
    assert world.codes.sent == []
    await world.identity.send_code_on_file("d", customer_id="C-1001")
    [(address, code)] = world.codes.sent
    assert address == OLD
    proof = await world.identity.by_code_on_file("d", customer_id="C-1001", code=code)
    assert proof.verdict is Verdict.PROVED
    world.now += UNDO_S
    await world.identity.send_code_on_file("e", customer_id="C-1001")
    assert world.codes.sent[-1][0] == NEW


async def test_the_old_address_still_names_its_customer(world: World) -> None:
    await world.change(email=NEW)
    await world.identity.send_code("c", email=OLD)
    [(address, code)] = world.codes.sent
    assert address == OLD
    proof = await world.identity.by_code("c", email=OLD, code=code)
    assert proof.customer is not None
    assert proof.customer.id == "C-1001"


async def test_changing_twice_does_not_shake_the_first_address_off(world: World) -> None:
    _, first = await world.change("k1", email=NEW)
    second, _ = await world.change("k2", email="worse@example.net")
    third, _ = await world.change("k3", phone="+4799999999")
    assert (second.told, third.told) == (OLD, OLD)
    assert first is not None
    await world.changes.undo(first)
    customer = await world.customer()
    assert (customer.email, customer.phone) == (OLD, "+4799999999")
    assert await world.changes.trusted_email(customer) == OLD


async def test_an_action_that_runs_again_changes_once_and_tells_once(world: World) -> None:
    made, first = await world.change(email=NEW)
    again, second = await world.change(email=NEW)
    assert (again.id, again.before) == (made.id, OLD)
    assert second not in (None, first), "the first notice never left, so its link is replaced"
    await world.changes.told(made)
    assert (await world.change(email=NEW))[1] is None
    assert second is not None
    await world.changes.undo(second)
    assert (await world.customer()).email == OLD


async def test_an_address_is_put_back_with_the_orders_that_moved_along(world: World) -> None:
    camille = await world.contacts.customer("C-1003")
    order = await world.contacts.order("60042")
    assert camille is not None
    assert order is not None
    there = Address(street="1 rue Ailleurs", postcode="69001", city="Lyon", country="FR")
    _, token = await world.changes.make(
        camille,
        CustomerChange(address=there),
        key="k",
        conversation_id="c",
        orders={order.number: order.address},
    )
    await world.contacts.change_order_address(order.number, there)
    assert token is not None
    await world.changes.undo(token)
    camille, order = await world.contacts.customer("C-1003"), await world.contacts.order("60042")
    assert camille is not None
    assert order is not None
    assert (camille.address.postcode, order.address.postcode) == ("75011", "75011")


async def test_the_store_holds_no_token(world: World, database: Database) -> None:
    _, token = await world.change(email=NEW)
    async with database.read() as connection:
        row = (await connection.exec_driver_sql("SELECT * FROM contact_changes")).mappings().one()
    assert token is not None
    assert token not in str(dict(row))


class Mails:
    def __init__(self, *, fails: int = 0) -> None:
        self.fails = fails
        self.sent: list[tuple[str, str]] = []

    async def send(self, *, email: str, subject: str, body: str) -> None:
        if self.fails:
            self.fails -= 1
            raise NoticeNotSent
        self.sent.append((email, body))


async def no_pause(seconds: float) -> None:
    return None


async def test_a_notice_is_tried_again_and_tells_when_it_left() -> None:
    mails, left = Mails(fails=2), []

    async def then() -> None:
        left.append(True)

    notices = Notices(mails, public_url="https://chat.example/", sleep=no_pause)
    notices.tell(OLD, Notice.CONTACT_CHANGED, language="en", about="email", token="t" * 43, then=then)
    await notices.close()
    [(to, body)] = mails.sent
    assert to == OLD
    assert f"https://chat.example/undo#{'t' * 43}" in body
    assert left == [True]


async def test_look_ups_do_not_fill_a_mailbox() -> None:
    mails = Mails()
    notices = Notices(mails, clock=lambda: 5.0)
    later = Notices(mails, clock=iter([5.0, 4000.0]).__next__)
    for _ in range(5):
        notices.tell(OLD, Notice.ORDER_TOLD, language="en", about="48213")
    notices.tell(OLD, Notice.ORDER_CANCELLED, language="en", about="48213")
    await notices.close()
    assert len(mails.sent) == 2
    later.tell(OLD, Notice.ORDER_TOLD, language="en", about="1")
    later.tell(OLD, Notice.ORDER_TOLD, language="en", about="1")
    await later.close()
    assert len(mails.sent) == 4


@pytest.mark.parametrize("language", ["en", "nb", "fr", "pt", "es", "de", "lv"])
@pytest.mark.parametrize("notice", list(Notice))
def test_every_notice_has_its_words(notice: Notice, language: str) -> None:
    subject, body = notice_text(notice, language, about="email", link="https://chat.example/undo#t")
    assert subject
    assert "{" not in body
    assert ("undo#t" in body) == (notice is Notice.CONTACT_CHANGED)

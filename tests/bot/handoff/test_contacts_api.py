"""Who may read a customer's records."""

from __future__ import annotations

import pytest

from bot.channels import contacts_api
from bot.events import CustomerIdentified
from bot.handoff.agents import Role
from tests.bot.handoff.site import Site
from tests.bot.handoff.world import World

RECORDS = "/api/v1/contacts/C-1001"


@pytest.fixture
async def site(world: World) -> Site:
    site = Site(world)
    await site.seed()
    await world.seed()
    site.app.include_router(
        contacts_api.router(
            world.contacts, agent=site.auth.current_agent, may_read=world.desk.may_read_customer
        )
    )
    return site


async def test_records_are_for_those_who_help_the_customer_and_supervisors(site: Site) -> None:
    owner, other = await site.signed_in("agent1"), await site.signed_in("agent2")
    boss = await site.signed_in("boss", role=Role.SUPERVISOR)
    handoff_id = await site.world.queued()
    known = CustomerIdentified(timestamp=site.world.clock(), customer_id="C-1001", by="one_time_code")
    await site.world.append("c1", known)
    assert (await owner.get(RECORDS)).status_code == 404, "waiting in their queue is not enough"
    await owner.post(f"/api/v1/handoffs/{handoff_id}/accept")
    assert (await owner.get(RECORDS)).json()["orders"]
    assert (await boss.get(RECORDS)).status_code == 200
    theirs, unknown = await other.get(RECORDS), await other.get("/api/v1/contacts/C-none")
    assert theirs.status_code == 404
    assert theirs.json() == unknown.json(), "what one may not see looks like what does not exist"
    async with site.client() as stranger:
        assert (await stranger.get(RECORDS)).status_code == 401

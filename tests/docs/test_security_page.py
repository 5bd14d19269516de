"""docs/security.md tells of every door, as the running application has them."""

from __future__ import annotations

import pytest

from tests.docs.doors import BEGIN, END, PAGE, entrances, gateway_entrances, page_tables, running_application

pytestmark = [pytest.mark.requires("models", "trained"), pytest.mark.timeout(300)]


async def test_every_route_and_event_states_who_may_call_it() -> None:
    async with running_application() as (app, sio):
        found = [*entrances(app, sio), *await gateway_entrances()]
    assert len(found) > 90
    assert [entrance for entrance in found if not entrance.is_stated] == []


async def test_the_page_has_them_all() -> None:
    page = PAGE.read_text("utf-8")
    written = page[page.index(BEGIN) + len(BEGIN) : page.index(END)].strip()
    assert written == await page_tables(), "write it anew with: python -m tests.docs.doors"

"""The shop's page and the widget in every size, theme and direction: clean by axe, nothing out of sight."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.e2e.fake_server import FakeServer, HostSite
from tests.e2e.test_widget import PHONE, browser, embedding, server, shop, sites
from tests.support import axe

__all__ = ["browser", "server", "sites"]

pytestmark = [
    pytest.mark.requires("chromium", "pages", "axe"),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]

VIEWS: dict[str, dict[str, Any]] = {
    "390": PHONE,
    "1024": {"viewport": {"width": 1024, "height": 768}},
    "1440": {"viewport": {"width": 1440, "height": 900}},
    "dark": {"viewport": {"width": 1024, "height": 768}, "color_scheme": "dark"},
    "forced colours": {
        "viewport": {"width": 1024, "height": 768},
        "forced_colors": "active",
        "color_scheme": "dark",
    },
    # As a browser shows a page at 200 % in a window of 1280 by 900.
    "200 %": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
}


@pytest_asyncio.fixture(loop_scope="module", params=VIEWS.values(), ids=VIEWS.keys())
async def view(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(**request.param, reduced_motion="reduce")
    yield context
    await context.close()


async def findings(page: Page) -> list[str]:
    """Every rule that the page breaks, as `axe.findings`."""
    await page.evaluate(axe.script().read_text(encoding="utf-8") + ";0")
    result = await page.evaluate(
        "tags => axe.run(document, { runOnly: { type: 'tag', values: tags } })", axe.TAGS
    )
    return [
        f"{violation['id']}: {node['target']} {node['html'][:160]} {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


async def is_in_sight(page: Page) -> bool:
    """Whether nothing is wider than the window, and the field and the way to close are inside it."""
    size = page.viewport_size
    assert size is not None
    parts = [page.get_by_role("dialog"), page.get_by_role("textbox"), page.locator(".round").last]
    boxes = [await part.bounding_box() for part in parts]
    fits = all(
        box is not None
        and box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= size["width"]
        and box["y"] + box["height"] <= size["height"]
        for box in boxes
    )
    return fits and not await page.evaluate("document.documentElement.scrollWidth > innerWidth")


async def test_shop_and_chat_are_clean_in_each_view(view: BrowserContext, server: FakeServer) -> None:
    async with shop(view, server) as widget:
        page = widget.page
        assert await findings(page) == []
        assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")

        await widget.open()
        await widget.online()
        assert await findings(page) == []
        await widget.say("hello")
        await expect(widget.message("You said: hello")).to_be_visible()
        for number in range(8):
            await server.say(f"A line of some length, to fill the panel: {number}")
        await server.say("Choose", buttons=[{"title": "This", "payload": "/a"}], image="/assets/lamp.png")
        await expect(page.get_by_role("button", name="This")).to_be_visible()
        assert await findings(page) == []
        assert await is_in_sight(page)

        await server.queue_up(position=2, expected_wait=100)
        await expect(page.get_by_text("number 2 in the queue")).to_be_visible()
        await widget.input.fill("long " * 450)
        await widget.input.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("2,000 characters at most")
        assert await findings(page) == []
        assert await is_in_sight(page)

        await server.agent_joins("Ada Lind")
        await server.agent_resolves()
        await expect(page.get_by_role("group", name="How did we do?")).to_be_visible()
        await page.get_by_role("button", name="More options").click()
        assert await findings(page) == []


async def test_chat_on_a_persian_site_is_clean_in_each_view(
    view: BrowserContext, server: FakeServer, sites: Callable[..., HostSite]
) -> None:
    page_around = '<meta name="viewport" content="width=device-width"><main><h1>فروشگاه</h1></main>'
    site = sites(embedding(server, page_around, language="fa"))
    await site.start()
    page = await view.new_page()
    await page.goto(site.url)
    await page.get_by_role("button", name="باز کردن گفتگو").click()
    field = page.get_by_role("textbox", name="پیام")
    await field.fill("سلام")
    await field.press("Enter")
    await expect(page.get_by_role("log").get_by_text("You said: سلام")).to_be_visible()
    await field.fill("کلمه " * 450)
    await field.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("نویسه")
    assert await findings(page) == []
    assert await is_in_sight(page)


async def test_what_has_the_focus_is_seen_in_forced_colours(browser: Browser, server: FakeServer) -> None:
    context = await browser.new_context(**VIEWS["forced colours"])
    async with shop(context, server) as widget:
        await widget.open()
        await expect(widget.input).to_be_focused()
        await expect(widget.page.locator("firstline-composer .box")).to_have_css("outline-style", "solid")
        for _ in range(8):
            await widget.page.keyboard.press("Tab")
            unseen = await widget.page.evaluate(
                """() => {
                  let active = document.activeElement;
                  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
                  const { outlineStyle } = getComputedStyle(active);
                  return active.matches('body, textarea') || outlineStyle !== 'none' ? '' : active.outerHTML;
                }"""
            )
            assert unseen == ""
    await context.close()


async def test_shop_has_landmarks_one_heading_above_all_and_named_pictures(
    browser: Browser, server: FakeServer
) -> None:
    context = await browser.new_context()
    async with shop(context, server) as widget:
        page = widget.page
        for role in ("banner", "main", "navigation", "contentinfo"):
            await expect(page.get_by_role(role)).to_have_count(1)
        await expect(page.get_by_role("heading", level=1)).to_have_count(1)
        levels = await page.evaluate(
            "[...document.querySelectorAll('h1, h2, h3, h4')].map((each) => Number(each.tagName[1]))"
        )
        assert all(after <= before + 1 for before, after in pairwise(levels))
        unnamed = await page.evaluate(
            "[...document.querySelectorAll('svg')].filter((svg) => !svg.ariaLabel && !svg.ariaHidden).length"
        )
        assert unnamed == 0
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    await context.close()

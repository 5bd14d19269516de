"""A change of contact data is undone from the mail, in a real browser, against the running server."""

from __future__ import annotations

import re
import secrets
import time

import httpx
import pytest
from playwright.async_api import async_playwright, expect

from tests.support.front_line import FrontLine
from tests.support.requirements import chromium_path

pytestmark = [pytest.mark.requires("chromium", "pages"), pytest.mark.timeout(400)]


def _latest(server: FrontLine, pattern: str) -> str:
    """The latest thing of a kind in the server's log, which is the demo's mailbox."""
    for _ in range(100):
        if found := re.findall(pattern, server.log.read_text()):
            return str(found[-1])
        time.sleep(0.1)
    raise AssertionError(f"{pattern} is not in the log")


async def test_the_link_in_the_mail_undoes_the_change_on_a_press_only(front_line: FrontLine) -> None:
    async with httpx.AsyncClient(base_url=front_line.url, timeout=90) as client:
        sender = f"undo-{secrets.token_hex(8)}"

        async def say(*texts: str) -> str:
            said = ""
            for text in texts:
                body = {"sender": sender, "message": text}
                answers = (await client.post("/webhooks/rest/webhook", json=body)).json()
                said = " ".join(answer.get("text", "") for answer in answers)
            return said

        await say("/order_status", "51377", "1000-205", "/change_phone", "/affirm")
        code = _latest(front_line, r"identity\.demo_code\W.*?code\W+(\d{6})")
        assert "new" in await say(code)
        assert "+351213000099" in await say("+351 213 000 099")
        address = _latest(front_line, r"(http://127\.0\.0\.1:\d+/undo#[\w-]+)")

        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
            page = await browser.new_page(locale="en-GB", viewport={"width": 390, "height": 780})
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            await page.goto(address)
            press = page.get_by_role("button", name="Undo the change")
            await expect(press).to_be_visible()
            assert not any("contact-changes" in url for url in asked)
            assert "#" not in page.url
            assert not any(address.partition("#")[2] in url for url in asked)
            await press.focus()
            await page.keyboard.press("Enter")
            await expect(page.get_by_text("as it was before")).to_be_visible(timeout=60_000)
            await page.goto("about:blank")
            await page.goto(address)
            await page.get_by_role("button", name="Undo the change").click()
            await expect(page.get_by_text("undoes nothing")).to_be_visible(timeout=60_000)
            await browser.close()

# ruff: noqa: F811  fixtures of another module are used by their names
"""Every view of the desk: clean by axe, with a heading and a main part, in each size, theme and language.

With FIRSTLINE_SCREENSHOTS set to a folder, a picture of each goes there, to be looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.fake_desk import FakeDesk
from tests.e2e.test_desk import (  # noqa: F401  fixtures
    SignIn,
    browser,
    complaints,
    composer,
    fake,
    mine,
    open_desk,
)
from tests.support import axe

pytestmark = [pytest.mark.requires("chromium", "pages", "axe"), pytest.mark.timeout(600)]

SIZES = {"390": (390, 780), "1024": (1024, 768), "1440": (1440, 900)}
LOOKS: dict[str, dict[str, object]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
    "fa": {"locale": "fa-IR"},
}


def stage(fake: FakeDesk) -> None:
    """A busy morning: somebody of each kind."""
    kari = fake.do(fake.queue("Kari Nordmann"))
    fake.do(fake.assign(kari["id"]))
    visitor = {"page": "/lamps/reading/aurora-desk-lamp", "place": "Oslo", "device": "Chrome · Android"}
    unnamed = fake.do(fake.queue(None, visitor=visitor, reason="rule", priority=2, detail="severe complaint"))
    fake.do(fake.assign(unnamed["id"]))
    fake.do(fake.leave_chat(unnamed["id"]))
    fake.do(fake.queue("Olga Petrova", reason="form_failed", visitor=visitor))
    over = fake.do(fake.queue("Jan Berzins"))
    fake.do(fake.assign(over["id"]))
    fake.handoffs[over["id"]].update(state="resolved", disposition="solved", ended_at=1_800_000_000.0)
    fake.do(fake.rate(over["id"], 4, "Quick, and kind."))
    fake.do(fake.leave_message(customer_name="Kari Nordmann", contact_source="on_file"))
    fake.do(fake.leave_message(here=True, text="Hello? I am still here."))
    phone = {"contact": "+4722850000", "contact_kind": "phone"}
    fake.do(fake.leave_message(kind="callback", text="", **phone, visitor=None, channel="voice"))
    fake.do(fake.leave_message(contact=None, contact_kind=None, contact_source=None))


def narrow(page: Page) -> bool:
    return (page.viewport_size or {"width": 0})["width"] <= 900


def tab(page: Page, number: int) -> None:
    if narrow(page):
        page.locator("fl-desk .tabs button").nth(number).click()


def lists(page: Page) -> None:
    tab(page, 0)


def conversation(page: Page) -> None:
    lists(page)
    mine(page).filter(has_text="Kari").click()
    expect(composer(page)).to_be_visible()


def context(page: Page) -> None:
    conversation(page)
    tab(page, 2)
    expect(page.locator("fl-context .wanted")).to_be_visible()


def customer_left(page: Page) -> None:
    lists(page)
    mine(page).nth(1).click()
    expect(page.locator("fl-chat .banner.left")).to_be_visible()


def recent(page: Page) -> None:
    lists(page)
    page.locator("fl-lists .recent summary").click()
    page.locator("fl-lists .recent .open").first.click()
    expect(page.locator("fl-chat .stars").first).to_be_visible()


def inbox(page: Page) -> None:
    lists(page)
    page.locator("fl-lists .folders button").nth(1).click()
    expect(page.locator("fl-inbox-list li")).to_have_count(4)


def message(page: Page) -> None:
    inbox(page)
    page.locator("fl-inbox-list li button").first.click()
    page.locator("fl-inbox-message .heading .primary").click()
    expect(page.locator("fl-inbox-message .log")).to_be_visible()


def answered(page: Page) -> None:
    inbox(page)
    page.locator("fl-inbox-list .which button").nth(1).click()
    expect(page.locator("fl-inbox-list .empty")).to_be_visible()


def account(page: Page) -> None:
    page.locator("fl-top-bar .avatar").click()


def help_dialog(page: Page) -> None:
    page.keyboard.press("Alt+?")
    expect(page.locator("fl-help-dialog dialog")).to_be_visible()


def transfer(page: Page) -> None:
    conversation(page)
    page.locator("fl-chat .heading button").first.click()
    expect(page.locator("fl-transfer-dialog dialog")).to_be_visible()


def resolve(page: Page) -> None:
    conversation(page)
    page.locator("fl-chat .heading .primary").click()
    expect(page.locator("fl-resolve-dialog dialog")).to_be_visible()


def sign_out(page: Page) -> None:
    page.locator("fl-top-bar .avatar").click()
    page.locator("fl-top-bar #account .stack > .button").last.click()
    expect(page.locator("fl-sign-out-dialog dialog")).to_be_visible()


VIEWS: dict[str, Callable[[Page], None]] = {
    "lists": lists,
    "conversation": conversation,
    "context": context,
    "customer-left": customer_left,
    "recent": recent,
    "inbox": inbox,
    "message": message,
    "answered": answered,
    "account": account,
    "help": help_dialog,
    "transfer": transfer,
    "resolve": resolve,
    "sign-out": sign_out,
}


def picture(page: Page, name: str) -> None:
    folder = os.environ.get("FIRSTLINE_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


COVERING = """() => {
  const columns = [...document.querySelector('fl-desk').shadowRoot.querySelectorAll('.columns > *')];
  return columns.map((column) => [column.className || column.id, column.scrollWidth - column.clientWidth])
    .filter(([, wide]) => wide > 1)
    .map(([name, wide]) => `${name} is ${wide} px too wide`);
}"""
"""Parts that reach into the column beside theirs, which the window's own width does not tell."""


def flaws(page: Page, view: str) -> list[str]:
    """What is wrong with a view as it stands."""
    found = axe.findings(page)
    heading = page.locator("h1:visible, h1.visually-hidden").count()
    main = page.locator("main:visible, [role=main]:visible").count()
    if (heading, main) != (1, 1):
        found.append(f"{heading} h1 and {main} main")
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        found.append(f"{wide} px wider than the window")
    found += page.evaluate(COVERING)
    return [f"{view}: {flaw}" for flaw in found]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("size", SIZES)
def test_every_view_is_clean(open_desk: SignIn, fake: FakeDesk, size: str, look: str) -> None:
    stage(fake)
    width, height = SIZES[size]
    page = open_desk(viewport={"width": width, "height": height}, reduced_motion="reduce", **LOOKS[look])
    found = []
    for view, show in VIEWS.items():
        show(page)
        page.wait_for_timeout(100)
        found += flaws(page, view)
        picture(page, f"{view}-{size}-{look}")
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        if page.locator("fl-lists [role=group] button").first.get_attribute("aria-pressed") == "false":
            lists(page)
            page.locator("fl-lists .folders button").first.click()
    assert not found, "\n".join(found)


def test_every_view_is_clean_at_twice_the_size(open_desk: SignIn, fake: FakeDesk) -> None:
    """200 % of a window of 1280 pixels is one of 640 with twice as many to each."""
    stage(fake)
    page = open_desk(viewport={"width": 640, "height": 512}, device_scale_factor=2)
    found = []
    for view in ("lists", "conversation", "context", "inbox", "message", "transfer"):
        VIEWS[view](page)
        page.wait_for_timeout(100)
        found += flaws(page, view)
        picture(page, f"{view}-200")
        page.keyboard.press("Escape")
        if page.locator("fl-lists [role=group] button").first.get_attribute("aria-pressed") == "false":
            lists(page)
            page.locator("fl-lists .folders button").first.click()
    assert not found, "\n".join(found)


def test_empty_desk_and_sign_in_are_clean(open_desk: SignIn, fake: FakeDesk) -> None:
    page = open_desk()
    found = flaws(page, "empty")
    picture(page, "empty")
    page.locator("fl-lists .folders button").nth(1).click()
    expect(page.locator("fl-inbox-message h1")).to_be_visible()
    found += flaws(page, "empty inbox")
    picture(page, "empty-inbox")
    page.locator("fl-top-bar .avatar").click()
    page.locator("fl-top-bar #account .stack > .button").last.click()
    expect(page.locator("fl-sign-in h1")).to_be_visible()
    found += flaws(page, "sign-in")
    picture(page, "sign-in")
    assert not found, "\n".join(found)

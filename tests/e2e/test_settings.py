"""The desk's settings with the real server: an administrator and those whom they let in and shut out."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.e2e.test_desk import FLAGS, sign_in
from tests.support.front_line import READY_WITHIN_S, FrontLine
from tests.support.requirements import chromium_path, require

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(READY_WITHIN_S + 300)]

WAIT_MS = 60_000
GOOD = "four unusual words here"
SHOTS = os.environ.get("FIRSTLINE_SHOTS")
OpenDesk = Callable[..., Page]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrontLine]:
    """A server of this module's own: its accounts are changed."""
    require("models")
    require("trained")
    server = FrontLine(tmp_path_factory.mktemp("settings"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, server: FrontLine) -> Iterator[OpenDesk]:
    """Opens a page of the desk in a browser of its own, signed in where a login is given."""
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def open_(
        login: str | None = None, *, path: str = "/desk", password: str = "firstline-demo", **options: object
    ) -> Page:
        settings = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options}
        context = browser.new_context(**settings)  # type: ignore[arg-type]
        context.set_default_timeout(WAIT_MS)
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Policy" in line.text else None)
        page.goto(f"{server.url}{path}")
        if login is not None:
            sign_in(page, login, password)
            expect(page.locator("fl-top-bar")).to_be_visible(timeout=WAIT_MS)
        return page

    yield open_
    for context in opened:
        context.close()
    assert complaints == []


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def added(page: Page, login: str, name: str) -> str:
    """Adds a person on the page of the people; their one-time link."""
    page.get_by_role("button", name="Add a person").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Login").fill(login)
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Languages").fill("nb en")
    shot(page, "people-add")
    dialog.get_by_role("button", name="Add and make a link").click()
    link = dialog.get_by_label("One-time link")
    expect(link).to_be_visible(timeout=WAIT_MS)
    shot(page, "people-link")
    url = link.input_value()
    dialog.get_by_role("button", name="Done").click()
    return url


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has_text=name)


def test_a_person_is_invited_works_and_is_shut_out(open_page: OpenDesk, server: FrontLine) -> None:
    admin = open_page("admin1")
    admin.get_by_role("button", name="Account and settings").click()
    admin.get_by_role("link", name="Settings").click()
    expect(admin.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    admin.get_by_role("link", name="People").click()
    url = added(admin, "kari", "Kari Nordmann")
    assert "#invitation=" in url
    expect(row(admin, "Kari Nordmann")).to_contain_text("Invited")
    shot(admin, "people")

    asked: list[str] = []
    kari = open_page(path="/healthz")
    kari.on("request", lambda request: asked.append(request.url))
    kari.goto(url)
    expect(kari.get_by_role("heading", name="Welcome, Kari Nordmann")).to_be_visible(timeout=WAIT_MS)
    # The token is in no request's address, and not in the page's any more.
    token = url.partition("#invitation=")[2]
    assert not [each for each in asked if token in each.partition("#")[0]]
    assert token not in kari.url
    shot(kari, "invitation")
    kari.get_by_label("New password", exact=True).fill("kari123456")
    kari.get_by_label("New password once more").fill("kari123456")
    kari.get_by_role("button", name="Set the password").click()
    expect(kari.get_by_role("alert").filter(has_text="too easy to guess")).to_be_visible()
    kari.get_by_label("New password", exact=True).fill(GOOD)
    kari.get_by_label("New password once more").fill(GOOD)
    kari.keyboard.press("Enter")
    expect(kari.locator("fl-desk [data-connection=live]")).to_be_visible(timeout=WAIT_MS)

    again = open_page(path=url.removeprefix(server.url))
    expect(again.get_by_role("heading", name="This link cannot be used")).to_be_visible(timeout=WAIT_MS)

    admin.get_by_role("button", name="Edit Kari Nordmann").click()
    dialog = admin.get_by_role("dialog")
    dialog.get_by_role("button", name="Disable").click()
    expect(dialog).to_contain_text("signed out now")
    shot(admin, "people-disable")
    dialog.get_by_role("button", name="Disable").click()
    expect(dialog.get_by_role("button", name="Enable")).to_be_visible(timeout=WAIT_MS)
    # The socket ends without Kari doing anything.
    expect(kari.get_by_role("heading", name="Sign in to the desk")).to_be_visible(timeout=WAIT_MS)
    sign_in(kari, "kari", GOOD)
    expect(kari.get_by_role("alert").filter(has_text="Login or password is wrong")).to_be_visible()


def test_the_last_administrator_cannot_be_shut_out(open_page: OpenDesk) -> None:
    admin = open_page("admin1", path="/desk#settings/people")
    admin.get_by_role("button", name="Edit Alex Kim").click()
    dialog = admin.get_by_role("dialog")
    dialog.get_by_role("button", name="Disable").click()
    dialog.get_by_role("button", name="Disable").click()
    expect(dialog.get_by_role("alert")).to_contain_text("last administrator")


def test_ones_own_password_is_changed_by_keyboard(open_page: OpenDesk) -> None:
    page = open_page("agent2", path="/desk#settings")
    elsewhere = open_page("agent2")
    # An agent is shown nothing of the others.
    expect(page.get_by_role("link", name="People")).to_have_count(0)
    expect(page.get_by_role("heading", name="Where I am signed in")).to_be_visible(timeout=WAIT_MS)
    page.get_by_label("Old password").focus()
    for text in ("firstline-demo", GOOD, GOOD):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    shot(page, "own-account")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your password is changed")).to_be_visible(timeout=WAIT_MS)
    expect(elsewhere.get_by_role("heading", name="Sign in to the desk")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_role("button", name="Sign out there")).to_have_count(0)
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("heading", name="Sign in to the desk")).to_be_visible(timeout=WAIT_MS)
    sign_in(page, "agent2", GOOD)
    expect(page.locator("fl-top-bar")).to_be_visible(timeout=WAIT_MS)


def test_a_supervisor_who_is_alone_helps_with_one_click(open_page: OpenDesk, server: FrontLine) -> None:
    supervisor = open_page("supervisor1")
    expect(supervisor.locator("#presence option:checked")).to_have_text(re.compile("Watching"))
    expect(supervisor.locator("fl-top-bar .load")).to_have_count(0)
    _everybody_offline(server)
    notice = supervisor.locator("fl-watching")
    expect(notice).to_contain_text("Nobody takes conversations now", timeout=WAIT_MS)
    shot(supervisor, "watching")
    notice.get_by_role("button", name="Take conversations").click()
    expect(notice).to_contain_text("from every queue", timeout=WAIT_MS)
    expect(supervisor.locator("#presence option:checked")).to_have_text(re.compile("Available"))
    shot(supervisor, "helping")
    body = {"sender": "a-customer-of-the-supervisor", "message": "I want to talk to a person"}
    httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=60.0).raise_for_status()
    expect(supervisor.locator("fl-offer-card")).to_be_visible(timeout=WAIT_MS)


def _everybody_offline(server: FrontLine) -> None:
    """The demo's other agents, in case another test left one available."""
    for login, password in (("agent1", "firstline-demo"), ("admin1", "firstline-demo"), ("agent2", GOOD)):
        with httpx.Client(base_url=server.url, timeout=60.0) as client:
            response = client.post("/api/v1/session", json={"login": login, "password": password})
            if response.status_code == 200:
                client.put("/api/v1/agents/me/presence", json={"presence": "offline"}).raise_for_status()


@pytest.mark.parametrize("locale", ["fa", "nb"])
@pytest.mark.parametrize("width", [390, 1024])
def test_the_settings_fit_small_windows_and_both_directions(
    open_page: OpenDesk, locale: str, width: int
) -> None:
    for scheme in ("light", "dark"):
        page = open_page(
            "admin1",
            path="/desk#settings/people",
            locale=locale,
            viewport={"width": width, "height": 844},
            color_scheme=scheme,
        )
        expect(page.locator("fl-people table")).to_be_visible(timeout=WAIT_MS)
        assert page.evaluate("document.documentElement.dir") == ("rtl" if locale == "fa" else "ltr")
        wide = page.evaluate(
            "() => document.querySelector('fl-desk').shadowRoot.querySelector('fl-settings').scrollWidth"
        )
        assert wide <= width
        shot(page, f"people-{locale}-{width}-{scheme}")
        page.locator("fl-people tbody .button").first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        shot(page, f"person-{locale}-{width}-{scheme}")
        page.keyboard.press("Escape")
        page.evaluate("location.hash = '#settings'")
        expect(page.locator("fl-own-account form")).to_be_visible()
        shot(page, f"own-account-{locale}-{width}-{scheme}")

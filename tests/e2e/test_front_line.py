"""The whole of Firstline as its people use it: a customer in one browser, an agent in another, a real server.

Nothing is faked here: the trained bot, its database, the queue, both pages. What each page does when servers
misbehave on command is in `test_widget` and `test_desk`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.e2e.test_desk import FLAGS, composer, lines, sign_in
from tests.support.front_line import FrontLine
from tests.support.requirements import chromium_path

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

WAIT_MS = 90_000
SHOTS = os.environ.get("FIRSTLINE_SHOTS")
"""A folder to put screenshots in, for whoever wants to look."""

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def window(browser: Browser) -> Iterator[OpenPage]:
    """Opens pages, each in a browser of its own; none may raise an error or hurt its security policy."""
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def open_(url: str, **options: object) -> Page:
        settings = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options}
        context = browser.new_context(**settings)  # type: ignore[arg-type]
        context.set_default_timeout(WAIT_MS)
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Policy" in line.text else None)
        page.goto(url)
        return page

    yield open_
    for context in opened:
        context.close()
    assert complaints == []


class Customer:
    """The widget on the shop's page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.log = page.get_by_role("log")
        self.input = page.get_by_role("textbox", name="Message")

    def open_chat(self) -> None:
        self.page.locator("#firstline > button").click()
        self.finds_chat_open()

    def finds_chat_open(self) -> None:
        expect(self.page.get_by_role("dialog")).to_be_visible(timeout=WAIT_MS)
        expect(self.log).to_have_attribute("aria-busy", "false", timeout=WAIT_MS)

    def say(self, text: str) -> None:
        self.input.fill(text)
        self.input.press("Enter")

    def sees(self, text: str | re.Pattern[str]) -> None:
        expect(self.log.get_by_text(text).last).to_be_visible(timeout=WAIT_MS)

    def count(self, text: str) -> Locator:
        return self.log.get_by_text(text, exact=True)


@pytest.fixture
def customer(front_line: FrontLine, window: OpenPage) -> Customer:
    customer = Customer(window(front_line.url))
    customer.open_chat()
    return customer


@pytest.fixture
def desk(front_line: FrontLine, window: OpenPage) -> Iterator[Page]:
    """Agent 1 at the desk, available; signed out afterwards, so that no test inherits an agent."""
    page = window(f"{front_line.url}/desk")
    sign_in(page, "agent1")
    expect(page.locator("fl-desk [data-connection=live]")).to_be_visible(timeout=WAIT_MS)
    assert page.evaluate("async () => (await fetch('/api/v1/session')).status") == 200
    page.evaluate(
        """async () => fetch('/api/v1/agents/me/presence', {
            method: 'PUT', headers: {'content-type': 'application/json'},
            body: JSON.stringify({presence: 'available'})})"""
    )
    yield page
    page.evaluate("async () => fetch('/api/v1/session', {method: 'DELETE'})")


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def accept(desk: Page) -> None:
    card = desk.locator("fl-offer-card")
    expect(card).to_be_visible(timeout=WAIT_MS)
    card.get_by_role("button", name="Accept").click()
    expect(composer(desk)).to_be_visible(timeout=WAIT_MS)


def resolve(desk: Page, *, return_to_bot: bool = False) -> None:
    desk.get_by_role("button", name="Resolve").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_text("Solved").click()
    if return_to_bot:
        dialog.get_by_text("Return the customer to the bot").click()
    dialog.get_by_role("button", name="Resolve", exact=True).click()
    expect(dialog).to_have_count(0, timeout=WAIT_MS)


def test_an_order_s_status_with_correction_and_interruption(customer: Customer) -> None:
    customer.say("where is my order?")
    customer.sees(re.compile("number", re.I))
    customer.say("51377")
    customer.sees(re.compile("postcode", re.I))
    customer.say("what are your opening hours?")
    customer.sees(re.compile("Monday"))
    customer.say("no, I meant 48213")
    customer.sees(re.compile("postcode", re.I))
    customer.say("0150")
    customer.sees(re.compile("48213.*tomorrow", re.S))
    shot(customer.page, "order-status")


def test_a_person_takes_over_with_the_evidence_and_is_rated(customer: Customer, desk: Page) -> None:
    customer.say("where is my order 73905?")
    customer.sees(re.compile("postcode", re.I))
    customer.say("LV-1010")
    customer.sees(re.compile("customs", re.I))
    customer.say("I want to talk to a human about this, it is a disgrace")
    customer.sees(re.compile("colleague|queue|person", re.I))

    accept(desk)
    context = desk.locator("fl-context")
    expect(context.get_by_text("Asked for a person")).to_be_visible(timeout=WAIT_MS)
    fact = context.locator(".fact", has_text="73905").first
    fact.hover()
    expect(desk.locator("fl-transcript mark")).to_have_text("73905")
    expect(context.locator(".order", has_text="73905").first).to_be_visible()
    shot(desk, "desk-evidence")

    customer.sees(re.compile("Ada Berg joined"))
    composer(desk).fill("Hello, I am Ada. I see that order 73905 is held at customs.")
    composer(desk).press("Enter")
    customer.sees("Hello, I am Ada. I see that order 73905 is held at customs.")
    customer.say("yes, and nobody tells me why")
    expect(lines(desk, "yes, and nobody tells me why")).to_be_visible(timeout=WAIT_MS)
    shot(customer.page, "widget-with-agent")

    # The bot must not answer while a person holds the conversation, not even what it knows well.
    customer.say("what are your opening hours?")
    expect(lines(desk, "what are your opening hours?")).to_be_visible(timeout=WAIT_MS)
    composer(desk).fill("We are open until eight.")
    composer(desk).press("Enter")
    customer.sees("We are open until eight.")
    expect(customer.log.get_by_text(re.compile("Monday to"))).to_have_count(0)

    resolve(desk)
    customer.page.get_by_role("radio", name="Very good").check(force=True)
    customer.page.get_by_role("button", name="Send rating").click()
    expect(customer.page.get_by_text("Thank you for your rating")).to_be_visible(timeout=WAIT_MS)


def test_a_dangerous_complaint_is_recorded_and_goes_to_a_person_unasked(
    customer: Customer, desk: Page
) -> None:
    customer.say("your kettle caught fire and my daughter burned her hand, this is outrageous")
    customer.sees(re.compile(r"T-\d+"))
    accept(desk)
    context = desk.locator("fl-context")
    expect(context.get_by_text("The bot passes such cases on to people")).to_be_visible(timeout=WAIT_MS)
    expect(context.get_by_text("caught fire").first).to_be_visible()
    expect(context.get_by_text(re.compile(r"T-\d+")).first).to_be_visible()
    resolve(desk)


def test_reloads_and_lost_networks_lose_and_double_nothing(customer: Customer, desk: Page) -> None:
    customer.page.get_by_role("button", name="Talk to a person").click()
    accept(desk)
    customer.say("one")
    expect(lines(desk, "one")).to_have_count(1, timeout=WAIT_MS)

    desk.reload()
    expect(lines(desk, "one")).to_have_count(1, timeout=WAIT_MS)
    composer(desk).fill("two")
    composer(desk).press("Enter")
    customer.sees("two")

    customer.page.context.set_offline(True)
    customer.say("three")
    desk.context.set_offline(True)
    composer(desk).fill("four")
    composer(desk).press("Enter")
    customer.page.context.set_offline(False)
    expect(lines(desk, "four")).to_have_count(1, timeout=WAIT_MS)
    desk.context.set_offline(False)

    expect(lines(desk, "three")).to_have_count(1, timeout=WAIT_MS)
    customer.sees("four")
    customer.page.reload()
    customer.finds_chat_open()
    for text in ("one", "two", "three", "four"):
        expect(customer.count(text)).to_have_count(1, timeout=WAIT_MS)
        expect(desk.locator("fl-transcript .bubble").get_by_text(text, exact=True)).to_have_count(1)
    resolve(desk)


def test_the_bot_takes_over_again_when_the_agent_returns_the_customer(customer: Customer, desk: Page) -> None:
    customer.say("let me talk to a human please")
    accept(desk)
    resolve(desk, return_to_bot=True)
    customer.say("what are your opening hours?")
    customer.sees(re.compile("Monday"))
    expect(desk.locator("fl-offer-card")).to_have_count(0)


def test_an_agent_writes_while_the_customer_is_away_and_nothing_is_missed(
    customer: Customer, desk: Page
) -> None:
    customer.say("please get me a person")
    accept(desk)
    address = customer.page.url
    customer.page.goto("about:blank")
    composer(desk).fill("Are you still there?")
    composer(desk).press("Enter")
    expect(lines(desk, "Are you still there?")).to_be_visible(timeout=WAIT_MS)
    customer.page.goto(address)
    customer.finds_chat_open()
    expect(customer.count("Are you still there?")).to_have_count(1, timeout=WAIT_MS)
    resolve(desk)


def test_nobody_online_takes_a_message(customer: Customer, front_line: FrontLine) -> None:
    customer.say("I want to talk to a human")
    customer.sees(re.compile("none of my colleagues|leave|message", re.I))
    customer.say("My lamp hums at night. Please write to ola@example.com")
    customer.sees(re.compile("T-\\d+|ticket|number", re.I))


def test_a_killed_server_comes_back_and_the_chat_goes_on(own_front_line: FrontLine, window: OpenPage) -> None:
    own_front_line.start()
    customer = Customer(window(own_front_line.url))
    customer.open_chat()
    customer.say("where is my order 48213?")
    customer.sees(re.compile("postcode", re.I))
    own_front_line.kill()
    customer.say("0150")
    own_front_line.start()
    customer.sees(re.compile("tomorrow"))
    expect(customer.count("0150")).to_have_count(1, timeout=WAIT_MS)
    state = httpx.get(f"{own_front_line.url}/healthz").json()
    assert state == {"status": "ok"}

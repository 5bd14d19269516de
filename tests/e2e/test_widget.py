"""The chat widget in a real browser, on our own page and on others', while servers and networks fail."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

from tests.e2e.fake_gateway import HEARD_HZ, FakeGateway, loopback_only
from tests.e2e.fake_server import FakeServer, HostSite
from tests.support.requirements import chromium_path

# One browser, and so one event loop, for all of them.
pytestmark = [
    pytest.mark.requires("chromium", "pages"),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
]
# Only a failure waits so long; a machine that does something else may need it.
expect.set_options(timeout=60_000)
STRICT = "default-src 'none'; script-src {server}; connect-src {server} {socket}; style-src 'self'"
PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}


@pytest_asyncio.fixture(loop_scope="module")
async def server() -> AsyncIterator[FakeServer]:
    fake = FakeServer()
    await fake.start()
    yield fake
    await fake.stop()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    made = await browser.new_context(viewport={"width": 1200, "height": 800}, locale="en-GB")
    yield made
    await made.close()


class Widget:
    """The widget as a customer finds it on a page: by roles and names. Playwright looks into shadow trees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.launcher = page.locator("#firstline > button")
        self.dialog = page.get_by_role("dialog")
        self.input = page.get_by_role("textbox", name="Message")
        self.log = page.get_by_role("log")

    async def open(self) -> None:
        await self.launcher.click()
        await expect(self.dialog).to_be_visible()

    async def reload(self) -> None:
        """The page is loaded again, and the panel is open again by itself."""
        await self.page.reload()
        await expect(self.dialog).to_be_visible()

    async def say(self, text: str) -> None:
        await self.input.fill(text)
        await self.input.press("Enter")

    def message(self, text: str) -> Locator:
        return self.log.get_by_text(text, exact=True)

    async def online(self) -> None:
        await expect(self.log).to_have_attribute("aria-busy", "false")


@asynccontextmanager
async def shop(context: BrowserContext, server: FakeServer) -> AsyncIterator[Widget]:
    page = await context.new_page()
    widget = Widget(page)
    await page.goto(server.url)
    await expect(widget.launcher).to_be_visible()
    yield widget
    assert widget.errors == []


@pytest_asyncio.fixture(loop_scope="module")
async def widget(context: BrowserContext, server: FakeServer) -> AsyncIterator[Widget]:
    """Opened and connected, on the demo shop."""
    async with shop(context, server) as at_shop:
        await at_shop.open()
        await at_shop.online()
        yield at_shop


@pytest_asyncio.fixture(loop_scope="module")
async def sites() -> AsyncIterator[Callable[..., HostSite]]:
    made: list[HostSite] = []

    def make(html: str, *, policy: str | None = None, style: str = "") -> HostSite:
        made.append(HostSite(html, policy=policy, style=style))
        return made[-1]

    yield make
    for site in made:
        await site.stop()


def embedding(server: FakeServer, body: str = "", *, language: str = "en", attributes: str = "") -> str:
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>A site</title>'
        f'<link rel="stylesheet" href="/site.css">{body}'
        f'<script async src="{server.url}/widget.js" {attributes}></script></html>'
    )


# --- talking ---------------------------------------------------------------------------------------------


async def test_message_is_delivered_and_answered(widget: Widget) -> None:
    await widget.say("Where is my order?")

    await expect(widget.message("You said: Where is my order?")).to_be_visible()
    await expect(widget.log.get_by_role("img", name="Delivered")).to_have_count(1)
    await expect(widget.input).to_have_value("")


async def test_shift_enter_begins_a_line_and_spaces_alone_are_not_sent(
    widget: Widget, server: FakeServer
) -> None:
    await widget.say("   ")
    await widget.input.fill("one")
    await widget.input.press("Shift+Enter")
    await widget.input.press_sequentially("two")
    await widget.input.press("Enter")

    await expect(widget.log.get_by_text("You said: one two")).to_be_visible()
    assert [turn["message"] for turn in server.turns] == ["one\ntwo"]


async def test_quick_reply_sends_its_payload_under_its_title(widget: Widget, server: FakeServer) -> None:
    await server.say("Which?", buttons=[{"title": "Track it", "payload": "/order_status"}])
    await widget.page.get_by_role("button", name="Track it").click()

    await expect(widget.message("Track it")).to_be_visible()
    await expect(widget.page.get_by_role("button", name="Track it")).to_have_count(0)
    assert server.turns[0]["message"] == "/order_status"
    assert "title" not in server.turns[0], (
        "the server knows what it offered; it would believe no title of ours"
    )


async def test_what_a_message_holds_is_never_markup(widget: Widget, server: FakeServer) -> None:
    await server.say('<img src=x onerror="alert(1)"> javascript:alert(1) see https://example.com/a?b=c.')

    link = widget.log.get_by_role("link")
    await expect(link).to_have_count(1)
    await expect(link).to_have_attribute("href", "https://example.com/a?b=c")
    await expect(link).to_have_attribute("rel", re.compile("noopener"))
    await expect(widget.log.locator("img")).to_have_count(0)


async def test_image_of_a_scheme_other_than_http_is_not_shown(widget: Widget, server: FakeServer) -> None:
    await server.say("Look", image="javascript:alert(1)")
    await server.say("And look", image="/assets/lamp.png")

    image = widget.log.get_by_role("img", name="Image from Virtual assistant")
    await expect(image).to_have_count(1)
    await expect(image).to_have_attribute("src", f"{server.url}/assets/lamp.png")


async def test_a_long_word_does_not_widen_the_panel(widget: Widget, server: FakeServer) -> None:
    await server.say("x" * 400)
    await expect(widget.message("x" * 400)).to_be_visible()

    wide = await widget.log.evaluate("log => log.scrollWidth > log.clientWidth")
    assert not wide


async def test_remaining_characters_are_counted_near_the_limit(widget: Widget) -> None:
    await widget.input.fill("x" * 1000)
    await expect(widget.page.get_by_text("characters left")).to_have_count(0)
    await widget.input.fill("x" * 1990)

    await expect(widget.page.get_by_text("10 characters left")).to_be_visible()


async def test_what_is_too_long_is_refused_with_the_reason_and_nothing_of_it_is_lost(
    widget: Widget, server: FakeServer
) -> None:
    text = "word " * 399 + "and a last one that is over the limit"
    await widget.input.fill(text)
    await expect(widget.page.get_by_text("32 characters too many")).to_be_visible()
    await widget.input.press("Enter")

    await expect(widget.page.get_by_role("alert")).to_contain_text("2,000 characters at most")
    await expect(widget.input).to_have_value(text)
    await expect(widget.input).to_have_attribute("aria-invalid", "true")
    assert server.turns == []

    await widget.input.press("End")
    for _ in range(32):
        await widget.input.press("Backspace")
    await expect(widget.page.get_by_role("alert")).to_have_text("")
    await widget.input.press("Enter")
    await expect(widget.log.get_by_role("img", name="Delivered")).to_have_count(1)
    assert [len(turn["message"]) for turn in server.turns] == [2000]


async def test_length_is_counted_as_the_server_counts_and_has_its_limit(
    widget: Widget, server: FakeServer
) -> None:
    await widget.input.fill("🙂" * 2000)
    await expect(widget.page.get_by_text("0 characters left")).to_be_visible()
    await widget.input.press("Enter")
    await expect(widget.log.get_by_role("img", name="Delivered")).to_have_count(1)

    server.max_message_length = 50
    await widget.reload()
    await widget.input.fill("x" * 60)
    await expect(widget.page.get_by_text("10 characters too many")).to_be_visible()


async def test_what_the_site_says_for_the_customer_is_not_cut_either(
    widget: Widget, server: FakeServer
) -> None:
    await widget.page.evaluate("Firstline.send('y'.repeat(2010))")
    await expect(widget.page.get_by_role("alert")).to_contain_text("2,000 characters at most")
    await expect(widget.input).to_have_value("y" * 2010)
    assert server.turns == []


# --- page loads ------------------------------------------------------------------------------------------


async def test_panel_and_unfinished_message_stay_over_page_loads_and_take_no_focus(
    widget: Widget, server: FakeServer, context: BrowserContext
) -> None:
    await widget.say("hello")
    await expect(widget.message("You said: hello")).to_be_visible()
    await widget.input.fill("half a sen")

    await widget.page.goto(f"{server.url}/?another=page")
    await expect(widget.message("You said: hello")).to_be_visible()
    await expect(widget.input).to_have_value("half a sen")
    await expect(widget.launcher).to_have_attribute("aria-expanded", "true")
    assert await widget.page.evaluate("document.activeElement === document.body")

    # Another tab is another page that the customer looks at.
    other = await context.new_page()
    await other.goto(server.url)
    await expect(other.locator("#firstline > button")).to_be_visible()
    await expect(other.get_by_role("dialog")).to_be_hidden()
    await other.close()

    await widget.input.press_sequentially("tence")
    await widget.input.press("Enter")
    await widget.page.keyboard.press("Escape")
    await widget.page.reload()
    await expect(widget.launcher).to_have_attribute("aria-expanded", "false")
    await widget.open()
    await expect(widget.message("half a sentence")).to_be_visible()
    await expect(widget.input).to_have_value("")


async def test_on_a_phone_a_followed_link_shows_its_page_and_a_reload_the_chat(
    browser: Browser, server: FakeServer
) -> None:
    context = await browser.new_context(**PHONE)  # type: ignore[arg-type]
    async with shop(context, server) as widget:
        await widget.open()
        await widget.say("hello")
        await expect(widget.message("You said: hello")).to_be_visible()
        await widget.reload()

        await widget.page.goto(f"{server.url}/?another=page")
        await expect(widget.launcher).to_be_visible()
        await expect(widget.dialog).to_be_hidden()
        await widget.open()
        await expect(widget.message("You said: hello")).to_be_visible()
    await context.close()


# --- faults ----------------------------------------------------------------------------------------------


async def test_reload_brings_the_history_back_once(widget: Widget, server: FakeServer) -> None:
    await widget.say("first")
    await expect(widget.message("You said: first")).to_be_visible()

    await widget.reload()

    await expect(widget.message("first")).to_have_count(1)
    await expect(widget.message("You said: first")).to_have_count(1)
    assert len(server.conversations) == 1


async def test_dropped_connection_mends_itself_and_what_was_missed_is_fetched(
    widget: Widget, server: FakeServer
) -> None:
    await widget.say("before")
    await expect(widget.message("You said: before")).to_be_visible()
    await server.drop_connections()
    await server.say("said while you were away")

    await expect(widget.message("said while you were away")).to_have_count(1)
    await widget.say("after")
    await expect(widget.message("You said: after")).to_be_visible()
    assert [turn["message"] for turn in server.turns] == ["before", "after"]


async def test_message_written_while_the_server_is_down_is_sent_when_it_is_back(
    widget: Widget, server: FakeServer
) -> None:
    await server.stop()
    await expect(widget.page.get_by_text("Connection lost")).to_be_visible()
    await widget.say("one")
    await widget.say("two")
    await expect(widget.log.get_by_role("img", name="Sending")).to_have_count(2)

    await server.start()

    await expect(widget.message("You said: two")).to_be_visible()
    await expect(widget.page.get_by_text("Connection lost")).to_have_count(0)
    assert [turn["message"] for turn in server.turns] == ["one", "two"]


async def test_message_with_a_lost_acknowledgement_is_sent_again_and_not_doubled(
    widget: Widget, server: FakeServer
) -> None:
    server.lose_acks = 1
    await widget.say("only once")

    await expect(widget.log.get_by_role("img", name="Delivered")).to_have_count(1)
    await expect(widget.message("only once")).to_have_count(1)
    assert [turn["message"] for turn in server.turns] == ["only once"]


async def test_unsent_message_survives_a_reload(widget: Widget, server: FakeServer) -> None:
    server.deaf = True
    await widget.say("kept")
    await expect(widget.log.get_by_role("img", name="Sending")).to_be_visible()
    await widget.reload()
    await expect(widget.message("kept")).to_be_visible()
    assert server.turns == []

    server.deaf = False
    await expect(widget.message("You said: kept")).to_be_visible()
    assert [turn["message"] for turn in server.turns] == ["kept"]


async def test_refused_message_can_be_tried_again_or_deleted(widget: Widget, server: FakeServer) -> None:
    server.refuse = "message.too_long"
    await widget.say("refused")
    await widget.say("deleted")
    await expect(widget.log.get_by_text("Not sent")).to_have_count(2)

    server.refuse = None
    await widget.page.get_by_role("button", name="Delete").last.click()
    await widget.page.get_by_role("button", name="Try again").click()

    await expect(widget.message("You said: refused")).to_be_visible()
    await expect(widget.message("deleted")).to_have_count(0)
    assert [turn["message"] for turn in server.turns] == ["refused"]


async def test_session_that_the_server_no_longer_takes_is_begun_anew(
    widget: Widget, server: FakeServer
) -> None:
    server.refuse_sessions.add(server.only.id)
    server.conversations.clear()
    await widget.reload()
    await widget.say("hello again")

    await expect(widget.message("You said: hello again")).to_be_visible()
    assert server.only.id not in server.refuse_sessions


async def test_refused_token_leaves_the_customer_unknown_and_able_to_write(
    context: BrowserContext, server: FakeServer, sites: Callable[..., HostSite]
) -> None:
    server.refuse_token = True
    settings = "<script>window.firstlineSettings = {customData: {token: 'expired'}}</script>"
    site = sites(embedding(server, settings))
    await site.start()
    page = await context.new_page()
    widget = Widget(page)
    await page.goto(site.url)
    await widget.open()
    await widget.say("hello")

    await expect(widget.message("You said: hello")).to_be_visible()
    assert ["token" in request["customData"] for request in server.session_requests] == [True, False]


async def test_a_token_is_asked_for_once_a_page_and_again_after_a_closed_conversation(
    context: BrowserContext, server: FakeServer, sites: Callable[..., HostSite]
) -> None:
    settings = """<script>window.firstlineSettings = {
      customData: { token: async () => `token-${(window.asked = (window.asked ?? 0) + 1)}` } };</script>"""
    site = sites(embedding(server, settings))
    await site.start()
    page = await context.new_page()
    widget = Widget(page)
    await page.goto(site.url)
    await widget.open()
    await widget.say("hello")
    await expect(widget.message("You said: hello")).to_be_visible()

    await server.drop_connections()
    await widget.say("still there?")
    await expect(widget.message("You said: still there?")).to_be_visible()
    tokens = [request["customData"].get("token") for request in server.session_requests]
    assert tokens[0] == "token-1"
    assert set(tokens[1:]) == {None}

    await server.agent_joins("Ada")
    await server.agent_resolves()
    await expect(page.get_by_role("radio", name="Okay")).to_be_attached()
    await widget.say("and now?")
    await expect(widget.message("You said: and now?")).to_be_visible()
    assert server.session_requests[-1]["customData"]["token"] == "token-2"


async def test_other_tab_shows_the_same_conversation(
    widget: Widget, server: FakeServer, context: BrowserContext
) -> None:
    async with shop(context, server) as other:
        await other.open()
        await other.online()
        await widget.say("from the first tab")

        await expect(other.message("from the first tab")).to_have_count(1)
        await expect(other.message("You said: from the first tab")).to_have_count(1)
    assert len(server.turns) == 1


async def test_panel_that_cannot_be_loaded_is_said_and_loaded_at_the_next_try(
    context: BrowserContext, server: FakeServer
) -> None:
    await context.route("**/assets/panel-*", lambda route: route.abort())
    async with shop(context, server) as widget:
        await widget.launcher.click()
        await expect(widget.page.get_by_text("The chat could not be loaded")).to_be_visible()
        await widget.page.get_by_role("link", name="See what is new").click()
        await context.unroute_all()

        await widget.open()
        await expect(widget.page.get_by_text("The chat could not be loaded")).to_have_count(0)


# --- a person --------------------------------------------------------------------------------------------


async def test_customer_asks_for_a_person_sees_the_queue_move_and_takes_it_back(
    widget: Widget, server: FakeServer
) -> None:
    await widget.page.get_by_role("button", name="Talk to a person").click()
    await expect(widget.page.get_by_text("You are number 3 in the queue")).to_be_visible()
    await expect(widget.page.get_by_text("Expected wait: about 4 minutes")).to_be_visible()

    await server.queue_up(position=1, expected_wait=30)
    await expect(widget.page.get_by_text("You are next in the queue")).to_be_visible()
    await expect(widget.page.get_by_text("Expected wait: less than a minute")).to_be_visible()

    await widget.page.get_by_role("button", name="Cancel").click()
    await expect(widget.page.get_by_text("You are next in the queue")).to_have_count(0)
    assert [r["event"] for r in server.requests] == ["handoff_request", "handoff_cancel"]


async def test_agent_joins_types_writes_and_leaves_and_the_customer_rates_by_keyboard(
    widget: Widget, server: FakeServer
) -> None:
    await widget.say("help")
    await server.agent_joins("Ada Lind")
    await server.typing("agent", name="Ada Lind")

    await expect(widget.log.get_by_text("Ada Lind joined the conversation")).to_be_visible()
    await expect(widget.page.get_by_role("heading", name="Ada Lind")).to_be_visible()
    await expect(widget.page.get_by_text("Ada Lind is writing")).to_be_attached()
    await server.say("Hello, Ada here", author="agent", name="Ada Lind")
    await expect(widget.page.get_by_text("Ada Lind is writing")).to_have_count(0)
    await server.agent_resolves()

    await expect(widget.page.get_by_role("group", name="How did we do?")).to_be_visible()
    await widget.page.get_by_role("radio", name="Okay").focus()
    await widget.page.keyboard.press("Space")
    await widget.page.keyboard.press("ArrowRight")
    await widget.page.get_by_label("Would you like to tell us more?").fill("Quick and kind")
    await widget.page.get_by_role("button", name="Send rating").press("Enter")

    await expect(widget.page.get_by_text("Thank you for your rating")).to_be_visible()
    assert server.requests[-1]["score"] == 4
    assert server.requests[-1]["comment"] == "Quick and kind"


async def test_customer_typing_is_told(widget: Widget, server: FakeServer) -> None:
    await widget.input.press_sequentially("abc")
    await widget.say("abc")
    await expect(widget.message("You said: abc")).to_be_visible()

    assert [r["active"] for r in server.requests if r["event"] == "typing"] == [True, False]


async def test_transcript_can_be_downloaded(widget: Widget, server: FakeServer) -> None:
    await widget.say("for the record")
    await expect(widget.message("You said: for the record")).to_be_visible()
    await widget.page.get_by_role("button", name="More options").click()

    async with widget.page.expect_download() as downloading:
        await widget.page.get_by_role("menuitem", name="Download transcript").click()
    download = await downloading.value

    assert download.suggested_filename == "transcript.txt"
    text = await asyncio.to_thread(Path(await download.path()).read_text, "utf-8")
    assert "You said: for the record" in text
    assert server.only.id not in download.url, "the access key goes into no URL"


async def test_new_conversation_leaves_the_old_one(widget: Widget, server: FakeServer) -> None:
    await widget.say("old")
    await expect(widget.message("You said: old")).to_be_visible()
    await widget.page.get_by_role("button", name="More options").click()
    await widget.page.get_by_role("menuitem", name="New conversation").click()
    await widget.page.get_by_role("button", name="Start new").click()

    await expect(widget.message("old")).to_have_count(0)
    await widget.online()
    assert len(server.conversations) == 2


# --- unread, and the site --------------------------------------------------------------------------------


async def test_unread_messages_show_on_the_launcher_and_in_the_title(
    widget: Widget, server: FakeServer
) -> None:
    title = await widget.page.title()
    await widget.page.get_by_role("button", name="Close chat").first.click()
    await server.say("one")
    await server.say("two")

    await expect(widget.launcher).to_have_accessible_name("Open chat, 2 unread messages")
    await expect(widget.page).to_have_title(f"(2) {title}")
    await widget.open()
    await expect(widget.page).to_have_title(title)


async def test_strict_policy_of_a_foreign_site_is_kept_and_the_chat_works(
    context: BrowserContext, server: FakeServer, sites: Callable[..., HostSite]
) -> None:
    policy = STRICT.format(server=server.url, socket=server.url.replace("http", "ws"))
    site = sites(embedding(server, "<h1>A bank</h1>"), policy=policy)
    await site.start()
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    widget = Widget(page)
    await page.goto(site.url)
    await widget.open()
    await widget.say("hello from a bank")

    await expect(widget.message("You said: hello from a bank")).to_be_visible()
    colour = await widget.launcher.evaluate("button => getComputedStyle(button).backgroundColor")
    assert colour == "rgb(15, 76, 92)"
    assert [text for text in complaints if "Content Security Policy" in text] == []


@pytest.mark.parametrize("policies", ["firstline", "firstline other", "* 'allow-duplicates'", None])
async def test_trusted_types_of_a_foreign_site_are_kept_and_the_chat_works(
    context: BrowserContext, server: FakeServer, sites: Callable[..., HostSite], policies: str | None
) -> None:
    policy = STRICT.format(server=server.url, socket=server.url.replace("http", "ws"))
    policy += "; require-trusted-types-for 'script'" + (f"; trusted-types {policies}" if policies else "")
    site = sites(embedding(server), policy=policy)
    await site.start()
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    widget = Widget(page)
    await page.goto(site.url)
    await widget.open()
    await widget.say("hello")
    await expect(widget.message("You said: hello")).to_be_visible()
    await server.say("Choose", buttons=[{"title": "A", "payload": "/a"}], image="/assets/lamp.png")
    await page.get_by_role("button", name="A", exact=True).click()
    await expect(widget.message("You said: A")).to_be_visible()
    await page.get_by_role("button", name="More options").click()
    await page.get_by_role("menuitem", name="New conversation").click()
    await page.get_by_role("button", name="Start new").click()
    await widget.online()

    assert widget.errors == []
    assert [text for text in complaints if "Content Security Policy" in text or "TrustedHTML" in text] == [
        text for text in complaints if "img-src" in text
    ]


async def test_a_trusted_types_list_without_us_is_explained_in_the_console(
    context: BrowserContext, server: FakeServer, sites: Callable[..., HostSite]
) -> None:
    policy = STRICT.format(server=server.url, socket=server.url.replace("http", "ws"))
    site = sites(
        embedding(server), policy=f"{policy}; require-trusted-types-for 'script'; trusted-types other"
    )
    await site.start()
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    await page.goto(site.url)
    await page.locator("#firstline > button").click()
    await expect(page.get_by_text("The chat could not be loaded")).to_be_visible()
    assert any("trusted-types" in text and '"firstline"' in text for text in complaints)


# --- sites that are not let in ---------------------------------------------------------------------------


async def test_site_that_is_not_let_in_shows_nothing_and_says_once_how_to_mend_it(
    context: BrowserContext, server: FakeServer, sites: Callable[..., HostSite]
) -> None:
    server.allowed_sites = ["https://shop.example"]
    site = sites(embedding(server, "<h1>A shop</h1>"))
    await site.start()
    page = await context.new_page()
    console: list[str] = []
    page.on("console", lambda message: console.append(message.text))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    widget = Widget(page)
    async with page.expect_console_message(lambda message: message.text.startswith("Firstline:")):
        await page.goto(site.url)

    await page.evaluate("Firstline.open()")
    await page.evaluate("Firstline.send('hello')")
    await expect(page.locator("firstline-chat")).to_have_count(0)
    (said,) = [text for text in console if text.startswith("Firstline:")]
    assert f'"{site.url}"' in said
    assert "FIRSTLINE_ALLOWED_ORIGINS" in said
    assert [url for url in asked if "socket.io" in url or "/assets/" in url] == []
    assert widget.errors == []


async def test_site_that_is_let_in_and_a_server_that_is_down_are_no_refusal(
    context: BrowserContext, server: FakeServer, sites: Callable[..., HostSite]
) -> None:
    site = sites(embedding(server))
    server.allowed_sites = [site.url]
    await site.start()
    page = await context.new_page()
    widget = Widget(page)
    await page.goto(site.url)
    await widget.open()
    await widget.online()
    await server.stop()
    await expect(page.get_by_text("Connection lost")).to_be_visible()
    await server.start()
    await expect(page.get_by_text("Connection lost")).to_have_count(0)

    # The loader is in the browser's cache; nobody answers whether the site is let in.
    await context.route("**/api/v1/site", lambda route: route.abort())
    await page.goto(f"{site.url}/?again")
    await expect(widget.launcher).to_be_visible()


async def test_site_that_is_let_in_no_more_goes_quiet_after_an_outage(
    context: BrowserContext, server: FakeServer, sites: Callable[..., HostSite]
) -> None:
    site = sites(embedding(server))
    server.allowed_sites = [site.url]
    await site.start()
    page = await context.new_page()
    widget = Widget(page)
    await page.goto(site.url)
    await widget.open()
    await widget.online()
    async with page.expect_console_message(lambda message: message.text.startswith("Firstline:")):
        # The route asks anew, and Socket.IO answers no connection of this site any more.
        server.allowed_sites = ["https://shop.example"]
        await server.drop_connections()
    await expect(page.locator("firstline-chat")).to_have_count(0)
    counted: list[str] = []
    page.on("request", lambda request: counted.append(request.url))
    await page.wait_for_timeout(3_000)
    assert counted == []


# --- styles of the site ----------------------------------------------------------------------------------

HOSTILE = {
    "static": "div, firstline-chat { position: static !important; float: left !important }",
    "everything": """* { position: relative !important; display: none !important;
        transform: rotate(9deg) !important; opacity: 0 !important; visibility: hidden !important;
        animation: spin 1s infinite !important;
        pointer-events: none !important; zoom: 3 !important; inset: auto !important }
        html, body, h1 { display: block !important; visibility: visible !important; opacity: 1 !important;
        transform: none !important; zoom: 1 !important }
        @keyframes spin { to { transform: rotate(1turn); left: 400px } }""",
    "attributes": """[class], [id], [popover], :not(html):not(body):not(h1) { display: none !important;
        width: 9999px !important; height: 9999px !important; clip-path: inset(50%) !important;
        filter: blur(9px) !important; contain: strict !important; content-visibility: hidden !important }""",
    "ancestors": """body { transform: translate(300px, -200px) scale(0.5); filter: blur(4px);
        overflow: hidden; contain: strict; perspective: 10px; width: 400px; height: 300px; opacity: 0.2 }""",
    "tokens": """:root, body, * { --brand: red !important; --surface: red !important; --unit: 99px !important;
        font: 60px serif !important; line-height: 3 !important; letter-spacing: 2em !important;
        text-transform: uppercase !important; direction: rtl !important;
        writing-mode: vertical-rl !important }""",
    "frames": "iframe, body > :last-child, ::part(x), :popover-open { display: none !important }",
    "covered": "h1 { position: fixed; inset: 0; z-index: 2147483647; background: white }",
}


@pytest.mark.parametrize("style", HOSTILE.values(), ids=HOSTILE.keys())
async def test_styles_of_a_site_neither_move_nor_hide_nor_colour_the_widget(
    context: BrowserContext, server: FakeServer, sites: Callable[..., HostSite], style: str
) -> None:
    site = sites(embedding(server, "<h1>A site</h1>"), style=style)
    await site.start()
    page = await context.new_page()
    widget = Widget(page)
    await page.goto(site.url)
    await expect(widget.launcher).to_be_visible()
    # A click is refused where something else would get it.
    await widget.launcher.click()
    await expect(widget.dialog).to_be_visible()
    await widget.say("hello")
    await expect(widget.message("You said: hello")).to_be_visible()

    await page.mouse.move(5, 5)
    await expect(widget.launcher).to_have_css("transform", "none")
    boxes = [await part.bounding_box() for part in (widget.launcher, page.locator("firstline-panel"))]
    launcher, panel = [
        (round(b["x"]), round(b["y"]), round(b["width"]), round(b["height"])) for b in boxes if b
    ]
    assert launcher == (1200 - 20 - 56, 800 - 20 - 56, 56, 56)
    assert panel == (1200 - 20 - 400, 800 - 92 - 680, 400, 680)
    await expect(widget.launcher).to_have_css("background-color", "rgb(15, 76, 92)")
    bubble = widget.message("You said: hello")
    await expect(bubble).to_have_css("font-size", "15px")
    await expect(bubble).to_have_css("writing-mode", "horizontal-tb")
    await expect(bubble).to_have_css("direction", "ltr")


async def test_host_page_stays_clickable_and_its_styles_stay_outside(
    context: BrowserContext, server: FakeServer, sites: Callable[..., HostSite]
) -> None:
    style = """
      html { font-size: 62.5% }
      * { color: red !important; text-transform: uppercase }
      button { display: none }
      #corner { position: fixed; right: 20px; bottom: 90px; display: block }
    """
    body = '<button id="corner" type="button">Buy</button>'
    site = sites(embedding(server, body), style=style)
    await site.start()
    page = await context.new_page()
    widget = Widget(page)
    await page.goto(site.url)
    await expect(widget.launcher).to_be_visible()
    await page.locator("#corner").click()

    await widget.open()
    await expect(widget.message("Hi! How can we help you?")).to_have_css("text-transform", "none")
    await expect(widget.message("Hi! How can we help you?")).to_have_css("font-size", "15px")
    await page.keyboard.press("Escape")
    await page.locator("#corner").click()


async def test_settings_global_ready_event_and_api(
    context: BrowserContext, server: FakeServer, sites: Callable[..., HostSite]
) -> None:
    script = """
      <script>
        window.firstlineSettings = { siteName: 'Nordbank', colour: '#ffd400', position: 'left',
          customData: { token: async () => 'signed.by.site' } };
        window.heard = [];
        window.addEventListener('firstline:ready', (event) => {
          heard.push('ready');
          event.detail.on('message', (message) => heard.push(message.text));
          event.detail.on('open', () => heard.push('open'));
        });
      </script>"""
    site = sites(embedding(server, script))
    await site.start()
    page = await context.new_page()
    widget = Widget(page)
    await page.goto(site.url)
    await expect(widget.launcher).to_have_css("color", "rgb(0, 0, 0)")
    await page.evaluate("Firstline.send('by the site')")

    await expect(widget.message("You said: by the site")).to_be_visible()
    await expect(page.get_by_role("dialog", name="Chat with Nordbank")).to_be_visible()
    assert await page.evaluate("heard") == ["ready", "open", "You said: by the site"]
    assert server.session_requests[0]["customData"]["token"] == "signed.by.site"
    box = await widget.launcher.bounding_box()
    assert box is not None
    assert box["x"] < 100


# --- everyone --------------------------------------------------------------------------------------------


async def test_whole_conversation_by_keyboard_alone(context: BrowserContext, server: FakeServer) -> None:
    async with shop(context, server) as widget:
        await widget.launcher.focus()
        await widget.page.keyboard.press("Enter")
        await expect(widget.input).to_be_focused()
        await widget.online()
        await widget.page.keyboard.type("no mouse")
        await widget.page.keyboard.press("Enter")
        await expect(widget.message("You said: no mouse")).to_be_visible()
        await expect(widget.input).to_be_focused()

        await widget.page.get_by_role("button", name="More options").focus()
        await widget.page.keyboard.press("Enter")
        await widget.page.keyboard.press("End")
        await expect(widget.page.get_by_role("menuitem", name="New conversation")).to_be_focused()
        await widget.page.keyboard.press("Escape")
        await expect(widget.page.get_by_role("button", name="More options")).to_be_focused()

        await widget.page.keyboard.press("Escape")
        await expect(widget.dialog).to_be_hidden()
        await expect(widget.launcher).to_be_focused()


async def test_only_new_messages_are_announced(widget: Widget, server: FakeServer) -> None:
    await widget.say("before the reload")
    await expect(widget.message("You said: before the reload")).to_be_visible()
    await widget.page.add_init_script(
        """
        window.announced = [];
        const attach = Element.prototype.attachShadow;
        Element.prototype.attachShadow = function (options) {
          const root = attach.call(this, options);
          new MutationObserver((records) => {
            for (const { addedNodes, target } of records) {
              const log = target.closest?.('[role=log][aria-live=polite]');
              if (log) announced.push(...[...addedNodes].map((node) => node.textContent));
            }
          }).observe(root, { childList: true, subtree: true });
          return root;
        };
        """
    )
    await widget.reload()
    await expect(widget.log).to_have_attribute("aria-live", "polite")
    await server.say("news")
    await expect(widget.message("news")).to_be_visible()

    announced = " ".join(await widget.page.evaluate("announced"))
    assert "news" in announced
    assert "before the reload" not in announced


async def test_targets_are_large_enough_and_named(widget: Widget, server: FakeServer) -> None:
    await server.say("Choose", buttons=[{"title": "A", "payload": "/a"}])
    await expect(widget.page.get_by_role("button", name="A", exact=True)).to_be_visible()
    await widget.page.get_by_role("button", name="More options").click()

    small = await widget.dialog.evaluate(
        """dialog => {
          const all = (root) => [...root.querySelectorAll('*')]
            .flatMap((each) => [each, ...(each.shadowRoot ? all(each.shadowRoot) : [])]);
          const isSmall = ({ width, height }) => width < 24 || height < 24;
          return all(dialog)
            .filter((each) => each.matches('button, textarea, [role^=menuitem]') && each.checkVisibility())
            .filter((each) => isSmall(each.getBoundingClientRect()))
            .map((each) => each.outerHTML);
        }"""
    )
    assert small == []
    for button in await widget.dialog.get_by_role("button").all():
        await expect(button).to_have_accessible_name(re.compile(r"\S"))


async def test_persian_site_reads_from_right_to_left(
    context: BrowserContext, server: FakeServer, sites: Callable[..., HostSite]
) -> None:
    site = sites(embedding(server, language="fa"))
    await site.start()
    page = await context.new_page()
    await page.goto(site.url)
    await page.get_by_role("button", name="باز کردن گفتگو").click()

    field = page.get_by_role("textbox", name="پیام")
    await expect(field).to_be_visible()
    await expect(page.locator("firstline-panel")).to_have_css("direction", "rtl")
    panel = await page.get_by_role("dialog").bounding_box()
    send = await page.get_by_role("button", name="فرستادن").bounding_box()
    text = await field.bounding_box()
    assert panel is not None
    assert send is not None
    assert text is not None
    assert panel["x"] < 100
    assert send["x"] < text["x"]


@pytest.mark.parametrize(
    ("language", "greeting"),
    [
        ("nb-NO", "Hei! Hva kan vi hjelpe deg med?"),
        ("fr", "Bonjour ! Comment pouvons-nous vous aider ?"),
        ("pt-PT", "Olá! Como podemos ajudar?"),
        ("lv", "Sveicināti! Kā varam palīdzēt?"),
        ("xx", "Hi! How can we help you?"),
    ],
)
async def test_widget_speaks_the_language_of_the_site(
    context: BrowserContext, server: FakeServer, sites: Callable[..., HostSite], language: str, greeting: str
) -> None:
    site = sites(embedding(server, language=language))
    await site.start()
    page = await context.new_page()
    widget = Widget(page)
    await page.goto(site.url)
    await widget.open()

    await expect(widget.message(greeting)).to_be_visible()


async def test_phone_is_filled_and_keeps_the_focus_inside(browser: Browser, server: FakeServer) -> None:
    context = await browser.new_context(**PHONE)  # type: ignore[arg-type]
    async with shop(context, server) as widget:
        await widget.open()
        await expect(widget.dialog).to_have_attribute("aria-modal", "true")
        await expect(widget.launcher).to_be_hidden()
        panel = widget.page.locator("firstline-panel")
        await panel.evaluate("panel => Promise.all(panel.getAnimations().map((each) => each.finished))")
        box = await panel.bounding_box()
        assert box == {"x": 0, "y": 0, "width": 390, "height": 780}

        for _ in range(12):
            await widget.page.keyboard.press("Tab")
            inside = await widget.page.evaluate("document.activeElement.id")
            assert inside == "firstline"
        await widget.page.get_by_role("button", name="Close chat").click()
        await expect(widget.launcher).to_be_visible()


async def test_dark_system_makes_the_panel_dark_unless_the_site_says_light(
    browser: Browser, server: FakeServer, sites: Callable[..., HostSite]
) -> None:
    context = await browser.new_context(color_scheme="dark")
    for attributes, expected in [("", "rgb(24, 27, 31)"), ('data-theme="light"', "rgb(255, 255, 255)")]:
        site = sites(embedding(server, attributes=attributes))
        await site.start()
        page = await context.new_page()
        widget = Widget(page)
        await page.goto(site.url)
        await widget.open()
        await expect(widget.dialog).to_have_css("background-color", expected)


# --- calling ---------------------------------------------------------------------------------------------


class Calling:
    """A widget where customers can call, and the gateway that takes it."""

    def __init__(self, widget: Widget, gateway: FakeGateway) -> None:
        self.gateway = gateway
        self.page = widget.page
        self.ask = widget.page.get_by_role("button", name="Call us")
        self.card = widget.page.get_by_role("region", name="Phone call")
        self.status = self.card.get_by_role("status")

    def button(self, name: str) -> Locator:
        return self.card.get_by_role("button", name=name)

    async def connect(self) -> None:
        await self.ask.click()
        await expect(self.status).to_have_text("Connected")

    async def heard_hz(self) -> float:
        """The frequency that the browser plays loudest."""
        return float(await self.card.locator("audio").evaluate(HEARD_HZ))


@pytest_asyncio.fixture(loop_scope="module")
async def calling(
    browser: Browser, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Calling]:
    """The shop's widget, opened, in a browser that lets it have the microphone."""
    loopback_only(monkeypatch)
    server.gateway = FakeGateway()
    await server.stop()
    await server.start()
    context = await browser.new_context(locale="en-GB", permissions=["microphone"])
    async with shop(context, server) as widget:
        await widget.open()
        yield Calling(widget, server.gateway)
    await context.close()
    await server.gateway.close()


async def test_without_a_telephone_there_is_no_call_button(widget: Widget) -> None:
    await expect(widget.page.get_by_role("button", name="Talk to a person")).to_be_visible()
    await expect(widget.page.get_by_role("button", name="Call us")).to_have_count(0)


async def test_a_call_is_heard_on_both_sides_muted_keyed_and_hung_up(calling: Calling) -> None:
    await calling.connect()
    call = calling.gateway.call
    assert call.offer["type"] == "offer"
    assert call.offer["language"] == "en"
    assert "candidate" in call.offer["sdp"]
    assert "token" not in call.offer

    assert await calling.heard_hz() == pytest.approx(440, abs=15)
    await call.until_loudness(lambda level: level > 0.02)
    await calling.button("Mute the microphone").click()
    await call.until_loudness(lambda level: level < 0.001)
    await expect(calling.button("Mute the microphone")).to_have_attribute("aria-pressed", "true")

    await calling.button("Keypad").click()
    await calling.button("5").click()
    await calling.page.keyboard.press("#")
    await expect(calling.card.get_by_label("Keys pressed")).to_have_text("5#")
    await calling.page.keyboard.press("Escape")
    await expect(calling.button("5")).to_have_count(0)
    await expect(calling.button("Keypad")).to_be_focused()

    await calling.button("Hang up").click()
    await expect(calling.status).to_have_text("The call has ended")
    await expect(calling.button("Close")).to_be_focused()
    await asyncio.wait_for(call.over.wait(), 10)
    assert call.told == [{"digit": "5"}, {"digit": "#"}, {"hang_up": True}]
    await calling.button("Close").click()
    await expect(calling.ask).to_be_visible()


async def test_the_other_side_ends_a_call_or_breaks_off(calling: Calling) -> None:
    await calling.connect()
    await calling.gateway.call.end()
    await expect(calling.status).to_have_text("The call has ended")

    await calling.button("Call again").click()
    await expect(calling.status).to_have_text("Connected")
    await calling.gateway.call.close()
    await expect(calling.status).to_contain_text("The connection broke.")
    await expect(calling.button("Call again")).to_be_visible()


async def test_a_call_that_is_refused_says_what_to_do(calling: Calling) -> None:
    button = calling.ask
    for status, text in (
        (486, "lines are busy"),
        (429, "Wait a minute"),
        (403, "from here"),
        (500, "Check your"),
    ):
        calling.gateway.refuse = (status, "call.refused")
        await button.click()
        await expect(calling.status).to_contain_text(text)
        button = calling.button("Call again")


async def test_without_the_microphone_the_mend_is_named(calling: Calling) -> None:
    await calling.page.context.clear_permissions()
    await calling.ask.click()
    await expect(calling.status).to_contain_text("The microphone is blocked.")
    assert calling.gateway.calls == []

    await calling.page.context.grant_permissions(["microphone"])
    await calling.button("Call again").click()
    await expect(calling.status).to_have_text("Connected")

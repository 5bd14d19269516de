"""The desk in a real browser, against a server that can lose answers, sockets and sessions on command.

What the desk does with the real server is tested with the widget beside it, in the tests of the whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.e2e.fake_desk import FakeDesk
from tests.e2e.fake_gateway import HEARD_HZ, loopback_only
from tests.support.requirements import chromium_path

pytestmark = [pytest.mark.requires("chromium", "pages"), pytest.mark.timeout(300)]

FLAGS = [
    "--headless",
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
SignIn = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDesk]:
    loopback_only(monkeypatch)
    desk = FakeDesk()
    desk.start()
    yield desk
    desk.stop()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of: scripts that failed, and what the security policy refused."""
    return []


@pytest.fixture
def open_desk(browser: Browser, fake: FakeDesk, complaints: list[str]) -> Iterator[SignIn]:
    """Opens the desk in a browser of its own and signs in."""
    contexts = []

    def open_(login: str = "agent1", **options: object) -> Page:
        size = {"width": 1440, "height": 900}
        context = browser.new_context(**{"viewport": size, "locale": "en-GB", **options})  # type: ignore[arg-type]
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Policy" in line.text else None)
        page.goto(f"{fake.base_url}/desk")
        sign_in(page, login)
        expect(page.locator("fl-desk [data-connection=live]")).to_be_visible()
        page.wait_for_load_state("networkidle")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def sign_in(page: Page, login: str = "agent1", password: str = "firstline-demo") -> None:
    page.locator("#login").fill(login)
    page.locator("#password").fill(password)
    page.locator("fl-sign-in form button.primary").click()


def composer(page: Page) -> Locator:
    return page.locator("fl-composer textarea")


def lines(page: Page, text: str) -> Locator:
    return page.locator("fl-transcript .bubble", has_text=text)


def mine(page: Page) -> Locator:
    return page.locator("fl-lists [role=option]")


def accepted(fake: FakeDesk, name: str = "Kari Nordmann", agent: str = "a1") -> dict[str, str]:
    view = fake.do(fake.queue(name))
    fake.do(fake.assign(view["id"], agent))
    return view  # type: ignore[no-any-return]


def leave_text(page: Page) -> None:
    page.keyboard.press("Escape")


class TestSignIn:
    def test_says_what_is_wrong_and_lets_in_with_the_right_password(
        self, open_desk: SignIn, fake: FakeDesk
    ) -> None:
        page = open_desk("agent1", locale="en-GB")
        expect(page.locator("fl-top-bar")).to_be_visible()
        page.get_by_role("button", name="Account").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in to the desk")).to_be_visible()

        sign_in(page, password="wrong")
        expect(page.get_by_role("alert")).to_contain_text("Login or password is wrong")
        expect(page.locator("#password")).to_be_focused()

        sign_in(page)
        expect(page.locator("fl-top-bar")).to_be_visible()
        assert fake.requests.count("DELETE /api/v1/session") == 1

    def test_a_session_that_ends_takes_nothing_that_was_typed(
        self, open_desk: SignIn, fake: FakeDesk
    ) -> None:
        accepted(fake)
        page = open_desk()
        composer(page).fill("half a sen")
        fake.do(fake.expire_sessions())
        fake.do(fake.cut_sockets())

        expect(page.get_by_text("Your session ended")).to_be_visible()
        expect(page.locator("#login")).to_have_value("agent1")
        page.locator("#password").fill("firstline-demo")
        page.keyboard.press("Enter")
        expect(composer(page)).to_have_value("half a sen")

    def test_a_message_sent_as_the_session_ends_goes_out_after_the_next_sign_in(
        self, open_desk: SignIn, fake: FakeDesk
    ) -> None:
        view = accepted(fake)
        page = open_desk()
        expect(lines(page, "I want to talk to a person")).to_be_visible()
        fake.do(fake.expire_sessions())
        composer(page).fill("Hello Kari")
        page.keyboard.press("Enter")
        sign_in(page)
        expect(lines(page, "Hello Kari")).to_have_count(1)
        expect(page.locator("fl-transcript .pending")).to_have_count(0)
        said = [m for m in fake.messages[view["conversation_id"]] if m["text"] == "Hello Kari"]
        assert len(said) == 1


class TestOffers:
    def test_an_offer_is_announced_and_accepted_with_a_key(self, open_desk: SignIn, fake: FakeDesk) -> None:
        page = open_desk()
        expect(page).to_have_title("Firstline desk")
        view = fake.do(fake.queue("Olga Petrova"))
        fake.do(fake.offer(view["id"]))

        expect(page.locator("fl-offer-card")).to_contain_text("Olga Petrova")
        expect(page).to_have_title("(1 offer) Firstline desk")
        expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("icon-alert"))
        expect(page.locator("fl-desk > [role=alert], fl-desk [role=alert]").first).to_contain_text("Olga")

        page.keyboard.press("a")
        expect(mine(page)).to_contain_text("Olga Petrova")
        expect(page.locator("fl-offer-card")).to_have_count(0)
        expect(composer(page)).to_be_focused()
        expect(page).to_have_title("Firstline desk")

    def test_enter_accepts_and_d_declines(self, open_desk: SignIn, fake: FakeDesk) -> None:
        page = open_desk()
        first = fake.do(fake.queue("First"))
        fake.do(fake.offer(first["id"]))
        expect(page.locator("fl-offer-card")).to_be_visible()
        page.keyboard.press("d")
        expect(page.locator("fl-offer-card")).to_have_count(0)
        assert fake.handoffs[first["id"]]["state"] == "queued"

        second = fake.do(fake.queue("Second"))
        fake.do(fake.offer(second["id"]))
        expect(page.locator("fl-offer-card")).to_be_visible()
        page.keyboard.press("Enter")
        expect(mine(page)).to_contain_text("Second")

    def test_an_offer_never_takes_the_letters_of_somebody_who_types(
        self, open_desk: SignIn, fake: FakeDesk
    ) -> None:
        accepted(fake)
        page = open_desk()
        composer(page).click()
        view = fake.do(fake.queue("Olga Petrova"))
        fake.do(fake.offer(view["id"]))
        expect(page.locator("fl-offer-card")).to_be_visible()
        page.keyboard.type("a damn")
        expect(composer(page)).to_have_value("a damn")
        assert fake.handoffs[view["id"]]["state"] == "offered"
        page.keyboard.press("Alt+a")
        expect(mine(page)).to_have_count(2)

    def test_a_withdrawn_offer_goes_back_to_the_queue(self, open_desk: SignIn, fake: FakeDesk) -> None:
        page = open_desk()
        view = fake.do(fake.queue("Olga Petrova"))
        fake.do(fake.offer(view["id"]))
        expect(page.locator("fl-offer-card")).to_be_visible()
        fake.do(fake.withdraw(view["id"]))
        expect(page.locator("fl-offer-card")).to_have_count(0)
        expect(page.get_by_role("button", name="Take the conversation with Olga Petrova")).to_be_visible()

    def test_a_conversation_that_another_took_first_is_said_to_be_taken(
        self, open_desk: SignIn, fake: FakeDesk
    ) -> None:
        page = open_desk()
        view = fake.do(fake.queue("Olga Petrova"))
        take = page.get_by_role("button", name="Take the conversation with Olga Petrova")
        expect(take).to_be_visible()
        fake.handoffs[view["id"]].update(state="accepted", agent_id="a2", agent_name="Ben Costa")
        take.click()
        expect(page.get_by_text("Somebody else was first.")).to_be_visible()
        expect(take).to_have_count(0)


class TestQueue:
    def test_oldest_first_within_priority_with_ticking_waits(self, open_desk: SignIn, fake: FakeDesk) -> None:
        page = open_desk()
        expect(page.get_by_text("Nobody is waiting.")).to_be_visible()
        now = page.evaluate("Date.now() / 1000")
        fake.do(fake.queue("Newer", queued_at=now - 10))
        fake.do(fake.queue("Older", queued_at=now - 100))
        fake.do(fake.queue("Urgent", queued_at=now - 5, priority=2))
        rows = page.locator("fl-lists .open .name")
        expect(rows).to_have_text(["Urgent", "Older", "Newer"])

        wait = page.locator("fl-lists .row", has_text="Older").locator(".number")
        before = wait.inner_text()
        expect(wait).not_to_have_text(before)


class TestConversation:
    def test_messages_arrive_and_unread_ones_are_counted(self, open_desk: SignIn, fake: FakeDesk) -> None:
        kari, jonas = accepted(fake, "Kari Nordmann"), accepted(fake, "Jonas Weber")
        page = open_desk()
        expect(page.locator("fl-chat h1")).to_have_text("Kari Nordmann")
        fake.do(fake.say(jonas["conversation_id"], "customer", "Anybody there?"))
        row = mine(page).filter(has_text="Jonas Weber")
        expect(row.locator(".badge")).to_contain_text("1")
        expect(page).to_have_title("(1 unread) Firstline desk")

        fake.do(fake.customer_types(kari["conversation_id"]))
        expect(page.get_by_text("Kari Nordmann is typing")).to_be_visible()
        page.keyboard.press("Alt+ArrowDown")
        expect(page.locator("fl-chat h1")).to_have_text("Jonas Weber")
        expect(row.locator(".badge")).to_have_count(0)
        page.keyboard.press("k")
        expect(page.locator("fl-chat h1")).to_have_text("Kari Nordmann")

    def test_each_conversation_keeps_its_own_draft_through_a_reload(
        self, open_desk: SignIn, fake: FakeDesk
    ) -> None:
        accepted(fake, "Kari Nordmann"), accepted(fake, "Jonas Weber")
        page = open_desk()
        composer(page).fill("for Kari")
        page.keyboard.press("Alt+ArrowDown")
        composer(page).fill("for Jonas")
        page.reload()
        expect(composer(page)).to_have_value("for Jonas")
        mine(page).filter(has_text="Kari").click()
        expect(composer(page)).to_have_value("for Kari")

    def test_what_a_customer_writes_is_text_and_nothing_else(self, open_desk: SignIn, fake: FakeDesk) -> None:
        view = accepted(fake)
        page = open_desk()
        nasty = "<img src=x onerror=\"document.title='owned'\"><b>bold</b> javascript:alert(1)"
        fake.do(fake.say(view["conversation_id"], "customer", nasty))
        expect(lines(page, "<b>bold</b>")).to_have_text(nasty)
        expect(page).to_have_title("Firstline desk")
        expect(page.locator("fl-transcript .bubble a")).to_have_count(0)

    def test_shift_enter_makes_a_line_and_enter_sends(self, open_desk: SignIn, fake: FakeDesk) -> None:
        view = accepted(fake)
        page = open_desk()
        composer(page).click()
        page.keyboard.type("one")
        page.keyboard.press("Shift+Enter")
        page.keyboard.type("two")
        page.keyboard.press("Enter")
        expect(composer(page)).to_have_value("")
        expect(lines(page, "one")).to_have_count(1)
        expect(page.locator("fl-transcript .pending")).to_have_count(0)
        assert fake.messages[view["conversation_id"]][-1]["text"] == "one\ntwo"
        assert {"conversation_id": view["conversation_id"], "active": True} in fake.typing

    def test_canned_replies_by_slash_filter_and_fill_in_names(
        self, open_desk: SignIn, fake: FakeDesk
    ) -> None:
        accepted(fake)
        page = open_desk()
        expect(composer(page)).to_be_visible()
        page.keyboard.press("/")
        options = page.locator("fl-composer [role=listbox] [role=option]")
        expect(options).to_have_count(4)
        page.keyboard.type("hel")
        expect(options).to_have_count(1)
        page.keyboard.press("Tab")
        expect(composer(page)).to_have_value("Hello Kari Nordmann, this is Ada Berg. How can I help?")
        expect(options).to_have_count(0)

    def test_a_note_is_written_as_a_note(self, open_desk: SignIn, fake: FakeDesk) -> None:
        view = accepted(fake)
        page = open_desk()
        expect(composer(page)).to_be_visible()
        page.keyboard.press("n")
        page.keyboard.type("be kind")
        page.keyboard.press("Enter")
        expect(page.locator("fl-transcript .line.note")).to_contain_text("be kind")
        assert fake.messages[view["conversation_id"]][-1]["author"] == "note"
        expect(composer(page)).to_have_attribute("aria-label", re.compile("note"))

    def test_transfer_and_resolve_leave_the_list(self, open_desk: SignIn, fake: FakeDesk) -> None:
        kari, jonas = accepted(fake, "Kari Nordmann"), accepted(fake, "Jonas Weber")
        page = open_desk()
        expect(page.locator("fl-chat h1")).to_have_text("Kari Nordmann")
        page.keyboard.press("t")
        page.get_by_role("dialog").get_by_text("Billing").click()
        page.get_by_role("dialog").get_by_role("button", name="Transfer", exact=True).click()
        expect(mine(page)).to_have_count(1)
        assert fake.handoffs[kari["id"]]["queue"] == "billing"

        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator("fl-chat h1")).to_have_text("Jonas Weber")
        page.keyboard.press("e")
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Resolve", exact=True).click()
        expect(dialog.get_by_role("alert")).to_have_text("Choose what came of it.")
        dialog.get_by_text("Solved").click()
        dialog.get_by_role("button", name="Resolve", exact=True).click()
        expect(mine(page)).to_have_count(0)
        assert fake.handoffs[jonas["id"]]["disposition"] == "solved"


class TestNothingIsLostOrDoubled:
    def test_a_lost_answer_does_not_double_the_message(self, open_desk: SignIn, fake: FakeDesk) -> None:
        view = accepted(fake)
        page = open_desk()
        fake.lose_answers = 1
        composer(page).fill("only once")
        page.keyboard.press("Enter")
        expect(page.locator("fl-transcript .pending")).to_have_count(0)
        expect(lines(page, "only once")).to_have_count(1)
        assert [m["text"] for m in fake.messages[view["conversation_id"]]].count("only once") == 1

    def test_messages_wait_in_order_while_the_server_refuses(self, open_desk: SignIn, fake: FakeDesk) -> None:
        view = accepted(fake)
        page = open_desk()
        fake.refuse_messages = 2
        for text in ("first", "second", "third"):
            composer(page).fill(text)
            page.keyboard.press("Enter")
        expect(page.locator("fl-transcript .pending")).to_have_count(0)
        said = [m["text"] for m in fake.messages[view["conversation_id"]]]
        assert said[-3:] == ["first", "second", "third"]

    def test_what_was_not_sent_survives_a_reload(self, open_desk: SignIn, fake: FakeDesk) -> None:
        accepted(fake)
        page = open_desk()
        fake.refuse_messages = 1_000
        composer(page).fill("hold on")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Not sent yet")).to_be_visible()
        fake.refuse_messages = 0
        page.reload()
        expect(page.locator("fl-transcript .line.agent:not(.pending)")).to_contain_text("hold on")
        expect(lines(page, "hold on")).to_have_count(1)

    def test_after_a_reconnect_everything_is_there_once(self, open_desk: SignIn, fake: FakeDesk) -> None:
        view = accepted(fake)
        page = open_desk()
        expect(lines(page, "I want to talk to a person")).to_have_count(1)
        page.context.set_offline(True)
        fake.do(fake.cut_sockets())
        expect(page.get_by_text("Connection lost")).to_be_visible()
        fake.do(fake.say(view["conversation_id"], "customer", "while you were away"))
        fake.do(fake.queue("Somebody new"))
        composer(page).fill("written offline")
        page.keyboard.press("Enter")

        page.context.set_offline(False)
        expect(page.get_by_text("Connection lost")).to_have_count(0)
        expect(lines(page, "while you were away")).to_have_count(1)
        expect(lines(page, "written offline")).to_have_count(1)
        expect(lines(page, "I want to talk to a person")).to_have_count(1)
        expect(page.locator("fl-lists")).to_contain_text("Somebody new")


class TestContext:
    def test_pointing_at_a_slot_marks_its_source_in_the_transcript(
        self, open_desk: SignIn, fake: FakeDesk
    ) -> None:
        accepted(fake)
        page = open_desk()
        slot = page.locator("fl-context .fact", has_text="Postcode")
        slot.hover()
        expect(page.locator("fl-transcript mark")).to_have_text("0150")
        page.locator("fl-top-bar header").hover()
        expect(page.locator("fl-transcript mark")).to_have_count(0)
        page.locator("fl-context .fact", has_text="Order number").focus()
        expect(page.locator("fl-transcript mark")).to_have_text("48213")

    def test_shows_why_who_and_what_and_inserts_a_suggestion(self, open_desk: SignIn, fake: FakeDesk) -> None:
        accepted(fake)
        page = open_desk()
        context = page.locator("fl-context")
        for text in (
            "Asked for a person",
            "I want to talk to a person",
            "Order and postcode",
            "A parcel is late",
            "Looks up an order",
            "City",
        ):
            expect(context).to_contain_text(text)
        headings = context.locator("h3").all_inner_texts()
        assert headings[:3] == ["Who", "What they want", "What the bot tried"]
        for words in ("rule", "Inform", "94%", "utter", "_", "web-"):
            assert words not in context.inner_text(), words
        context.locator(".order", has_text="73905").locator("summary").click()
        expect(context).to_contain_text("Held at customs")
        context.get_by_text("May I have your city?").click()
        expect(composer(page)).to_have_value("May I have your city?")


class TestPage:
    def test_help_lists_the_keys_and_gives_the_focus_back(self, open_desk: SignIn, fake: FakeDesk) -> None:
        accepted(fake)
        page = open_desk()
        expect(composer(page)).to_be_visible()
        page.keyboard.press("?")
        dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
        expect(dialog).to_be_visible()
        page.keyboard.press("t")
        expect(page.get_by_role("dialog")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        page.keyboard.press("r")
        expect(composer(page)).to_be_focused()
        leave_text(page)
        expect(composer(page)).not_to_be_focused()

    def test_on_a_phone_one_part_shows_at_a_time(self, open_desk: SignIn, fake: FakeDesk) -> None:
        accepted(fake)
        page = open_desk(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
        mine(page).first.click()
        expect(composer(page)).to_be_in_viewport()
        expect(page.locator("fl-lists")).to_be_hidden()
        page.locator("fl-desk .tabs").get_by_text("Context").click()
        expect(page.locator("fl-context")).to_be_visible()
        overflow = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert overflow is False

    def test_persian_reads_from_right_to_left(self, open_desk: SignIn, fake: FakeDesk) -> None:
        accepted(fake)
        page = open_desk(locale="fa-IR")
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        lists = page.locator("fl-lists").bounding_box()
        context = page.locator("fl-context").bounding_box()
        assert lists is not None
        assert context is not None
        assert lists["x"] > context["x"]

    def test_a_supervisor_reads_others_conversations_and_leaves_notes(
        self, open_desk: SignIn, fake: FakeDesk
    ) -> None:
        accepted(fake, "Kari Nordmann", agent="a2")
        page = open_desk("supervisor1")
        page.locator("fl-lists .row", has_text="Kari Nordmann").locator(".open").click()
        expect(page.get_by_text("Ben Costa has this conversation")).to_be_visible()
        expect(lines(page, "I want to talk to a person")).to_be_visible()
        expect(page.get_by_role("button", name="Reply")).to_have_count(0)
        composer(page).fill("offer a voucher")
        page.keyboard.press("Enter")
        expect(page.locator("fl-transcript .line.note")).to_contain_text("offer a voucher")


def strip(page: Page) -> Locator:
    return page.get_by_role("region", name="Call", exact=True)


def answered(open_desk: SignIn, fake: FakeDesk, **options: object) -> tuple[Page, dict[str, str]]:
    """A desk whose agent has answered a call, and the call's handoff."""
    page = open_desk(permissions=["microphone"], **options)
    view = fake.do(fake.ring())
    expect(page.locator("fl-offer-card")).to_be_visible()
    page.keyboard.press("a")
    expect(strip(page)).to_contain_text("You are in the call")
    return page, view


class TestCalls:
    def test_a_call_rings_is_answered_and_heard_on_both_sides(
        self, open_desk: SignIn, fake: FakeDesk
    ) -> None:
        page = open_desk(permissions=["microphone"])
        fake.do(fake.ring())
        card = page.locator("fl-offer-card")
        for text in ("Incoming call", "Kari Nordmann", "+4722850000", "I want to talk to a person"):
            expect(card).to_contain_text(text)
        card.get_by_role("button", name="Answer").click()
        expect(strip(page)).to_contain_text("You are in the call")
        assert fake.gateway.call.offer["token"] == "ticket 0"

        assert page.locator("fl-desk audio").evaluate(HEARD_HZ) == pytest.approx(440, abs=15)
        fake.do(fake.gateway.call.until_loudness(lambda level: level > 0.02))
        expect(strip(page).locator("fl-level i.on").first).to_be_visible()
        page.keyboard.press("m")
        expect(strip(page)).to_contain_text("Your microphone is muted")
        fake.do(fake.gateway.call.until_loudness(lambda level: level < 0.001))
        page.keyboard.press("m")
        fake.do(fake.gateway.call.until_loudness(lambda level: level > 0.02))

    def test_hold_keys_and_words_to_be_spoken(self, open_desk: SignIn, fake: FakeDesk) -> None:
        page, view = answered(open_desk, fake)
        page.keyboard.press("h")
        expect(strip(page)).to_contain_text("The caller is on hold")
        expect(page.locator("fl-transcript")).to_contain_text("On hold")
        strip(page).get_by_role("button", name="Hold").click()
        expect(strip(page)).to_contain_text("You are in the call")

        strip(page).get_by_role("button", name="Keypad").click()
        strip(page).get_by_role("button", name="7").click()
        page.keyboard.type("12#")
        expect(strip(page).get_by_label("Keys pressed")).to_have_text("712#")
        page.keyboard.press("Escape")

        expect(composer(page)).to_have_attribute("placeholder", "Write what is to be spoken to the caller")
        composer(page).fill("One moment")
        page.keyboard.press("Enter")
        expect(lines(page, "One moment")).to_have_count(1)
        fake.do(fake.say(view["conversation_id"], "customer", "Thank you", asr_confidence=0.77))
        expect(page.locator("fl-transcript")).to_contain_text("77%")
        expect(page.locator("fl-transcript")).to_contain_text("Cut short after “\u2068I am sorry.\u2069”")
        expect(page.locator("fl-context")).to_contain_text("Interrupted the bot")
        controls = [verb for verb, _ in fake.controls]
        assert controls[:2] == ["hold", "resume"]
        assert "".join(body["digits"] for verb, body in fake.controls if verb == "digits") == "712#"

    def test_a_call_is_passed_on_to_a_number_outside_and_wrapped_up(
        self, open_desk: SignIn, fake: FakeDesk
    ) -> None:
        page, view = answered(open_desk, fake)
        page.keyboard.press("t")
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Outside number").click()
        number = dialog.get_by_label("Telephone number or SIP address")
        number.fill("the boss")
        page.keyboard.press("Enter")
        expect(dialog.get_by_role("alert")).to_contain_text("Type a number such as")
        number.fill("+47 22 85 00 01")
        page.keyboard.press("Enter")
        expect(dialog).to_have_count(0)
        assert fake.controls == [("transfer", {"target": "+4722850001"})]

        page.keyboard.press("t")
        dialog.get_by_role("button", name="Outside number").click()
        expect(dialog.get_by_role("radio", name="Head office")).to_be_focused()
        expect(dialog).to_contain_text("+4722")
        number.fill("+47 22")
        dialog.get_by_text("Workshop").click()
        expect(number).to_have_value("")
        page.keyboard.press("Enter")
        expect(dialog).to_have_count(0)
        assert fake.controls[1:] == [("transfer", {"contact": "Workshop"})]

        for outside, told, typed in (
            ({"contacts": ["Head office"], "numbers": [], "addresses": []}, "Head office", 0),
            ({"contacts": [], "numbers": [], "addresses": []}, "Nobody outside is set up", 0),
        ):
            fake.outside = outside
            page.keyboard.press("t")
            dialog.get_by_role("button", name="Outside number").click()
            expect(dialog).to_contain_text(told)
            expect(number).to_have_count(typed)
            dialog.get_by_role("button", name="Transfer").click()
            expect(dialog.get_by_role("alert")).to_have_text("Choose a contact.")
            page.keyboard.press("Escape")
            expect(dialog).to_have_count(0)

        fake.do(fake.end_call(view["id"], "transferred"))
        expect(page.get_by_text("The call has ended")).to_be_visible()
        expect(strip(page)).to_have_count(0)
        expect(composer(page)).to_have_count(0)
        page.get_by_role("button", name="Wrap up").click()
        dialog.get_by_text("Solved").click()
        dialog.get_by_role("button", name="Resolve", exact=True).click()
        expect(mine(page)).to_have_count(0)
        assert fake.handoffs[view["id"]]["disposition"] == "solved"

    def test_without_a_microphone_the_caller_is_not_lost(self, open_desk: SignIn, fake: FakeDesk) -> None:
        page = open_desk()
        view = fake.do(fake.ring(name=None))
        card = page.locator("fl-offer-card")
        expect(card).to_contain_text("+4722850000")
        card.get_by_role("button", name="Answer").click()
        expect(card.get_by_role("alert")).to_contain_text("The microphone is blocked.")
        assert fake.handoffs[view["id"]]["state"] == "offered"
        card.get_by_role("button", name="Decline").click()
        expect(card).to_have_count(0)
        assert fake.handoffs[view["id"]]["state"] == "queued"

    def test_audio_that_breaks_comes_back_with_a_new_ticket(self, open_desk: SignIn, fake: FakeDesk) -> None:
        page, _ = answered(open_desk, fake)
        fake.do(fake.gateway.call.close())
        expect(strip(page)).to_contain_text("Your audio broke off")
        expect(strip(page)).to_contain_text("You are in the call")
        fake.do(fake.gateway.call.until_loudness(lambda level: level > 0.02))
        assert [call.offer["token"] for call in fake.gateway.calls] == ["ticket 0", "ticket 1"]

        page.reload()
        expect(strip(page)).to_contain_text("You are in the call")
        assert fake.gateway.call.offer["token"] == "ticket 2"

    def test_one_call_at_a_time(self, open_desk: SignIn, fake: FakeDesk) -> None:
        page, _ = answered(open_desk, fake)
        second = fake.do(fake.ring("Jonas Weber"))
        page.locator("fl-offer-card").get_by_role("button", name="Answer").click()
        expect(page.get_by_text("You are in a call. End it")).to_be_visible()
        assert fake.handoffs[second["id"]]["state"] == "offered"

        strip(page).get_by_role("button", name="End call").click()
        expect(page.get_by_text("The call has ended")).to_be_visible()
        page.locator("fl-offer-card").get_by_role("button", name="Answer").click()
        expect(strip(page)).to_contain_text("You are in the call")
        expect(page.locator("fl-chat h1")).to_have_text("Jonas Weber")

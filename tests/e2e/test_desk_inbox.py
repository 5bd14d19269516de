# ruff: noqa: F811  fixtures of another module are used by their names
"""The desk's inbox, and what else agents find out there, in a real browser against the fake server."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.fake_desk import FakeDesk
from tests.e2e.test_desk import (  # noqa: F401  fixtures
    SignIn,
    accepted,
    browser,
    complaints,
    composer,
    fake,
    mine,
    open_desk,
)

pytestmark = [pytest.mark.requires("chromium", "pages"), pytest.mark.timeout(300)]


def open_inbox(page: Page) -> None:
    page.locator("body").press("i")
    expect(page.locator("fl-inbox-list")).to_be_visible()


def rows(page: Page) -> list[str]:
    return page.locator("fl-inbox-list .words").all_inner_texts()


class TestInbox:
    def test_message_is_answered_by_mail_with_the_keyboard(self, open_desk: SignIn, fake: FakeDesk) -> None:
        fake.do(fake.leave_message(text="First of all"))
        fake.do(fake.leave_message(text="And then"))
        page = open_desk()
        open_inbox(page)
        expect(page.locator("fl-inbox-list li")).to_have_count(2)
        assert rows(page) == ["First of all", "And then"]
        page.keyboard.press("j")
        expect(page.locator("fl-inbox-message blockquote")).to_have_text("First of all")
        expect(page.locator("fl-inbox-message .log")).to_have_count(0)
        page.keyboard.press("a")
        expect(page.locator("fl-inbox-message #answer")).to_be_focused()
        expect(page.locator("fl-inbox-message .log")).to_contain_text("First of all")
        page.keyboard.type("A new one is on its way.")
        page.keyboard.press("Control+Enter")
        expect(page.locator("fl-inbox-list li")).to_have_count(1)
        assert fake.mails == [{"to": "kari@example.no", "text": "A new one is on its way."}]

    def test_customer_who_is_there_is_answered_in_the_chat(self, open_desk: SignIn, fake: FakeDesk) -> None:
        fake.do(fake.leave_message(here=True))
        page = open_desk()
        open_inbox(page)
        page.locator("fl-inbox-list li button").click()
        page.locator("fl-inbox-message #answer").fill("Hello, about your lamp")
        page.get_by_role("button", name="Answer in the chat").click()
        expect(composer(page)).to_be_visible()
        expect(page.locator("fl-transcript")).to_contain_text("Hello, about your lamp")
        expect(mine(page)).to_have_count(1)

    def test_new_messages_and_those_that_others_took_are_seen_at_once(
        self,
        open_desk: SignIn,
        fake: FakeDesk,
    ) -> None:
        page = open_desk()
        open_inbox(page)
        expect(page.locator("fl-inbox-list")).to_contain_text("No message waits for an answer.")
        left = fake.do(fake.leave_message())
        page.locator("fl-inbox-list li button").click()
        left.update(state="taken", agent_id="a2", agent_name="Ben Costa")
        page.locator("fl-inbox-message .heading .primary").click()
        expect(page.get_by_text("Somebody else was first.")).to_be_visible()
        expect(page.locator("fl-inbox-message")).to_contain_text("Ben Costa has taken this message.")
        expect(page.locator("fl-inbox-message textarea")).to_have_count(0)

    def test_caller_is_called_back_and_that_is_noted(self, open_desk: SignIn, fake: FakeDesk) -> None:
        phone = {"contact": "+4722850000", "contact_kind": "phone", "contact_source": "caller"}
        left = fake.do(fake.leave_message(kind="callback", text="", visitor=None, **phone))
        page = open_desk()
        open_inbox(page)
        page.locator("fl-inbox-list li button").click()
        expect(page.locator("fl-inbox-message a")).to_have_attribute("href", "tel:+4722850000")
        page.locator("fl-inbox-message #note").fill("All is well.")
        page.get_by_role("button", name="Called back", exact=True).click()
        expect(page.locator("fl-inbox-list li")).to_have_count(0)
        assert (left["answered"], left["note"]) == ("called_back", "All is well.")


class TestShortcuts:
    def test_single_letters_can_be_switched_off_for_good(self, open_desk: SignIn, fake: FakeDesk) -> None:
        accepted(fake)
        page = open_desk()
        expect(composer(page)).to_be_visible()
        page.keyboard.press("?")
        page.get_by_role("dialog").get_by_label("Single letters are shortcuts").uncheck()
        page.keyboard.press("Escape")
        page.reload()
        expect(composer(page)).to_be_visible()
        page.keyboard.press("t")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.keyboard.press("Alt+t")
        expect(page.get_by_role("dialog")).to_be_visible()


class TestPeople:
    def test_customer_who_left_is_shown_until_they_come_back(self, open_desk: SignIn, fake: FakeDesk) -> None:
        view = accepted(fake)
        page = open_desk()
        expect(composer(page)).to_be_visible()
        fake.do(fake.leave_chat(view["id"]))
        expect(mine(page)).to_contain_text("Left the chat")
        expect(page.locator("fl-chat .banner")).to_contain_text("has left the chat")
        fake.do(fake.leave_chat(view["id"], left=False))
        expect(page.locator("fl-chat .banner")).to_have_count(0)

    def test_unnamed_visitor_is_told_by_page_device_and_place(
        self, open_desk: SignIn, fake: FakeDesk
    ) -> None:
        fake.do(fake.queue(None, visitor={"page": "/lamps", "place": "Oslo", "device": "Chrome · Android"}))
        page = open_desk()
        name = page.locator("fl-lists .name").first.inner_text()
        assert name.translate({0x2066: None, 0x2068: None, 0x2069: None}) == (
            "Visitor on /lamps, Chrome · Android, Oslo"
        )

    def test_rating_arrives_with_its_comment(self, open_desk: SignIn, fake: FakeDesk) -> None:
        view = accepted(fake)
        page = open_desk()
        expect(composer(page)).to_be_visible()
        page.keyboard.press("e")
        page.get_by_role("dialog").get_by_text("Solved").click()
        page.get_by_role("dialog").get_by_role("button", name="Resolve", exact=True).click()
        expect(mine(page)).to_have_count(0)
        page.locator("fl-lists .recent summary").click()
        expect(page.locator("fl-lists .recent")).to_contain_text("Not rated")
        fake.do(fake.rate(view["id"], 2, "Took an hour"))
        expect(page.locator("fl-lists .recent")).to_contain_text("Took an hour")
        expect(page.get_by_role("img", name="Rated 2 of 5").first).to_be_visible()

    def test_signing_out_with_open_chats_says_what_becomes_of_them(
        self,
        open_desk: SignIn,
        fake: FakeDesk,
    ) -> None:
        accepted(fake)
        page = open_desk()
        expect(mine(page)).to_have_count(1)
        page.get_by_role("button", name="AB: Account").click()
        page.get_by_role("button", name="Sign out").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("You have 1 open conversation.")
        expect(dialog).to_contain_text("they go back to the queue")
        dialog.get_by_role("button", name="Stay").click()
        assert "DELETE /api/v1/session" not in fake.requests
        page.get_by_role("button", name="AB: Account").click()
        page.get_by_role("button", name="Sign out").click()
        dialog.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in to the desk")).to_be_visible()

    def test_transfer_does_not_cover_the_reason(self, open_desk: SignIn, fake: FakeDesk) -> None:
        accepted(fake)
        page = open_desk(viewport={"width": 1024, "height": 768})
        expect(page.locator("fl-context .reason")).to_be_visible()
        page.keyboard.press("t")
        dialog = page.locator("fl-transfer-dialog dialog")
        expect(dialog).to_contain_text("Asked for a person")
        reason, over = page.locator("fl-context .reason").bounding_box(), dialog.bounding_box()
        assert reason is not None
        assert over is not None
        assert over["x"] + over["width"] <= reason["x"]

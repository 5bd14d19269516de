"""Calls from the first ring to the wrap-up: telephone or customer's browser, gateway, bot and desk.

Nothing is faked but the microphones, which play recordings (Chromium's fake device). What is heard is
measured at both ends: by the telephone from what its packets carry, by the browsers from what they play.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest
import soxr
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from tests.e2e.fake_gateway import HEARD_HZ
from tests.e2e.test_desk import FLAGS
from tests.support.caller import RATE, Caller, Pcm
from tests.support.phone_line import PhoneLine
from tests.support.recorded import speech, transcribe
from tests.support.requirements import chromium_path
from voice_gateway.music import music

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.requires("voice", "trained", "models"),
]

PATIENCE_S = 60.0
WAIT_MS = PATIENCE_S * 1000
QUIET_S = 1.2
AGENT_HZ = 1000
CALLER_HZ = 700
MICROPHONE_HZ = 48_000
TONE_SHARE = 0.5
"""So much of the loudest half second is the tone's, where the tone is heard."""
MUSIC_LIKENESS = 0.7
AGENT_SAYS = "Hello, this is Ada from customer service. I will look for your parcel."
CALLER_SAYS = "My parcel has not arrived yet."
SHOTS = os.environ.get("FIRSTLINE_SHOTS")
"""A folder to put screenshots in, for whoever wants to look."""

Heard = Callable[[Pcm], bool]


def tone(hz: float, seconds: float, rate: int = RATE) -> Pcm:
    """A tone in bursts of 400 ms: what reduces noise takes a steady one away."""
    at = np.arange(int(seconds * rate)) / rate
    burst = (at % 0.6 < 0.4) * 8000
    return np.asarray(np.sin(2 * np.pi * hz * at) * burst, dtype=np.int16)


def hears_tone(hz: float) -> Heard:
    """Whether half a second is mostly a tone's."""

    def heard(pcm: Pcm) -> bool:
        size = RATE // 2
        for start in range(0, len(pcm) - size, size // 2):
            powers = np.abs(np.fft.rfft(pcm[start : start + size] * np.hanning(size))) ** 2
            near = np.abs(np.fft.rfftfreq(size, 1 / RATE) - hz) < 30
            if powers.sum() > size**2 * 100 and powers[near].sum() > TONE_SHARE * powers.sum():
                return True
        return False

    return heard


def hears_music(pcm: Pcm) -> bool:
    """Whether the last second and a half is a part of the hold music: the peak of their correlation."""
    part = pcm[-RATE * 3 // 2 :].astype(np.float64)
    if len(part) < RATE * 3 // 2 or not part.any():
        return False
    loop = np.tile(np.frombuffer(music(RATE), dtype="<i2").astype(np.float64), 2)
    size = len(loop)
    likeness = np.fft.irfft(np.fft.rfft(loop) * np.conj(np.fft.rfft(part, size)), size)
    sums = np.concatenate([[0.0], np.cumsum(loop**2)])
    levels = np.sqrt(sums[len(part) :] - sums[: -len(part)])[: size // 2]
    return bool((likeness[: size // 2] / (levels * np.sqrt((part**2).sum()))).max() > MUSIC_LIKENESS)


async def until_heard(call: Caller, heard: Heard) -> None:
    """Wait until what is heard from now on is as wanted. Raises TimeoutError."""
    since = time.monotonic()
    await eventually(lambda: heard(call.heard(since=since)))


async def until_words(call: Caller, words: str, *, since: float) -> None:
    """Wait until words were heard after a moment. Raises TimeoutError with what was heard instead."""
    heard = ""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not re.search(words, heard):
                await asyncio.sleep(1.0)
                heard = await asyncio.to_thread(transcribe, call.heard(since=since))
    except TimeoutError as error:
        raise TimeoutError(f"{words!r} was not heard in {heard!r}") from error


async def eventually(true: Callable[[], bool]) -> None:
    """Wait until something is true. Raises TimeoutError."""
    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at:
        if true():
            return
        await asyncio.sleep(0.2)
    raise TimeoutError(f"not so within {PATIENCE_S:.0f} s")


@dataclass(frozen=True)
class Microphones:
    """What Chromium's fake microphones hear, again and again."""

    agent: Path
    """Words, a pause in which a busy machine recognises them, and a tone."""
    silent: Path


@pytest.fixture(scope="module")
def microphones(tmp_path_factory: pytest.TempPathFactory) -> Microphones:
    folder = tmp_path_factory.mktemp("microphones")
    (clip,) = speech([AGENT_SAYS])
    said = soxr.resample(np.frombuffer(clip.pcm, dtype="<i2"), RATE, MICROPHONE_HZ)
    pause = np.zeros(MICROPHONE_HZ * 4, dtype=np.int16)
    return Microphones(
        _wav(folder / "agent.wav", np.concatenate([said, pause, tone(AGENT_HZ, 2.4, MICROPHONE_HZ)])),
        _wav(folder / "silent.wav", pause),
    )


def _wav(path: Path, pcm: Pcm) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(MICROPHONE_HZ)
        file.writeframes(pcm.tobytes())
    return path


@dataclass(frozen=True)
class Desk:
    """An agent at the desk, in a browser of their own."""

    browser: Browser
    page: Page

    @property
    def card(self) -> Locator:
        return self.page.locator("fl-offer-card")

    @property
    def strip(self) -> Locator:
        return self.page.get_by_role("region", name="Call", exact=True)

    @property
    def transcript(self) -> Locator:
        return self.page.locator("fl-transcript")

    def button(self, name: str) -> Locator:
        return self.strip.get_by_role("button", name=name)

    def lines(self, author: str, text: str) -> Locator:
        return self.page.locator(f"fl-transcript .line.{author}", has_text=re.compile(text, re.I))

    async def answer(self) -> None:
        await expect(self.card).to_contain_text("Incoming call")
        await self.card.get_by_role("button", name="Answer").click()
        await expect(self.strip).to_contain_text("You are in the call")

    async def hears(self, hz: float) -> None:
        heard = await self.page.locator("fl-desk audio").evaluate(HEARD_HZ)
        assert heard == pytest.approx(hz, abs=15)

    async def resolve(self) -> None:
        await self.page.get_by_role("button", name="Wrap up").click()
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_text("Solved").click()
        await dialog.get_by_role("button", name="Resolve", exact=True).click()
        await expect(self.page.locator("fl-lists [role=option]")).to_have_count(0)

    async def kill(self) -> None:
        """kill -9 of all of the browser's processes: nobody is told."""
        devtools = await self.browser.new_browser_cdp_session()
        processes = (await devtools.send("SystemInfo.getProcessInfo"))["processInfo"]
        for process in processes:
            os.kill(process["id"], signal.SIGKILL)

    async def shot(self, name: str) -> None:
        if SHOTS:
            await self.page.screenshot(path=Path(SHOTS) / f"{name}.png")


Opens = Callable[..., Awaitable[Page]]
OpensDesk = Callable[..., Awaitable[Desk]]


@pytest.fixture
async def open_page(microphones: Microphones) -> AsyncIterator[Opens]:
    """Opens pages, each in a browser of its own with a microphone; none may raise an error."""
    complaints: list[str] = []
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())

        async def open_(url: str, microphone: Path = microphones.agent, **options: object) -> Page:
            browser = await playwright.chromium.launch(
                executable_path=chromium_path(),
                args=[
                    *FLAGS,
                    "--autoplay-policy=no-user-gesture-required",
                    f"--use-file-for-fake-audio-capture={microphone}",
                ],
            )
            stack.push_async_callback(browser.close)
            settings = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options}
            context = await browser.new_context(permissions=["microphone"], **settings)  # type: ignore[arg-type]
            context.set_default_timeout(WAIT_MS)
            page = await context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda line: complaints.append(line.text) if "Policy" in line.text else None)
            await page.goto(url)
            return page

        expect.set_options(timeout=WAIT_MS)
        yield open_
    assert complaints == []


@pytest.fixture
async def open_desk(phone_line: PhoneLine, open_page: Opens) -> AsyncIterator[OpensDesk]:
    """Signs agents in at desks of their own; afterwards nobody is there, as other tests want it."""
    logins: list[str] = []

    async def open_(login: str, **options: object) -> Desk:
        logins.append(login)
        page = await open_page(f"{phone_line.bot.url}/desk", **options)
        await page.locator("#login").fill(login)
        await page.locator("#password").fill("firstline-demo")
        await page.locator("fl-sign-in form button.primary").click()
        await expect(page.locator("fl-desk [data-connection=live]")).to_be_visible()
        await _be(page, "available")
        browser = page.context.browser
        assert browser is not None
        return Desk(browser, page)

    yield open_
    for login in logins:
        async with httpx.AsyncClient(base_url=phone_line.bot.url) as client:
            who = {"login": login, "password": "firstline-demo"}
            me = (await client.post("/api/v1/session", json=who)).json()["agent"]["id"]
            await client.put("/api/v1/agents/me/presence", json={"presence": "offline"})
            for handoff in (await client.get("/api/v1/handoffs?state=open")).json():
                if handoff["agent_id"] == me:
                    done = {"disposition": "solved"}
                    await client.post(f"/api/v1/handoffs/{handoff['id']}/resolve", json=done)


async def _be(page: Page, presence: str) -> None:
    status = await page.evaluate(
        """async (presence) => (await fetch('/api/v1/agents/me/presence', {
            method: 'PUT', headers: {'content-type': 'application/json'}, body: JSON.stringify({presence})
        })).status""",
        presence,
    )
    assert status == 200


@asynccontextmanager
async def calling_for_a_person(line: PhoneLine) -> AsyncIterator[Caller]:
    """A telephone that has pressed zero after the greeting."""
    async with Caller(line.sip) as call:
        await call.wait_for_audio(after=call.answered_at, within_s=PATIENCE_S)
        await call.wait_for_silence(for_s=QUIET_S, within_s=PATIENCE_S)
        await call.press("0")
        yield call


async def test_a_call_is_answered_talked_in_held_and_wrapped_up(
    phone_line: PhoneLine, open_desk: OpensDesk
) -> None:
    desk = await open_desk("agent1")
    (asked, told) = speech(["I want to talk to a human.", CALLER_SAYS])
    async with Caller(phone_line.sip) as call:
        await call.wait_for_audio(after=call.answered_at, within_s=PATIENCE_S)
        await call.wait_for_silence(for_s=QUIET_S, within_s=PATIENCE_S)
        await call.say(asked.pcm)
        await expect(desk.card).to_be_visible()
        await until_heard(call, hears_music)
        answered = time.monotonic()
        await desk.answer()

        await until_heard(call, hears_tone(AGENT_HZ))
        await until_words(call, "customer service|parcel", since=answered)
        await expect(desk.lines("agent", "customer service|parcel").first).to_be_visible()
        speaking = asyncio.create_task(call.say(tone(CALLER_HZ, 6.0).tobytes()))
        await desk.hears(CALLER_HZ)
        await speaking
        await call.say(told.pcm)
        heard = desk.lines("customer", "parcel|arrived").last
        await expect(heard).to_be_visible()
        await expect(heard).to_contain_text(re.compile(r"\d+%"))
        context = desk.page.locator("fl-context")
        await expect(context.get_by_text("Asked for a person")).to_be_visible()
        await expect(context).to_contain_text("Telephone (SIP)")
        await desk.shot("desk-call")

        await desk.button("Hold").click()
        await expect(desk.strip).to_contain_text("The caller is on hold")
        await until_heard(call, hears_music)
        await desk.button("Hold").click()
        await expect(desk.strip).to_contain_text("You are in the call")
        await until_heard(call, hears_tone(AGENT_HZ))

        await desk.button("Keypad").click()
        await desk.button("7").click()
        await desk.page.keyboard.type("12#")
        await eventually(lambda: call.digits_heard == "712#")
        await desk.page.keyboard.press("Escape")

        await desk.button("Mute").click()
        await call.wait_for_silence(for_s=6.0, within_s=PATIENCE_S)
        await desk.button("Mute").click()
        await until_heard(call, hears_tone(AGENT_HZ))

        await desk.button("End call").click()
        await call.wait_for_end(within_s=PATIENCE_S)
    await expect(desk.page.get_by_text("The call has ended")).to_be_visible()
    await desk.resolve()


async def test_an_agent_s_browser_is_killed_and_the_caller_goes_to_the_next(
    phone_line: PhoneLine, open_desk: OpensDesk
) -> None:
    first, second = await open_desk("agent1"), await open_desk("agent2")
    await _be(second.page, "away")
    async with calling_for_a_person(phone_line) as call:
        await first.answer()
        await until_heard(call, hears_tone(AGENT_HZ))
        await first.kill()
        lost = time.monotonic()
        await until_words(call, "interrupted", since=lost)
        await until_heard(call, hears_music)
        await _be(second.page, "available")
        await second.answer()
        await until_heard(call, hears_tone(AGENT_HZ))
        await second.button("End call").click()
        await call.wait_for_end(within_s=PATIENCE_S)
    await second.resolve()


async def test_a_call_goes_to_a_colleague_and_then_outside(
    phone_line: PhoneLine, open_desk: OpensDesk
) -> None:
    first, second = await open_desk("agent1"), await open_desk("agent2")
    await _be(second.page, "away")
    async with calling_for_a_person(phone_line) as call:
        await first.answer()
        await _be(second.page, "available")
        await first.page.keyboard.press("Escape")
        await first.page.keyboard.press("t")
        dialog = first.page.get_by_role("dialog")
        await dialog.get_by_text("Ben Costa").click()
        await dialog.get_by_role("button", name="Transfer", exact=True).click()
        await expect(first.strip).to_have_count(0)
        await until_heard(call, hears_music)
        await second.answer()
        await until_heard(call, hears_tone(AGENT_HZ))

        call.sip.refer_outcome = "486 Busy Here"
        await _pass_on(second, "+47 22 85 00 01")
        why = "+4722850001\u2069 could not be reached: busy"
        await expect(second.page.locator(".toast.error")).to_contain_text(why)
        await expect(second.transcript).to_contain_text(why)
        await until_heard(call, hears_tone(AGENT_HZ))
        call.sip.refer_outcome = "200 OK"
        await _pass_on(second, "+47 22 85 00 02")
        await call.wait_for_end(within_s=PATIENCE_S)
        assert ["+4722850002" in referral.target for referral in call.referrals] == [False, True]
    await expect(second.transcript).to_contain_text("Passed on to \u2068+4722850002")
    await second.resolve()


async def test_a_customer_calls_from_the_shop_s_page(
    phone_line: PhoneLine, open_page: Opens, microphones: Microphones
) -> None:
    page = await open_page(phone_line.bot.url, microphones.silent)
    await page.locator("#firstline > button").click()
    await page.get_by_role("button", name="Call us").click()
    card = page.get_by_role("region", name="Phone call")
    await expect(card.get_by_role("status")).to_have_text("Connected")
    assert await page.locator("firstline-call audio").evaluate(HEARD_HZ) > 0
    await card.get_by_role("button", name="Keypad").click()
    await card.get_by_role("button", name="0").click()
    await eventually(lambda: bool(phone_line.conversations()))
    conversation = phone_line.conversations()[-1]
    await eventually(
        lambda: "escalation_requested" in [type_ for type_, _ in phone_line.events(conversation)]
    )
    await card.get_by_role("button", name="Hang up").click()
    await expect(card.get_by_role("status")).to_have_text("The call has ended")
    await eventually(lambda: "call_ended" in [type_ for type_, _ in phone_line.events(conversation)])


async def _pass_on(desk: Desk, number: str) -> None:
    await desk.page.get_by_role("button", name="Transfer").click()
    dialog = desk.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Outside number").click()
    await dialog.get_by_label("Telephone number or SIP address").fill(number)
    await desk.page.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)

"""``firstline shell``: talk to the bot in the terminal."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.channels.access_keys import new_conversation_id
from bot.channels.customer import Said
from bot.errors import FirstlineError
from bot.events import ActionExecuted, BotUttered, Event, UserUttered
from bot.front_line import FrontLine, open_front_line
from bot.settings import Settings

HELP = "Write to the bot; a number presses a button. /restart begins anew, /debug explains, /quit ends."


async def talk(settings: Settings, console: Console) -> None:
    """Read lines until the end of input; the conversation is kept in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        own = settings.model_copy(update={"data_dir": Path(folder), "database_url": None, "redis_url": None})
        console.print("Starting ...")
        async with open_front_line(own) as line:
            console.print(HELP, markup=False)
            await _Talk(line, console).run()


class _Talk:
    def __init__(self, line: FrontLine, console: Console) -> None:
        self._line = line
        self._console = console
        self._conversation_id = new_conversation_id()
        self._payloads: list[str] = []
        self._debug = False

    async def run(self) -> None:
        while True:
            match await self._read():
                case None | "/quit" | "/stop":
                    return
                case "/restart":
                    self._conversation_id = new_conversation_id()
                case "/debug":
                    self._debug = not self._debug
                case "":
                    continue
                case text:
                    await self._say(text)

    async def _read(self) -> str | None:
        """The next line, None at the end of input; Ctrl-C ends the wait for it at once."""
        loop = asyncio.get_running_loop()
        line: asyncio.Future[str | None] = loop.create_future()

        def read() -> None:
            try:
                text = self._console.input("[bold]you[/bold]  ").strip()
            except (EOFError, ValueError):
                text = None
            loop.call_soon_threadsafe(lambda: None if line.done() else line.set_result(text))

        # Not in the event loop's pool, whose threads the process waits for when it ends.
        threading.Thread(target=read, name="shell", daemon=True).start()
        return await line

    async def _say(self, text: str) -> None:
        if text.isdigit() and 1 <= int(text) <= len(self._payloads):
            text = self._payloads[int(text) - 1]
        try:
            turn = await self._line.customers.say(
                Said(conversation_id=self._conversation_id, text=text, channel="shell")
            )
        except FirstlineError as error:
            self._console.print(str(error), markup=False)
            return
        self._payloads = []
        if self._debug:
            conversation = await self._line.conversations.get(self._conversation_id)
            self._explain(conversation.event(turn.sequence))
        for _, event in turn.events:
            self._show(event)

    def _show(self, event: Event) -> None:
        match event:
            case BotUttered():
                said = Text.assemble(("bot", "bold cyan"), f"  {event.text or ''}")
                self._console.print(said, soft_wrap=True)
                for button in event.buttons:
                    self._payloads.append(button.payload)
                    self._console.print(f"     {len(self._payloads)}: {button.title}", markup=False)
                if event.image:
                    self._console.print(f"     {event.image}", markup=False)
            case ActionExecuted() if self._debug:
                why = f"{event.policy or 'engine'}: {event.because or ''}"
                self._console.print(f"     {event.action}  ({why})", style="dim", markup=False)

    def _explain(self, event: Event) -> None:
        if not isinstance(event, UserUttered) or event.parse is None:
            return
        intent = event.parse.intent
        if intent is not None:
            self._console.print(f"     {intent.name} {intent.confidence:.2f}", style="dim", markup=False)
        for entity in event.parse.entities:
            self._console.print(f"     {entity.entity} = {entity.value}", style="dim", markup=False)

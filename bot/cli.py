"""The command ``firstline``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated, Any, ParamSpec, TypeVar

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console

from bot import __version__, logs
from bot.errors import FirstlineError
from bot.handoff.accounts import Accounts
from bot.handoff.cli import user_app
from bot.settings import Settings
from bot.toml_settings import TomlSettings
from models.cli import app as models_app
from voice_gateway.errors import VoiceError
from voice_gateway.settings import RecordingSection
from voice_gateway.settings import Settings as VoiceSettings

app = typer.Typer(
    name="firstline",
    help="The AI front line for contact centres.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
console = Console(stderr=True, highlight=False)

Project = Annotated[
    Path | None, typer.Option("--project", help="Directory of a Rasa project; the default bot if not given.")
]


P = ParamSpec("P")
R = TypeVar("R")


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Have a command end with the mend, not with a traceback, when something is the user's to mend."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (FirstlineError, VoiceError) as error:
            console.print(error.message, style="red", markup=False, soft_wrap=True)
            if error.hint:
                console.print(f"  {error.hint}", markup=False, soft_wrap=True)
            raise typer.Exit(1) from error

    return wrapped


S = TypeVar("S", bound=TomlSettings)


def settings_of(**options: Any) -> Settings:
    """The bot's settings, with the options that were given on the command line."""
    return _settings(Settings, options)


def _settings(kind: type[S], options: Mapping[str, Any]) -> S:
    try:
        return kind(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(part for part in first["loc"] if isinstance(part, str))
        prefix = kind.model_config.get("env_prefix", "")
        raise FirstlineError(
            f"The setting {name} is wrong: {first['msg']}.",
            code="settings.invalid",
            hint=f"see {prefix}{name.upper().replace('.', '__')}, firstline.toml and the options",
        ) from error
    except SettingsError as error:
        raise FirstlineError(
            f"A setting cannot be read: {error}.",
            code="settings.invalid",
            hint="lists are written as JSON: FIRSTLINE_ALLOWED_ORIGINS='[\"https://shop.example\"]'",
        ) from error
    except TOMLDecodeError as error:
        raise FirstlineError(f"firstline.toml: {error}.", code="settings.invalid") from error


@app.command()
@told
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the pages and the API.")] = None,
    project: Project = None,
    model: Annotated[Path | None, typer.Option(help="A trained model; the newest if not given.")] = None,
    demo: Annotated[bool | None, typer.Option("--demo", help="With demo data and public logins.")] = None,
) -> None:
    """Serve the bot, the widget, the desk and the API."""
    settings = settings_of(host=host, port=port, project=project, model=model, demo=demo)
    logs.configure(settings.log_level, settings.log_format)
    # Importing what understands language takes seconds; other commands should not.
    from bot.commands.memory import return_freed_memory

    return_freed_memory()
    from bot.commands.serve import run

    run(settings, console)


@app.command()
@told
def voice(
    host: Annotated[str | None, typer.Option(help="Address to listen on, for every transport.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of HTTP.")] = None,
    bot_url: Annotated[str | None, typer.Option(help="Where the bot is.")] = None,
) -> None:
    """Carry phone calls: SIP, WebRTC and media streams, for a bot that `serve` runs."""
    from bot.commands.voice import run

    settings = _settings(VoiceSettings, {"host": host, "port": port, "bot_url": bot_url})
    logs.configure(settings.log_level, settings.log_format)
    run(settings, console)


@app.command()
@told
def up(
    host: Annotated[str | None, typer.Option(help="Address of the pages and the API.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the pages and the API.")] = None,
    project: Project = None,
    demo: Annotated[bool | None, typer.Option("--demo", help="With demo data and public logins.")] = None,
) -> None:
    """Run both: the chat front line of `serve` and the phone line of `voice`."""
    from bot.commands.up import run

    given = {"FIRSTLINE_HOST": host, "FIRSTLINE_PORT": port, "FIRSTLINE_PROJECT": project}
    environment = {name: str(value) for name, value in given.items() if value is not None}
    raise typer.Exit(run(["--demo"] if demo else [], environment=environment, console=console))


@app.command()
@told
def train(project: Project = None) -> None:
    """Train language understanding on a project's examples."""
    from bot.commands.train import train_project

    train_project(settings_of(project=project), console)


@app.command("test")
@told
def measure(
    project: Project = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Run a project's test stories, and measure understanding on utterances that training never saw."""
    from bot.commands.test import test_project

    logs.configure("warning")
    if not asyncio.run(test_project(settings_of(project=project), console, as_json=as_json)):
        raise typer.Exit(1)


@app.command()
@told
def shell(project: Project = None) -> None:
    """Talk to the bot in the terminal, with demo data in a database of its own."""
    from bot.commands.shell import talk

    logs.configure("warning")
    asyncio.run(talk(settings_of(project=project, demo=True), console))


@app.command()
@told
def demo() -> None:
    """Put the demo's customers, orders and agents into the database, or back to their beginning."""
    from bot.commands.demo import seed

    asyncio.run(seed(settings_of(), console))


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


@asynccontextmanager
async def _accounts() -> AsyncIterator[Accounts]:
    from bot.front_line import open_accounts, open_agents, open_database

    settings = settings_of()
    logs.configure("warning")
    async with open_database(settings) as database:
        yield open_accounts(database, settings, open_agents(database, settings))


def _recordings() -> RecordingSection:
    return _settings(VoiceSettings, {}).recording


recording_app = typer.Typer(help="Recordings of calls, where they are switched on.", no_args_is_help=True)


@recording_app.command("list")
@told
def list_recordings(
    conversation: Annotated[str | None, typer.Option(help="Those of one conversation only.")] = None,
) -> None:
    """List each side of each recorded call: when, how long, and for how long it is kept."""
    from bot.commands.recording import show

    show(_recordings(), conversation=conversation)


@recording_app.command("decrypt")
@told
def decrypt_recordings(
    what: Annotated[str, typer.Argument(help="A conversation's id, or as in the list; or a file.")],
    to: Annotated[Path, typer.Option(help="Folder for the WAV files.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Overwrite WAV files that are there.")] = False,
) -> None:
    """Make WAV files of recordings, with the key of the settings."""
    from bot.commands.recording import decrypt_to

    if not decrypt_to(to, what, _recordings(), console, force=force):
        raise typer.Exit(1)


@recording_app.command("erase")
@told
def erase_recordings(
    conversation: Annotated[str, typer.Argument(help="A conversation's id, or as in the list.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete what was recorded of a conversation."""
    from bot.commands.recording import erase

    erase(_recordings(), conversation, sure=(lambda question: True) if yes else typer.confirm)


app.add_typer(recording_app, name="recording")
app.add_typer(user_app(_accounts), name="user")
app.add_typer(models_app, name="models")

if __name__ == "__main__":
    app()

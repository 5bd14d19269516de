"""``firstline models``: list, fetch and verify models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from models import manifest, store
from models.errors import ModelError
from models.fetch import fetch as fetch_models
from models.fetch import verify as verify_models
from models.progress import reporting
from models.sources import KINDS, Choice

app = typer.Typer(no_args_is_help=True, help="List, fetch and verify the models that Firstline uses.")

Names = Annotated[list[str] | None, typer.Argument(help="Names from `firstline models list`.")]
Group = Annotated[str | None, typer.Option(help="All models of a group: chat, voice or extra.")]
All = Annotated[bool, typer.Option("--all", help="Every model of the manifest.")]
Offline = Annotated[
    Path | None,
    typer.Option(
        envvar="FIRSTLINE_MODELS_OFFLINE",
        exists=True,
        file_okay=False,
        help="Use only this folder of mirrors, and no network.",
    ),
]
Sources = Annotated[
    str | None,
    typer.Option(
        envvar="FIRSTLINE_MODELS_SOURCES", help=f"Kinds of sources in order, with commas: {', '.join(KINDS)}."
    ),
]
HubAddress = Annotated[
    str | None,
    typer.Option(
        envvar="FIRSTLINE_MODELS_HUB", help="Another hub: an address with {repository}, {revision}, {path}."
    ),
]


@app.command("list")
def list_models() -> None:
    """Show every model, its licence, size and group, and whether it is here."""
    table = Table("model", "what", "licence", "languages", "MB", "group", "here", box=None)
    table.columns[0].no_wrap = True
    table.columns[4].justify = "right"
    for model in _loaded().model:
        table.add_row(
            model.name,
            model.title,
            model.licence,
            " ".join(model.languages),
            f"{model.size / 1e6:.0f}",
            model.group,
            "yes" if store.is_complete(model) else "no",
        )
    Console().print(table)


@app.command()
def fetch(
    names: Names = None,
    group: Group = None,
    every: All = False,
    offline: Offline = None,
    sources: Sources = None,
    hub: HubAddress = None,
) -> None:
    """Fetch models and check their hashes; without names, those that the chat front line needs."""
    with _errors_told():
        wanted = _wanted(names, group, every)
        choice = Choice(offline=offline, kinds=_kinds(sources), hub=hub)
        with reporting() as report:
            fetch_models(wanted, choice=choice, report=report)


@app.command()
def verify(names: Names = None) -> None:
    """Hash the files of models; without names, of all that are here. Fails where one is not right."""
    with _errors_told():
        here = [model.name for model in manifest.load().model if store.is_complete(model)]
        faulty = verify_models(names or here)
    for name, paths in faulty.items():
        typer.echo(f"{name}: {'ok' if not paths else 'not right: ' + ', '.join(paths)}")
    broken = [name for name, paths in faulty.items() if paths]
    if broken:
        typer.echo(f"Mend with: firstline models fetch {' '.join(broken)}", err=True)
        raise typer.Exit(1)


def _wanted(names: list[str] | None, group: str | None, every: bool) -> list[str]:
    known = _loaded()
    if every:
        return list(known.names)
    chosen = list(names or [])
    if group is not None:
        members = [model.name for model in known.group(group)]
        if not members:
            raise typer.BadParameter(f"there is no group {group!r}: chat, voice and extra are known")
        chosen += members
    return chosen or [model.name for model in known.default]


def _kinds(sources: str | None) -> tuple[str, ...] | None:
    if sources is None:
        return None
    kinds = tuple(kind.strip() for kind in sources.split(",") if kind.strip())
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise typer.BadParameter(f"unknown kind of source {unknown[0]!r}: {', '.join(KINDS)} are known")
    return kinds


def _loaded() -> manifest.Manifest:
    with _errors_told():
        return manifest.load()


@contextmanager
def _errors_told() -> Iterator[None]:
    """Print an error of models as one message, and exit with 1."""
    try:
        yield
    except ModelError as error:
        typer.echo(f"Error: {error.message}", err=True)
        if error.hint:
            typer.echo(f"Mend: {error.hint}", err=True)
        raise typer.Exit(1) from error

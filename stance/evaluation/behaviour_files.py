"""A YAML file as nodes that know their lines: checked mappings, lists and texts. Knows no templates.

Scalars stay the texts they are written as: ``no``, ``1,200`` and ``12`` are not turned into other types.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from stance.errors import DataError

Node = yaml.Node


@dataclass(frozen=True, slots=True)
class YamlFile:
    """One file; every method raises DataError with file:line when a node is not what was asked for."""

    path: Path

    def root(self) -> Node:
        """Return the root node; DataError when the file cannot be read, is not YAML or holds nothing."""
        try:
            root = yaml.compose(self.path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{self.path}: cannot read the file: {error}") from error
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f":{mark.line + 1}" if mark else ""
            problem = getattr(error, "problem", None) or error
            raise DataError(f"{self.path}{line}: not YAML ({problem})") from error
        if root is None:
            raise self.error(None, "an empty file; needed a mapping")
        return root

    def mapping(
        self, node: Node, what: str, known: Sequence[str] | None, *, needed: Sequence[str] = ()
    ) -> dict[str, Node]:
        """Return the values of a mapping by key; keys outside ``known`` (None: any) are refused."""
        if not isinstance(node, yaml.MappingNode):
            raise self.error(node, f"{what} is not a mapping; needed 'key: value' lines")
        values: dict[str, Node] = {}
        for key, value in node.value:
            name = self.text(key)
            if known is not None and name not in known:
                raise self.error(key, f"unknown key {name!r} in {what}; known here: {', '.join(known)}")
            if name in values:
                raise self.error(key, f"the key {name!r} stands twice in {what}")
            values[name] = value
        for name in needed:
            if name not in values:
                raise self.error(node, f"{what} without {name!r}; needed: {', '.join(needed)}")
        return values

    def sequence(self, node: Node, what: str) -> list[Node]:
        """Return the items of a list that is not empty."""
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise self.error(node, f"{what} is not a list with entries; needed one")
        return list(node.value)

    def text(self, node: Node) -> str:
        """Return a text that is not empty, as written."""
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            raise self.error(node, "an empty value, a list or a mapping; needed a text")
        return str(node.value).strip()

    def is_text(self, node: Node) -> bool:
        """Return whether the node is a single value."""
        return isinstance(node, yaml.ScalarNode)

    def choice(self, node: Node, what: str, known: Sequence[str]) -> str:
        """Return a text that is one of ``known``."""
        text = self.text(node)
        if text not in known:
            raise self.error(node, f"unknown {what} {text!r}; known: {', '.join(known)}")
        return text

    def count(self, node: Node, what: str) -> int:
        """Return a whole number of at least 1."""
        text = self.text(node)
        if not (text.isascii() and text.isdigit() and int(text)):
            raise self.error(node, f"{what} is {text!r}; needed a whole number of at least 1")
        return int(text)

    def error(self, node: Node | None, message: str) -> DataError:
        """Return the error for a place in the file."""
        line = node.start_mark.line + 1 if node is not None else 1
        return DataError(f"{self.path}:{line}: {message}")

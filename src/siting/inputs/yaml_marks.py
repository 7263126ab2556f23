"""YAML with line numbers: plain values, the line of each path, and the traps of YAML 1.1.

PyYAML keeps the last of two equal keys, reads `no` as false, `12:30` as 750 and `010` as 8,
all in silence. Here each of them is a problem that names its line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from siting.errors import InputError, Problem
from siting.inputs.limits import most_text, too_large
from siting.language import cut, has_unseen, tr

_LONGEST_NUMBER = 300
YamlPath = tuple[str | int, ...]

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BOOL, _INT, _FLOAT, _NULL = (
    f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float", "null")
)


@dataclass(frozen=True)
class MarkedYaml:
    """A YAML file as plain values, with the line of everything in it.

    Attributes:
        name: Of the file, as messages show it.
        value: Nested dicts, lists and scalars; dates stay text.
        lines: Line (first is 1) of each path; a key's line for a mapping entry.
        overridden: Paths that were set from outside the file and have no line.
    """

    name: str
    value: object
    lines: Mapping[YamlPath, int] = field(default_factory=dict)
    overridden: frozenset[YamlPath] = frozenset()

    def where(self, path: YamlPath) -> str:
        """Names a path with its line, e.g. `instance.yaml:12 walking.speed`."""
        dotted = ".".join(str(part) for part in path)
        if any(path[:depth] in self.overridden for depth in range(1, len(path) + 1)):
            return tr("override {path}", path=dotted)
        line = self._line(path)
        return f"{self.name}{f':{line}' if line else ''} {dotted}".rstrip()

    def _line(self, path: YamlPath) -> int | None:
        """The line of the path or of what holds it; none for what the root lacks."""
        depths = range(len(path), 0, -1)
        return next((self.lines[path[:d]] for d in depths if path[:d] in self.lines), None)


class _Walk:
    """One pass over composed nodes, collecting lines and problems."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[YamlPath, int] = {}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def where(self, node: yaml.Node, path: YamlPath) -> str:
        dotted = ".".join(str(part) for part in path)
        return f"{self.name}:{node.start_mark.line + 1} {dotted}".rstrip()

    def value(self, node: yaml.Node, path: YamlPath) -> object:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._seen:
            self._refuse_alias(node, path)
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, i)) for i, child in enumerate(node.value)]
        return dict(self._entries(node, path))

    def _entries(self, node: yaml.Node, path: YamlPath) -> Iterator[tuple[str, object]]:
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if has_unseen(key):
                self._refuse_text(key_node, path)
                continue
            line = key_node.start_mark.line + 1
            if key in first:
                self._refuse_duplicate(key_node, (*path, key), first[key])
                continue
            first[key] = line
            self.lines[(*path, key)] = line
            yield key, self.value(value_node, (*path, key))

    def _scalar(self, node: yaml.ScalarNode, path: YamlPath) -> object:
        text = str(node.value)
        if has_unseen(text) or (len(text) > _LONGEST_NUMBER and node.tag == _INT):
            self._refuse_text(node, path)
            return None
        try:
            read_as = _trap(node) if not node.style else None
            if read_as is not None:
                self._refuse_trap(node, path, read_as)
                return text
            return _plain(node)
        except (LookupError, ValueError):  # of a tag that stands before another value
            self._refuse_tag(node, path)
            return None

    def _refuse_text(self, node: yaml.Node, path: YamlPath) -> None:
        text = str(node.value)
        found = tr("a number of {count:,} digits", count=len(text))
        if has_unseen(text):
            found = tr("characters that cannot be seen, in '{text}'", text=cut(text, 80))
        self.problems.append(
            Problem(
                code="odd-text",
                where=self.where(node, path),
                found=found,
                expected=tr("plain text, or a number that can be written down"),
                mend=tr("Type this value anew."),
            )
        )

    def _refuse_tag(self, node: yaml.Node, path: YamlPath) -> None:
        self.problems.append(
            Problem(
                code="yaml-tag",
                where=self.where(node, path),
                found=tr(
                    "'{value}' with the tag !!{tag}",
                    value=cut(node.value, 80),
                    tag=node.tag.rpartition(":")[2],
                ),
                expected=tr("a value without a tag"),
                mend=tr("Delete the tag."),
            )
        )

    def _refuse_trap(self, node: yaml.Node, path: YamlPath, read_as: str) -> None:
        self.problems.append(
            Problem(
                code="yaml-trap",
                where=self.where(node, path),
                found=tr(
                    "'{value}' without quotes, which YAML reads as {read_as}",
                    value=node.value,
                    read_as=read_as,
                ),
                expected=tr("a value that means the same to people and to YAML"),
                mend=tr('Write "{value}" in quotes if the text is meant.', value=node.value),
            )
        )

    def _refuse_duplicate(self, node: yaml.Node, path: YamlPath, first: int) -> None:
        self.problems.append(
            Problem(
                code="duplicate-key",
                where=self.where(node, path),
                found=tr(
                    "the key '{key}' a second time, first in line {line}", key=path[-1], line=first
                ),
                expected=tr("each key once"),
                mend=tr(
                    "Delete line {first} or line {second}.",
                    first=first,
                    second=node.start_mark.line + 1,
                ),
            )
        )

    def _refuse_alias(self, node: yaml.Node, path: YamlPath) -> None:
        dotted = ".".join(str(part) for part in path)
        self.problems.append(
            Problem(
                code="yaml-alias",
                where=f"{self.name} {dotted}",
                found=tr(
                    "an alias (*) of what stands in line {line}", line=node.start_mark.line + 1
                ),
                expected=tr("values that are written out"),
                mend=tr("Write the value again instead of the alias."),
            )
        )


def _trap(node: yaml.ScalarNode) -> str | None:
    """What YAML 1.1 would make of a plain scalar that people read differently."""
    tag, text = node.tag, str(node.value)
    if tag == _BOOL and text.lower() not in ("true", "false"):
        return str(_plain(node)).lower()
    if tag in (_INT, _FLOAT) and (":" in text or _is_octal(tag, text)):
        return tr("the number {number}", number=_plain(node))
    return None


def _is_octal(tag: str, text: str) -> bool:
    digits = text.lstrip("+-")
    return tag == _INT and len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()


def _plain(node: yaml.ScalarNode) -> object:
    """The value of one scalar, made of its text alone.

    Raises:
        KeyError: It is said to be true or false and is neither.
        ValueError: It is said to be a number and is none.
    """
    reads = {
        _INT: "construct_yaml_int",
        _FLOAT: "construct_yaml_float",
        _BOOL: "construct_yaml_bool",
    }
    if node.tag in reads:
        return getattr(yaml.constructor.SafeConstructor(), reads[node.tag])(node)
    return None if node.tag == _NULL else node.value


def read_marked(text: str, name: str) -> tuple[MarkedYaml, tuple[Problem, ...]]:
    """Reads YAML text into plain values with lines.

    Args:
        text: The whole file.
        name: What messages call the file.

    Returns:
        The values (an empty mapping where the text is no YAML) and every problem of its form.

    Raises:
        InputError: The text is longer than may be held in memory.
    """
    if len(text) > most_text():
        raise InputError([too_large(name, most_text())])
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        return MarkedYaml(name, {}), (_syntax_problem(error, name),)
    walk = _Walk(name)
    value = {} if node is None else walk.value(node, ())
    return MarkedYaml(name, value, walk.lines), tuple(walk.problems)


def _syntax_problem(error: yaml.YAMLError, name: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line = f":{mark.line + 1}" if mark else ""
    return Problem(
        code="yaml-syntax",
        where=f"{name}{line}",
        found=tr("text that is not YAML ({why})", why=getattr(error, "problem", None) or error),
        expected=tr("lines like 'key: value', indented with spaces"),
        mend=tr("Correct this line or the one before: often a colon, quote or bracket is missing."),
    )

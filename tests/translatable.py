"""What there is to translate: literals in the code, descriptions of schemas, texts of commands."""

from __future__ import annotations

import ast
import inspect
import re
import string
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polib
import typer
from pydantic import BaseModel

from siting.blocks import BLOCKS
from siting.cli.app import app
from siting.inputs import layouts, schemas
from siting.model import model_spec

SOURCE = Path(__file__).parents[1] / "src" / "siting"
LOCALES = SOURCE / "locales" / "zh"
# The functions that take a text to translate, and where it stands among their arguments.
TAKERS = {"tr": 0, "phrase": 0, "counted": 1, "plural": 1, "shorten": 1}

# Three words of Latin letters in a row are a sentence; names and codes are shorter.
ENGLISH = re.compile(r"[A-Za-z']{2,}(?: [A-Za-z']{2,}){2,}")
# What data, other programs and standards say is theirs: quoted, in brackets, or after an equals.
FOREIGN = re.compile(r"“[^”]*”|\([^)]*\)|（[^）]*）|\{[^}]*\}|--set \S+")


@dataclass(frozen=True)
class Message:
    """One text, where it is said, and whether its braces are fields."""

    text: str
    file: str
    place: str
    formatted: bool = False


def english_in(text: str) -> list[str]:
    """The English sentences that a Chinese text still has."""
    return ENGLISH.findall(FOREIGN.sub("", text))


def fields_of(text: str) -> set[str]:
    """The `{fields}` of a format string."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def said() -> Iterator[tuple[str, ast.Call, ast.expr, str]]:
    """What every taker is given: its name, its call, the text and the file."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                at = TAKERS.get(node.func.id, len(node.args))
                if at < len(node.args):
                    file = path.relative_to(SOURCE).as_posix()
                    yield node.func.id, node, node.args[at], file


def in_code() -> Iterator[Message]:
    """The literals that are translated where they stand or later."""
    for taker, call, text, file in said():
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            # What a phrase is used for is not known here: its braces are fields if they can be.
            formatted = bool(call.keywords) if taker == "tr" else _may_be_formatted(text.value)
            yield Message(text.value, file, f"line {call.lineno}", formatted)


def not_literal() -> Iterator[str]:
    """Places where a text is put together before it is translated, so that no entry can match."""
    for _, call, text, file in said():
        # Of two literals, one of which is taken, the scan would see neither.
        choice = isinstance(text, ast.IfExp) and any(
            isinstance(part, ast.Constant) for part in (text.body, text.orelse)
        )
        if choice or isinstance(text, ast.JoinedStr | ast.BinOp):
            yield f"{file}:{call.lineno}"


def _may_be_formatted(text: str) -> bool:
    try:
        return all(name.isidentifier() for name in fields_of(text))
    except ValueError:
        return False


def described() -> Iterator[Message]:
    """What messages say that a key or a column should be."""
    modules = [schemas, model_spec, *(sys.modules[kind.__module__] for kind in BLOCKS.values())]
    kinds = [kind for module in modules for kind in vars(module).values()]
    for kind in dict.fromkeys(kind for kind in kinds if inspect.isclass(kind)):
        if issubclass(kind, BaseModel):
            for name, info in kind.model_fields.items():
                yield Message(info.description or "", "schemas", f"{kind.__name__}.{name}")
    for layout in vars(layouts).values():
        if isinstance(layout, layouts.Layout):
            for column in layout.columns:
                yield Message(column.meaning, "layouts", f"{layout.role}.{column.name}")


def of_commands(command: Any = None, words: str = "siting") -> Iterator[Message]:
    """Help of every command and of its options."""
    command = command or typer.main.get_command(app)
    yield Message(inspect.cleandoc(command.help or ""), "commands", words)
    for parameter in command.params:
        help_text = getattr(parameter, "help", None) or ""
        yield Message(help_text, "commands", f"{words} {parameter.name}")
    for name, child in getattr(command, "commands", {}).items():
        yield from of_commands(child, f"{words} {name}")


def every_message() -> list[Message]:
    return [m for m in (*in_code(), *described(), *of_commands()) if m.text]


MARKED = {message.text for message in in_code()}


def entries() -> list[tuple[str, polib.POEntry]]:
    """Every entry of the translations, with its file."""
    files = sorted(LOCALES.glob("*.po"))
    return [(file.name, entry) for file in files for entry in polib.pofile(str(file))]

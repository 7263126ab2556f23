"""Help and usage errors in the language in use; Typer itself speaks English only.

The commands hold English texts. Here a command is given a formatter that translates what it is
given to write, and that counts the columns of Chinese characters.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from siting.language import cells, joined, language, padded, phrase, tr

_EXTRA = re.compile(
    r"^(?P<text>.*?)\s*\\?\[(?P<extra>(?:default: |required|x[<>]|[\d.]+<).*)\]$", re.DOTALL
)
# A word, or one Chinese character with the punctuation that may not begin a line.
_CLOSING = "。、”\uff0c\uff1b\uff1a\uff09\uff01\uff1f"
_OPENING = "“\uff08"
_PIECES = re.compile(rf"[!-~]+[{_CLOSING}]*|[^!-~\s][{_CLOSING}]*|\s+")
_USAGE = (
    phrase("Missing argument {name}."),
    phrase("Missing option {name}."),
    phrase("Missing command."),
    phrase("No such command {name}."),
    phrase("No such option: {name} (Possible options: {others})"),
    phrase("No such option: {name}"),
    phrase("Option {name} requires an argument."),
    phrase("Option {name} does not take a value."),
    phrase("Got unexpected extra argument(s) ({names})"),
    phrase("Got unexpected extra argument ({names})"),
    phrase("Got unexpected extra arguments ({names})"),
    phrase("Invalid value for {name}: {why}"),
    phrase("{value} is not in the range {range}."),
    phrase("{value} is not a valid integer."),
    phrase("{value} is not a valid int."),
    phrase("{value} is not a valid float."),
    phrase("Input should be greater than or equal to {limit}"),
    phrase("Input should be less than or equal to {limit}"),
    phrase("Input should be a valid integer, unable to parse string as an integer"),
    phrase("Input should be a valid number, unable to parse string as a number"),
)
# What Typer writes by itself: translated where it is written, marked here.
_HEADINGS = (phrase("Usage: "), phrase("Arguments"), phrase("Options"), phrase("Commands"))
_BUILT_IN = (
    phrase("Show this message and exit."),
    phrase("Install completion for the current shell."),
    phrase("Show completion for the current shell, to copy it or customize the installation."),
    phrase("required"),
)
# Of Typer's own copy of Click or of Click itself, depending on the version.
USAGE_ERROR: type[Exception] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)


def translate_help(command: Any) -> None:  # noqa: ANN401 - Typer carries its own copy of Click
    """Makes a command and all below it write their help in the language in use."""
    base = command.context_class
    command.context_class = type(base.__name__, (base,), {"formatter_class": _formatter(base)})
    if command.help:
        command.short_help = first_sentence(tr(inspect.cleandoc(command.help)))
    for child in getattr(command, "commands", {}).values():
        translate_help(child)


def first_sentence(text: str) -> str:
    """What the list of commands says of one."""
    return re.split(r"(?<=。)|\n\n", text)[0].replace("\n", " ").rstrip("。")


def show_usage_error(error: Any) -> None:  # noqa: ANN401 - Typer carries its own copy of Click
    """Says what is wrong with a command line, with its usage and where help is."""
    if language() == "en" or type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return
    context = getattr(error, "ctx", None)
    if context is not None:
        form = phrase("Try '{command} {option}' for help.")
        hint = tr(form, command=context.command_path, option=context.help_option_names[0])
        typer.echo(f"{context.get_usage()}\n{hint}\n", err=True)
    typer.echo(tr("error: {error}", error=usage_message(error.format_message())), err=True)


def usage_message(message: str) -> str:
    """One of Typer's own messages, translated if it is known."""
    for template in _USAGE:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(template))
        if match := re.fullmatch(pattern, message, re.DOTALL):
            fields = {
                name: joined(usage_message(text).split(", "))
                for name, text in match.groupdict().items()
            }
            return tr(template, **fields) if fields else tr(template)
    return message


def wrapped(text: str, width: int) -> Iterator[str]:
    """Lines of at most so many columns, broken at spaces and between Chinese characters."""
    line = ""
    for piece in _pieces(text):
        if line and cells(line + piece.rstrip()) > width:
            yield line.rstrip()
            line = piece.lstrip()
        else:
            line += piece
    if line.strip():
        yield line.rstrip()


def _pieces(text: str) -> Iterator[str]:
    """What a line may be made of, an opening bracket together with what follows."""
    held = ""
    for piece in _PIECES.findall(text):
        if piece in _OPENING:
            held += piece
        else:
            yield held + piece
            held = ""
    if held:
        yield held


def _formatter(context_class: Any) -> type:  # noqa: ANN401
    """Click's formatter with Chinese words and widths."""
    base: Any = context_class.formatter_class

    class Formatter(base):  # type: ignore[misc]
        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            super().write_usage(prog, args, tr(prefix or "Usage: "))

        def write_heading(self, heading: str) -> None:
            self.write(f"{'':>{self.current_indent}}{tr('{title}:', title=tr(heading))}\n")

        def write_text(self, text: str) -> None:
            indent = " " * self.current_indent
            paragraphs = tr(text).split("\n\n")
            for number, paragraph in enumerate(paragraphs):
                self.write("\n" if number else "")
                for line in wrapped(paragraph.replace("\n", " "), self.width - len(indent)):
                    self.write(f"{indent}{line}\n")

        def write_dl(
            self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
        ) -> None:
            first = min(max(cells(name) for name, _ in rows), col_max) + col_spacing
            indent = " " * self.current_indent
            for name, text in rows:
                lines = list(wrapped(_row_text(text), max(self.width - first - 2, 10)))
                # A name too wide for its column has a line of its own.
                own = not lines or cells(name) > first - col_spacing
                left = ["" if own else name, *[""] * len(lines)]
                self.write(f"{indent}{name}\n" if own else "")
                for part, line in zip(left, lines, strict=False):
                    self.write(f"{indent}{padded(part, first)}{line}\n")

    return Formatter


def _row_text(text: str) -> str:
    """What stands beside an option: its help, and in brackets its default or that it must be."""
    match = _EXTRA.match(text)
    if match is None:
        return tr(text)
    parts = tr("; ").join(map(_extra, match["extra"].split("; ")))
    return f"{tr(match['text'])} [{parts}]".strip()


def _extra(part: str) -> str:
    default = part.removeprefix("default: ")
    return tr("default: {value}", value=default) if default != part else tr(part)

"""What only POSIX has stands behind a guard, and no text depends on a code page."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from test_structure import MODULES, name_of, parsed

# Modules that Windows lacks, and names of modules that it has without them.
MODULES_OF_POSIX = {"fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"}
NAMES_OF_POSIX = {
    "os": {
        *("chown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getloadavg", "getpgid"),
        *("getuid", "killpg", "mkfifo", "nice", "sched_getaffinity", "setpgid", "setsid", "uname"),
        *("O_CLOEXEC", "O_DIRECTORY", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK", "wait", "WNOHANG"),
    },
    "signal": {"SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGUSR1", "alarm", "pause"},
    "socket": {"AF_UNIX", "SO_REUSEPORT"},
    "time": {"tzset"},
}
# What Windows has and other systems lack is asked for in the same way.
NAMES_OF_WINDOWS = {"subprocess": {"CREATE_NEW_PROCESS_GROUP", "STARTUPINFO"}}
# Owners of methods `open` that open no text.
OTHERS = {"board", "file", "os", "rasterio", "webbrowser", "zipfile"}
# Where among the arguments the encoding of methods of paths stands.
ENCODINGS = {"read_text": 0, "write_text": 1}
# Methods and functions that read or write text, and where among the arguments their mode stands.
TEXTS = {"read_text": None, "write_text": None, "open": 0}


def foreign_imports(tree: ast.Module) -> Iterator[str]:
    """Modules of POSIX that are imported where nothing catches that there are none."""
    guarded = {node for guard in ast.walk(tree) if _is_guard(guard) for node in ast.walk(guard)}
    for node in ast.walk(tree):
        if node in guarded or not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (name for name in names if name.partition(".")[0] in MODULES_OF_POSIX)


def _is_guard(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return "platform" in ast.unparse(node.test)
    caught = node.handlers if isinstance(node, ast.Try) else []
    return any("ImportError" in ast.unparse(one.type) for one in caught if one.type)


def foreign_names(tree: ast.Module) -> Iterator[str]:
    """Names of one system alone that are taken without asking whether they are there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = node.value.id
            known = {*NAMES_OF_POSIX.get(module, ()), *NAMES_OF_WINDOWS.get(module, ())}
            if node.attr in known:
                yield f"{module}.{node.attr}"


def texts_without_encoding(tree: ast.Module) -> Iterator[str]:
    """Files that are read or written as text in whatever code page the system has."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name not in TEXTS or any(word.arg == "encoding" for word in node.keywords):
            continue
        at = ENCODINGS.get(name)
        if at is not None and len(node.args) > at:
            continue
        if "b" not in _mode(node, name) and not _is_of_another(node):
            yield ast.unparse(node)


def _mode(node: ast.Call, name: str) -> str:
    """The mode that a file is opened in; text where nothing is said."""
    at = TEXTS[name]
    if at is None:
        return ""
    said = [*node.args[at:], *(word.value for word in node.keywords if word.arg == "mode")]
    modes = (one.value for one in said if isinstance(one, ast.Constant))
    return "".join(mode for mode in modes if isinstance(mode, str))


def _is_of_another(node: ast.Call) -> bool:
    """Whether it opens something else: an archive's member, a descriptor, a picture, a board."""
    owner = getattr(node.func, "value", None)
    return isinstance(owner, ast.Name) and owner.id in OTHERS


def test_nothing_of_one_system_alone_is_taken_for_granted() -> None:
    taken = {
        name_of(path): [*foreign_imports(parsed(path)), *foreign_names(parsed(path))]
        for path in MODULES
    }
    assert {name: found for name, found in taken.items() if found} == {}


def test_no_text_is_read_or_written_in_the_code_page_of_the_system() -> None:
    texts = {name_of(path): list(texts_without_encoding(parsed(path))) for path in MODULES}
    assert {name: found for name, found in texts.items() if found} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import fcntl", ["fcntl"]),
        ("import os\nos.killpg(1, 2)", ["os.killpg"]),
        ("from pwd import getpwuid", ["pwd"]),
        ("try:\n import fcntl\nexcept ImportError:\n fcntl = None", []),
        ("import os\ngetattr(os, 'killpg', None)", []),
    ],
)
def test_the_search_finds_what_it_is_for(text: str, found: list[str]) -> None:
    tree = ast.parse(text)
    assert [*foreign_imports(tree), *foreign_names(tree)] == found


def test_a_text_without_an_encoding_is_found() -> None:
    found = texts_without_encoding(ast.parse("p.read_text()\nopen('a')\nopen('a', 'rb')\n"))
    assert len(list(found)) == 2

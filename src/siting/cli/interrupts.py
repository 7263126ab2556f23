"""A wish to stop, from Ctrl-C or SIGTERM."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """Turns the first Ctrl-C or SIGTERM into a wish to stop; a second one ends the process."""
    stop = threading.Event()
    signals = (signal.SIGINT, signal.SIGTERM)

    def wish(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        for number in signals:
            signal.signal(number, signal.SIG_DFL)

    before = [signal.signal(number, wish) for number in signals]
    try:
        yield stop
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)

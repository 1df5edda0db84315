"""Ending a long command soon after Ctrl-C, even in the middle of compiled code.

Python handles a signal between two of its own instructions; a compiled loop can keep it waiting for
longer than a person does. A thread learns of the signal at once and ends the process if the command
has not ended in order by then. That is safe where every result is a file that appears whole.
An interrupt can also be lost: Python discards it where it meets the callback of a weak reference,
of which loading a library is full.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

_PATIENCE_S = 1.2
_INTERRUPTED = 130


@contextmanager
def heeding_lost_interrupts(message: str) -> Iterator[None]:
    """End with 130 and a message where Python discards a Ctrl-C, instead of going on."""
    before = sys.unraisablehook

    def heed(lost: sys.UnraisableHookArgs) -> None:
        if issubclass(lost.exc_type, KeyboardInterrupt):
            _end(message)
        before(lost)

    sys.unraisablehook = heed
    try:
        yield
    finally:
        sys.unraisablehook = before


@contextmanager
def stopping_soon(advice: str) -> Iterator[None]:
    """End with 130 within two seconds of Ctrl-C or SIGTERM, saying what became of the work."""
    message = f"Interrupted. {advice}"
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    told, tells = socket.socketpair()
    tells.setblocking(False)
    ended = threading.Event()

    def watch() -> None:
        while True:
            received = told.recv(1)
            if not received:
                return
            if received[0] in (signal.SIGINT, signal.SIGTERM):
                break
        if not ended.wait(_PATIENCE_S):
            _end(message)

    before = signal.set_wakeup_fd(tells.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=watch, daemon=True).start()
    try:
        with heeding_lost_interrupts(message):
            yield
    except KeyboardInterrupt:
        print(message, file=sys.stderr, flush=True)
        # Nothing is left to do, and freeing all that a training holds can take seconds.
        os._exit(_INTERRUPTED)
    finally:
        ended.set()
        signal.set_wakeup_fd(before)
        tells.close()


def _end(message: str) -> NoReturn:
    # A progress bar hides the cursor and cannot bring it back any more.
    shown = "\x1b[?25h\n" if sys.stderr.isatty() else ""
    print(f"{shown}{message}", file=sys.stderr, flush=True)
    os._exit(_INTERRUPTED)

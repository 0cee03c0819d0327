"""SIGTERM, with which clusters end a job: one asks to save and stop, a second ends.

    with preemption() as asked:
        while ...:
            ...
            if asked():
                checkpoints.save(step, state, record, wait=True)
                raise Preempted(step)

Ctrl-C (SIGINT) stays KeyboardInterrupt. The signal is noticed between two statements of
Python, so never before a running step has ended.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from experiments import console

__all__ = ["EXIT_CODE", "Preempted", "preemption"]

EXIT_CODE = 128 + signal.SIGTERM
"""143: of a run that SIGTERM stopped, as a shell reports it."""


class Preempted(Exception):
    """A run saved its state and stopped; its text is what the user should be told."""

    def __init__(self, step: int) -> None:
        super().__init__(
            f"stopped by SIGTERM at step {step}; the same command goes on from here"
        )
        self.step = step


@contextmanager
def preemption(
    say: Callable[[str], None] = console.note,
) -> Iterator[Callable[[], bool]]:
    """Turns the first SIGTERM into a question that the block asks itself.

    The signal of one process: several processes must agree before they act on it.

    Args:
      say: is told if nothing can be done, in a thread that is not the main one.

    Yields:
      `asked()`, whether SIGTERM came. A second one has its default action. A block that
      ends in peace although asked is ended by that action after all.
    """
    if threading.current_thread() is not threading.main_thread():
        say("SIGTERM ends this run at once: only a main thread can wait for it")
        yield lambda: False
        return
    came = False

    def remember(number: int, frame: object) -> None:
        nonlocal came
        came = True
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    former = signal.signal(signal.SIGTERM, remember)
    try:
        yield lambda: came
    finally:
        # A handler that was not set from Python is unknown here.
        signal.signal(signal.SIGTERM, signal.SIG_DFL if former is None else former)
    if came:
        os.kill(os.getpid(), signal.SIGTERM)

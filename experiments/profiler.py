"""A trace of some training steps, for a flag like --profile_steps 20:25."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import jax

from experiments import console

__all__ = ["ProfiledSteps", "parse_steps", "profiled"]


class ProfiledSteps(NamedTuple):
    """The first and last step to be traced; steps count from 1."""

    first: int
    last: int


def parse_steps(text: str) -> ProfiledSteps:
    """Reads "A:B": from the start of step A to the end of step B.

    Raises:
      ValueError: not two whole numbers with 1 <= A <= B.
    """
    numbers = re.fullmatch(r"(\d+):(\d+)", text.strip())
    steps = ProfiledSteps(*map(int, numbers.groups())) if numbers else None
    if steps is None or not 1 <= steps.first <= steps.last:
        raise ValueError(
            f"--profile_steps={text}: found no range of steps; expected A:B with "
            "1 <= A <= B, such as 20:25 (step 1 would show the compiler at work)"
        )
    return steps


@contextmanager
def profiled(
    steps: ProfiledSteps | None,
    folder: Path,
    say: Callable[[str], None] = console.note,
) -> Iterator[Callable[[int], None]]:
    """Traces some of the steps that are taken inside it.

    Devices are waited for where the trace begins and ends, so these steps are slower
    than others, and a trace of many steps is large: it is for what takes the time
    within a step, not for how long a step takes.

    Args:
      steps: which; None for none.
      folder: where the trace goes; made if it is not there.
      say: told where the trace lies and how to open it, or why there is none.

    Yields:
      A function to be called after every step with the steps taken in all. A resumed
      run may begin in the middle of the range; the rest of it is traced.

    Raises:
      OSError: the folder can't be written.
    """
    if steps is None:
        yield lambda done: None
        return
    folder.mkdir(parents=True, exist_ok=True)
    trace = _Trace(steps, folder)
    try:
        with trace:
            if steps.first == 1:
                trace.start(1)
            yield trace.after
    finally:
        say(trace.report())


class _Trace(ExitStack):
    """The trace under way, if any."""

    def __init__(self, steps: ProfiledSteps, folder: Path) -> None:
        super().__init__()
        self.steps, self.folder = steps, folder
        self.running, self.traced = False, (0, 0)

    def start(self, first: int) -> None:
        _wait()
        self.enter_context(jax.profiler.trace(str(self.folder)))
        self.running, self.traced = True, (first, first)

    def after(self, done: int) -> None:
        if self.running:
            self.traced = (self.traced[0], done)
            if done >= self.steps.last:
                _wait()
                self.running = False
                self.close()
        elif self.steps.first - 1 <= done < self.steps.last and not self.traced[0]:
            self.start(done + 1)

    def report(self) -> str:
        flag = f"--profile_steps {self.steps.first}:{self.steps.last}"
        if not self.traced[0]:
            return f"{flag}: none of these steps was taken, so there is no trace"
        return (
            f"{flag}: a trace of steps {self.traced[0]} to {self.traced[1]} is in "
            f"{self.folder}; see it with `pip install xprof` and "
            f"`xprof --logdir={self.folder}`"
        )


def _wait() -> None:
    """Until the devices have done what they were asked."""
    jax.block_until_ready(jax.live_arrays())

"""How fast the steps of an epoch go."""

from __future__ import annotations

import time

import jax

from gxjax.ensemble.peaks import Peaks
from gxjax.ensemble.roofline import Speed, speed
from gxjax.ensemble.training_run import Run, Running, step_cost

__all__ = ["StepTimer"]


class StepTimer:
    """Seconds of an epoch's steps but the first, which may have been compiled."""

    def __init__(self) -> None:
        self._steps, self._started = 0, 0.0

    def count(self, running: Running) -> None:
        """To be called after every step; waits for the first one alone."""
        self._steps += 1
        if self._steps == 1:
            jax.block_until_ready(running.loss)
            self._started = time.perf_counter()

    def speed(self, run: Run, running: Running, peaks: Peaks | None) -> Speed | None:
        """Of the steps counted, once they have ended; None of fewer than two."""
        if self._steps < 2:
            return None
        jax.block_until_ready(running.loss)
        seconds = (time.perf_counter() - self._started) / (self._steps - 1)
        return speed(step_cost(run), seconds, peaks)

"""Contestants, timed in turn, so that a noisy machine hits all of them alike."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tqdm import tqdm

__all__ = ["Contestant", "seconds_of", "speeds_of"]

LEAST = 1.0
"""Seconds that one timing takes at least; shorter calls are repeated."""


class Contestant(NamedTuple):
    """One thing to time.

    Attributes:
      side: whose it is, for example "captum".
      column: name of a score column, or "all".
      people: how many one call attributes.
      call: runs it to the end.
    """

    side: str
    column: str
    people: int
    call: Callable[[], Any]

    def __str__(self) -> str:
        return f"{self.side}, {self.column}, {self.people} people"


def seconds_of(call: Callable[[], Any], least: float = LEAST) -> float:
    """Seconds per call, over as many calls as take `least`."""
    started, count = time.perf_counter(), 0
    while True:
        call()
        count += 1
        passed = time.perf_counter() - started
        if passed >= least:
            return passed / count


def speeds_of(contestants: Sequence[Contestant], repeats: int) -> list[list[float]]:
    """People per second of each contestant, `repeats` times, after a round to warm up.

    The bars on standard error count seconds: those of the warm-up, which compiles,
    foretell the rest, and are replaced by each round's own.
    """
    guess: list[float] = []
    brief: list[bool] = []
    speeds: list[list[float]] = [[] for _ in contestants]
    with _bar("warm up", len(contestants)) as bar:
        for contestant in contestants:
            bar.set_postfix_str(str(contestant), refresh=sys.stderr.isatty())
            seconds = seconds_of(contestant.call, 0.0)
            if seconds < 10:
                seconds = seconds_of(contestant.call, 0.0)
            brief.append(seconds < LEAST)
            guess.append(max(seconds, LEAST))
            bar.update()
    with _bar("measure", repeats * sum(guess)) as bar:
        for repeat in range(repeats):
            for place, contestant in enumerate(contestants):
                bar.set_postfix_str(str(contestant), refresh=sys.stderr.isatty())
                started = time.perf_counter()
                if brief[place]:
                    # Weights have grown cold while the others ran.
                    seconds_of(contestant.call, LEAST / 4)
                speeds[place].append(contestant.people / seconds_of(contestant.call))
                guess[place] = time.perf_counter() - started
                rest = sum(guess[place + 1 :]) + (repeats - repeat - 1) * sum(guess)
                bar.update(guess[place])
                bar.total = bar.n + rest
    return speeds


def _bar(words: str, total: float) -> tqdm:
    """On standard error; into a file, a state every ten seconds."""
    layout = "{desc} {percentage:3.0f}% |{bar:20}| {elapsed}, left {remaining}{postfix}"
    pause = 0.1 if sys.stderr.isatty() else 10
    return tqdm(desc=words, total=total, bar_format=layout, mininterval=pause)

"""The published experiment on one accelerator: parts measured, the rest multiplied.

The real and the decoy arm are measured; the arm with spike-ins has 0.1 % more columns
than the real one, whose figures it gets. Where time is short, so do the decoys.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

from bench.device_arm import TrainingSize
from bench.device_attribution import AttributionSize, measure_blocks
from bench.device_training import measure_training
from bench.extrapolation import Part, as_rows
from bench.fitting import largest_that_fits
from bench.genotype_passes import measure_association, measure_placing
from bench.published_parts import (
    ARMS,
    NOT_INCLUDED,
    Attribution,
    Published,
    Sample,
    Training,
    parts_of_arm,
)

__all__ = ["Settings", "all_parts", "as_result", "measure_experiment"]

_VALIDATED = 2048
"""People of VALIDATION that are looked at, at most."""

_LONGER = 1.5
"""Times as long as the real arm that the decoy arm may take: its step is twice as wide,
but what is compiled is as much."""

_SHARES = (1, 1, 5, 5, 6, 6)
"""Of the time that everything takes, guessed, in the order of measuring."""


class Settings(NamedTuple):
    """How the experiment is run and measured.

    Attributes:
      widths: hidden widths.
      block: people of a block of attribution.
      bfloat16, data_order: as of `TrainingSize`.
      merge_draws: as `score` takes it.
      repeats: of everything timed on the device.
      limit: bytes of the device that may be taken; None where not known.
      minutes: that measuring may take.
      sample_gib: of the store that is read.
      folder: where it is made; None for the system's own.
    """

    widths: tuple[int, ...]
    block: int
    bfloat16: bool
    data_order: Literal["shared", "own"]
    merge_draws: bool
    repeats: int
    limit: int | None
    minutes: float
    sample_gib: float
    folder: Path | None


class Measured(NamedTuple):
    """What was measured of an arm; `details` has plans, memory, shares of peaks."""

    training: Training
    attribution: Attribution
    details: dict[str, Any]


class Clock:
    """Says on standard error what comes next, and about how long all still takes."""

    def __init__(
        self, minutes: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.now, self.started, self.minutes = now, now(), minutes
        self.left = list(_SHARES)

    @property
    def passed(self) -> float:
        """Seconds so far."""
        return self.now() - self.started

    def next(self, name: str) -> None:
        """Announces a part."""
        number, left = len(_SHARES) - len(self.left) + 1, sum(self.left)
        passed, done = self.passed, sum(_SHARES) - left
        words = f"[{number}/{len(_SHARES)}] {name}: {passed:.0f} s so far"
        if done:
            words += f", about {passed / done * left:.0f} s left"
        self.left.pop(0)
        say(words)

    def has(self, seconds: float) -> bool:
        """Whether so many seconds are left."""
        return self.passed + seconds <= 60 * self.minutes


def say(words: str) -> None:
    """Progress, on standard error."""
    print(words, file=sys.stderr, flush=True)


def measure_experiment(
    published: Published, settings: Settings, keep: Callable[[dict], Any]
) -> tuple[dict[str, Any], list[Part]]:
    """Every part with its hours, the total, what is left out, and what was measured.

    Args:
      published: the size of the whole.
      settings: how it is measured.
      keep: is given what there is so far, as soon as there is a total: a run that is
        killed has it.

    Raises:
      ValueError: too few people for a step or a validation, or not even one member
        with a few variants fits.
    """
    if published.steps < 1 or published.held_out < 2:
        raise ValueError(
            f"people: found {published.people}, {published.train} of them TRAIN and "
            f"{published.held_out} VALIDATION; expected a batch of "
            f"{published.batch_size} at least, and 2; take more --people"
        )
    clock = Clock(settings.minutes)
    clock.next("genotypes from a store to the device")
    placing = measure_placing(
        published.people, published.variants, settings.sample_gib, settings.folder
    )
    clock.next("association")
    columns = published.columns("spikein")
    association = measure_association(published.train, columns)
    started = clock.passed
    arms = {"real": _measure_arm("real", published, settings, clock)}
    parts = all_parts(published, arms, placing, association)
    keep(as_result(parts, arms))
    if clock.has(_LONGER * (clock.passed - started)):
        arms["decoy"] = _measure_arm("decoy", published, settings, clock)
        parts = all_parts(published, arms, placing, association)
        keep(as_result(parts, arms))
    else:
        say(f"--minutes={settings.minutes:g} are too few for decoys: not measured")
    return as_result(parts, arms), parts


def all_parts(
    published: Published,
    arms: dict[str, Measured],
    placing: Sample,
    association: Sample,
) -> list[Part]:
    """Of the three arms; one that was not measured gets figures of the arm "real"."""
    parts = []
    for arm in ARMS:
        of = arms.get(arm, arms["real"])
        parts += parts_of_arm(
            published, arm, of.training, of.attribution, placing, association
        )
    return parts


def as_result(parts: list[Part], arms: dict[str, Measured]) -> dict[str, Any]:
    """For JSON."""
    hours = {arm: sum(p.hours for p in parts if p.arm == arm) for arm in ARMS}
    return {
        "parts": as_rows(parts),
        "hours": hours,
        "total_hours": sum(hours.values()),
        "not_included": NOT_INCLUDED,
        "not_measured": [arm for arm in ARMS if arm not in arms],
        "measured": {arm: figures.details for arm, figures in arms.items()},
    }


def _measure_arm(
    arm: str, published: Published, settings: Settings, clock: Clock
) -> Measured:
    """Training, then attribution, each at the largest size that fits."""
    decoys = arm == "decoy"
    clock.next(f"{arm} arm, training")
    train = partial(_train, published, settings, decoys)
    trained = largest_that_fits(train, published.members, published.variants, say)
    gc.collect()
    clock.next(f"{arm} arm, attribution")
    attribute = partial(_attribute, published, settings, decoys)
    figures, memory = largest_that_fits(
        attribute, published.members, published.variants, say
    )
    gc.collect()
    training = Training(
        trained["members"],
        trained["columns"],
        trained["seconds_to_compile"],
        trained["seconds_per_step"],
        trained["seconds_per_validation"],
        trained["validation_people"],
        trained["seconds_to_keep_best"],
    )
    details = {"training": trained, "attribution": figures._asdict() | memory}
    return Measured(training, figures, details)


def _train(
    published: Published, settings: Settings, decoys: bool, members: int, variants: int
) -> dict[str, Any]:
    size = TrainingSize(
        published.people, variants, members, settings.widths, published.batch_size,
        settings.bfloat16, decoys, min(published.held_out, _VALIDATED),
        settings.data_order,
    )  # fmt: skip
    return measure_training(size, settings.repeats, settings.limit)


def _attribute(
    published: Published, settings: Settings, decoys: bool, members: int, variants: int
) -> tuple[Attribution, dict[str, Any]]:
    size = AttributionSize(
        published.held_out, variants * (2 if decoys else 1), members, settings.widths,
        settings.block, settings.merge_draws,
    )  # fmt: skip
    return measure_blocks(size, settings.repeats, settings.limit)

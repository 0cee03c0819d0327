"""What every comparator is given, and who of the people may teach it."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np

from gxjax.types import TRAIN, VALIDATION, Arm, Neighbours, Progress, silent

__all__ = ["FEWEST_PEOPLE", "Inputs", "people_of", "r_squared", "train_people"]

FEWEST_PEOPLE = 3
"""TRAIN or VALIDATION people that a comparator needs."""


class Inputs(NamedTuple):
    """What the networks of an arm are given, and the LD between its columns.

    Attributes:
      arm: N people, V columns.
      phenotype: float [N], quantitative, or 0 and 1.
      split: int8 [N] of TRAIN, VALIDATION, TEST. Nothing is read of TEST people.
      neighbours: LD of the first columns of the arm, all or the real ones; None where
        no LD score is asked for.
      key: names every random number.
      progress: how a comparator says how far it is.
    """

    arm: Arm
    phenotype: np.ndarray
    split: np.ndarray
    neighbours: Neighbours | None
    key: jax.Array
    progress: Progress = silent


def train_people(inputs: Inputs) -> np.ndarray:
    """TRAIN people, int64 [n].

    Raises:
      ValueError: lengths differ, a phenotype is not finite, there are fewer than 3
        TRAIN people, or their phenotype is constant.
    """
    return _part(inputs, TRAIN, "TRAIN")


def people_of(inputs: Inputs) -> tuple[np.ndarray, np.ndarray]:
    """TRAIN people, int64 [n], and VALIDATION people, who choose the penalty.

    Raises:
      ValueError: as of `train_people`, of VALIDATION too.
    """
    return train_people(inputs), _part(inputs, VALIDATION, "VALIDATION")


def r_squared(y: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Explained share of the variance, 1 at most, negative where worse than the mean.

    Args:
      y: float [n].
      predicted: float [n, L], a column per model.

    Returns:
      float64 [L].
    """
    y = np.asarray(y, np.float64)
    rest = ((y[:, None] - predicted) ** 2).sum(axis=0)
    return 1 - rest / ((y - y.mean()) ** 2).sum()


def _part(inputs: Inputs, part: int, name: str) -> np.ndarray:
    people = len(inputs.arm.blocks[0].rows)
    for argument in ("phenotype", "split"):
        found = np.shape(getattr(inputs, argument))
        if found != (people,):
            raise ValueError(
                f"{argument}: shape {found}; expected ({people},), one per person of "
                f"the arm {inputs.arm.name!r}"
            )
    chosen = np.flatnonzero(np.asarray(inputs.split) == part)
    if len(chosen) < FEWEST_PEOPLE:
        raise ValueError(
            f"split: {len(chosen)} {name} people; expected at least {FEWEST_PEOPLE}"
        )
    y = np.asarray(inputs.phenotype)[chosen]
    if not np.isfinite(y).all():
        raise ValueError(
            f"phenotype: not finite for {int((~np.isfinite(y)).sum())} of {len(y)} "
            f"{name} people; leave them out of the cohort"
        )
    if np.ptp(y) == 0:
        raise ValueError(
            f"phenotype: {y[0]:g} for all {len(y)} {name} people; a comparator needs "
            "one that varies"
        )
    return chosen

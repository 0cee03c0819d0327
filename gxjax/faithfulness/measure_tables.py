"""Measures of faithfulness as tables, with intervals over members and people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np
import pandas as pd

from gxjax.faithfulness.curves import curve_areas
from gxjax.faithfulness.intervals import Interval, mean_interval
from gxjax.rng import named

__all__ = ["Parts", "curve_table", "measure_table"]

_RANDOM = ("random", "none")


class Parts(NamedTuple):
    """Numerators and denominators of all measures, people apart.

    Attributes:
      deletion: float64 [C + 1, S, M, B], as of `relative_curves`; a random order last.
      insertion: float64 [C + 1, S, M, B].
      change: float64 [M, B], the denominator of both.
      error: float64 [C, M, B], mean squared error of claims; NaN where none is made.
      error_scaled: float64 [C, M, B], of claims times their best factor.
      variance: float64 [M, B], the denominator of both.
      moved: float64 [C, M, P], largest change of an attribution, of P people.
      size: float64 [C, M, P], its norm, the denominator.
    """

    deletion: np.ndarray
    insertion: np.ndarray
    change: np.ndarray
    error: np.ndarray
    error_scaled: np.ndarray
    variance: np.ndarray
    moved: np.ndarray
    size: np.ndarray


def measure_table(
    columns: Sequence[tuple[str, str]],
    fractions: Sequence[float],
    parts: Parts,
    key: jax.Array,
) -> pd.DataFrame:
    """Table `method noise measure value lower upper`.

    Args:
      columns: C pairs (method, noise).
      fractions: S shares of variants.
      parts: of these columns.
      key: of the bootstrap, the same for all columns, so that they are paired.
    """
    child = named(key, "faithfulness/measures")
    areas = {
        name: curve_areas(fractions, np.moveaxis(curve, 1, -1))
        for name, curve in (
            ("deletion", parts.deletion),
            ("insertion", parts.insertion),
        )
    }
    gains = {
        "deletion_gain": areas["deletion"][-1:] - areas["deletion"][:-1],
        "insertion_gain": areas["insertion"][:-1] - areas["insertion"][-1:],
    }
    both = {**areas, **gains}
    named_parts = {
        **{name: (area, parts.change) for name, area in both.items()},
        "infidelity": (parts.error, parts.variance),
        "infidelity_scaled": (parts.error_scaled, parts.variance),
        "max_sensitivity": (parts.moved, parts.size),
    }
    every = [*columns, _RANDOM]
    rows = []
    for measure, (top, below) in named_parts.items():
        found = mean_interval(top, below, child)
        for place, column in enumerate(every[: len(top)]):
            rows.append((*column, measure, *_at(found, place)))
    names = ["method", "noise", "measure", "value", "lower", "upper"]
    return pd.DataFrame(rows, columns=names)


def curve_table(
    columns: Sequence[tuple[str, str]],
    fractions: Sequence[float],
    parts: Parts,
    key: jax.Array,
) -> pd.DataFrame:
    """Table `method noise curve fraction value lower upper`; arguments as above."""
    child, rows = named(key, "faithfulness/measures"), []
    for curve in ("deletion", "insertion"):
        found = mean_interval(getattr(parts, curve), parts.change, child)
        for place, column in enumerate([*columns, _RANDOM]):
            for step, fraction in enumerate(fractions):
                rows.append((*column, curve, fraction, *_at(found, (place, step))))
    names = ["method", "noise", "curve", "fraction", "value", "lower", "upper"]
    return pd.DataFrame(rows, columns=names)


def _at(found: Interval, place) -> list[float]:
    return [float(each[place]) for each in found]

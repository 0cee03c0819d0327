"""The grid of an ablation: settings that are scored, columns that come of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = [
    *("BASELINES", "DRAWN", "PLAIN", "SETTINGS", "SQUARED"),
    *("Column", "Setting", "columns_of", "methods_of"),
]

BASELINES = ("zeros", "mean", "mode", "people")
"""Baselines, `mode` the published one."""

PLAIN = ("none", "none_squared")
"""Without noise: the mean over people of |a|, and of a^2, which only squares."""

DRAWN = ("smoothgrad", "smoothgrad_squared", "smoothgrad_root")
"""Statistics over the same noisy draws: |mean|, mean square, and its root."""

SQUARED = ("none_squared", "smoothgrad_squared")
"""Scores in squared units."""

_LOCAL = ("saliency", "integrated_gradients", "deeplift", "gradient_shap")
_GLOBAL = ("input_x_gradient", *_LOCAL[1:])


class Setting(NamedTuple):
    """What one attribution of the networks has for all its columns.

    Attributes:
      baseline: one of `BASELINES`.
      multiplied: times input minus baseline (global), or multipliers alone (local).
    """

    baseline: str
    multiplied: bool


class Column(NamedTuple):
    """One score column of an ablation.

    Attributes:
      baseline: of its `Setting`.
      multiplied: of its `Setting`.
      method: a name in `METHODS`.
      noise: of `PLAIN` or `DRAWN`.
      scaled: times the TRAIN standard deviation of the dosage (its square, if squared).
    """

    baseline: str
    multiplied: bool
    method: str
    noise: str
    scaled: bool


SETTINGS = (*(Setting(name, True) for name in BASELINES), Setting("mode", False))
"""Saliency is always local: its times-input form is input_x_gradient."""


def methods_of(setting: Setting) -> tuple[str, ...]:
    """The methods that a setting is scored by.

    The local form of input_x_gradient is saliency, so each is there once.
    """
    return _GLOBAL if setting.multiplied else _LOCAL


def columns_of(settings: Sequence[Setting]) -> list[Column]:
    """Columns of some settings in the order in which their scores are kept."""
    return [
        Column(*setting, method, noise, scaled)
        for setting in settings
        for scaled in (False, True)
        for noises in (PLAIN, DRAWN)
        for method in methods_of(setting)
        for noise in noises
    ]

"""Networks as attribution sees them, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

__all__ = ["Channels", "DosageSource", "LinearFront", "Scores"]


class Channels(NamedTuple):
    """What a network sees of a dosage x: L numbers, `functions[c](x)`, elementwise."""

    functions: tuple[Callable[[Any], Any], ...]


class LinearFront(NamedTuple):
    """M trained networks, split behind their first matrix product.

    The output for dosages x [V] is `head(tail[m], x @ kernel[m] + bias[m])`; encoding,
    centring and scaling are folded into kernel and bias.

    Attributes:
      kernel: float32 [M, V, H], per dosage; [M, L V, H] per channel, the L channels of
        a variant beside each other.
      bias: float32 [M, H].
      head: `(tail of one member, h [H]) -> scalar`.
      tail: pytree with leading axis M, whatever `head` needs.
      channels: what stands for x; None for the dosage itself, L = 1.
    """

    kernel: Any
    bias: Any
    head: Callable[[Any, Any], Any]
    tail: Any
    channels: Channels | None = None


class DosageSource(NamedTuple):
    """Where dosages come from, inside a jitted step; missing calls are filled.

    Attributes:
      arrays: pytree of arrays, passed to the step and never closed over.
      fetch: `(arrays, people int32 [B]) -> float [B, V]`, pure: gathers and decodes.
        Use the same function object in every call, or each call compiles anew.
    """

    arrays: Any
    fetch: Callable[[Any, Any], Any]


class Scores(NamedTuple):
    """What is left of the attributions of many people.

    Attributes:
      values: float32 [C, M, V], the mean absolute attribution.
      columns: C pairs (method, noise), for example ("saliency", "smoothgrad_squared").
      completeness: table `method noise member person delta`, one row per person where
        the method claims completeness: `delta` is (sum of attributions - change) /
        max(|change|, 1e-6), change f(x) - f(x').
      reductions: float32 [C, M, V] by (reduction, stratum): reductions "mean_absolute",
        "mean_signed", "mean_square"; stratum "all" or a label.
    """

    values: np.ndarray
    columns: tuple[tuple[str, str], ...]
    completeness: pd.DataFrame
    reductions: Mapping[tuple[str, str], np.ndarray]

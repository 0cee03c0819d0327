"""Does a composite's order hang on its weights? The order under random ones."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import numpy as np
import pandas as pd

from gxjax import rng
from gxjax.benchmark.weighted_mean import first_share, geometric, part_scores, places

__all__ = ["TAUS", "random_composites", "weights_table"]

TAUS = (0.2, 1.0)
"""Least and greatest of the random taus."""

_DRAWS = 1000


def random_composites(
    parts: np.ndarray,
    key: jax.Array,
    *,
    taus: tuple[float, float] = TAUS,
    weights: Sequence[float] | None = None,
    draws: int = _DRAWS,
) -> np.ndarray:
    """Composites of the same parts under random weights and random taus.

    Args:
      parts: float [C, 3], recall, precision and median RSD of every column.
      key: a JAX key.
      taus: tau is uniform between the two.
      weights: of recall, precision and stability, sum 1; None: uniform over all that
        sum to 1, Dirichlet(1, 1, 1).
      draws: how many sets of weights, W.

    Returns:
      float64 [W, C].
    """
    generator = rng.generator(key, "benchmark/weights")
    drawn = generator.dirichlet(np.ones(3), size=(draws, 1))
    if weights is not None:
        drawn = np.broadcast_to(np.asarray(weights, np.float64), drawn.shape)
    generator = rng.generator(key, "benchmark/tau")
    tau = taus[0] + (taus[1] - taus[0]) * generator.random((draws, 1))
    every = np.broadcast_to(parts, (draws, *np.shape(parts)))
    return geometric(part_scores(every, tau), drawn)


def weights_table(
    parts: np.ndarray,
    columns: Sequence[tuple[str, str]],
    key: jax.Array,
    *,
    tau: float,
    weights: Sequence[float] = (1 / 3, 1 / 3, 1 / 3),
    draws: int = _DRAWS,
) -> pd.DataFrame:
    """How the order of columns changes with the weights, with tau, and with both.

    What it can NOT tell: which weights are right. And it takes the parts as known: a
    column that is first under all weights may still owe that to chance, see
    `composite_table`.

    Args:
      parts: float [C, 3], recall, precision and median RSD of every column.
      columns: C pairs (method, noise).
      key: a JAX key.
      tau: held where only the weights vary.
      weights: held where only tau varies; sum 1.
      draws: how many random sets.

    Returns:
      Table `varied method noise first_share mean_rank rank_lower rank_upper`, varied
      "weights", "tau" or "both"; the ranks hold in 95 % of the random sets.
    """
    settings: dict[str, dict] = {
        "weights": {"taus": (tau, tau)},
        "tau": {"weights": weights},
        "both": {},
    }
    tables = []
    for varied, setting in settings.items():
        values = random_composites(parts, key, draws=draws, **setting)
        ranks = places(values)
        lower, upper = np.quantile(ranks, [0.025, 0.975], axis=0, method="inverted_cdf")
        table = pd.DataFrame(list(columns), columns=["method", "noise"])
        table.insert(0, "varied", varied)
        tables.append(
            table.assign(
                first_share=first_share(values),
                mean_rank=ranks.mean(axis=0),
                rank_lower=lower,
                rank_upper=upper,
            )
        )
    return pd.concat(tables, ignore_index=True)

"""Scores that never see the phenotype: a method that is no better has found nothing."""

from __future__ import annotations

import jax
import numpy as np

from gxjax import rng
from gxjax.types import Neighbours

__all__ = ["ld_score", "maf_score", "random_score"]


def random_score(key: jax.Array, variants: int) -> np.ndarray:
    """An order by chance: what recall and precision are worth without any knowledge.

    Args:
      key: names the draw.
      variants: V.

    Returns:
      float64 [V], uniform in [0, 1).
    """
    return rng.generator(key, "comparator/random").random(variants)


def maf_score(counts: np.ndarray) -> np.ndarray:
    """Minor allele frequency alone.

    An attribution that multiplies by the input, or that adds noise of one size to all
    dosages, grows or shrinks with the allele frequency whatever the network learnt.
    This says how much recall that alone brings. It is of hard calls, also where
    dosages are not.

    Args:
      counts: int64 [V, 4], TRAIN people with hard call 0, 1, 2 and missing.

    Returns:
      float64 [V], 0 to 0.5; -inf where nobody is called.

    Raises:
      ValueError: `counts` has another shape.
    """
    table = np.asarray(counts, np.float64)
    if table.ndim != 2 or table.shape[1] != 4:
        raise ValueError(f"counts: shape {table.shape}; expected [V, 4]")
    alleles = 2 * table[:, :3].sum(axis=1)
    frequency = (table[:, 1] + 2 * table[:, 2]) / np.maximum(alleles, 1)
    return np.where(alleles > 0, np.minimum(frequency, 1 - frequency), -np.inf)


def ld_score(neighbours: Neighbours, variants: int) -> np.ndarray:
    """LD score of every column: 1 + the sum of r^2 with its neighbours.

    A variant that tags many others is more often near a causal one, and a network
    spreads its weight over what it can not tell apart. This says how much recall or
    precision LD alone brings. The sum is over the pairs that `neighbours` has, so it is
    smaller than one over all pairs, and r^2 is not corrected for sampling.

    Args:
      neighbours: of the first V' columns.
      variants: V, at least V'; the columns beyond (spike-ins) have no neighbours.

    Returns:
      float64 [V], at least 1.

    Raises:
      ValueError: there are more columns in `neighbours`.

    References:
      Bulik-Sullivan et al., "LD Score regression distinguishes confounding from
      polygenicity in genome-wide association studies", 2015,
      https://doi.org/10.1038/ng.3211
    """
    known = len(neighbours.starts) - 1
    if known > variants:
        raise ValueError(
            f"neighbours: of {known} columns; expected at most {variants}, those that "
            "are scored"
        )
    # reduceat would give an empty row the next one's first value.
    sums = np.concatenate([[0.0], np.cumsum(neighbours.r2, dtype=np.float64)])
    found = np.ones(variants)
    found[:known] += np.diff(sums[np.asarray(neighbours.starts)])
    return found

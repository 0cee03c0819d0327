"""What of a genotype has the effect: dosage, carriers, homozygotes, products."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["code_unit", "lower_terms", "residual", "standardise"]


def code_unit(
    kind: str, dosages: Sequence[np.ndarray], sex: np.ndarray | None, train: np.ndarray
) -> np.ndarray:
    """The coded genotype whose correlation with the phenotype `Truth` speaks of.

    Carriers are `min(g, 1)` and homozygotes `max(g - 1, 0)`: 1[g > 0] and 1[g = 2] of
    hard calls, and linear between them, as in `gxjax.channels`. A missing call has the
    mean over TRAIN of what is coded, so it adds nothing to a person's value.

    Args:
      kind: a key of `UNIT_SIZES`.
      dosages: of the unit's variants, float64 [N] each, NaN where missing.
      sex: float64 [N], of gene_by_sex only; any two numbers.
      train: bool [N].

    Returns:
      float64 [N], mean 0 over TRAIN for dosages, carriers and homozygotes; a product
      of centred factors is not centred again.
    """
    coded = [np.minimum(dosages[0], 1)] if kind == "dominant" else list(dosages)
    if kind == "recessive":
        coded = [np.maximum(dosages[0] - 1, 0)]
    if kind == "gene_by_sex":
        assert sex is not None
        coded.append(sex)
    return np.prod([_centred(each, train) for each in coded], axis=0)


def lower_terms(
    kind: str, dosages: Sequence[np.ndarray], sex: np.ndarray | None, train: np.ndarray
) -> list[np.ndarray]:
    """Terms float64 [N] that an interaction must explain nothing of; [] for others.

    The factors themselves, and of three the products of two.
    """
    factors = list(dosages) if sex is None else [*dosages, sex]
    factors = [_centred(each, train) for each in factors]
    if kind in ("epistatic", "gene_by_sex"):
        return factors
    if kind == "three_way":
        first, second, third = factors
        return [*factors, first * second, first * third, second * third]
    return []


def residual(
    values: np.ndarray, terms: Sequence[np.ndarray], train: np.ndarray
) -> np.ndarray:
    """What least squares on an intercept and the terms, fitted on TRAIN, leaves.

    Args:
      values: float64 [N].
      terms: float64 [N] each; none leaves values less their mean.
      train: bool [N].

    Returns:
      float64 [N], for everybody; mean 0 and without correlation with a term over TRAIN.
    """
    design = np.column_stack([np.ones(len(values)), *terms])
    effects = np.linalg.lstsq(design[train], values[train], rcond=None)[0]
    return values - design @ effects


def standardise(values: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Values float64 [N] of mean 0 and sd 1 (ddof 0) over TRAIN; 0 of a constant."""
    centred = values - values[train].mean()
    spread = centred[train].std()
    # What is left of a constant by rounding is no variation.
    if spread <= 1e-9 * max(1.0, float(np.abs(values).max(initial=0))):
        return np.zeros_like(values)
    return centred / spread


def _centred(values: np.ndarray, train: np.ndarray) -> np.ndarray:
    called = ~np.isnan(values)
    return np.where(called, values - values[train & called].mean(), 0.0)

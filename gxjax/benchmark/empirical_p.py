"""Empirical p-values: scores beside those of networks that had nothing to learn.

A *null ensemble* is trained as the real one, on the phenotype permuted between people.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

__all__ = ["Scale", "empirical_p", "frequency_strata"]

Scale = Literal["median", "none"]
"""What scores are divided by before they are compared: their median, or 1."""


def empirical_p(
    scores: np.ndarray,
    null: np.ndarray,
    *,
    strata: np.ndarray | None = None,
    scale: Scale = "median",
) -> np.ndarray:
    """`(1 + #{null >= s_j}) / (1 + #null)`, the null pooled over variants of a stratum.

    When this is valid. Under the GLOBAL null (the phenotype does not depend on any
    genotype, people are exchangeable) the real and the R null ensembles are
    exchangeable if they were trained alike: as many members, the same settings, the
    mean over members taken of both. Then a share a of a stratum's variants has p <= a,
    on average over variants and data sets; up to what follows.
    - Not variant by variant: within a stratum, those whose scores are widely spread
      have too many small p-values and the others too few. Strata of allele frequency
      mend what follows the frequency, and no more.
    - What all variants of an ensemble share (a network that trained longer has larger
      scores everywhere) is only sampled R times, not R V times; with few null ensembles
      small p-values come too often. So each ensemble's scores are divided by their
      median first, which takes a common factor out and keeps exchangeability. It needs
      most variants to be null. A column where any ensemble's median is 0 is not scaled.
    - Ties count against the variant, so p-values are too large rather than too small
      where scores repeat; a score of 0 has p = 1.
    - No p-value is below `1 / (1 + R n)`, n the variants of the stratum.

    What it can NOT tell. Once some variants have effects, the others need not score as
    in a null network: the real one may train longer, and its scores are spread by LD.
    docs/nulls.md measures what that does to the false discovery rate: without the
    scale it can be above its level, or nothing is found.
    A variant in LD with a causal one is associated, and is called so: this tests
    association with what the network learnt, not causation; knockoffs come nearer to
    that. A network that learnt nothing yields no small p-value, whatever is there.

    Args:
      scores: float [C, V], mean over members of the network of the real phenotype.
      null: float [C, R, V], likewise of R null ensembles.
      strata: int [V], for example `frequency_strata(maf)`; below 0 is left out, of the
        null as well. None: one stratum.
      scale: "median", over the variants that have a stratum, or "none".

    Returns:
      float64 [C, V], above 0, at most 1; NaN where the stratum is below 0.

    Raises:
      ValueError: shapes that do not fit, no null ensemble, NaN scores, an unknown
        scale.

    References:
      Phipson & Smyth, Permutation p-values should never be zero, Statistical
      Applications in Genetics and Molecular Biology 9(1): 39 (2010),
      https://doi.org/10.2202/1544-6115.1585
      Storey & Tibshirani, Statistical significance for genomewide studies, PNAS
      100(16): 9440-9445 (2003), https://doi.org/10.1073/pnas.1530509100
    """
    scores, null = np.asarray(scores), np.asarray(null)
    strata = _checked_strata(scores, null, strata)
    kept = strata >= 0
    result = np.full(scores.shape, np.nan)
    for column in range(len(scores)):
        both = np.concatenate([scores[column][None], null[column]])
        both = _scaled(both, kept, scale)
        for stratum in np.unique(strata[kept]):
            chosen = np.flatnonzero(strata == stratum)
            result[column, chosen] = _tail(both[0, chosen], both[1:, chosen])
    return result


def frequency_strata(maf: np.ndarray, bins: int = 10) -> np.ndarray:
    """Bins of about as many variants each, by minor allele frequency.

    Variants of one frequency stay together, so that a bin may be larger than others or
    empty. A bin of n variants has no p-value below `1 / (1 + R n)`.

    Args:
      maf: float [V], minor allele frequency; NaN for a variant to be left out.
      bins: how many, at least 1.

    Returns:
      int64 [V], 0 the rarest; -1 where `maf` is NaN.

    Raises:
      ValueError: fewer than one bin.
    """
    if bins < 1:
        raise ValueError(f"bins: found {bins}; expected at least 1")
    maf = np.asarray(maf, np.float64)
    known = ~np.isnan(maf)
    strata = np.full(maf.shape, -1, np.int64)
    if known.any():
        edges = np.quantile(maf[known], np.arange(1, bins) / bins)
        strata[known] = np.searchsorted(edges, maf[known], side="right")
    return strata


def _tail(real: np.ndarray, null: np.ndarray) -> np.ndarray:
    """Upper tail of `real` [n] in the pooled `null` [R, n], float64 [n]."""
    pooled = np.sort(null, axis=None)
    at_least = pooled.size - np.searchsorted(pooled, real, side="left")
    return (1 + at_least) / (1 + pooled.size)


def _scaled(both: np.ndarray, kept: np.ndarray, scale: Scale) -> np.ndarray:
    """Scores [1 + R, V], each ensemble's divided by their median over kept variants."""
    if scale not in get_args(Scale):
        raise ValueError(
            f"scale: found {scale!r}; expected one of {', '.join(get_args(Scale))}"
        )
    if scale == "none" or not kept.any():
        return both
    median = np.median(both[:, kept], axis=1, keepdims=True)
    # All or none: to scale some ensembles only would make them differ.
    return both / median if (median > 0).all() else both


def _checked_strata(
    scores: np.ndarray, null: np.ndarray, strata: np.ndarray | None
) -> np.ndarray:
    """The strata, int [V], once all shapes fit."""
    fits = scores.ndim == 2 and null.ndim == 3 and null.shape[1] > 0
    if not fits or (null.shape[0], null.shape[2]) != scores.shape:
        raise ValueError(
            f"null: shape {null.shape} beside scores {scores.shape}; expected "
            "[C, null ensembles, V] beside [C, V]"
        )
    strata = np.zeros(scores.shape[1], np.int64) if strata is None else strata
    if np.shape(strata) != scores.shape[1:]:
        raise ValueError(
            f"strata: shape {np.shape(strata)}; expected {scores.shape[1:]}, one per "
            "variant"
        )
    kept = np.asarray(strata) >= 0
    for name, values in (("scores", scores), ("null", null)):
        missing = int(np.isnan(values[..., kept]).sum())
        if missing:
            raise ValueError(
                f"{name}: {missing} are NaN; give such variants a stratum below 0"
            )
    return np.asarray(strata)

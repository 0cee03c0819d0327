"""Puts a phenotype together of components of stated variance, and takes it apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from gxjax.truth.causal_columns import copies_of
from gxjax.truth.genotype_coding import residual, standardise
from gxjax.truth.latent import attenuation

__all__ = [
    "COMPONENT_COLUMNS",
    "Parts",
    "Trait",
    "assemble",
    "components_table",
    "parts_explained",
]

COMPONENT_COLUMNS = (
    *("component", "asked", "achieved"),
    *("additive_part", "dominance_part", "covariance"),
)


# People whose design is held at a time.
_PEOPLE = 2048


class Parts(NamedTuple):
    """Shares of a component's variance that single variants explain, over TRAIN.

    Attributes:
      additive: R^2 on the dosages of its causal variants.
      dominance: what their heterozygosity adds to it.
    """

    additive: float
    dominance: float


_UNKNOWN = Parts(float("nan"), float("nan"))


class Trait(NamedTuple):
    """What people have, and what it is the sum of.

    Attributes:
      phenotype: float64 [N]; the sum, or 0 and 1.
      components: table of N rows, a column per component and "noise"; their sum has
        mean 0 and sd 1 over TRAIN.
      scale: the factor that the components were multiplied by; 1 unless there is no
        room for noise.
      attenuation: of correlations, by cutting the sum into 0 and 1; else 1.
    """

    phenotype: np.ndarray
    components: pd.DataFrame
    scale: float
    attenuation: float


def assemble(
    components: Mapping[str, np.ndarray],
    asked_noise: float,
    noise: np.ndarray,
    train: np.ndarray,
    prevalence: float | None = None,
) -> Trait:
    """Components plus noise, of variance 1 over TRAIN.

    Over TRAIN noise is made uncorrelated with every component, and gets what variance
    is left of 1, covariances of the components included. So every component keeps its
    share exactly. Where nothing is left (or none was asked) there is no noise, and the
    sum is scaled.

    Args:
      components: float64 [N] each, mean 0 over TRAIN, sd the root of its share.
      asked_noise: 1 - the sum of the shares.
      noise: float64 [N], standard normal draws.
      train: bool [N].
      prevalence: share of TRAIN people that get 1; None for a quantitative trait.

    Raises:
      ValueError: a prevalence outside (0, 1), or that leaves fewer than two cases or
        controls in TRAIN.
    """
    varying = [each for each in components.values() if each[train].any()]
    total = np.sum([np.zeros(len(train)), *varying], axis=0)
    left, scale = float(1 - total[train].var()), 1.0
    rest = np.zeros(len(train))
    if asked_noise <= 1e-9 or left <= 0:
        scale = float(1 / total[train].std())
    else:
        rest = standardise(residual(noise, varying, train), train) * np.sqrt(left)
    table = pd.DataFrame({name: each * scale for name, each in components.items()})
    table["noise"] = rest
    liability = total * scale + rest
    if prevalence is None:
        return Trait(liability, table, scale, 1.0)
    cases, attenuated = _cut(liability, prevalence, train)
    return Trait(cases, table, scale, attenuated)


def _cut(
    liability: np.ndarray, prevalence: float, train: np.ndarray
) -> tuple[np.ndarray, float]:
    people = int(train.sum())
    wanted = round(people * prevalence)
    if not 2 <= wanted <= people - 2:
        raise ValueError(
            f"prevalence: {prevalence:g} makes {wanted} cases of {people} TRAIN "
            "people; expected a share in (0, 1) with two cases and two controls at "
            "least"
        )
    threshold = np.sort(liability[train])[people - wanted]
    counts = np.array([people - wanted, wanted])
    return (liability >= threshold).astype(np.float64), attenuation(counts)


def components_table(
    trait: Trait,
    asked: Mapping[str, float],
    parts: Mapping[str, Parts],
    train: np.ndarray,
) -> pd.DataFrame:
    """What was asked of every component and what the sample has, over TRAIN.

    Args:
      trait: of `assemble`.
      asked: shares, by name.
      parts: `Parts` of the components that are of genotypes; of "polygenic", which is
        of dosages alone, none are needed.
      train: bool [N].

    Returns:
      Table `component asked achieved additive_part dominance_part covariance`, then
      rows "noise" and "total". `achieved` is the component's variance, a share of the
      phenotype's (of noise that is the R^2 of the phenotype on it); `covariance` that
      with all others together: `achieved` and `covariance` of all rows but the last
      sum to 1. The parts of "total" are shares of the phenotype's variance, summed
      over components: `additive_part` is the heritability in the narrow sense.
    """
    known = {"polygenic": Parts(1.0, 0.0), **parts}
    values = trait.components.to_numpy()[train]
    whole = values.sum(axis=1)
    rows, narrow, dominance = [], 0.0, 0.0
    for name, own in zip(trait.components, values.T, strict=True):
        part, share = known.get(str(name), _UNKNOWN), float(own.var())
        shared = float(np.mean((own - own.mean()) * (whole - own)))
        wanted = asked.get(str(name), 1 - sum(asked.values()))
        rows.append((name, wanted, share, part.additive, part.dominance, shared))
        narrow += share * np.nan_to_num(part.additive)
        dominance += share * np.nan_to_num(part.dominance)
    rows.append(("total", 1.0, float(whole.var()), narrow, dominance, 0.0))
    return pd.DataFrame(rows, columns=list(COMPONENT_COLUMNS))


def parts_explained(
    values: np.ndarray, codes: np.ndarray, bits: int, train: np.ndarray
) -> Parts:
    """How much of a component its variants explain one by one, added up.

    By normal equations, so that the design never exists as a whole. By chance alone
    k variants explain about k / N of anything.

    Args:
      values: float64 [N], mean 0 over TRAIN: the component.
      codes: uint8 [N, k], of its variants.
      bits: of a code.
      train: bool [N].

    Returns:
      `Parts`; NaN of a component without variance.
    """
    people = np.flatnonzero(train)
    means = _means(codes, bits, people)
    size = 2 * codes.shape[1]
    products, along = np.zeros((size, size)), np.zeros(size)
    for start in range(0, len(people), _PEOPLE):
        rows = people[start : start + _PEOPLE]
        design = np.nan_to_num(_terms(codes[rows], bits) - means)
        products += design.T @ design
        along += design.T @ values[rows]
    whole = float(values[people] @ values[people])
    if whole == 0:
        return _UNKNOWN
    additive = _explained(products, along, size // 2) / whole
    return Parts(additive, max(_explained(products, along, size) / whole - additive, 0))


def _terms(codes: np.ndarray, bits: int) -> np.ndarray:
    """float64 [n, 2 k]: dosages, then heterozygosity 1 - |g - 1|; NaN if missing."""
    dosages = copies_of(codes, bits)
    return np.concatenate([dosages, 1 - np.abs(dosages - 1)], axis=1)


def _means(codes: np.ndarray, bits: int, people: np.ndarray) -> np.ndarray:
    """float64 [1, 2 k] of the calls of some people."""
    sums = called = np.zeros(2 * codes.shape[1])
    for start in range(0, len(people), _PEOPLE):
        terms = _terms(codes[people[start : start + _PEOPLE]], bits)
        sums = sums + np.nansum(terms, axis=0)
        called = called + (~np.isnan(terms)).sum(axis=0)
    return (sums / np.maximum(called, 1))[None, :]


def _explained(products: np.ndarray, along: np.ndarray, count: int) -> float:
    """Sum of squares that the first `count` terms explain."""
    spread = np.sqrt(np.maximum(np.diag(products)[:count], 1e-300))
    scaled = products[:count, :count] / np.outer(spread, spread)
    right = along[:count] / spread
    return float(right @ np.linalg.lstsq(scaled, right, rcond=1e-9)[0])

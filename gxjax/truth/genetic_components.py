"""The part of a phenotype that one kind of causal variants makes."""

from __future__ import annotations

from typing import Literal, NamedTuple

import jax
import numpy as np

from gxjax import rng
from gxjax.truth.causal_columns import column_blocks, copies_and_lost, copies_of
from gxjax.truth.genotype_coding import code_unit, lower_terms, residual, standardise
from gxjax.types import Genotypes, Progress, silent

__all__ = [
    "Component",
    "Planted",
    "Sizes",
    "dosage_correlations",
    "draw_sizes",
    "plant",
    "polygenic",
]

Sizes = Literal["equal", "normal"]


class Planted(NamedTuple):
    """Genotypes that effects are planted on.

    Attributes:
      codes: uint8 [N, k].
      bits: of a code.
      columns: int64 [k], ascending: the variants that they are of.
      sex: float64 [N], 1 or 2; NaN if unknown.
      train: bool [N].
    """

    codes: np.ndarray
    bits: int
    columns: np.ndarray
    sex: np.ndarray
    train: np.ndarray

    def coded(self, kind: str, unit: np.ndarray) -> np.ndarray:
        """`code_unit` of some variants, float64 [N]."""
        return code_unit(kind, *self._factors(kind, unit), self.train)

    def lower(self, kind: str, unit: np.ndarray) -> list[np.ndarray]:
        """`lower_terms` of some variants."""
        return lower_terms(kind, *self._factors(kind, unit), self.train)

    def of(self, units: np.ndarray) -> np.ndarray:
        """Codes uint8 [N, .] of the variants of some units."""
        return self.codes[:, np.searchsorted(self.columns, np.unique(units))]

    def _factors(
        self, kind: str, unit: np.ndarray
    ) -> tuple[list[np.ndarray], np.ndarray | None]:
        places = np.searchsorted(self.columns, unit)
        dosages = [copies_of(self.codes[:, place], self.bits) for place in places]
        return dosages, self.sex if kind == "gene_by_sex" else None


class Component(NamedTuple):
    """What some units add to the phenotype.

    Attributes:
      values: float64 [N], mean 0 and sd the root of the share over TRAIN.
      effects: float64 [n] per unit: sd of what it adds, with the effect's sign.
      targets: float64 [n]: the correlation of the coded genotype with a phenotype of
        sd 1 that this makes, if nothing else is correlated with it.
    """

    values: np.ndarray
    effects: np.ndarray
    targets: np.ndarray


def draw_sizes(key: jax.Array, kind: str, count: int, sizes: Sizes) -> np.ndarray:
    """Signed effects float64 [n] per sd of what is coded; more units change no others.

    Raises:
      ValueError: sizes that are none.
    """
    if sizes not in ("equal", "normal"):
        raise ValueError(f"sizes: found {sizes!r}; expected 'equal' or 'normal'")
    signs = rng.generator(key, f"truth/generative/{kind}/signs")
    signed = signs.choice([-1.0, 1.0], count)
    if sizes == "equal":
        return signed
    drawn = rng.generator(key, f"truth/generative/{kind}/sizes")
    return signed * np.abs(drawn.standard_normal(count))


def plant(
    kind: str,
    units: np.ndarray,
    sizes: np.ndarray,
    share: float,
    planted: Planted,
    progress: Progress = silent,
) -> Component:
    """The component of units that are few: every one's coding is looked at.

    What is coded is standardised over TRAIN; of an interaction only what its
    `lower_terms` leave of it, so that its members have no effects of their own.

    Args:
      kind: a key of `UNIT_SIZES`.
      units: int64 [n, variants of a unit].
      sizes: float64 [n], of `draw_sizes`.
      share: of the phenotype's variance.
      planted: genotypes of these variants.
      progress: called with units done, n.

    Raises:
      ValueError: the coded genotype of a unit has one value in TRAIN.
    """
    train = planted.train
    total, kept = np.zeros(len(train)), np.empty(len(units))
    for place, (unit, size) in enumerate(zip(units, sizes, strict=True)):
        coded = planted.coded(kind, unit)
        lower = planted.lower(kind, unit)
        own = standardise(residual(coded, lower, train) if lower else coded, train)
        if not own[train].any():
            raise ValueError(
                f"genotypes: {kind} unit of variants {unit.tolist()} has one value in "
                "TRAIN; raise the MAF range or class_people of the rules"
            )
        kept[place] = own[train] @ standardise(coded, train)[train] / train.sum()
        total += size * own
        progress(place + 1, len(units), f"{kind} effects")
    scale = _scale_to(share, total, train)
    effects = sizes * scale
    return Component((total - total[train].mean()) * scale, effects, effects * kept)


def polygenic(
    genotypes: Genotypes,
    columns: np.ndarray,
    sizes: np.ndarray,
    share: float,
    train: np.ndarray,
    progress: Progress = silent,
) -> Component:
    """The component of additive effects of very many variants, read in pieces.

    The genotypes are read twice, once for means and deviations over TRAIN.

    Args:
      genotypes: N people, V variants.
      columns: int64 [k], in any order, none twice.
      sizes: float64 [k], per sd of dosage.
      share: of the phenotype's variance.
      train: bool [N].
      progress: called with codes done, N k, twice over.
    """
    total, order = np.zeros(len(train)), np.argsort(columns)
    ordered = columns[order]
    mean, spread, _ = _moments(genotypes, ordered, total, train, progress)
    slopes = _ratio(sizes[order], spread)
    note = "adding polygenic effects"
    for rows, places, codes in column_blocks(genotypes, ordered, progress, note):
        copies, lost = copies_and_lost(codes, genotypes.bits)
        total[rows] += copies @ slopes[places]
        # A lost call has added 0; the mean is what it is to add.
        person, variant = lost
        level = (slopes[places] * mean[places])[variant]
        total[rows] += np.bincount(person, level, minlength=len(codes))
    scale = _scale_to(share, total, train)
    effects = sizes * scale
    return Component((total - total[train].mean()) * scale, effects, effects.copy())


class _Moments(NamedTuple):
    """Over TRAIN, float64 [k]: mean of calls, sd and correlation with missing at it."""

    mean: np.ndarray
    spread: np.ndarray
    correlation: np.ndarray


def _moments(
    genotypes: Genotypes,
    columns: np.ndarray,
    phenotype: np.ndarray,
    train: np.ndarray,
    progress: Progress,
) -> _Moments:
    called, sums, squares, along, level = np.zeros((5, len(columns)))
    note = "measuring polygenic variants"
    for rows, places, codes in column_blocks(genotypes, columns, progress, note):
        own = train[rows]
        y = phenotype[rows][own]
        copies, (person, variant) = copies_and_lost(codes[own], genotypes.bits)
        width = copies.shape[1]
        called[places] += len(y) - np.bincount(variant, minlength=width)
        sums[places] += copies.sum(axis=0)
        squares[places] += np.einsum("ij,ij->j", copies, copies)
        along[places] += y @ copies
        level[places] += y.sum() - np.bincount(variant, y[person], minlength=width)
    mean = sums / np.maximum(called, 1)
    spread = np.sqrt(np.maximum(squares - called * mean**2, 0) / train.sum())
    shared = (along - mean * level) / train.sum()
    return _Moments(mean, spread, _ratio(shared, spread))


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    out = np.zeros(len(numerator))
    return np.divide(numerator, denominator, out=out, where=denominator > 0)


def dosage_correlations(
    genotypes: Genotypes,
    columns: np.ndarray,
    phenotype: np.ndarray,
    train: np.ndarray,
    progress: Progress = silent,
) -> np.ndarray:
    """Correlations of a phenotype with dosages over TRAIN, the genotypes read once.

    Args:
      genotypes: N people, V variants; missing calls have the mean dosage.
      columns: int64 [k], in any order, none twice.
      phenotype: float64 [N], mean 0 and sd 1 over TRAIN.
      train: bool [N].
      progress: called with codes done, N k.

    Returns:
      float64 [k]; 0 of a constant dosage.
    """
    order = np.argsort(columns)
    found = np.empty(len(columns))
    moments = _moments(genotypes, columns[order], phenotype, train, progress)
    found[order] = moments.correlation
    return found


def _scale_to(share: float, values: np.ndarray, train: np.ndarray) -> float:
    spread = float(values[train].std())
    return float(np.sqrt(share)) / spread if spread > 0 else 0.0

"""Dominant and recessive spike-ins: a latent cut in two, the rest by chance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gxjax.truth.latent import (
    Draft,
    attenuation,
    calibrate,
    correlation,
    cut,
    feasible_target,
    tolerance,
)

__all__ = ["draw_dominant", "draw_recessive"]

EQUAL_MEANS = 0.20
"""Largest gap between the class means that should agree, as a share of the effect."""

TRIES = 40


class _Model(NamedTuple):
    """MAF range, and people allowed in the coded class: carriers or homozygotes."""

    dominant: bool
    maf: tuple[float, float]
    people: tuple[int, int]

    def share(self, maf: float) -> float:
        return 1 - (1 - maf) ** 2 if self.dominant else maf**2

    def split_share(self, maf: float) -> float:
        """Homozygotes among carriers, or heterozygotes among the rest, under HWE."""
        if self.dominant:
            return maf**2 / self.share(maf)
        return 2 * maf * (1 - maf) / (1 - self.share(maf))


def draw_dominant(
    generator: np.random.Generator, phenotype: np.ndarray, latent_rho: float
) -> Draft:
    """A variant whose carriers, 1[g > 0], are correlated with the phenotype.

    The latent variable is cut into carriers (10 to 14 % of the people, MAF 0.05 to
    0.08) and others; which carriers have two copies is drawn by Hardy-Weinberg
    proportions, independent of the phenotype, at most 40 times until their mean
    phenotype agrees with that of one copy within 20 % of the effect.

    Args:
      generator: of this variant alone.
      phenotype: float64 [N], mean 0, sd 1.
      latent_rho: signed; 0 gives a variant independent of the phenotype.
    """
    people = len(phenotype)
    bounds = int(np.ceil(0.10 * people)), int(0.14 * people)
    return _draw(generator, phenotype, latent_rho, _Model(True, (0.05, 0.08), bounds))


def draw_recessive(
    generator: np.random.Generator, phenotype: np.ndarray, latent_rho: float
) -> Draft:
    """A variant whose homozygotes, 1[g = 2], are correlated with the phenotype.

    As `draw_dominant`, with 1,200 to 4,500 homozygotes per 320,000 people (at least
    2), MAF 0.06 to 0.12, and 0 against 1 copy drawn among the rest.
    """
    people = len(phenotype)
    bounds = (
        max(2, int(np.ceil(1200 * people / 320_000))),
        int(4500 * people / 320_000),
    )
    return _draw(generator, phenotype, latent_rho, _Model(False, (0.06, 0.12), bounds))


def _draw(generator, phenotype, latent_rho, model: _Model) -> Draft:
    maf, coded = _draw_frequency(generator, len(phenotype), model)
    counts = np.array([len(phenotype) - coded, coded])
    noise = generator.standard_normal(len(phenotype))

    def indicator_at(strength):
        return cut(strength * phenotype + np.sqrt(1 - strength**2) * noise, counts)

    def measure(indicator):
        return correlation(phenotype, indicator)

    if latent_rho == 0:
        indicator, target = indicator_at(0.0), 0.0
        codes = _split(generator, indicator, maf, model)
        return Draft(codes, 0.0, target, measure(indicator), maf, 0.0)
    loss = attenuation(counts)
    target = feasible_target(indicator_at, measure, latent_rho * loss)
    indicator, achieved = calibrate(indicator_at, measure, target)
    codes, violation = _split_evenly(generator, phenotype, indicator, maf, model)
    bound = tolerance(len(codes), indicator.std())
    violation = max(violation, abs(achieved - target) / bound)
    return Draft(codes, target / loss, target, achieved, maf, violation)


def _draw_frequency(generator, people: int, model: _Model) -> tuple[float, int]:
    low, high = model.people
    for _ in range(1000):
        maf = generator.uniform(*model.maf)
        coded = int(generator.binomial(people, model.share(maf)))
        if low <= coded <= high:
            return maf, coded
    raise ValueError(
        f"phenotype: {people} people give no genotype counts between {low} and {high}; "
        "give more people"
    )


def _split(generator, indicator: np.ndarray, maf: float, model: _Model) -> np.ndarray:
    """Codes uint8 [N]: the class that has two genotypes gets them by chance."""
    mixed = np.flatnonzero(indicator == int(model.dominant))
    more = generator.binomial(len(mixed), model.split_share(maf))
    codes = indicator.copy() if model.dominant else 2 * indicator
    codes[generator.choice(mixed, more, replace=False, shuffle=False)] += 1
    return codes


def _split_evenly(
    generator, phenotype, indicator, maf, model: _Model
) -> tuple[np.ndarray, float]:
    effect = np.ptp([phenotype[indicator == code].mean() for code in (0, 1)])
    pair = (1, 2) if model.dominant else (0, 1)
    best: tuple[np.ndarray, float] | None = None
    for _ in range(TRIES):
        codes = _split(generator, indicator, maf, model)
        classes = [phenotype[codes == code] for code in pair]
        empty = any(len(values) == 0 for values in classes)
        gap = float("inf") if empty else np.ptp([v.mean() for v in classes])
        violation = float(gap / (EQUAL_MEANS * effect))
        if best is None or violation < best[1]:
            best = codes, violation
        if violation <= 1:
            break
    assert best is not None
    return best

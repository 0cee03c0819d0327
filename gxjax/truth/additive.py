"""Additive spike-ins: one latent variable cut into 0, 1 and 2."""

from __future__ import annotations

import numpy as np

from gxjax.truth.latent import (
    Draft,
    attenuation,
    calibrate,
    correlation,
    cut,
    draw_counts,
    feasible_target,
    tolerance,
)

__all__ = ["LINEARITY", "draw_additive"]

LINEARITY = 0.20
"""Largest |d12 - d01| / max(|d01|, |d12|), d the steps between class means of y."""

TRIES = 20


def draw_additive(
    generator: np.random.Generator,
    phenotype: np.ndarray,
    latent_rho: float,
    frequencies: np.ndarray,
) -> Draft:
    """A variant whose dosage is correlated with the phenotype.

    `z = s y + sqrt(1 - s^2) e` is cut into genotype counts drawn under Hardy-Weinberg
    equilibrium; s is bisected until the dosage has the target correlation, `latent_rho`
    times the attenuation that the cutting costs. A try draws frequency and noise anew,
    at most 20 times, until the class means of y lie near a line; else the best is kept.

    Args:
      generator: of this variant alone.
      phenotype: float64 [N], mean 0, sd 1.
      latent_rho: signed; 0 gives a variant independent of the phenotype.
      frequencies: float [F], MAFs to draw from.

    Returns:
      The draft. A threshold on a normal variable is only near linear: at MAF 0.07 the
      expected deviation is 0.26, so the guard favours the commoner frequencies.
    """
    best: Draft | None = None
    for _ in range(TRIES if latent_rho else 1):
        draft = _candidate(generator, phenotype, latent_rho, frequencies)
        if best is None or draft.violation < best.violation:
            best = draft
        if best.violation <= 1:
            break
    assert best is not None
    return best


def _candidate(generator, phenotype, latent_rho, frequencies) -> Draft:
    maf = float(generator.choice(frequencies))
    counts = draw_counts(generator, len(phenotype), maf)
    noise = generator.standard_normal(len(phenotype))

    def codes_at(strength):
        return cut(strength * phenotype + np.sqrt(1 - strength**2) * noise, counts)

    def measure(codes):
        return correlation(phenotype, codes)

    if latent_rho == 0:
        codes = codes_at(0.0)
        return Draft(codes, 0.0, 0.0, measure(codes), maf, 0.0)
    loss = attenuation(counts)
    target = feasible_target(codes_at, measure, latent_rho * loss)
    codes, achieved = calibrate(codes_at, measure, target)
    violation = max(
        _nonlinearity(phenotype, codes) / LINEARITY,
        abs(achieved - target) / tolerance(len(codes), codes.std()),
    )
    return Draft(codes, target / loss, target, achieved, maf, violation)


def _nonlinearity(phenotype: np.ndarray, codes: np.ndarray) -> float:
    counts = np.bincount(codes, minlength=3)
    if (counts == 0).any():
        return float("inf")
    means = np.bincount(codes, phenotype, minlength=3) / counts
    steps = np.diff(means)
    return float(abs(steps[1] - steps[0]) / np.abs(steps).max())

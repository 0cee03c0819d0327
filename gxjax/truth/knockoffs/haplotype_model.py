"""The haplotype-copying model of genotypes: parameters, and people drawn from it."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np

from gxjax.rng import generator

__all__ = ["HaplotypeModel", "check_model", "sample_haplotype_model"]

# Drawn as a whole, so that no person depends on how many there are.
_PEOPLE_PER_BLOCK = 256


class HaplotypeModel(NamedTuple):
    """A hidden Markov model of haplotypes with K ancestral clusters; fastPHASE's.

    Along a chromosome a haplotype belongs to one cluster at each variant. From one
    variant to the next it stays with probability `stay`, else its cluster is drawn
    anew from `alpha`, the old one included. In cluster k it carries A1 with probability
    `theta`. A person has two haplotypes, independent of each other, and the dosage is
    the sum of their alleles.

    Clusters are stretches that many haplotypes share, not populations, and number k
    here has nothing to do with number k far away.

    Attributes:
      theta: float32 [V, K], strictly between 0 and 1.
      alpha: float32 [V, K], positive, rows sum to 1: clusters at a chromosome's first
        variant, and where to jump elsewhere.
      stay: float32 [V], 0 at a chromosome's first variant.

    References:
      Scheet & Stephens, A fast and flexible statistical model for large-scale
      population genotype data: applications to inferring missing genotypes and
      haplotypic phase, Am J Hum Genet 78:629-644 (2006),
      https://doi.org/10.1086/502802
    """

    theta: Any
    alpha: Any
    stay: Any


def sample_haplotype_model(
    key: jax.Array, model: HaplotypeModel, people: int
) -> np.ndarray:
    """Draws the dosages of people from a model.

    Args:
      key: names every random number.
      model: V variants, K clusters.
      people: N. Person i is the same whatever N is.

    Returns:
      uint8 [N, V], dosages 0, 1 and 2; none is missing.

    Raises:
      ValueError: the model's arrays do not fit each other, or are out of range.
    """
    check_model(model)
    codes = np.empty((people, len(model.stay)), np.uint8)
    for block, start in enumerate(range(0, people, _PEOPLE_PER_BLOCK)):
        random = generator(key, "truth/knockoffs/sample_model", block)
        drawn = _sample_block(random, model)
        codes[start : start + _PEOPLE_PER_BLOCK] = drawn[: people - start]
    return codes


def _sample_block(random: np.random.Generator, model: HaplotypeModel) -> np.ndarray:
    """Dosages [B, V] of one whole block."""
    shape = (2, _PEOPLE_PER_BLOCK)
    cluster = np.zeros(shape, np.int64)
    codes = np.empty((_PEOPLE_PER_BLOCK, len(model.stay)), np.uint8)
    for j, (theta, alpha, stay) in enumerate(zip(*model, strict=True)):
        edges = np.cumsum(alpha, dtype=np.float64)[:-1]
        fresh = np.searchsorted(edges, random.random(shape), side="right")
        cluster = np.where(random.random(shape) < stay, cluster, fresh)
        codes[:, j] = (random.random(shape) < theta[cluster]).sum(axis=0)
    return codes


def check_model(model: HaplotypeModel, variants: int | None = None) -> None:
    """Raises ValueError for a model that is none, or is of other variants."""
    theta, alpha, stay = (np.asarray(part) for part in model)
    if theta.ndim != 2 or alpha.shape != theta.shape or stay.shape != theta.shape[:1]:
        raise ValueError(
            f"model: theta {theta.shape}, alpha {alpha.shape} and stay {stay.shape}; "
            "expected [V, K], [V, K] and [V]"
        )
    if variants is not None and len(stay) != variants:
        raise ValueError(
            f"model: of {len(stay)} variants; the genotypes have {variants}; fit it "
            "on the same variants with fit_haplotype_model"
        )
    within = (theta > 0).all() and (theta < 1).all() and (alpha > 0).all()
    whole = np.allclose(alpha.sum(axis=1), 1, atol=1e-3)
    moves = (stay >= 0).all() and (stay < 1).all() and (stay[:1] == 0).all()
    if not (within and whole and moves):
        raise ValueError(
            "model: expected theta in (0, 1), positive alpha with rows that sum to 1, "
            "and stay in [0, 1), 0 at a chromosome's first variant"
        )

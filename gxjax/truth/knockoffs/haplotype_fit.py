"""EM for the haplotype-copying model of unphased genotypes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.linkage.window import chromosome_runs
from gxjax.rng import generator, named
from gxjax.truth.knockoffs.haplotype_model import HaplotypeModel
from gxjax.truth.knockoffs.paths import draw_paths
from gxjax.truth.knockoffs.segments import (
    PEOPLE,
    cut_codes,
    cut_model,
    in_threads,
    read_codes,
)
from gxjax.types import MISSING, Genotypes, Progress, silent

__all__ = ["fit_haplotype_model"]

# How fast a step's weight falls: stochastic approximation wants 1/2 < exponent <= 1.
_EXPONENT = 0.55
_PEOPLE_PER_STEP = 2 * PEOPLE
# Pseudo-counts, in haplotypes: what a cluster that nobody has is like.
_THETA_PRIOR, _ALPHA_PRIOR = 0.1, 0.05
# No probability is closer to 0 or 1: a wrong call is always possible.
_LEAST = 2e-4
# Drawn clusters are kept in 8 bits.
_MOST_CLUSTERS = 255
_FIRST_MOVE, _LEAST_MOVE, _MOST_MOVE = 0.05, 1e-5, 0.9


def fit_haplotype_model(
    key: jax.Array,
    genotypes: Genotypes,
    *,
    clusters: int = 12,
    iterations: int = 30,
    fit_people: int = 1000,
    progress: Progress = silent,
) -> HaplotypeModel:
    """Fits the model to some of the people, by stochastic EM from one starting point.

    A step draws the hidden chains of 128 people in turn, counts what they say, and
    moves all counts so far towards theirs by (step + 1)^-0.55. Missing calls are summed
    over. Dosages are taken as of two copies: on X men have not.

    It finds a local optimum. What it can NOT tell: how many clusters are right (more
    follow LD more closely, and take K^2 the time), and anything that people of several
    ancestries, or relatives, share along the whole genome.

    Args:
      key: names every random number: who is fitted, where it starts, what is drawn.
      genotypes: N people, V variants, 2 bits, in memory or in a store; a chromosome's
        variants together and in their order.
      clusters: K, 2 to 255.
      iterations: steps, at least 1.
      fit_people: how many people take part; all do if there are fewer.
      progress: called with steps done.

    Returns:
      `HaplotypeModel` of V variants.

    Raises:
      ValueError: an argument is out of range, genotypes have 8 bits, nobody or no
        variant is there, or a chromosome lies in two places.

    References:
      Scheet & Stephens, A fast and flexible statistical model for large-scale
      population genotype data, Am J Hum Genet 78:629-644 (2006),
      https://doi.org/10.1086/502802
      Delyon, Lavielle & Moulines, Convergence of a stochastic approximation version of
      the EM algorithm, Ann Stat 27:94-128 (1999),
      https://doi.org/10.1214/aos/1018031103
    """
    _check(genotypes, clusters, iterations, fit_people)
    random = generator(key, "truth/knockoffs/fit")
    who = random.permutation(len(genotypes.samples))[:fit_people]
    firsts = [run.start for run in chromosome_runs(genotypes.variants)]
    model = _start(random, genotypes, who, clusters, firsts)
    counts: list[np.ndarray] = []
    for step, people in enumerate(_batches(who, iterations)):
        child = named(key, "truth/knockoffs/fit_paths", step)
        found = _count(child, model, genotypes, people)
        rate = (step + 1) ** -_EXPONENT
        counts = [
            old + rate * (new - old)
            for old, new in zip(counts or found, found, strict=True)
        ]
        model = _maximise(counts, 2 * len(who), firsts)
        progress(step + 1, iterations, "fitting the haplotype model")
    return model


def _batches(who: np.ndarray, steps: int) -> Iterator[np.ndarray]:
    """The people of each step: they take turns."""
    size = min(_PEOPLE_PER_STEP, len(who))
    for step in range(steps):
        yield who[np.arange(step * size, (step + 1) * size) % len(who)]


def _start(
    random: np.random.Generator,
    genotypes: Genotypes,
    who: np.ndarray,
    clusters: int,
    firsts: list[int],
) -> HaplotypeModel:
    """Clusters halfway between everybody's frequency and one person's dosages."""
    some = read_codes(genotypes, who[:_PEOPLE_PER_STEP])
    carried = np.where(some == MISSING, 0, some).sum(axis=0) + 0.5
    frequency = carried / (2 * (some != MISSING).sum(axis=0) + 1)
    models = some[random.integers(0, len(some), clusters)]
    models = np.where(models == MISSING, frequency[None, :], models / 2)
    noise = random.uniform(-0.1, 0.1, models.shape)
    theta = np.clip((frequency[None, :] + models) / 2 + noise, 0.02, 0.98)
    stay = np.full(theta.shape[1], 1 - _FIRST_MOVE, np.float32)
    stay[firsts] = 0
    alpha = np.full(theta.T.shape, 1 / clusters, np.float32)
    return HaplotypeModel(theta.T.astype(np.float32), alpha, stay)


def _count(
    key: jax.Array, model: HaplotypeModel, genotypes: Genotypes, people: np.ndarray
) -> list[np.ndarray]:
    """Carriers of A1, haplotypes called, and jumps [V, K], per haplotype drawn."""
    work = partial(_count_block, key, cut_model(model), genotypes, people)
    starts = range(0, len(people), PEOPLE)
    blocks = list(in_threads(work, starts))
    haplotypes = 2 * len(people)
    return [
        np.sum(part, axis=0)[: len(model.stay)] / haplotypes
        for part in zip(*blocks, strict=True)
    ]


def _count_block(
    key: jax.Array,
    segments: list[HaplotypeModel],
    genotypes: Genotypes,
    people: np.ndarray,
    start: int,
) -> list[np.ndarray]:
    codes = read_codes(genotypes, people[start : start + PEOPLE])
    cut = cut_codes(codes)
    places = np.arange(start, start + PEOPLE, dtype=np.int32)
    paths, _ = draw_paths(key, segments, cut, places)
    present = (np.arange(PEOPLE) < len(codes)).astype(np.float32)
    before = jnp.zeros_like(paths[0][0])
    found = []
    for segment, here, path in zip(segments, cut, paths, strict=True):
        found.append(_count_segment(segment, here, before, path, present))
        before = path[-1]
    return [
        np.concatenate([np.asarray(part) for part in parts])
        for parts in zip(*found, strict=True)
    ]


@jax.jit
def _count_segment(
    segment: HaplotypeModel,
    codes: jax.Array,
    before: jax.Array,
    path: jax.Array,
    present: jax.Array,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Sums over people, [L, K] each, of what drawn clusters [L, 2, B] say."""
    flat = path.reshape(len(path), -1).astype(jnp.int32)
    theta = jnp.take_along_axis(segment.theta, flat, axis=1).reshape(path.shape)
    mine, other = theta * (1 - theta[:, ::-1]), (1 - theta) * theta[:, ::-1]
    dosage = codes[:, None]
    carries = jnp.where(dosage == 1, mine / (mine + other), (dosage == 2) * 1.0)
    called = (dosage != MISSING) * present[None, None]
    jump = (1 - segment.stay)[:, None] * segment.alpha
    jump = jnp.take_along_axis(jump, flat, axis=1).reshape(path.shape)
    stayed = path == jnp.concatenate([before[None], path[:-1]])
    jumped = jnp.where(stayed, jump / (segment.stay[:, None, None] + jump), 1.0)
    clusters = jnp.arange(segment.theta.shape[1])
    member = path[:, None] == clusters[None, :, None, None]

    def count(weight: jax.Array) -> jax.Array:
        return jnp.where(member, weight[:, None], 0).sum(axis=(2, 3))

    every = jnp.broadcast_to(called, path.shape)
    return count(carries * called), count(every), count(jumped * present[None, None])


def _maximise(
    counts: list[np.ndarray], haplotypes: int, firsts: list[int]
) -> HaplotypeModel:
    """The likeliest model of so many haplotypes that are like those counted."""
    carriers, called, jumps = (haplotypes * part for part in counts)
    overall = (carriers.sum(axis=1) + 0.5) / (called.sum(axis=1) + 1)
    theta = (carriers + _THETA_PRIOR * overall[:, None]) / (called + _THETA_PRIOR)
    alpha = jumps + _ALPHA_PRIOR
    alpha /= alpha.sum(axis=1, keepdims=True)
    stay = 1 - np.clip(jumps.sum(axis=1) / haplotypes, _LEAST_MOVE, _MOST_MOVE)
    stay[firsts] = 0
    return HaplotypeModel(
        np.clip(theta, _LEAST, 1 - _LEAST).astype(np.float32),
        alpha.astype(np.float32),
        stay.astype(np.float32),
    )


def _check(genotypes: Genotypes, clusters: int, steps: int, people: int) -> None:
    if genotypes.bits != 2:
        raise ValueError(
            f"genotypes: {genotypes.bits} bits a code; the haplotype model is of hard "
            "calls, 2 bits; use gaussian_knockoffs for dosages"
        )
    if clusters > _MOST_CLUSTERS:
        raise ValueError(
            f"clusters: found {clusters}, expected {_MOST_CLUSTERS} at most"
        )
    for name, found, least in (
        ("clusters", clusters, 2),
        ("iterations", steps, 1),
        ("fit_people", people, 1),
        ("genotypes.samples", len(genotypes.samples), 1),
        ("genotypes.variants", len(genotypes.variants), 1),
    ):
        if found < least:
            raise ValueError(f"{name}: found {found}, expected {least} at least")

"""Second-order knockoffs of dosages: right in means and covariances, by blocks."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.genotypes.packed import DOSAGE_PER_BYTE, MISSING_BYTE, byte_codes, unpack
from gxjax.linkage.window import ChromosomeRun, chromosome_runs
from gxjax.rng import generator, named
from gxjax.truth.knockoffs.ld_blocks import cut_where_ld_is_least
from gxjax.truth.knockoffs.maximum_entropy import (
    maximum_entropy_distances,
    shrunk_correlation,
)
from gxjax.truth.knockoffs.segments import in_threads
from gxjax.types import Genotypes, Progress, silent

__all__ = ["gaussian_knockoffs"]

# A block of people always has this size: the same products, whatever N is.
_PEOPLE = 256


class _Law(NamedTuple):
    """Of X~ given X in a block of P padded variants, in standard units.

    Attributes:
      mean: float32 [P], dosage.
      deviation: float32 [P], dosage; 0 where a variant does not vary: its knockoff is
        the original.
      weights: float32 [P, P]; the mean of a knockoff row is the row times this.
      root: float32 [P, P]; its noise is a standard normal row times this.
    """

    mean: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray
    root: np.ndarray


def gaussian_knockoffs(
    key: jax.Array,
    genotypes: Genotypes,
    *,
    block_variants: int = 256,
    fit_people: int = 4000,
    progress: Progress = silent,
) -> np.ndarray:
    """Draws knockoffs of dosages whose means and covariances are as if swapped.

    Every chromosome is cut into blocks where LD is least. In a block X~ given X is
    normal, X + (mean - X) correlation^-1 diag(s) with covariance 2 diag(s) - diag(s)
    correlation^-1 diag(s), so that (X, X~) keep mean and covariance when columns trade
    places; the correlation is shrunk, s has the most entropy. Results are clipped to
    [0, 2] and rounded to 1/127 with a random threshold, so that rounding has no bias.

    Person i's knockoff depends on `key`, i, and the people fitted, not on how many are
    drawn together. A missing dosage counts as its mean, and its knockoff is missing.
    Beside the result it holds 8 bytes x V_c x block_variants for the longest chromosome
    and the codes there of `fit_people`.

    What it can NOT tell: dosages are not normal. Means and covariances agree, higher
    moments do not: a knockoff of a hard call is no hard call, and a network can learn
    the difference; prefer `hmm_knockoffs` where dosages are hard calls, or nearly. Rare
    variants lose variance and gain mean by the clipping. LD across a cut is lost in
    knockoffs. Relatives and several ancestries break it as they do `hmm_knockoffs`.

    Args:
      key: of the knockoffs; names every random number.
      genotypes: N people, V variants, 8 bits or 2, in memory or in a store; a
        chromosome's variants together and in their order.
      block_variants: the most variants of a block, at least 2.
      fit_people: how many people give means and covariances; all if there are fewer.
      progress: called with V times people done, chromosome by chromosome.

    Returns:
      uint8 [N, V], 8-bit codes: 127 times the dosage, or 255.

    Raises:
      ValueError: a setting is out of range, nobody or no variant is there, or a
        chromosome lies in two places.

    References:
      Candes, Fan, Janson & Lv, Panning for gold: 'model-X' knockoffs for high
      dimensional controlled variable selection, J R Stat Soc B 80:551-577 (2018),
      https://doi.org/10.1111/rssb.12265
    """
    people, count = len(genotypes.samples), len(genotypes.variants)
    _check(people, count, block_variants, fit_people)
    random = generator(key, "truth/knockoffs/gaussian_fit")
    who = np.sort(random.permutation(people)[:fit_people])
    found = np.empty((people, count), np.uint8)
    done, total = 0, people * count
    for run in chromosome_runs(genotypes.variants):
        width = min(block_variants, run.stop - run.start)
        blocks, laws = _fit(genotypes, run, who, width)
        work = partial(_draw_people, key, genotypes, run, blocks, laws)
        starts = range(0, people, _PEOPLE)
        for start, drawn in zip(starts, in_threads(work, starts), strict=True):
            found[start : start + _PEOPLE, run.start : run.stop] = drawn
            done += drawn.size
            progress(done, total, f"drawing knockoffs of chromosome {run.name}")
    return found


def _check(people: int, variants: int, block_variants: int, fit_people: int) -> None:
    for name, found, least in (
        ("block_variants", block_variants, 2),
        ("fit_people", fit_people, 1),
        ("genotypes.samples", people, 1),
        ("genotypes.variants", variants, 1),
    ):
        if found < least:
            raise ValueError(f"{name}: found {found}, expected {least} at least")


def _read(genotypes: Genotypes, run: ChromosomeRun, people: Any) -> np.ndarray:
    """uint8 [B, V_c]: 8-bit codes of a chromosome."""
    per_byte = 8 // genotypes.bits
    left, right = run.start // per_byte, -(-run.stop // per_byte)
    rows = np.asarray(genotypes.packed[people, left:right])
    codes = unpack(rows, rows.shape[1] * per_byte, genotypes.bits)
    inside = slice(run.start - left * per_byte, run.stop - left * per_byte)
    return codes[:, inside] if genotypes.bits == 8 else byte_codes(codes[:, inside])


def _fit(
    genotypes: Genotypes, run: ChromosomeRun, who: np.ndarray, width: int
) -> tuple[list[tuple[int, int]], list[_Law]]:
    """Blocks of a chromosome, and the law of each, padded to `width`."""
    codes = _read(genotypes, run, who)

    def read(left: int, right: int) -> np.ndarray:
        return _standardise(codes[:, left:right])[0]

    blocks = cut_where_ld_is_least(read, codes.shape[1], max(width, 2))
    laws = [_law(codes[:, left:right], width) for left, right in blocks]
    return blocks, laws


def _standardise(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """float32 [n, p] of mean 0 and variance 1, or all 0; means; deviations."""
    missing = codes == MISSING_BYTE
    called = np.maximum((~missing).sum(axis=0), 1)
    values = np.where(missing, 0, codes).astype(np.float32)
    values *= DOSAGE_PER_BYTE
    mean = values.sum(axis=0, dtype=np.float64) / called
    values = np.where(missing, 0, values - mean.astype(np.float32)[None, :])
    deviation = np.sqrt((values.astype(np.float64) ** 2).mean(axis=0))
    deviation[deviation < 1e-6] = 0
    values /= np.where(deviation > 0, deviation, 1).astype(np.float32)[None, :]
    return values, mean, deviation


def _law(codes: np.ndarray, width: int) -> _Law:
    values, mean, deviation = _standardise(codes)
    varies = np.flatnonzero(deviation > 0)
    weights, root = np.eye(width), np.zeros((width, width))
    if len(varies):
        correlation = shrunk_correlation(values[:, varies])
        s = maximum_entropy_distances(correlation)
        towards = np.linalg.solve(correlation, np.diag(s))
        noise = 2 * np.diag(s) - s[:, None] * towards
        places = np.ix_(varies, varies)
        weights[places] = np.eye(len(varies)) - towards
        root[places] = np.linalg.cholesky((noise + noise.T) / 2).T
    padding = (0, width - len(mean))
    parts = np.pad(mean, padding), np.pad(deviation, padding), weights, root
    return _Law(*(part.astype(np.float32) for part in parts))


def _draw_people(
    key: jax.Array,
    genotypes: Genotypes,
    run: ChromosomeRun,
    blocks: list[tuple[int, int]],
    laws: list[_Law],
    start: int,
) -> np.ndarray:
    """uint8 [B, V_c] of the people from `start` on."""
    codes = _read(genotypes, run, slice(start, start + _PEOPLE))
    people = np.arange(start, start + _PEOPLE, dtype=np.int32)
    drawn = np.empty_like(codes)
    for (left, right), law in zip(blocks, laws, strict=True):
        whole = np.full((_PEOPLE, len(law.mean)), MISSING_BYTE, np.uint8)
        whole[: len(codes), : right - left] = codes[:, left:right]
        found = _draw(key, people, run.start + left, whole, law)
        drawn[:, left:right] = np.asarray(found)[: len(codes), : right - left]
    return drawn


@jax.jit
def _draw(
    key: jax.Array, people: jax.Array, first: int, codes: jax.Array, law: _Law
) -> jax.Array:
    """8-bit codes of a block's knockoffs, uint8 [B, P]; `first` names the block."""

    def numbers(person: jax.Array) -> tuple[jax.Array, jax.Array]:
        child = named(key, "truth/knockoffs/gaussian", person, first)
        shape = law.mean.shape
        noise = jax.random.normal(named(child, "noise"), shape)
        return noise, jax.random.uniform(named(child, "rounding"), shape)

    noise, threshold = jax.vmap(numbers)(people)
    missing, varies = codes == MISSING_BYTE, (law.deviation > 0)[None]
    dosages = codes.astype(jnp.float32) * DOSAGE_PER_BYTE
    unit = jnp.where(varies, law.deviation[None], 1)
    centred = jnp.where(missing | ~varies, 0, (dosages - law.mean[None]) / unit)
    exact = jnp.matmul(centred, law.weights, precision="highest")
    exact = exact + jnp.matmul(noise, law.root, precision="highest")
    exact = jnp.clip(law.mean[None] + exact * law.deviation[None], 0, 2)
    # 254 plus almost 1 is 255 in float32, which would be missing.
    rounded = jnp.minimum(jnp.floor(exact * 127 + threshold), 254).astype(jnp.uint8)
    return jnp.where(missing | ~varies, codes, rounded)

"""The two hidden chains of a person given the genotypes: filtered, then drawn.

People are the last axis of every array here: what a step does for one pair of clusters
it does for all of them, side by side. K is the number of clusters, B of people, L of
variants of a segment. Both chains have the same parameters, so the filter is symmetric
in them; and they move one after the other, in K^2 and not K^4 operations.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import chex
import jax
import jax.numpy as jnp

from gxjax.truth.knockoffs.haplotype_model import HaplotypeModel

__all__ = [
    "Filtered",
    "Later",
    "draw",
    "draw_segment",
    "filter_segment",
    "genotype_probabilities",
    "start_filter",
]


class Filtered(NamedTuple):
    """P(clusters at a variant | codes up to it), of B people.

    Attributes:
      pairs: float32 [K, K, B], sums to 1 over both K.
      rows: float32 [K, B], its sum over one of them.
    """

    pairs: jax.Array
    rows: jax.Array


class Later(NamedTuple):
    """What is drawn at a variant, and how the chains came there.

    Attributes:
      clusters: int32 [2, B].
      alpha: float32 [K], of that variant.
      stay: float32 scalar, of that variant.
    """

    clusters: jax.Array
    alpha: jax.Array
    stay: jax.Array


def start_filter(clusters: int, people: int) -> Filtered:
    """The filter before a first variant; any distribution will do."""
    return Filtered(
        jnp.full((clusters, clusters, people), 1 / clusters**2, jnp.float32),
        jnp.full((clusters, people), 1 / clusters, jnp.float32),
    )


def genotype_probabilities(theta: jax.Array) -> jax.Array:
    """P(dosage | pair of clusters), float32 [L, 3, K, K], of theta [L, K]."""
    chex.assert_rank(theta, 2)
    both = theta[:, :, None] * theta[:, None, :]
    none = (1 - theta)[:, :, None] * (1 - theta)[:, None, :]
    return jnp.stack([none, 1 - none - both, both], axis=1)


@jax.jit
def filter_segment(
    start: Filtered, segment: HaplotypeModel, codes: jax.Array
) -> tuple[Filtered, jax.Array]:
    """Filters through a segment.

    Args:
      start: at the variant before it.
      segment: model of its L variants.
      codes: uint8 [L, B]: 0, 1, 2, and 3 for missing.

    Returns:
      `Filtered` at its last variant; and log P(its codes | all codes before) [B].
    """

    def step(carry: tuple, site: tuple) -> tuple[tuple, None]:
        before, log_likelihood = carry
        after, total = _filter(before, *site)
        return (after, log_likelihood + jnp.log(total)), None

    carry = start, jnp.zeros(codes.shape[1], jnp.float32)
    return jax.lax.scan(step, carry, _sites(segment, codes))[0]


@jax.jit
def draw_segment(
    start: Filtered,
    later: Later,
    segment: HaplotypeModel,
    codes: jax.Array,
    uniforms: jax.Array,
) -> tuple[Later, jax.Array]:
    """Draws both chains from P(chains | all codes), backward through a segment.

    Args:
      start: the filter at the variant before the segment.
      later: drawn at the variant behind it.
      segment: model of its L variants.
      codes: uint8 [L, B].
      uniforms: float32 [L, 2, B] in [0, 1).

    Returns:
      `Later` of its first variant; and the clusters uint8 [L, 2, B].
    """

    def keep(before: Filtered, site: tuple) -> tuple[Filtered, Filtered]:
        after, _ = _filter(before, *site)
        return after, after

    def step(later: Later, site: tuple) -> tuple[Later, jax.Array]:
        here, alpha, stay, uniform = site
        clusters = _draw_pair(here, later, uniform)
        return Later(clusters, alpha, stay), clusters.astype(jnp.uint8)

    kept = jax.lax.scan(keep, start, _sites(segment, codes))[1]
    sites = kept, segment.alpha, segment.stay, uniforms
    return jax.lax.scan(step, later, sites, reverse=True)


def draw(weights: jax.Array, uniform: jax.Array) -> jax.Array:
    """int32 [B]: an index k with probability proportional to weights [K, B]."""
    edges = jnp.cumsum(weights, axis=0)
    below = edges[:-1] <= (edges[-1] * uniform)[None]
    return below.sum(axis=0, dtype=jnp.int32)


def _sites(segment: HaplotypeModel, codes: jax.Array) -> tuple:
    chex.assert_equal(codes.shape[0], segment.stay.shape[0])
    return genotype_probabilities(segment.theta), segment.alpha, segment.stay, codes


def _filter(
    before: Filtered, table: jax.Array, alpha: jax.Array, stay: jax.Array, codes: Any
) -> tuple[Filtered, jax.Array]:
    """The filter one variant on, and the probability [B] of the codes there."""
    pairs, rows = before
    jump = (1 - stay) * alpha
    pairs = stay * pairs + jump[:, None, None] * rows[None]
    # Plain sums and few operands: what XLA makes fast loops of on a CPU.
    moved = stay * rows + jump[:, None]
    pairs = stay * pairs + jump[None, :, None] * moved[:, None]
    pairs = pairs * _likelihood(table, codes)
    rows = pairs.sum(axis=0)
    total = rows.sum(axis=0)
    return Filtered(pairs / total[None, None], rows / total[None]), total


def _likelihood(table: jax.Array, codes: jax.Array) -> jax.Array:
    """[K, K, B]: of the codes [B], 1 where a call is missing."""
    of_code = jnp.ones((), jnp.float32)
    for dosage in (2, 1, 0):
        here = (codes == dosage)[None, None]
        of_code = jnp.where(here, table[dosage][..., None], of_code)
    return of_code


def _draw_pair(here: Filtered, later: Later, uniform: jax.Array) -> jax.Array:
    """int32 [2, B]: the first chain with the second summed out, then the second."""
    first, second = later.clusters
    jump = (1 - later.stay) * later.alpha
    column = later.stay * _row(here.pairs, second) + jump[second][None] * here.rows
    drawn = draw(column * _arrives(first, later.stay, jump), uniform[0])
    row = _row(here.pairs, drawn) * _arrives(second, later.stay, jump)
    return jnp.stack([drawn, draw(row, uniform[1])])


def _row(pairs: jax.Array, cluster: jax.Array) -> jax.Array:
    """[K, B]: row (or column, they are equal) `cluster` of each person's matrix."""
    rows = jnp.take_along_axis(pairs, cluster[None, None], axis=0)
    return rows[0]


def _arrives(cluster: jax.Array, stay: jax.Array, jump: jax.Array) -> jax.Array:
    """[K, B]: the probability of `cluster` [B] after each of the K."""
    same = jnp.arange(len(jump))[:, None] == cluster[None]
    return jnp.where(same, stay, 0) + jump[cluster][None]

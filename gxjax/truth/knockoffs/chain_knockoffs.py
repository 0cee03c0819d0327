"""A knockoff copy of a Markov chain, and the alleles that it emits."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from gxjax.truth.knockoffs.haplotype_model import HaplotypeModel
from gxjax.truth.knockoffs.pair_chain import draw

__all__ = ["Copied", "copy_chain", "emit_dosages", "start_copy"]


class Copied(NamedTuple):
    """What the knockoff of a chain needs to go on, of C chains.

    Attributes:
      chain: int32 [C], the cluster at the variant before.
      copy: int32 [C], the knockoff's.
      normaliser: float32 [K, C], the function N of the variant before, up to a factor.
    """

    chain: jax.Array
    copy: jax.Array
    normaliser: jax.Array


def start_copy(segment: HaplotypeModel, chains: int) -> Copied:
    """Before a first variant, at which `stay` is 0: any cluster, and N its alpha."""
    none = jnp.zeros(chains, jnp.int32)
    normaliser = jnp.tile(segment.alpha[0][:, None], (1, chains))
    return Copied(none, none, normaliser)


@jax.jit
def copy_chain(
    start: Copied,
    segment: HaplotypeModel,
    following: HaplotypeModel,
    chains: jax.Array,
    next_chains: jax.Array,
    uniforms: jax.Array,
) -> tuple[Copied, jax.Array]:
    """Draws knockoffs of C chains, forward through a segment.

    With Q_j the transition into variant j, z the chain and z' its knockoff, z'_j is
    drawn in proportion to Q_j(k | z_{j-1}) Q_j(k | z'_{j-1}) Q_{j+1}(z_{j+1} | k) /
    N_{j-1}(k), where N_j(k) is the sum over l of Q_j(l | z_{j-1}) Q_j(l | z'_{j-1})
    Q_{j+1}(k | l) / N_{j-1}(l). A transition either stays or forgets where it was, so a
    step takes K operations and not K^2.

    Args:
      start: at the variant before the segment.
      segment: model of its L variants.
      following: of the variants one further on each.
      chains: uint8 [L, C], clusters.
      next_chains: uint8 [L, C], one variant further on each.
      uniforms: float32 [L, C] in [0, 1).

    Returns:
      `Copied` at the last variant; and the knockoffs uint8 [L, C].

    References:
      Sesia, Sabatti & Candes, Gene hunting with hidden Markov model knockoffs,
      Biometrika 106:1-18 (2019), https://doi.org/10.1093/biomet/asy033, algorithm 2.
    """

    def step(before: Copied, site: tuple) -> tuple[Copied, jax.Array]:
        alpha, stay, next_alpha, next_stay, chain, next_chain, uniform = site
        jump, next_jump = (1 - stay) * alpha, (1 - next_stay) * next_alpha
        weights = _departs(before.chain, stay, jump) * _departs(before.copy, stay, jump)
        weights = weights / before.normaliser
        weights = weights / weights.sum(axis=0)[None]
        same = jnp.arange(len(alpha))[:, None] == next_chain[None]
        arrives = jnp.where(same, next_stay, 0) + next_jump[next_chain][None]
        copy = draw(weights * arrives, uniform)
        normaliser = next_stay * weights + next_jump[:, None]
        return Copied(chain, copy, normaliser), copy.astype(jnp.uint8)

    sites = (
        *(segment.alpha, segment.stay, following.alpha, following.stay),
        *(chains.astype(jnp.int32), next_chains.astype(jnp.int32), uniforms),
    )
    return jax.lax.scan(step, start, sites)


def _departs(cluster: jax.Array, stay: jax.Array, jump: jax.Array) -> jax.Array:
    """[K, C]: the probability of each of the K after `cluster` [C]."""
    same = jnp.arange(len(jump))[:, None] == cluster[None]
    return jnp.where(same, stay, 0) + jump[:, None]


@jax.jit
def emit_dosages(
    segment: HaplotypeModel, clusters: jax.Array, uniforms: jax.Array
) -> jax.Array:
    """Dosages, uint8 [L, B], of pairs of clusters uint8 [L, 2, B].

    Args:
      segment: model of the L variants.
      clusters: uint8 [L, 2, B].
      uniforms: float32 [L, B] in [0, 1).
    """
    flat = clusters.reshape(len(clusters), -1).astype(jnp.int32)
    carries = jnp.take_along_axis(segment.theta, flat, axis=1)
    carries = carries.reshape(clusters.shape)
    none = (1 - carries[:, 0]) * (1 - carries[:, 1])
    both = carries[:, 0] * carries[:, 1]
    return (uniforms >= none).astype(jnp.uint8) + (uniforms >= 1 - both)

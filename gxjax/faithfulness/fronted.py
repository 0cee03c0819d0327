"""Attributions of a batch of people through the linear front, tile by tile."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp

from gxjax.attribution.draws import product
from gxjax.attribution.front import NoiseLaw, draw, noise_law
from gxjax.attribution.method import Attribution
from gxjax.attribution.moments import moments
from gxjax.attribution.noise import SmoothGrad, split, summarise
from gxjax.attribution.tile import Tile, by_channel, over_tiles
from gxjax.faithfulness.network import (
    activations,
    channels_of,
    check_member,
    tiles_for,
)
from gxjax.types import Channels, LinearFront

__all__ = ["by_front", "member_noise_law"]


def member_noise_law(front: LinearFront, member: int) -> NoiseLaw:
    """The law of input noise behind one network: 2 V H^2 products, two copies [V, H].

    Args:
      front: M networks.
      member: which of them.
    """
    check_member(front, member)
    return _law(front.kernel, jnp.int32(member), channels=channels_of(front))


@partial(jax.jit, static_argnames=("channels",))
def _law(kernel, index, *, channels: Channels) -> NoiseLaw:
    return noise_law(kernel[index], channels)


def by_front(
    front: LinearFront,
    member: int,
    attribution: Attribution,
    law: NoiseLaw | None,
    rows: jax.Array,
    ends: jax.Array,
    x: jax.Array,
    ids: jax.Array,
    child: jax.Array,
) -> jax.Array:
    """Attributions [B, V] of people x [B, V], noise in H dimensions.

    Args:
      front: M networks.
      member: which of them.
      attribution: as `compose` made it.
      law: of the noise; None without.
      rows: float [K, V], baselines.
      ends: float [K, H], their activations.
      x: float [B, V], dosages.
      ids: uint32 [B], the people.
      child: a key, to be folded with each person.
    """
    h = activations(front, member, x)
    x, index = jnp.asarray(x, h.dtype), jnp.int32(member)
    networks = front.kernel, front.tail, index, law
    return _fronted(
        networks, x, h, rows, ends, ids, child, attribution=attribution,
        head=front.head, tiles=tiles_for(front, 8 * len(x)),
        channels=channels_of(front),
    )  # fmt: skip


@partial(jax.jit, static_argnames=("attribution", "head", "tiles", "channels"))
def _fronted(
    networks, x, h, rows, ends, ids, child, *, attribution, head, tiles, channels
):
    """As `through_front`, of many people, a tile of variants at a time; [B, V]."""
    kernel, tail, index, law = networks
    parts, one = split(attribution), jax.tree.map(lambda a: a[index], tail)
    keys = jax.vmap(lambda person: jax.random.fold_in(child, person))(ids)
    shift, whitened = _noise(parts.noise, law, h, keys)

    def of_person(h_one, person_key, moved):
        return draw(parts, partial(head, one), h_one, ends, person_key, moved)

    found = jax.vmap(of_person)(h, keys, shift)

    def of_tile(tile: Tile):
        kernels, centre = by_channel(tile.rows, channels), None
        known = jnp.zeros((len(kernels), len(kernels), len(tile.fresh)), x.dtype)
        if whitened is not None:
            centre = [product(whitened, each.T) for each in kernels]
            known = tile.cut(law.leverage, 2)
        here = tile.cut(x, 1), tile.cut(rows, 1)
        pair = moments(parts, tile.rows, known, found, centre, *here, channels=channels)
        return summarise(parts.noise.statistic if parts.noise else "mean", *pair)

    return over_tiles(kernel, index, tiles, of_tile, channels)


def _noise(smooth: SmoothGrad | None, law, h, keys):
    """Shift of the activations [B, K, H] and `whiten z` [K, B, H]; or None twice."""
    if smooth is None:
        return None, None

    def normal(person_key):
        noise_keys, _ = smooth.keys(person_key)
        draw_one = partial(jax.random.normal, shape=h.shape[1:], dtype=h.dtype)
        return jax.vmap(draw_one)(noise_keys)

    z = smooth.sigma * jax.vmap(normal)(keys)
    return product(z, law.root.T), jnp.swapaxes(product(z, law.whiten.T), 0, 1)

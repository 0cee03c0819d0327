"""Input noise of every variant, for a method that tells rises from falls.

What a draw raises and lowers, |x + eps - x'| |W|, has no law in H dimensions: it is no
linear function of eps. So V numbers are drawn per person and draw, one tile at a time,
and drawn again where the multipliers come back: nothing of size [K, B, V] exists. A
draw costs 1 + R products forward and 2 R back for R baselines, besides its numbers,
where a method without `Method.parts` needs none forward and R back.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from gxjax.attribution.channels import DOSAGE, channel_values, weighted_sum
from gxjax.attribution.draws import Draws, product
from gxjax.attribution.halves import signed_halves
from gxjax.attribution.networks import over_variants
from gxjax.attribution.plan import Plan
from gxjax.attribution.tile import Tile, by_channel, sum_over_tiles
from gxjax.types import Channels

__all__ = ["SignedNoise", "noisy_activations", "noisy_moments", "signed_noise"]

_BLOCK = 256
"""Adjacent variants that share a key: tiles may begin anywhere between."""


class SignedNoise(NamedTuple):
    """The noise of a batch behind one member, made anew wherever it is asked for.

    Attributes:
      key: the member's.
      ids: uint32 [B], the people.
      numbers: int32 [V], which variants a device has, counted over all devices.
      sigma: standard deviation, in input units.
    """

    key: Any
    ids: Any
    numbers: Any
    sigma: float

    def of_tile(self, tile: Tile, draw: jax.Array) -> jax.Array:
        """eps [B, T L] of one draw and a tile's inputs, in the dtype of the kernel.

        It depends on member, person, draw and the variant's number, on nothing else.
        """
        numbers = tile.cut(self.numbers, 0)
        count, first = len(numbers), numbers[0]
        inputs = len(tile.channels.functions)
        # As many blocks as so many variants can touch.
        blocks = first // _BLOCK + jnp.arange((count + _BLOCK - 2) // _BLOCK + 1)

        def of_person(person):
            child = jax.random.fold_in(jax.random.fold_in(self.key, person), draw)
            keys = jax.vmap(jax.random.fold_in, (None, 0))(child, blocks)
            normal = jax.vmap(lambda k: jax.random.normal(k, (_BLOCK * inputs,), dtype))
            start, width = first % _BLOCK * inputs, count * inputs
            return jax.lax.dynamic_slice_in_dim(normal(keys).reshape(-1), start, width)

        dtype = tile.rows.dtype
        return self.sigma * jax.vmap(of_person)(self.ids)


def signed_noise(
    plan: Plan, kernel, index, tiles: int, x, ids, baseline, key, channels=DOSAGE
) -> tuple[SignedNoise | None, tuple[jax.Array, jax.Array] | None]:
    """The `SignedNoise` of this device's variants and its `noisy_activations`.

    Two None if no group of the plan needs them; `key` is the member's.
    """
    smooth, width = plan.noise, x.shape[1]
    if smooth is None or not plan.is_signed:
        return None, None
    start = jax.lax.axis_index("variant") * width
    numbers = start + jnp.arange(width, dtype=jnp.int32)
    noise = SignedNoise(key, ids, numbers, smooth.sigma)
    count = smooth.draws
    return noise, noisy_activations(
        noise, count, kernel, index, tiles, x, baseline, channels
    )


def noisy_activations(
    noise: SignedNoise,
    draws: int,
    kernel: jax.Array,
    index: jax.Array,
    tiles: int,
    x: jax.Array,
    baseline: jax.Array,
    channels: Channels = DOSAGE,
) -> tuple[jax.Array, jax.Array]:
    """eps W [B, K, H], and |x + eps - x'| |W| [B, K, R, H], summed over all devices.

    Args:
      noise: of the batch.
      draws: K.
      kernel: float [M, V L, H].
      index: int32, a member.
      tiles: into how many parts its variants are cut.
      x: float [B, V], dosages.
      baseline: float [R, V], dosages.
      channels: the L that the networks see of a dosage.
    """

    def products(tile: Tile):
        mine, rows = (tile.only_fresh(tile.inputs(a)) for a in (x, baseline))
        size = jnp.abs(tile.rows)

        def of_draw(number):
            shift = tile.only_fresh(noise.of_tile(tile, number))
            noisy = mine + shift
            sizes = [product(jnp.abs(noisy - row[None]), size) for row in rows]
            return product(shift, tile.rows), jnp.stack(sizes, axis=1)

        return jax.lax.map(of_draw, jnp.arange(draws))

    found = sum_over_tiles(kernel, index, tiles, products, channels)
    return jax.tree.map(lambda a: jnp.moveaxis(over_variants(a), 0, 1), found)


def noisy_moments(
    times_input: bool, tile: Tile, draws: Draws, noise: SignedNoise, x, baseline
) -> tuple[jax.Array, jax.Array]:
    """Mean and mean square over draws of a batch's attributions at a tile; [B, T].

    Args:
      times_input: multiplied by x + eps - x', as in `SmoothGrad`.
      tile: T variants.
      draws: with a leading axis B and `halves`.
      noise: what `noisy_activations` was given.
      x: float [B, T], dosages.
      baseline: float [R, T], dosages.
    """
    assert draws.halves is not None
    rows = by_channel(tile.rows, tile.channels)
    now, ends = (channel_values(tile.channels, dosages) for dosages in (x, baseline))

    def add(sums, each):
        number, multipliers, halves = each
        one = Draws(multipliers[:, None], draws.rows[:, :1], halves[:, None])
        shift = noise.of_tile(tile, number).reshape(*x.shape, len(rows))
        values = [
            signed_halves(times_input, row, one, now[c] + shift[..., c], ends[c])
            for c, row in enumerate(rows)
        ]
        value = weighted_sum(tile.channels, values, times_input)
        return (sums[0] + value, sums[1] + value**2), None

    multipliers, halves = (
        jnp.swapaxes(a, 0, 1) for a in (draws.multipliers, draws.halves)
    )
    count, zero = len(multipliers), jnp.zeros_like(x)
    each = jnp.arange(count), multipliers, halves
    sums, _ = jax.lax.scan(add, (zero, zero), each)
    return sums[0] / count, sums[1] / count

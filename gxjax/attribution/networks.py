"""The ensemble laid out over a mesh, with what attribution needs to know of it."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.sharding import Mesh
from jax.sharding import PartitionSpec as P

from gxjax.attribution.channels import DOSAGE, weighted_sum
from gxjax.attribution.draws import product
from gxjax.attribution.front import NoiseLaw, factors, leverage
from gxjax.attribution.tile import Tile, by_channel, over_tiles, sum_over_tiles
from gxjax.types import Channels

__all__ = ["Networks", "over_variants", "prepare", "quadratic_forms", "specs"]

_BEST = jax.lax.Precision.HIGHEST


class Networks(NamedTuple):
    """The ensemble behind its linear front (or where each array lies on the mesh).

    Attributes:
      kernel: float [M, V L, H], L channels per variant.
      bias: float [M, H].
      tail: what the head needs, leading axis M.
      ends: float [M, K, H], activations of the baselines.
      law: `NoiseLaw` with leading axis M; None without noise.
    """

    kernel: Any
    bias: Any
    tail: Any
    ends: Any
    law: NoiseLaw | None


def specs(noisy: bool) -> Networks:
    """How the networks are laid out over the mesh."""
    member = P("member")
    known = P("member", None, None, "variant")
    law = NoiseLaw(member, member, known) if noisy else None
    return Networks(P("member", "variant"), member, member, member, law)


@partial(jax.jit, static_argnames=("noisy", "tiles", "mesh", "channels"))
def prepare(
    kernel,
    bias,
    baseline,
    *,
    noisy: bool,
    tiles: int,
    mesh: Mesh,
    channels: Channels = DOSAGE,
):
    """`Networks.ends` of the baselines [K, V], and `Networks.law`."""
    layout = specs(noisy)
    return jax.shard_map(
        partial(_prepare, noisy=noisy, tiles=tiles, channels=channels),
        mesh=mesh,
        in_specs=(layout.kernel, layout.bias, P(None, "variant")),
        out_specs=(layout.ends, layout.law),
        check_vma=False,
    )(kernel, bias, baseline)


def _prepare(kernel, bias, baseline, *, noisy: bool, tiles: int, channels: Channels):
    def sums(tile: Tile):
        rows = tile.only_fresh(tile.rows, axis=0)
        gram = product(rows.T, rows) if noisy else ()
        return product(tile.inputs(baseline), rows), gram

    def of_member(index):
        found = sum_over_tiles(kernel, index, tiles, sums, channels)
        ends, gram = jax.tree.map(over_variants, found)
        if not noisy:
            return ends + bias[index][None], None
        root, whiten = factors(gram)
        known = over_tiles(
            kernel,
            index,
            tiles,
            lambda tile: leverage(tile.rows, whiten, channels),
            channels,
        )
        return ends + bias[index][None], NoiseLaw(root, whiten, known)

    return jax.lax.map(of_member, jnp.arange(len(kernel)))


@partial(jax.jit, static_argnames=("tiles", "mesh", "channels"))
def quadratic_forms(
    kernel, grams, *, tiles: int, mesh: Mesh, channels: Channels = DOSAGE
) -> jax.Array:
    """w_j S w_j of every variant, w_j its row per dosage.

    Kernel [M, V L, H] and S [M, Q, G, H, H]; float [M, Q, G, V].
    """

    def local(kernel, grams):
        def of_member(index):
            inner = grams[index]

            def form(tile: Tile):
                kernels = by_channel(tile.rows, channels)
                rows = weighted_sum(channels, kernels, times_input=False)
                spread = jnp.einsum("th,qghk->qgtk", rows, inner, precision=_BEST)
                return jnp.sum(spread * rows[None, None], axis=-1)

            return over_tiles(kernel, index, tiles, form, channels)

        return jax.lax.map(of_member, jnp.arange(len(kernel)))

    layout = specs(False)
    return jax.shard_map(
        local,
        mesh=mesh,
        in_specs=(layout.kernel, P("member")),
        out_specs=P("member", None, None, "variant"),
        check_vma=False,
    )(kernel, grams)


def over_variants(part: jax.Array) -> jax.Array:
    """The sum over the devices that share the variants."""
    return jax.lax.psum(part, "variant")

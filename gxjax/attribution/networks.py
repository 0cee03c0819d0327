"""The ensemble laid out over a mesh, with what attribution needs to know of it."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.sharding import Mesh
from jax.sharding import PartitionSpec as P

from gxjax.attribution.draws import product
from gxjax.attribution.front import NoiseLaw, factors, leverage
from gxjax.attribution.tile import Tile, over_tiles, sum_over_tiles

__all__ = ["Networks", "over_variants", "prepare", "quadratic_forms", "specs"]

_BEST = jax.lax.Precision.HIGHEST


class Networks(NamedTuple):
    """The ensemble behind its linear front (or where each array lies on the mesh).

    Attributes:
      kernel: float [M, V, H].
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
    law = NoiseLaw(member, member, P("member", "variant")) if noisy else None
    return Networks(P("member", "variant"), member, member, member, law)


@partial(jax.jit, static_argnames=("noisy", "tiles", "mesh"))
def prepare(kernel, bias, baseline, *, noisy: bool, tiles: int, mesh: Mesh):
    """`Networks.ends` of the baselines [K, V], and `Networks.law`."""
    layout = specs(noisy)
    return jax.shard_map(
        partial(_prepare, noisy=noisy, tiles=tiles),
        mesh=mesh,
        in_specs=(layout.kernel, layout.bias, P(None, "variant")),
        out_specs=(layout.ends, layout.law),
        check_vma=False,
    )(kernel, bias, baseline)


def _prepare(kernel, bias, baseline, *, noisy: bool, tiles: int):
    def sums(tile: Tile):
        rows = jnp.where(tile.fresh[:, None], tile.rows, 0)
        gram = product(rows.T, rows) if noisy else ()
        return product(tile.cut(baseline, 1), rows), gram

    def of_member(index):
        found = sum_over_tiles(kernel, index, tiles, sums)
        ends, gram = jax.tree.map(over_variants, found)
        if not noisy:
            return ends + bias[index][None], None
        root, whiten = factors(gram)
        known = over_tiles(
            kernel, index, tiles, lambda tile: leverage(tile.rows, whiten)
        )
        return ends + bias[index][None], NoiseLaw(root, whiten, known)

    return jax.lax.map(of_member, jnp.arange(len(kernel)))


@partial(jax.jit, static_argnames=("tiles", "mesh"))
def quadratic_forms(kernel, grams, *, tiles: int, mesh: Mesh) -> jax.Array:
    """w_j S w_j of every variant; kernel [M, V, H], S [M, Q, G, H, H]; [M, Q, G, V]."""

    def local(kernel, grams):
        def of_member(index):
            inner = grams[index]

            def form(tile: Tile):
                spread = jnp.einsum("th,qghk->qgtk", tile.rows, inner, precision=_BEST)
                return jnp.sum(spread * tile.rows[None, None], axis=-1)

            return over_tiles(kernel, index, tiles, form)

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

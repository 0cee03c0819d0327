"""The ensemble laid out over a mesh, with what attribution needs to know of it."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.sharding import Mesh
from jax.sharding import PartitionSpec as P

from gxjax.attribution.draws import product
from gxjax.attribution.front import NoiseLaw, noise_law

__all__ = ["Networks", "over_variants", "prepare", "specs"]


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


@partial(jax.jit, static_argnames=("noisy", "mesh"))
def prepare(kernel, bias, tail, baseline, *, noisy: bool, mesh: Mesh) -> Networks:
    """Activations of the baselines [K, V] and the law of the noise, per member."""

    def local(kernel, bias, tail, baseline):
        def ends(one, shift):
            return over_variants(product(baseline, one)) + shift[None]

        def law(one):
            return noise_law(one, over_variants(product(one.T, one)))

        found = [ends(*each) for each in zip(kernel, bias, strict=True)]
        laws = [law(one) for one in kernel] if noisy else []
        stacked = jax.tree.map(lambda *a: jnp.stack(a), *laws) if laws else None
        return Networks(kernel, bias, tail, jnp.stack(found), stacked)

    layout = specs(noisy)
    return jax.shard_map(
        local,
        mesh=mesh,
        in_specs=(layout.kernel, layout.bias, layout.tail, P(None, "variant")),
        out_specs=layout,
        check_vma=False,
    )(kernel, bias, tail, baseline)


def over_variants(part: jax.Array) -> jax.Array:
    return jax.lax.psum(part, "variant")

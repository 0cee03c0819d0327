"""Attributions of one person on the whole network, for what needs more than a head."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import jax
import jax.numpy as jnp

from gxjax.attribution.channels import fold
from gxjax.attribution.draws import product
from gxjax.attribution.method import Attribution
from gxjax.attribution.noise import SmoothGrad, split
from gxjax.channels import expand
from gxjax.faithfulness.network import channels_of
from gxjax.types import Channels, LinearFront

__all__ = ["by_whole_network"]


@dataclass(frozen=True)
class _Folded:
    """An attribution of a network's inputs, as one number per variant."""

    attribution: Attribution
    channels: Channels
    times_input: bool

    def __call__(self, f, x, *, baseline, key) -> jax.Array:
        found = self.attribution(f, x, baseline=baseline, key=key)
        return fold(self.channels, found, self.times_input)


def by_whole_network(
    front: LinearFront,
    member: int,
    attribution: Attribution,
    rows: jax.Array,
    x: jax.Array,
    ids: jax.Array,
    child: jax.Array,
) -> jax.Array:
    """Attributions [1, V] of the one person in x [1, V], noise in V dimensions.

    Args:
      front: M networks.
      member: which of them.
      attribution: as `compose` made it; the channels of a variant are added up within
        its statistic over draws.
      rows: float [K, V], baselines.
      x: float [1, V], dosages.
      ids: uint32 [1], the person.
      child: a key, to be folded with the person.
    """
    channels = channels_of(front)
    times_input = split(attribution).times_input
    folded: Attribution = _Folded(attribution, channels, times_input)
    if isinstance(attribution, SmoothGrad):
        inner = _Folded(attribution.attribution, channels, times_input)
        folded = replace(attribution, attribution=inner)
    networks = front.kernel, front.bias, front.tail, jnp.int32(member)
    inputs = expand(channels, jnp.asarray(x, rows.dtype))[0]
    ends = expand(channels, rows)
    return _dense(
        networks, inputs, ends, ids[0], child, attribution=folded, head=front.head
    )[None]


@partial(jax.jit, static_argnames=("attribution", "head"))
def _dense(networks, x, baseline, person, child, *, attribution, head):
    kernel, bias, tail, index = networks
    one, weights = jax.tree.map(lambda a: a[index], tail), kernel[index]

    def f(point):
        return head(one, product(point[None], weights)[0] + bias[index])

    with jax.default_matmul_precision("highest"):
        key = jax.random.fold_in(child, person)
        return attribution(f, x, baseline=baseline, key=key)

"""One block of people through one member per device: the jitted step of a score.

Written for the part of the arrays that ONE device has: members, people and variants may
each be split over the mesh axes `member`, `sample` and `variant`. The only sums across
devices are the activations and, behind it all, the totals.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.sharding import Mesh
from jax.sharding import PartitionSpec as P

from gxjax.attribution.draws import Draws, product
from gxjax.attribution.front import NoiseLaw, draw, moments
from gxjax.attribution.halves import draw_halves
from gxjax.attribution.networks import Networks, over_variants, specs
from gxjax.attribution.noise import summarise
from gxjax.attribution.plan import Group, Plan
from gxjax.attribution.reduction import compensated, reduce_people, sum_of_grams
from gxjax.rng import named

__all__ = ["SUMS", "Block", "Sums", "block_step"]


class Block(NamedTuple):
    """B people: dosages [B, V], ids uint32 [B], weights float [B, G], one per stratum.

    The weights of a row that only fills the block up are 0.
    """

    x: Any
    ids: Any
    weights: Any


class Sums(NamedTuple):
    """Totals over the people so far, each with its rounding error beside (Kahan).

    Attributes:
      tiled: float [2, samples, M, C', L, G, V], L reductions of the C' tiled columns.
      quadratic: float [2, samples, M, Q, G, H, H], of the groups that need no tile.
    """

    tiled: Any
    quadratic: Any


SUMS = Sums(
    P(None, "sample", "member", None, None, None, "variant"),
    P(None, "sample", "member"),
)


@partial(
    jax.jit,
    static_argnames=("plan", "head", "tiles", "mesh"),
    donate_argnames=("sums",),
)
def block_step(
    sums: Sums,
    networks: Networks,
    baseline: jax.Array,
    block: Block,
    key: jax.Array,
    index: jax.Array,
    *,
    plan: Plan,
    head: Callable,
    tiles: int,
    mesh: Mesh,
) -> tuple[Sums, jax.Array, jax.Array, jax.Array]:
    """Adds a block of people to the sums of one member per device of the member axis.

    Args:
      sums: donated.
      networks: as `prepare` makes them.
      baseline: float [K, V], dosages.
      block: B people.
      key: names the draws, with member, person and draw.
      index: which of a device's members.
      plan: what is computed.
      head: (tail of one member, h [H]) -> scalar.
      tiles: into how many parts a device cuts its variants, to save memory.
      mesh: with axes member, sample, variant.

    Returns:
      The sums; claimed sums minus changes of output [members, complete groups, B] with
      the changes [members, .., B]; and the output, NaN where a group's multipliers are
      not finite [members, 1 + groups, B].
    """
    local = partial(_local_step, plan=plan, head=head, tiles=tiles)
    people = Block(P("sample", "variant"), P("sample"), P("sample"))
    per_person = P("member", None, "sample")
    return jax.shard_map(
        local,
        mesh=mesh,
        in_specs=(
            SUMS,
            specs(plan.noise is not None),
            P(None, "variant"),
            people,
            P(),
            P(),
        ),
        out_specs=(SUMS, per_person, per_person, per_person),
        check_vma=False,
    )(sums, networks, baseline, block, key, index)


def _local_step(sums, networks, baseline, block, key, index, *, plan, head, tiles):
    one = jax.tree.map(lambda a: a[index], networks)
    member = jax.lax.axis_index("member") * networks.bias.shape[0] + index
    h = over_variants(product(block.x, one.kernel)) + one.bias[None]
    run = partial(head, one.tail)
    outputs = jax.vmap(run)(h)
    shift, known = _noise(plan, one.law, h, block.ids, named(key, "noise", member))
    absolute = _absolute_changes(plan, one, block.x, baseline)
    child = named(key, "m", member)
    found = {
        group: _draw_group(group, run, h, one.ends, block.ids, shift, child)
        if group.method.parts is None
        else _draw_parts(group, run, h, one.ends, absolute)
        for group in plan.groups
    }
    checks = [outputs] + [_finite(found[group].multipliers) for group in plan.groups]
    gaps = [
        _gap(found[group], run, h, one.ends, absolute, outputs)
        for group in plan.groups
        if group.is_complete
    ]
    empty = jnp.zeros((0, 2, h.shape[0]), h.dtype)
    gap = jnp.stack(gaps) if gaps else empty
    tiled = _tiles(plan, one, baseline, block, found, known, tiles)
    quadratic = sum_of_grams(
        [found[group].multipliers for group in plan.quadratic], h, block.weights
    )
    added = Sums(
        compensated(sums.tiled, tiled, index),
        compensated(sums.quadratic, quadratic, index),
    )
    return added, gap[None, :, 0], gap[None, :, 1], jnp.stack(checks)[None]


def _noise(plan: Plan, law: NoiseLaw | None, h, ids, key):
    """Shift of the activations [B, K, H] and `whiten z` [K, B, H], by person, draw."""
    noise = plan.noise
    if noise is None or law is None:
        return None, None

    def normal(person, number):
        child = jax.random.fold_in(jax.random.fold_in(key, person), number)
        return jax.random.normal(child, h.shape[1:], h.dtype)

    numbers = jnp.arange(noise.draws)
    z = noise.sigma * jax.vmap(jax.vmap(normal, (None, 0)), (0, None))(ids, numbers)
    return product(z, law.root.T), jnp.swapaxes(product(z, law.whiten.T), 0, 1)


def _draw_group(group: Group, run, h, ends, ids, shift, key) -> Draws:
    own = named(key, f"attribution/{group.method.name}")
    keys = jax.vmap(lambda person: jax.random.fold_in(own, person))(ids)
    ends = ends[: group.baselines(ends.shape[0])]
    if group.parts.noise is None:
        return jax.vmap(lambda a, k: draw(group.parts, run, a, ends, k, None))(h, keys)
    one = lambda a, k, s: draw(group.parts, run, a, ends, k, s)  # noqa: E731
    return jax.vmap(one)(h, keys, shift)


def _finite(multipliers: jax.Array) -> jax.Array:
    """1 where all of a person's multipliers are finite, else NaN; [B]."""
    finite = jnp.isfinite(multipliers).all(axis=(1, 2, 3))
    return jnp.where(finite, 1.0, jnp.nan).astype(multipliers.dtype)


def _absolute_changes(plan: Plan, one: Networks, x, baseline):
    """|x - x'| |W| [B, K, H], where a method wants rises and falls apart."""
    if not any(group.method.parts for group in plan.groups):
        return None
    size = jnp.abs(one.kernel)
    rows = [product(jnp.abs(x - row[None]), size) for row in baseline]
    return over_variants(jnp.stack(rows, axis=1))


def _draw_parts(group: Group, run, h, ends, absolute) -> Draws:
    assert group.method.parts is not None
    one = partial(draw_halves, group.method.parts, run)
    return jax.vmap(one, (0, None, 0))(h, ends, absolute)


def _gap(draws: Draws, run, h, ends, absolute, outputs) -> jax.Array:
    """Sum of attributions minus the change of output, and that change; [2, B].

    In H dimensions: m_x . (x - x') = m_h . (h - h').
    """
    moved = h[:, None] - ends[draws.rows[:, 0]]
    claimed = draws.multipliers[:, 0] * moved
    if draws.halves is not None:
        claimed = claimed + draws.halves[:, 0] * absolute
    claimed = claimed.sum(2).mean(1)
    change = outputs - jax.vmap(run)(ends).mean()
    return jnp.stack([claimed - change, change])


def _tiles(plan: Plan, one: Networks, baseline, block: Block, found, known, tiles):
    """Sums over people [C', L, G, V] of the groups that need the product."""
    width = baseline.shape[1] // tiles
    leverage = one.law.leverage if one.law else jnp.zeros_like(baseline[0])

    def tile(start):
        cut = partial(jax.lax.dynamic_slice_in_dim, start_index=start, slice_size=width)
        rows = cut(one.kernel, axis=0)
        centre = None if known is None else product(known, rows.T)
        parts = []
        for group in plan.tiled:
            count = group.baselines(baseline.shape[0])
            pair = moments(
                group.parts, rows, cut(leverage, axis=0), found[group],
                None if group.parts.noise is None else centre,
                cut(block.x, axis=1), cut(baseline[:count], axis=1),
                square=group.statistics != ("mean",),
            )  # fmt: skip
            for statistic in group.statistics:
                parts.append(
                    reduce_people(
                        plan.reductions, summarise(statistic, *pair), block.weights
                    )
                )
        empty = jnp.zeros((0, len(plan.reductions), block.weights.shape[1], width))
        return jnp.stack(parts) if parts else empty.astype(baseline.dtype)

    if tiles == 1:
        return tile(0)
    by_tile = jax.lax.map(tile, jnp.arange(tiles) * width)
    return jnp.moveaxis(by_tile, 0, -2).reshape(*by_tile.shape[1:-1], tiles * width)

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

from gxjax.attribution.channels import DOSAGE
from gxjax.attribution.draws import product
from gxjax.attribution.heads import draw_group, draw_parts, finite, gap_of, noise
from gxjax.attribution.moments import moments
from gxjax.attribution.networks import Networks, over_variants, specs
from gxjax.attribution.noise import summarise
from gxjax.attribution.plan import Group, Plan
from gxjax.attribution.reduction import compensated, reduce_people, sum_of_grams
from gxjax.attribution.signed_noise import noisy_moments, signed_noise
from gxjax.attribution.tile import Tile, by_channel, over_tiles, sum_over_tiles
from gxjax.rng import named
from gxjax.types import Channels

__all__ = ["Block", "Sums", "block_step", "sums_layout"]


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


def sums_layout(plan: Plan) -> Sums:
    """How the totals lie on the mesh; what is empty is everywhere."""
    tiled = P(None, "sample", "member", None, None, None, "variant")
    return Sums(
        tiled if plan.tiled else P(),
        P(None, "sample", "member") if plan.quadratic else P(),
    )


@partial(
    jax.jit,
    static_argnames=("plan", "head", "tiles", "room", "mesh", "channels"),
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
    room: int,
    mesh: Mesh,
    channels: Channels = DOSAGE,
) -> tuple[Sums, jax.Array, jax.Array, jax.Array]:
    """Adds a block of people to the sums of one member per device of the member axis.

    Args:
      sums: donated.
      networks: as `specs` lays them out.
      baseline: float [K, V], dosages.
      block: B people.
      key: names the draws, with member, person and draw.
      index: which of a device's members.
      plan: what is computed.
      head: (tail of one member, h [H]) -> scalar.
      tiles: into how many parts a device cuts its variants.
      room: bytes for the largest array of a method, which sets how many people it runs
        on at a time.
      mesh: with axes member, sample, variant.
      channels: the L that the networks see of a dosage.

    Returns:
      The sums; claimed sums minus changes of output [members, complete groups, B] with
      the changes [members, .., B]; and the output, NaN where a group's multipliers are
      not finite [members, 1 + groups, B].
    """
    local = partial(
        _local_step, plan=plan, head=head, tiles=tiles, room=room, channels=channels
    )
    people = Block(P("sample", "variant"), P("sample"), P("sample"))
    per_person = P("member", None, "sample")
    step = jax.shard_map(
        local,
        mesh=mesh,
        in_specs=(
            sums_layout(plan),
            specs(plan.needs_law),
            P(None, "variant"),
            people,
            P(),
            P(),
        ),
        out_specs=(sums_layout(plan), per_person, per_person, per_person),
        check_vma=False,
    )
    # The outputs too: what multipliers must add up to is no place to round.
    with jax.default_matmul_precision("highest"):
        return step(sums, networks, baseline, block, key, index)


def _local_step(
    sums, networks, baseline, block, key, index, *, plan, head, tiles, room, channels
):
    kernel = networks.kernel
    one = jax.tree.map(lambda a: a[index], networks._replace(kernel=()))
    member = jax.lax.axis_index("member") * networks.bias.shape[0] + index
    h, absolute = _activations(plan, kernel, index, tiles, block.x, baseline, channels)
    h = h + one.bias[None]
    outputs = jax.vmap(partial(head, one.tail))(h)
    shift, known = noise(plan, one.law, h, block.ids, named(key, "noise", member))
    child = named(key, "m", member)
    own = named(key, "noise/signed", member)
    source, signed = signed_noise(
        plan, kernel, index, tiles, block.x, block.ids, baseline, own, channels
    )
    found = {
        group: draw_group(group, head, one, h, block.ids, shift, child, room)
        if group.method.parts is None
        else draw_parts(group, head, one, h, absolute, signed, room)
        for group in plan.groups
    }
    checks = [outputs] + [finite(found[group].multipliers) for group in plan.groups]
    gaps = [
        gap_of(found[group], partial(head, one.tail), h, one.ends, absolute, outputs)
        for group in plan.groups
        if group.is_complete
    ]
    empty = jnp.zeros((0, 2, h.shape[0]), h.dtype)
    gap = jnp.stack(gaps) if gaps else empty
    quadratic = sum_of_grams(
        [found[group].multipliers for group in plan.quadratic], h, block.weights
    )
    tiled = over_tiles(
        kernel,
        index,
        tiles,
        partial(_of_tile, plan, one.law, baseline, block, found, known, source),
        channels,
    )
    added = Sums(
        compensated(sums.tiled, tiled, index),
        compensated(sums.quadratic, quadratic, index),
    )
    return added, gap[None, :, 0], gap[None, :, 1], jnp.stack(checks)[None]


def _activations(plan: Plan, kernel, index, tiles, x, baseline, channels):
    """x W [B, H], and |x - x'| |W| [B, K, H] where a method tells rises from falls."""
    wanted = any(group.method.parts and not group.is_signed for group in plan.groups)

    def products(tile: Tile):
        mine = tile.only_fresh(tile.inputs(x))
        if not wanted:
            return product(mine, tile.rows), ()
        rows = tile.only_fresh(tile.inputs(baseline))
        size = jnp.abs(tile.rows)
        changes = [product(jnp.abs(mine - row[None]), size) for row in rows]
        return product(mine, tile.rows), jnp.stack(changes, axis=1)

    found = sum_over_tiles(kernel, index, tiles, products, channels)
    return jax.tree.map(over_variants, found)


def _of_tile(plan, law, baseline, block: Block, found, known, source, tile: Tile):
    """Sums over people [C', L, G, T] of the groups that need the product."""
    rows = by_channel(tile.rows, tile.channels)
    centre = None if known is None else [product(known, row.T) for row in rows]
    parts = []
    for group in plan.tiled:
        here = tile.cut(block.x, 1), tile.cut(baseline, 1)
        pair = (
            noisy_moments(group.parts.times_input, tile, found[group], source, *here)
            if group.is_signed
            else _pair(group, law, tile, found[group], centre, *here)
        )
        for statistic in group.statistics:
            estimate = summarise(statistic, *pair)
            parts.append(reduce_people(plan.reductions, estimate, block.weights))
    shape = (0, len(plan.reductions), block.weights.shape[1], len(tile.fresh))
    return jnp.stack(parts) if parts else jnp.zeros(shape, baseline.dtype)


def _pair(group: Group, law, tile: Tile, found, centre, x, baseline):
    """`moments` of a group whose noise, if any, is drawn behind the front."""
    exact = group.parts.noise is not None and not group.merged
    count = len(tile.channels.functions)
    unknown = jnp.zeros((count, count, x.shape[1]), x.dtype)
    return moments(
        group.parts,
        tile.rows,
        tile.cut(law.leverage, 2) if exact else unknown,
        found,
        centre if exact else None,
        x,
        baseline[: group.baselines(len(baseline))],
        channels=tile.channels,
        square=group.statistics != ("mean",),
    )

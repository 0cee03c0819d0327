"""What the methods find for a batch of people behind the first product."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp

from gxjax.attribution.draws import Draws, merge, product
from gxjax.attribution.front import NoiseLaw, draw
from gxjax.attribution.halves import draw_halves
from gxjax.attribution.networks import Networks
from gxjax.attribution.people import map_people
from gxjax.attribution.plan import Group, Plan
from gxjax.rng import named

__all__ = ["draw_group", "draw_parts", "finite", "gap_of", "noise"]


def noise(plan: Plan, law: NoiseLaw | None, h, ids, key):
    """Shift of the activations [B, K, H] and `whiten z` [K, B, H], by person, draw."""
    smooth = plan.noise
    if smooth is None or law is None:
        return None, None

    def normal(person, number):
        child = jax.random.fold_in(jax.random.fold_in(key, person), number)
        return jax.random.normal(child, h.shape[1:], h.dtype)

    numbers = jnp.arange(smooth.draws)
    z = smooth.sigma * jax.vmap(jax.vmap(normal, (None, 0)), (0, None))(ids, numbers)
    return product(z, law.root.T), jnp.swapaxes(product(z, law.whiten.T), 0, 1)


def draw_group(group: Group, head, one: Networks, h, ids, shift, key, room) -> Draws:
    own = named(key, f"attribution/{group.method.name}")
    noisy = group.parts.noise is not None

    def of_person(tail, ends, own, h, person, shift):
        child = jax.random.fold_in(own, person)
        found = draw(group.parts, partial(head, tail), h, ends, child, shift)
        return merge(found, named(child, "signs")) if group.merged else found

    ends = one.ends[: group.baselines(one.ends.shape[0])]
    people = (h, ids, shift if noisy else None)
    return map_people(of_person, (one.tail, ends, own), people, room)


def draw_parts(group: Group, head, one: Networks, h, absolute, signed, room) -> Draws:
    """Of a method with `parts`; `signed` is what `noisy_activations` found."""
    rule = group.method.parts
    assert rule is not None

    def of_person(tail, ends, h, absolute):
        return draw_halves(rule, partial(head, tail), h, ends, absolute)

    if group.is_signed:
        shift, absolute = signed
        people = h[:, None] + shift, absolute
    else:
        people = h[:, None], absolute[:, None]
    return map_people(of_person, (one.tail, one.ends), people, room)


def finite(multipliers: jax.Array) -> jax.Array:
    """1 where all of a person's multipliers are finite, else NaN; [B]."""
    finite = jnp.isfinite(multipliers).all(axis=(1, 2, 3))
    return jnp.where(finite, 1.0, jnp.nan).astype(multipliers.dtype)


def gap_of(draws: Draws, run, h, ends, absolute, outputs) -> jax.Array:
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

"""One network of an ensemble at a few people, through its linear front.

Whatever is changed of a person's genotype moves the first-layer activations by a
product with the rows of the kernel that belong to it, so an output costs a pass over
the kernel, one tile of variants at a time, and no changed genotype is ever stored.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.attribution.draws import product
from gxjax.attribution.tile import Tile, sum_over_tiles
from gxjax.channels import DOSAGE, expand
from gxjax.types import Channels, LinearFront

__all__ = [
    "activations",
    "channels_of",
    "check_counted",
    "check_dosages",
    "check_member",
    "check_people",
    "outputs",
    "replaced_changes",
    "tiles_for",
    "variant_count",
]

_ROOM = 2**25
"""Bytes of the rows of inputs of one tile."""


def channels_of(front: LinearFront) -> Channels:
    """What the networks see of a dosage; the dosage itself where nothing is said."""
    return front.channels or DOSAGE


def variant_count(front: LinearFront) -> int:
    """V of a front, whose kernel has a row per channel of each variant."""
    return front.kernel.shape[1] // len(channels_of(front).functions)


def tiles_for(front: LinearFront, rows: int) -> int:
    """Into how many parts to cut the variants, for so many rows of inputs at once."""
    inputs, hidden = front.kernel.shape[1:]
    return max(1, -(-inputs * (rows + hidden) * 4 // _ROOM))


def check_member(front: LinearFront, member: int) -> None:
    """Raises ValueError where the front has no such member."""
    members = front.kernel.shape[0]
    if not 0 <= member < members:
        raise ValueError(
            f"member: found {member}, but the front has {members} networks; expected "
            f"0 to {members - 1}"
        )


def check_dosages(front: LinearFront, name: str, dosages: Any, rank: int) -> None:
    """Raises ValueError unless an array is [.., V], of `rank` axes and finite."""
    shape, width = np.shape(dosages), variant_count(front)
    if len(shape) != rank or shape[-1] != width or 0 in shape:
        raise ValueError(
            f"{name}: found shape {shape}; expected {rank} axes, none empty, the last "
            f"of {width} variants"
        )
    if not np.isfinite(np.asarray(dosages)).all():
        raise ValueError(
            f"{name}: found NaN or infinity; expected finite numbers, and missing "
            "calls filled"
        )


def check_counted(front: LinearFront, counted: Any) -> np.ndarray:
    """bool [V]: the variants that count, all where None is given.

    Raises:
      ValueError: not a bool for each variant, or none that counts.
    """
    width = variant_count(front)
    found = np.ones(width, bool) if counted is None else np.asarray(counted)
    if found.shape != (width,) or found.dtype != bool or not found.any():
        raise ValueError(
            f"counted: found shape {found.shape} of type {found.dtype}, "
            f"{np.count_nonzero(found)} not 0; expected a bool for each of {width} "
            "variants, one or more of them true"
        )
    return found


def check_people(person_ids: Any, people: int) -> None:
    """Raises ValueError unless there is one integer id for each person."""
    found = np.asarray(person_ids)
    if found.shape != (people,) or found.dtype.kind not in "iu":
        raise ValueError(
            f"person_ids: found shape {found.shape} of type {found.dtype}; expected "
            f"an integer for each of {people} people"
        )


def activations(front: LinearFront, member: int, dosages: Any) -> jax.Array:
    """First-layer outputs of B people; float32 [B, H].

    Args:
      front: M networks.
      member: which of them.
      dosages: float [B, V], copies of A1.
    """
    x = jnp.asarray(dosages, front.kernel.dtype)
    return _activations(
        front.kernel,
        front.bias,
        jnp.int32(member),
        x,
        tiles=tiles_for(front, len(x)),
        channels=channels_of(front),
    )


@partial(jax.jit, static_argnames=("tiles", "channels"))
def _activations(kernel, bias, index, x, *, tiles: int, channels: Channels):
    def of_tile(tile: Tile):
        return product(tile.only_fresh(tile.inputs(x)), tile.rows)

    return sum_over_tiles(kernel, index, tiles, of_tile, channels) + bias[index][None]


def outputs(front: LinearFront, member: int, h: Any) -> np.ndarray:
    """Outputs of one network for activations [.., H]; float64 [..]."""
    h = jnp.asarray(h, front.kernel.dtype)
    rows = h.reshape(-1, h.shape[-1])
    found = _outputs(front.tail, jnp.int32(member), rows, head=front.head)
    return np.asarray(found, np.float64).reshape(h.shape[:-1])


@partial(jax.jit, static_argnames=("head",))
def _outputs(tail, index, h, *, head: Callable):
    one = jax.tree.map(lambda a: a[index], tail)
    with jax.default_matmul_precision("highest"):
        return jax.vmap(partial(head, one))(h)


def replaced_changes(
    front: LinearFront, member: int, x: Any, replacement: Any, chosen: Any
) -> np.ndarray:
    """What one person's activations lose where sets of variants are replaced.

    Args:
      front: M networks.
      member: which of them.
      x: float [V], the person's dosages.
      replacement: float [V], what is put in their place.
      chosen: bool [R, V], R sets of variants.

    Returns:
      float32 [R, H]: h(x) minus the activations with the set of row r replaced. One
      pass over the member's kernel for all R.
    """
    dtype = front.kernel.dtype
    found = _replaced(
        front.kernel,
        jnp.int32(member),
        jnp.asarray(x, dtype),
        jnp.asarray(replacement, dtype),
        jnp.asarray(chosen, bool),
        tiles=tiles_for(front, len(chosen)),
        channels=channels_of(front),
    )
    return np.asarray(found)


@partial(jax.jit, static_argnames=("tiles", "channels"))
def _replaced(kernel, index, x, replacement, chosen, *, tiles: int, channels: Channels):
    count = len(channels.functions)

    def of_tile(tile: Tile):
        now, then = (expand(channels, tile.cut(a, 0)) for a in (x, replacement))
        mask = jnp.repeat(tile.cut(chosen, 1), count, axis=1)
        moved = jnp.where(mask, (now - then)[None], 0)
        return product(tile.only_fresh(moved), tile.rows)

    return sum_over_tiles(kernel, index, tiles, of_tile, channels)

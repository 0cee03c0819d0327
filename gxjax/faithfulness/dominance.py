"""The dominance contrast: whether a network's response to a variant bends."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gxjax.attribution.draws import product
from gxjax.channels import expand
from gxjax.faithfulness.kernel_rows import chosen_variants, kernel_rows, per_chunk
from gxjax.faithfulness.network import (
    activations,
    channels_of,
    check_dosages,
    check_member,
)
from gxjax.types import DosageSource, LinearFront, Progress, silent

__all__ = ["Responses", "dominance_contrasts", "person_responses"]


class Responses(NamedTuple):
    """How a network's output responds to a variant, all else as it is in a person.

    Attributes:
      contrast: f(1) - (f(0) + f(2)) / 2, in units of the output: 0 for a response that
        is additive, half of the effect for a dominant one, minus half for a recessive.
      slope: (f(2) - f(0)) / 2, per copy of A1.
    """

    contrast: np.ndarray
    slope: np.ndarray


def dominance_contrasts(
    front: LinearFront,
    dosages: DosageSource,
    people: Any,
    variants: Sequence[int] | np.ndarray,
    *,
    batch_size: int = 32,
    progress: Progress = silent,
) -> Responses:
    """Mean responses over people, per network and variant.

    Costs 3 heads per person, member and variant, and one pass over V x H per person
    and member. Two busy cores ran 40,000 heads of 1000 x 200 a second: 1,000 variants
    and 100 people are 8 s per network, all of 500,000 variants an hour.

    What this can NOT tell: the network sees no dominance where it never learned the
    variant, so a contrast of 0 is no evidence for additivity. A curved head bends every
    response, so compare with variants that are null. In LD, the bend may belong to a
    neighbour. Rare homozygotes are hardly ever seen in training, so f(2) is mostly
    extrapolated. Outputs are float32, so contrasts below about 1e-7 |f| are rounding.

    Args:
      front: M networks.
      dosages: where the genotypes come from.
      people: int32 [N], whom to ask, as `dosages` counts them.
      variants: int [T], columns of the networks.
      batch_size: people at a time; changes nothing but rounding.
      progress: called after every member of every batch.

    Returns:
      `Responses` of float64 [M, T], means over people.

    Raises:
      ValueError: unknown variants, nobody, or shapes that disagree.
    """
    people, columns = np.asarray(people, np.int32), chosen_variants(front, variants)
    if people.ndim != 1 or not len(people) or batch_size < 1:
        raise ValueError(
            f"people: found shape {people.shape}, batch_size={batch_size}; expected "
            "[N] with N >= 1, and at least 1"
        )
    members = front.kernel.shape[0]
    contrast, slope = np.zeros((2, members, len(columns)))
    batches = range(0, len(people), batch_size)
    for number, start in enumerate(batches):
        batch = jnp.asarray(people[start : start + batch_size])
        x = np.asarray(dosages.fetch(dosages.arrays, batch))
        for member in range(members):
            found = person_responses(front, x, columns, member=member)
            contrast[member] += found.contrast.sum(axis=0)
            slope[member] += found.slope.sum(axis=0)
            done = number * members + member + 1
            progress(done, len(batches) * members, "dominance contrasts")
    return Responses(contrast / len(people), slope / len(people))


def person_responses(
    front: LinearFront,
    dosages: Any,
    variants: Sequence[int] | np.ndarray,
    *,
    member: int,
) -> Responses:
    """Responses of one network, person by person; see `dominance_contrasts`.

    Args:
      front: M networks.
      dosages: float [B, V], few people.
      variants: int [T].
      member: which network.

    Returns:
      `Responses` of float64 [B, T].

    Raises:
      ValueError: no such member or variant, or shapes that disagree.
    """
    check_member(front, member)
    check_dosages(front, "dosages", dosages, 2)
    columns = chosen_variants(front, variants)
    h = activations(front, member, dosages)
    x = jnp.asarray(dosages, h.dtype)
    people, hidden = h.shape
    parts = []
    for chunk, count in per_chunk(columns, 3 * people * hidden):
        found = _responses(
            front.kernel, front.tail, jnp.int32(member), x, h, chunk, head=front.head,
            channels=channels_of(front),
        )  # fmt: skip
        parts.append(np.asarray(found, np.float64)[:, :count])
    at = np.concatenate(parts, axis=1)  # [B, T, 3]
    contrast = at[..., 1] - (at[..., 0] + at[..., 2]) / 2
    return Responses(contrast, (at[..., 2] - at[..., 0]) / 2)


@partial(jax.jit, static_argnames=("head", "channels"))
def _responses(kernel, tail, index, x, h, columns, *, head, channels):
    """Outputs [B, T, 3] with each variant at 0, 1 and 2."""
    one = jax.tree.map(lambda a: a[index], tail)
    rows = kernel_rows(kernel, index, columns, channels)  # [T, L, H]
    at = expand(channels, jnp.arange(3, dtype=x.dtype)[:, None])  # [3, L]

    def of_variant(each):
        row, column = each
        now = expand(channels, x[:, column][:, None])  # [B, L]
        moved = product((at[None] - now[:, None]).reshape(-1, at.shape[1]), row)
        points = h[:, None] + moved.reshape(len(x), 3, -1)
        return jax.vmap(jax.vmap(partial(head, one)))(points)

    with jax.default_matmul_precision("highest"):
        return jnp.swapaxes(jax.vmap(of_variant)((rows, columns)), 0, 1)

"""Infidelity: what an explanation says of replaced variants, and what happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from gxjax.faithfulness.network import (
    activations,
    check_dosages,
    check_member,
    check_people,
    outputs,
    replaced_changes,
    variant_count,
)
from gxjax.rng import generator
from gxjax.types import LinearFront

__all__ = ["Infidelity", "infidelity", "infidelity_parts"]

_VALUES = 2**24
"""Entries of the largest array of subsets."""


class Infidelity(NamedTuple):
    """Claimed and real changes of output, of K random sets of replaced variants.

    Attributes:
      claimed: float64 [O, B, K], of O explanations.
      actual: float64 [B, K], f(x) - f(x with the set replaced).
    """

    claimed: np.ndarray
    actual: np.ndarray


def infidelity(
    front: LinearFront,
    dosages: Any,
    replacement: Any,
    claims: Sequence[Any],
    *,
    key: jax.Array,
    member: int,
    person_ids: Any,
    subsets: int = 50,
    share: float = 0.1,
) -> Infidelity:
    """Replaces random sets of variants and compares with what explanations claim.

    The published measure has E[(I . m - (f(x) - f(x - I)))^2] with multipliers m. Here
    I is x - x'' on a random set and 0 elsewhere, with x'' the baseline or another
    person's genotype, so I . m is the sum over the set of a *claim* per variant:
    - m (x - x'') for local multipliers m, whatever x'' is;
    - the attribution itself for times-input ones, where x'' is their baseline.
    Squared and rooted attributions claim no change of output and have no infidelity.
    `infidelity_parts` makes the measure of what is returned here.

    What this can NOT tell: x - I mixes two genotypes and breaks LD, so the network is
    asked off the people that it knows. A set of many variants asks for additive claims;
    one of few for local ones. It says whether the explanation fits the network, not
    whether the network fits biology.

    Args:
      front: M networks.
      dosages: float [B, V], few people.
      replacement: float [V], or [B, V] with a genotype for each.
      claims: O arrays float [B, V], in units of the output.
      key: names the sets, by person and number.
      member: which network.
      person_ids: uint32 [B].
      subsets: K, sets per person; each costs a row of a product V x H.
      share: chance of a variant to be in a set.

    Returns:
      `Infidelity`; the sets are the same for all explanations and members.

    Raises:
      ValueError: shapes disagree, something is NaN, or subsets < 2, or a share that is
        not in (0, 1].

    References:
      Yeh et al., "On the (In)fidelity and Sensitivity of Explanations", 2019,
      https://arxiv.org/abs/1901.09392
    """
    check_member(front, member)
    check_dosages(front, "dosages", dosages, 2)
    check_people(person_ids, len(dosages))
    check_dosages(front, "replacement", replacement, np.ndim(replacement))
    for values in claims:
        check_dosages(front, "claims", values, 2)
    if subsets < 2 or not 0 < share <= 1:
        raise ValueError(
            f"subsets={subsets}, share={share}: expected 2 or more, and 0 < share <= 1"
        )
    people, width = np.shape(dosages)[0], variant_count(front)
    others = np.broadcast_to(replacement, (people, width))
    claimed = np.zeros((len(claims), people, subsets))
    lost = np.zeros((people, subsets, front.kernel.shape[2]), np.float32)
    size = max(1, _VALUES // width)
    for person, x in enumerate(np.asarray(dosages)):
        drawn = generator(
            key, "faithfulness/subsets", int(np.asarray(person_ids)[person])
        )
        own = np.array([np.asarray(values)[person] for values in claims])
        own = own.reshape(len(claims), width)
        for start in range(0, subsets, size):
            sets = slice(start, min(start + size, subsets))
            shape = sets.stop - start, width
            chosen = drawn.random(shape, np.float32) < share
            lost[person, sets] = replaced_changes(
                front, member, x, others[person], chosen
            )
            claimed[:, person, sets] = own @ chosen.astype(np.float32).T
    h = np.asarray(activations(front, member, dosages))
    before = outputs(front, member, h)
    after = outputs(front, member, h[:, None] - lost)
    return Infidelity(claimed, before[:, None] - after)


def infidelity_parts(
    found: Infidelity, *, scaled: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The mean squared error of claims, relative to the variance of real changes.

    Over several people the measure is the sum of numerators over that of denominators:
    0 is a perfect explanation; 1 is what a constant, the mean change, would reach.

    Args:
      found: of `infidelity`.
      scaled: with the claims of each person and explanation times the best factor,
        sum(claimed actual) / sum(claimed^2), so that methods in other units compare.

    Returns:
      float64 [O, B], mean squared errors, and float64 [B], the variance over the K
      sets of the change of output (ddof 0).
    """
    claimed, actual = found.claimed, found.actual[None]
    if scaled:
        square = (claimed**2).sum(-1, keepdims=True)
        both = (claimed * actual).sum(-1, keepdims=True)
        claimed = claimed * np.divide(
            both, square, out=np.zeros_like(both), where=square > 0
        )
    return ((claimed - actual) ** 2).mean(-1), found.actual.var(-1)

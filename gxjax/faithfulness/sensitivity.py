"""Max-sensitivity: how far an attribution moves when a few calls are wrong."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from gxjax.rng import generator

__all__ = ["changed_calls", "largest_change"]


def changed_calls(
    x: Any, *, key: jax.Array, person: int, count: int = 10, share: float = 0.02
) -> np.ndarray:
    """Genotypes near one person's: some calls one copy of A1 off.

    The radius of a perturbation in genotypes: at most one copy, in about `share` of the
    variants. A dosage below 1 rises, one above 1 falls, a heterozygote does either, so
    that the result stays in [0, 2].

    What this can NOT tell: every call is as likely to be wrong as any other, so rare
    alleles appear where hardly anybody has them. A network that sees standardised
    dosages is moved most by these, one copy being many standard deviations.

    Args:
      x: float [V], dosages in [0, 2].
      key: names the draws.
      person: a lasting number, which with the key names them.
      count: R, how many.
      share: chance of a call to be changed; about what a genotyping array gets wrong
        is 0.001 to 0.02.

    Returns:
      float32 [R, V].

    Raises:
      ValueError: a share that is not in [0, 1], a count below 1, or dosages elsewhere.
    """
    x = np.asarray(x, np.float32)
    if not 0 <= share <= 1 or count < 1:
        raise ValueError(
            f"share={share}, count={count}: expected 0 <= share <= 1, count >= 1"
        )
    if x.ndim != 1 or not ((x >= 0) & (x <= 2)).all():
        raise ValueError(f"x: found shape {x.shape}; expected [V] dosages in [0, 2]")
    drawn = generator(key, "faithfulness/calls", person)
    found = np.empty((count, len(x)), np.float32)
    for row in found:
        changed = drawn.random(len(x), np.float32) < share
        rises = np.where(x == 1, drawn.random(len(x), np.float32) < 0.5, x < 1)
        row[:] = x + np.where(changed, np.where(rises, 1, -1), 0)
    return found


def largest_change(attributions: Any) -> tuple[float, float]:
    """Max-sensitivity: the largest change of an attribution, and its size.

    The published measure, max ||a(y) - a(x)||, is the first number; the relative one,
    as in captum, is their quotient. A maximum over R draws is a lower bound of that
    over the whole radius, and grows with R: compare at equal R.

    What this can NOT tell: a constant explanation has none, so little is good only
    beside fidelity. A times-input attribution moves with its input even where the
    network is linear.

    Args:
      attributions: float [1 + R, V], at x, then at R perturbed inputs, as of
        `changed_calls`, under the same random draws: `person_attributions` with one id
        for all rows.

    Returns:
      The largest L2 norm of a change, 0 if there is none, and the L2 norm at x.

    References:
      Yeh et al., "On the (In)fidelity and Sensitivity of Explanations", 2019,
      https://arxiv.org/abs/1901.09392
    """
    found = np.asarray(attributions, np.float64)
    moved = np.linalg.norm(found[1:] - found[:1], axis=1)
    return float(moved.max(initial=0)), float(np.linalg.norm(found[0]))

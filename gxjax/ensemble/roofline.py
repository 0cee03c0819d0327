"""What a training step must do at least, and how near to it a measured one comes.

A step is three phases, one after the other: the products forward, those backward, the
optimiser. Each needs what the one before it has computed, so they do not overlap;
within a phase memory and arithmetic do. The least time of a step is therefore the SUM
over phases of the LARGER of bytes / bandwidth and operations / peak.

Williams, Waterman & Patterson (2009), "Roofline: an insightful visual performance model
for multicore architectures", https://doi.org/10.1145/1498765.1498785.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax.numpy as jnp

from gxjax.ensemble.peaks import Peaks

__all__ = [
    "Phase",
    "Speed",
    "StepCost",
    "achieved",
    "roofline_seconds",
    "speed",
    "training_step_cost",
]

_PARAMETER = 4
"""Bytes of a parameter, and of Adam's second moment: always float32."""


class Phase(NamedTuple):
    """Bytes to and from memory, and operations of matrix products, of one device."""

    bytes: float
    operations: float


@dataclass(frozen=True)
class StepCost:
    """What one optimiser step of all members costs the busiest device, at least.

    Attributes:
      forward: reads of the weights and of the packed genotypes; products.
      backward: writes of the gradient, reads of what its products need; products.
      optimiser: Adam's reads and writes of weights, gradient and both moments.
      people: of a batch, on all devices.
      members: M, on all devices.
      dtype: the type that products are computed in.
    """

    forward: Phase
    backward: Phase
    optimiser: Phase
    people: int
    members: int
    dtype: str

    @property
    def phases(self) -> tuple[Phase, Phase, Phase]:
        return self.forward, self.backward, self.optimiser

    @property
    def bytes(self) -> float:
        return sum(phase.bytes for phase in self.phases)

    @property
    def operations(self) -> float:
        return sum(phase.operations for phase in self.phases)


class Speed(NamedTuple):
    """How fast training goes.

    Attributes:
      people_per_second: of batches, each counted once for all members that share it.
      members: M.
      shares: as of `achieved`; empty where the device's peaks are not known.
    """

    people_per_second: float
    members: int
    shares: Mapping[str, float]

    @property
    def people_members_per_second(self) -> float:
        return self.people_per_second * self.members


def training_step_cost(
    inputs: int,
    widths: tuple[int, ...],
    *,
    members: int,
    batch_size: int,
    outputs: int = 1,
    wide: bool = False,
    channels: int = 1,
    bits: float = 2,
    dtype: Any = jnp.float32,
    moment_dtype: Any = jnp.float32,
    own_order: bool = False,
    accumulate: int = 1,
    mesh: Mapping[str, int] | None = None,
) -> StepCost:
    """What a step must do, from the shapes alone.

    Counted are the arrays that outlive a phase (weights, gradient, moments, packed
    genotypes). Not counted are those that a phase could keep to itself: decoded
    genotypes, weights cast to another type, activations, biases, normalisation; nor
    clipping, penalties, dropout, and what is sent between devices. So a step that does
    all it has to at full speed can still show a share well below 1, and it can not be
    told from here which of these it is; a trace can. It would show more than 1 where
    weights fit in a cache, or where XLA fuses the update into the gradient's product,
    which then never reaches memory.

    Args:
      inputs: D, rows of the first layer, with those that only pad it.
      widths: hidden widths; none for the linear model.
      members: M.
      batch_size: people of a step, in all parts.
      outputs: P.
      wide: as of `MLP`.
      channels: L inputs of a variant.
      bits: of a code, on average.
      dtype: products are computed in it, and the gradient kept in it.
      moment_dtype: of Adam's first moment.
      own_order: whether each member has a batch of its own.
      accumulate: parts of a batch, whose gradients are added up in float32.
      mesh: devices along member, sample and variant, as `Mesh.shape`; one if left out.

    Raises:
      ValueError: a number is less than 1.
    """
    over = {"member": 1, "sample": 1, "variant": 1, **(mesh or {})}
    numbers = {"inputs": inputs, "members": members, "batch_size": batch_size}
    numbers |= {"outputs": outputs, "channels": channels, "accumulate": accumulate}
    for name, number in {**numbers, **over}.items():
        if number < 1:
            raise ValueError(f"{name}: found {number}; expected 1 or more")
    here = members / over["member"]
    first, later = _weights(inputs, tuple(widths), outputs, wide)
    people = batch_size / over["sample"]
    octets = people * inputs * bits / (8 * channels * over["variant"])
    kind = jnp.dtype(dtype)
    return StepCost(
        *_phases(
            first * here / over["variant"],
            later * here,
            people,
            octets * (here if own_order else 1),
            kind.itemsize if accumulate == 1 else _PARAMETER,
            jnp.dtype(moment_dtype).itemsize,
            accumulate,
        ),
        batch_size,
        members,
        kind.name,
    )


def _phases(
    first: float,
    later: float,
    people: float,
    octets: float,
    gradient: int,
    moment: int,
    accumulate: int,
) -> tuple[Phase, Phase, Phase]:
    """Of one device: weights, people and packed bytes; bytes of a number; parts."""
    weights = first + later
    forward = Phase(accumulate * _PARAMETER * weights + octets, 2 * people * weights)
    # A sum over parts is read again for every part but the first. No one asks for the
    # gradient of genotypes, so the first layer has one product and its weights rest.
    moved = (2 * accumulate - 1) * gradient * weights + accumulate * _PARAMETER * later
    backward = Phase(moved + octets, 2 * people * (weights + later))
    update = gradient + 4 * _PARAMETER + 2 * moment
    return forward, backward, Phase(update * weights, 0.0)


def _weights(
    inputs: int, widths: tuple[int, ...], outputs: int, wide: bool
) -> tuple[int, int]:
    """How many weights a member has in its first layer, and in all later ones."""
    linear = outputs if wide or not widths else 0
    first = inputs * ((widths[0] if widths else 0) + linear)
    ends = (*widths, outputs) if widths else ()
    return first, sum(a * b for a, b in itertools.pairwise(ends))


def roofline_seconds(cost: StepCost, peaks: Peaks) -> float:
    """The least seconds of a step on a device with these peaks.

    Raises:
      ValueError: the peaks are not of the type that the products are computed in.
    """
    if cost.dtype not in peaks.products:
        raise ValueError(
            f"peaks of {peaks.name}: found products in {sorted(peaks.products)}; "
            f"expected {cost.dtype}; measure_peaks({cost.dtype!r}) gives it"
        )
    peak = peaks.products[cost.dtype]
    return sum(
        max(phase.bytes / peaks.bandwidth, phase.operations / peak)
        for phase in cost.phases
    )


def achieved(cost: StepCost, seconds: float, peaks: Peaks) -> dict[str, float]:
    """Which share of what the device can do a step of so many seconds has used.

    Args:
      cost: of a step.
      seconds: from the end of a step to the end of the next, the device done with it:
        JAX returns earlier, so block on the last of many steps.
      peaks: of one device.

    Returns:
      `bandwidth_share`, `arithmetic_share`: bytes and operations a second, of the peak.
      `roofline_share`: the least time of a step, of its time. As both can't be at
      their peak in every phase, this is the one to compare with 1.

    Raises:
      ValueError: seconds is not above 0, or as `roofline_seconds`.
    """
    if not (seconds > 0 and math.isfinite(seconds)):
        raise ValueError(f"seconds: found {seconds}; expected a number above 0")
    least = roofline_seconds(cost, peaks)
    return {
        "bandwidth_share": cost.bytes / seconds / peaks.bandwidth,
        "arithmetic_share": cost.operations / seconds / peaks.products[cost.dtype],
        "roofline_share": least / seconds,
    }


def speed(cost: StepCost, seconds: float, peaks: Peaks | None) -> Speed:
    """How fast a step of so many seconds is; without shares where peaks don't fit."""
    fits = peaks is not None and cost.dtype in peaks.products
    shares = achieved(cost, seconds, peaks) if peaks is not None and fits else {}
    return Speed(cost.people / seconds, cost.members, shares)

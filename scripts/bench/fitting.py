"""The largest size that fits the memory of a device, of sizes that get ever smaller."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import jax

__all__ = ["DoesNotFit", "largest_that_fits", "memory_limit", "refusing", "smaller"]

Found = TypeVar("Found")

_LEAST_VARIANTS = 64


class DoesNotFit(Exception):
    """Why a size was refused: by a plan, or by the device itself."""


def smaller(members: int, variants: int) -> Iterator[tuple[int, int]]:
    """Sizes (members, variants) to try: all, then what can be scaled back to it.

    Members in 2, 3, ... groups of nearly equal size, one group at a time on the device;
    then one member with half of the variants, a quarter, and so on.
    """
    counts = (-(-members // groups) for groups in range(1, members + 1))
    yield from ((count, variants) for count in dict.fromkeys(counts))
    while variants > _LEAST_VARIANTS:
        variants = -(-variants // 2)
        yield 1, variants


def largest_that_fits(
    measure: Callable[[int, int], Found],
    members: int,
    variants: int,
    say: Callable[[str], None],
) -> Found:
    """`measure(members, variants)` of the first size that it does not refuse.

    Args:
      measure: raises `DoesNotFit`.
      members, variants: the size asked for.
      say: is told what was refused, and why.

    Raises:
      ValueError: all of them were refused.
    """
    for size in smaller(members, variants):
        words = f"{size[0]:,} members x {size[1]:,} variants"
        try:
            found = measure(*size)
        except DoesNotFit as error:
            reason = str(error)
        else:
            if size != (members, variants):
                say(f"the largest that fits: {words}")
            return found
        # What was allocated before the refusal hangs in cycles.
        gc.collect()
        say(f"{words} do not fit: {reason}")
    raise ValueError(
        f"nothing fits, down to {words}: {reason}. Allow more memory (--max_gib), or "
        "take fewer --people or smaller --widths"
    )


def refusing(error: jax.errors.JaxRuntimeError) -> DoesNotFit:
    """The refusal that a device's error stands for; any other error is raised."""
    if "RESOURCE_EXHAUSTED" not in str(error):
        raise error
    return DoesNotFit(str(error).splitlines()[0])


def memory_limit(max_gib: float | None) -> int | None:
    """Bytes of the first device that JAX may take, at most `max_gib`; None: not known.

    It can not tell what other programs have taken already.
    """
    stats: dict[str, Any] = jax.devices()[0].memory_stats() or {}
    limits = [] if max_gib is None else [int(max_gib * 2**30)]
    if "bytes_limit" in stats:
        limits.append(stats["bytes_limit"])
    return min(limits, default=None)

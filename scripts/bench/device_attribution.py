"""Attribution on an accelerator; genotypes and kernels are made on the device."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from bench.device_speed import device_memory, seconds_of_runs
from bench.extrapolation import per_block
from bench.fitting import DoesNotFit, refusing
from bench.memory import plan_bytes
from bench.networks import (
    COLUMNS,
    DRAWS,
    STEPS,
    random_baseline,
    random_front,
    random_people,
    with_steps,
)
from bench.published_parts import Attribution
from gxjax.attribution import score
from gxjax.genotypes.packed import packed_width
from gxjax.types import LinearFront

__all__ = [
    "AttributionSize",
    "compare_attributions",
    "measure_blocks",
]

_SHORT, _LONG = 2, 8
"""Blocks of the two runs whose difference tells what a block takes."""


class AttributionSize(NamedTuple):
    """What is attributed.

    Attributes:
      people: N.
      columns: of the input.
      members: M.
      widths: hidden widths.
      batch_size: people of a block.
      merge_draws: as `score` takes it.
    """

    people: int
    columns: int
    members: int
    widths: tuple[int, ...]
    batch_size: int
    merge_draws: bool = False


class Contestant(NamedTuple):
    """A score to time.

    Attributes:
      name: in the results.
      columns: of the score.
      merge_draws: as `score` takes it.
      products: how many times V x H numbers every person is multiplied by.
    """

    name: str
    columns: Sequence[tuple[str, str]]
    merge_draws: bool
    products: int


# Forward 1; back 1 per column without noise; per draw 1 for what noise it was, which
# the columns share, and 1 back per noisy column. A squared local column needs none.
CONTESTANTS = (
    Contestant("integrated_gradients", COLUMNS[1:2], False, 2),
    Contestant("all, merged draws", COLUMNS, True, 1 + 4 + 3),
    Contestant("all", COLUMNS, False, 1 + 4 + DRAWS + 3 * DRAWS),
)


def compare_attributions(
    size: AttributionSize, repeats: int, limit: int | None
) -> list[dict[str, Any]]:
    """People per second, TFLOP/s and memory of every contestant."""
    run, front = _scoring(size)
    results = []
    for contestant in CONTESTANTS:
        plans = list[Any]()
        one = partial(
            run, size.people, contestant.columns, merge_draws=contestant.merge_draws,
            max_memory=limit, announce=plans.append,
        )  # fmt: skip
        print(f"{contestant.name} ...", file=sys.stderr, flush=True)
        before, (warm, times) = device_memory(), seconds_of_runs(one, repeats)
        results.append(_result_of(contestant, front, size.people, times))
        results[-1] |= {
            "first_seconds": warm,
            "plan": plan_bytes(plans[-1]),
            "memory_before": before,
            "memory_after": device_memory(),
        }
        print(f"  {results[-1]['people_per_second']:.1f} people/s", file=sys.stderr)
    return results


def measure_blocks(
    size: AttributionSize, repeats: int, limit: int | None
) -> tuple[Attribution, dict[str, Any]]:
    """Seconds of a block of all eight columns through ONE member, and of what is once.

    Members are attributed in turn, so what one takes is what each takes. Those beside
    it are not made, but left room for.

    Args:
      size: people whose genotypes the device must hold, and members likewise.
      repeats: runs of few and of more blocks.
      limit: bytes of the device; None where not known.

    Returns:
      The figures; the plan, and the device's memory, of one member.

    Raises:
      DoesNotFit: the networks beside the genotypes, or a block beside both.
    """
    held = size.people * packed_width(size.columns)
    held += 4 * (size.members - 1) * size.columns * size.widths[0]
    if limit is not None and held >= limit:
        raise DoesNotFit(f"{held:,} bytes at least, of {limit:,}")
    room, plans = None if limit is None else limit - held, list[Any]()
    some = size._replace(people=_LONG * size.batch_size, members=1)
    try:
        run, _ = _scoring(some)
        times = []
        for blocks in (_SHORT, _LONG):
            one = partial(
                run, blocks * size.batch_size, COLUMNS, merge_draws=size.merge_draws,
                max_memory=room, announce=plans.append,
            )  # fmt: skip
            times.append(seconds_of_runs(one, repeats))
    except jax.errors.JaxRuntimeError as error:
        raise refusing(error) from None
    except ValueError as error:
        if not str(error).startswith("max_memory"):
            raise
        raise DoesNotFit(str(error)) from None
    (first, short), (_, long) = times
    few, many = statistics.median(short), statistics.median(long)
    block, besides = per_block((_SHORT, few), (_LONG, many))
    # Under a limit, blocks can be smaller than was asked for.
    shrunk = plans[-1].batch_size / size.batch_size
    figures = Attribution(
        members=size.members,
        columns=size.columns,
        score_columns=len(COLUMNS),
        batch_size=plans[-1].batch_size,
        compile_seconds=max(first - few, 0.0),
        member_seconds=besides,
        block_seconds=block * shrunk,
    )
    return figures, {"plan": plan_bytes(plans[-1]), "memory": device_memory()}


def _scoring(size: AttributionSize) -> tuple[Callable[..., Any], LinearFront]:
    """`score` of random networks: (people, columns, **settings); and the networks."""
    front = random_front(_device_kernel(size), size.widths)
    source = random_people(jax.random.key(1), size.people, size.columns)
    baseline = random_baseline(2, size.columns)
    # Made once: other function objects would be compiled anew.
    methods = with_steps(STEPS)
    jax.block_until_ready((front, source.arrays))

    def run(count: int, columns: Sequence[tuple[str, str]], **settings: Any) -> Any:
        people = np.arange(count, dtype=np.int32)
        return score(
            front, source, people, people.astype(np.uint32), baseline, columns,
            key=jax.random.key(0), methods=methods, draws=DRAWS,
            batch_size=size.batch_size, **settings,
        )  # fmt: skip

    return run, front


def _device_kernel(size: AttributionSize) -> jax.Array:
    """float32 [M, V, H], made on the device."""

    @jax.jit
    def make(key: jax.Array) -> jax.Array:
        shape = (size.members, size.columns, size.widths[0])
        return jax.random.normal(key, shape) / jnp.sqrt(size.columns)

    return make(jax.random.key(3))


def _result_of(
    contestant: Contestant, front: LinearFront, people: int, times: list[float]
) -> dict[str, Any]:
    """Speeds, from seconds for all people and members."""
    seconds = statistics.median(times)
    operations = 2 * front.kernel.size * contestant.products * people
    return {
        "name": contestant.name,
        "seconds": times,
        "people_per_second": people / seconds,
        "products": contestant.products,
        "tflops": operations / seconds / 1e12,
    }

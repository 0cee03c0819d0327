#!/usr/bin/env python
"""Speed and memory on an accelerator, at the size of a biobank.

    python scripts/bench_gpu.py --what=attribution --out=attribution.json
    python scripts/bench_gpu.py --what=training --people=300000 --batch_size=512 \
        --out=training.json

Genotypes and kernel are random and made on the device. The smallest contestant comes
first, since a device tells only its highest peak of memory so far. Of training: seconds
per epoch, shares of the roofline, the plan beside the memory taken. Of attribution:
TFLOP/s count the products of V-wide matrices and nothing else, beside plain products of
the same type and precision in the same run. Runs on a CPU too, at --variants=2000
--people=64.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from absl import app, flags
from bench.device_training import measure_training
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

from gxjax.attribution import score
from gxjax.replacing import replacing
from gxjax.types import LinearFront

WHAT = flags.DEFINE_enum(
    "what", "attribution", ["attribution", "training"], "what to measure"
)
VARIANTS = flags.DEFINE_integer("variants", 500_000, "V", lower_bound=1)
PEOPLE = flags.DEFINE_integer("people", 4096, "N", lower_bound=1)
MEMBERS = flags.DEFINE_integer("members", 1, "M of attribution", lower_bound=1)
ENSEMBLES = flags.DEFINE_list("ensembles", ["1", "10"], "M of training, one each")
WIDTHS = flags.DEFINE_list("widths", ["1000", "200", "50"], "hidden widths")
BATCH = flags.DEFINE_integer("batch_size", 256, "people per block", lower_bound=1)
REPEATS = flags.DEFINE_integer("repeats", 3, "timed runs of each", lower_bound=1)
GIB = flags.DEFINE_float("max_gib", None, "max_memory of the score, in GiB")
OUT = flags.DEFINE_string("out", None, "JSON file; standard output has it too")


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


def bench_attribution() -> list[dict[str, Any]]:
    """People per second, TFLOP/s and memory of every contestant."""
    widths = tuple(int(width) for width in WIDTHS.value)
    front = random_front(device_kernel(widths[0]), widths)
    source = random_people(jax.random.key(1), PEOPLE.value, VARIANTS.value)
    people, plans = np.arange(PEOPLE.value, dtype=np.int32), list[Any]()
    baseline, limit = random_baseline(2, VARIANTS.value), GIB.value
    jax.block_until_ready((front, source.arrays))
    results = []
    for contestant in CONTESTANTS:
        run = partial(
            score, front, source, people, people.astype(np.uint32), baseline,
            contestant.columns, key=jax.random.key(0), methods=with_steps(STEPS),
            draws=DRAWS, merge_draws=contestant.merge_draws, batch_size=BATCH.value,
            max_memory=None if limit is None else int(limit * 2**30),
            announce=plans.append,
        )  # fmt: skip
        print(f"{contestant.name} ...", file=sys.stderr, flush=True)
        before, (warm, times) = memory(), seconds_of(run)
        results.append(result_of(contestant, front, times))
        results[-1] |= {
            "first_seconds": warm,
            "plan": plan_bytes(plans[-1]),
            "memory_before": before,
            "memory_after": memory(),
        }
        print(f"  {results[-1]['people_per_second']:.1f} people/s", file=sys.stderr)
    return results


def device_kernel(hidden: int) -> jax.Array:
    """float32 [M, V, H], made on the device."""

    @jax.jit
    def make(key: jax.Array) -> jax.Array:
        shape = (MEMBERS.value, VARIANTS.value, hidden)
        return jax.random.normal(key, shape) / jnp.sqrt(VARIANTS.value)

    return make(jax.random.key(3))


def result_of(
    contestant: Contestant, front: LinearFront, times: list[float]
) -> dict[str, Any]:
    """Speeds, from seconds for all people and members."""
    seconds = statistics.median(times)
    operations = 2 * front.kernel.size * contestant.products * PEOPLE.value
    return {
        "name": contestant.name,
        "seconds": times,
        "people_per_second": PEOPLE.value / seconds,
        "products": contestant.products,
        "tflops": operations / seconds / 1e12,
    }


def seconds_of(run: Callable[[], Any]) -> tuple[float, list[float]]:
    """Seconds of the first run, which compiles, and of --repeats more."""
    times = []
    for _ in range(1 + REPEATS.value):
        started = time.perf_counter()
        jax.block_until_ready(run())
        times.append(time.perf_counter() - started)
    return times[0], times[1:]


def plain_products() -> dict[str, dict[str, float]]:
    """TFLOP/s of float32 products: a square one, and one of a block back to V.

    "highest" is what attribution computes with; "default" may round its operands, on
    the tensor cores of a GPU to TF32.
    """
    hidden, side = int(WIDTHS.value[0]), min(8192, VARIANTS.value)
    rows = min(BATCH.value, PEOPLE.value)
    shapes = {"square": (side, side, side), "back": (rows, hidden, VARIANTS.value)}
    found: dict[str, dict[str, float]] = {}
    for name, (m, k, n) in shapes.items():
        left = jax.random.normal(jax.random.key(4), (m, k))
        right = jax.random.normal(jax.random.key(5), (n, k))
        for precision in ("highest", "default"):
            product = jax.jit(
                lambda a, b, p=precision: jnp.einsum("mk,nk->mn", a, b, precision=p)
            )
            _, times = seconds_of(partial(product, left, right))
            speed = 2 * m * k * n / statistics.median(times) / 1e12
            found.setdefault(name, {})[precision] = speed
    return found


def memory() -> dict[str, int] | None:
    """Bytes of the device now and at most so far; None where it does not tell."""
    found = jax.devices()[0].memory_stats()
    if not found:
        return None
    return {name: found[name] for name in ("bytes_in_use", "peak_bytes_in_use")}


def bench_training() -> list[dict[str, Any]]:
    """Every ensemble in float32, then in bfloat16; what does not fit says so."""
    widths = tuple(int(width) for width in WIDTHS.value)
    results = []
    for members in map(int, ENSEMBLES.value):
        for bfloat16 in (False, True):
            setting = {"members": members, "bfloat16": bfloat16}
            print(f"training {setting} ...", file=sys.stderr, flush=True)
            try:
                found = measure_training(
                    PEOPLE.value, VARIANTS.value, members, widths, BATCH.value,
                    REPEATS.value, bfloat16=bfloat16,
                )  # fmt: skip
            except jax.errors.JaxRuntimeError as error:
                if "RESOURCE_EXHAUSTED" not in str(error):
                    raise
                found = setting | {"failed": str(error).splitlines()[0]}
            results.append(found)
    return results


BENCHES = {"attribution": bench_attribution, "training": bench_training}


def main(argv: list[str]) -> None:
    del argv
    result = {
        "device": jax.devices()[0].device_kind,
        "jax": jax.__version__,
        "what": WHAT.value,
        "settings": {
            "variants": VARIANTS.value, "people": PEOPLE.value, "steps": STEPS,
            "members": MEMBERS.value, "batch_size": BATCH.value, "draws": DRAWS,
            "widths": [int(width) for width in WIDTHS.value],
        },
        "results": BENCHES[WHAT.value](),
        # Last, so that its arrays are no part of the peaks above.
        "product_tflops": plain_products(),
    }  # fmt: skip
    text = json.dumps(result, indent=1)
    if OUT.value:
        with replacing(Path(OUT.value)) as path:
            path.write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    app.run(main)

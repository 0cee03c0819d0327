"""How fast a device is, and how full: timed runs, plain products, bytes in use."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

__all__ = ["device_memory", "plain_products", "seconds_of_runs"]


def seconds_of_runs(run: Callable[[], Any], repeats: int) -> tuple[float, list[float]]:
    """Seconds of the first run, which compiles, and of `repeats` more."""
    times = []
    for _ in range(1 + repeats):
        started = time.perf_counter()
        jax.block_until_ready(run())
        times.append(time.perf_counter() - started)
    return times[0], times[1:]


def plain_products(
    hidden: int, variants: int, rows: int, repeats: int
) -> dict[str, dict[str, float]]:
    """TFLOP/s of float32 products: a square one, and one of a block back to V.

    "highest" is what attribution computes with; "default" may round its operands, on
    the tensor cores of a GPU to TF32.
    """
    side = min(8192, variants)
    shapes = {"square": (side, side, side), "back": (rows, hidden, variants)}
    found: dict[str, dict[str, float]] = {}
    for name, (m, k, n) in shapes.items():
        left = jax.random.normal(jax.random.key(4), (m, k))
        right = jax.random.normal(jax.random.key(5), (n, k))
        for precision in ("highest", "default"):
            product = jax.jit(
                lambda a, b, p=precision: jnp.einsum("mk,nk->mn", a, b, precision=p)
            )
            _, times = seconds_of_runs(partial(product, left, right), repeats)
            speed = 2 * m * k * n / statistics.median(times) / 1e12
            found.setdefault(name, {})[precision] = speed
    return found


def device_memory() -> dict[str, int] | None:
    """Bytes of the device now and at most so far; None where it does not tell."""
    found = jax.devices()[0].memory_stats()
    if not found:
        return None
    return {name: found[name] for name in ("bytes_in_use", "peak_bytes_in_use")}

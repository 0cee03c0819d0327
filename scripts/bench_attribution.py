#!/usr/bin/env python
"""People per second per attribution method: captum, plain JAX and gxjax, side by side.

The same random network (batch norm in inference, biases), people and settings, in one
run; medians of repeats. captum is timed one person at a time, as the published code
runs, and at the best of several batch sizes. Prints JSON.

    pip install '.[bench]'
    python scripts/bench_attribution.py --variants=5000,20000,100000
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from absl import app, flags

from gxjax.attribution import score, score_dense
from gxjax.types import DosageSource, LinearFront

WIDTHS = flags.DEFINE_list("widths", ["1000", "200", "50"], "hidden widths")
VARIANTS = flags.DEFINE_list("variants", ["5000", "20000"], "V, one table each")
PEOPLE = flags.DEFINE_integer("people", 256, "people that gxjax scores", lower_bound=1)
REPEATS = flags.DEFINE_integer("repeats", 3, "repeats; medians are printed")
BATCHES = flags.DEFINE_list("captum_batches", ["4", "16", "64"], "batches for captum")
BATCH = flags.DEFINE_integer("batch_size", 64, "people per tile of gxjax")
DENSE = flags.DEFINE_bool("dense", True, "time plain jax.grad + vmap too")

METHODS = ("saliency", "integrated_gradients", "deeplift", "gradient_shap")
COLUMNS = [(m, n) for n in ("none", "smoothgrad_squared") for m in METHODS]
STEPS, DRAWS = 50, 5


class Tail(nn.Module):
    """What follows the first product: batch norm, relu, Dense, ..."""

    widths: tuple[int, ...]

    @nn.compact
    def __call__(self, h: jax.Array) -> jax.Array:
        for width in (*self.widths[1:], 1):
            h = nn.BatchNorm(use_running_average=True)(h)
            h = nn.Dense(width)(nn.relu(h))
        return h[0]


def make_network(variants: int, widths: tuple[int, ...]) -> LinearFront:
    """One random member; statistics far from 0 and 1."""
    draw = np.random.default_rng(0)
    tail = Tail(widths)
    variables = tail.init(jax.random.key(0), jnp.zeros(widths[0]))
    variables = jax.tree.map(
        lambda leaf: leaf + 0.2 * jnp.abs(jnp.asarray(draw.normal(size=leaf.shape))),
        variables,
    )
    kernel = draw.normal(size=(1, variants, widths[0])) / np.sqrt(variants)
    bias = 0.1 * draw.normal(size=(1, widths[0]))
    stacked = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32)[None], variables)
    return LinearFront(
        jnp.asarray(kernel, jnp.float32),
        jnp.asarray(bias, jnp.float32),
        lambda v, h: tail.apply(v, h),
        stacked,
    )


def torch_network(front: LinearFront, widths: tuple[int, ...]) -> Any:
    """The same network in torch."""
    import torch

    def tensor(array: Any) -> torch.Tensor:
        return torch.tensor(np.asarray(array, np.float32))

    variables = jax.tree.map(lambda leaf: leaf[0], front.tail)
    first = torch.nn.Linear(front.kernel.shape[1], widths[0])
    first.weight.data = tensor(front.kernel[0].T)
    first.bias.data = tensor(front.bias[0])
    layers = [first]
    for index, width in enumerate((*widths[1:], 1)):
        scale = variables["params"][f"BatchNorm_{index}"]
        statistics_ = variables["batch_stats"][f"BatchNorm_{index}"]
        dense = variables["params"][f"Dense_{index}"]
        norm = torch.nn.BatchNorm1d(widths[index])
        norm.weight.data, norm.bias.data = tensor(scale["scale"]), tensor(scale["bias"])
        norm.running_mean = tensor(statistics_["mean"])
        norm.running_var = tensor(statistics_["var"])
        linear = torch.nn.Linear(widths[index], width)
        linear.weight.data = tensor(dense["kernel"].T)
        linear.bias.data = tensor(dense["bias"])
        layers += [norm, torch.nn.ReLU(), linear]
    return torch.nn.Sequential(*layers).eval()


def captum_calls(network: Any, baseline: np.ndarray) -> dict[tuple[str, str], Callable]:
    """`column -> (x [B, V] -> attributions)`, as the published settings have them."""
    import torch
    from captum import attr

    reference = torch.tensor(baseline)
    plain = {
        "saliency": (attr.Saliency(network), {"abs": False}),
        "integrated_gradients": (
            attr.IntegratedGradients(network),
            {"baselines": reference, "n_steps": STEPS, "method": "gausslegendre"},
        ),
        "deeplift": (attr.DeepLift(network), {"baselines": reference}),
        "gradient_shap": (
            attr.GradientShap(network),
            {"baselines": reference, "n_samples": DRAWS},
        ),
    }
    noise = {"nt_type": "smoothgrad_sq", "nt_samples": DRAWS, "stdevs": 1.0}
    calls: dict[tuple[str, str], Callable] = {}
    for name, (method, options) in plain.items():
        tunnel = attr.NoiseTunnel(method)
        calls[name, "none"] = lambda x, m=method, o=options: m.attribute(x, **o)
        calls[name, "smoothgrad_squared"] = lambda x, t=tunnel, o=options: t.attribute(
            x, **noise, **o
        )
    return calls


def median_seconds(call: Callable[[], Any], repeats: int) -> float:
    """Median of `repeats` timed calls after one that warms up."""
    call()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def time_captum(front: LinearFront, x: np.ndarray, baseline: np.ndarray) -> dict:
    """People per second by column: one at a time, and at the best batch."""
    import torch

    widths = tuple(int(width) for width in WIDTHS.value)
    calls = captum_calls(torch_network(front, widths), baseline)
    table = {}
    for column, call in calls.items():
        speeds = {}
        for batch in (1, *map(int, BATCHES.value)):
            rows = torch.tensor(x[:batch])
            seconds = median_seconds(lambda c=call, r=rows: c(r), REPEATS.value)
            speeds[batch] = batch / seconds
        best = max(speeds, key=lambda size: speeds[size])
        table["+".join(column)] = {
            "one": speeds[1],
            "best": speeds[best],
            "best_batch": best,
        }
    together = {
        kind: 1 / sum(1 / row[kind] for row in table.values())
        for kind in ("one", "best")
    }
    return table | {"all": together}


def time_gxjax(
    run: Callable, front: LinearFront, x: np.ndarray, baseline: np.ndarray, batch: int
) -> dict[str, float]:
    """People per second of every column alone, and of all together."""
    source = DosageSource(jnp.asarray(x, jnp.int8), fetch)
    people = np.arange(len(x), dtype=np.int32)

    def call(columns: list[tuple[str, str]]) -> Any:
        return run(
            front, source, people, people.astype(np.uint32), baseline, columns,
            key=jax.random.key(0), batch_size=batch, draws=DRAWS,
        )  # fmt: skip

    table = {}
    for columns in [[column] for column in COLUMNS] + [COLUMNS]:
        name = "all" if len(columns) > 1 else "+".join(columns[0])
        seconds = median_seconds(lambda c=columns: call(c), REPEATS.value)
        table[name] = len(x) / seconds
    return table


def fetch(arrays: jax.Array, people: jax.Array) -> jax.Array:
    return arrays[people].astype(jnp.float32)


def bench(variants: int) -> dict[str, Any]:
    """One table."""
    widths = tuple(int(width) for width in WIDTHS.value)
    front = make_network(variants, widths)
    draw = np.random.default_rng(1)
    frequency = draw.uniform(0.05, 0.5, variants)
    x = draw.binomial(2, frequency, (PEOPLE.value, variants)).astype(np.float32)
    baseline = np.round(2 * frequency)[None].astype(np.float32)
    row: dict[str, Any] = {"variants": variants}
    row["gxjax"] = time_gxjax(score, front, x, baseline, BATCH.value)
    if DENSE.value:
        row["plain_jax"] = time_gxjax(score_dense, front, x[:4], baseline, 4)
    try:
        row["captum"] = time_captum(front, x, baseline)
    except ImportError as error:
        row["captum"] = f"skipped: {error}"
        return row
    for kind in ("one", "best"):
        row[f"ratio_to_captum_{kind}"] = {
            name: speed / row["captum"][name][kind]
            for name, speed in row["gxjax"].items()
        }
    return row


def main(argv: list[str]) -> None:
    del argv
    import importlib.util

    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(os.cpu_count() or 1)
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "jax": jax.__version__,
        "device": jax.devices()[0].device_kind,
        "people": PEOPLE.value,
        "tables": [bench(int(variants)) for variants in VARIANTS.value],
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    app.run(main)

#!/usr/bin/env python
"""People per second and member of training: PyTorch loops of one network, and gxjax.

The same network (batch norm, no biases before it), batch, optimiser and people on every
side; PyTorch has its genotypes as float32 in memory, gxjax as 2 bits. In each repeat
every contestant is timed once; medians of repeats, and ratios of medians. JSON on
standard output, a table on standard error. Without torch its loops are left out.

    pip install '.[bench]'
    python scripts/bench_training.py --batch_size=128,512 --out=training.json
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jax
import numpy as np
from absl import app, flags
from bench.arms import random_arm
from bench.timing import Contestant, speeds_of

from gxjax.cohort.encoding import encode
from gxjax.ensemble import MLP, TrainingConfig
from gxjax.ensemble.training_run import begin, start, take_step
from gxjax.genotypes.packed import unpack
from gxjax.replacing import replacing
from gxjax.types import Arm

VARIANTS = flags.DEFINE_integer("variants", 20_000, "V", lower_bound=8)
PEOPLE = flags.DEFINE_integer("people", 4096, "N", lower_bound=64)
WIDTHS = flags.DEFINE_list("widths", ["1000", "200", "50"], "hidden widths")
BATCHES = flags.DEFINE_list(
    "batch_size", ["128", "512"], "people per step, a table each"
)
MEMBERS = flags.DEFINE_list("members", ["1", "5", "10"], "M of gxjax")
ORDERS = flags.DEFINE_list("data_order", ["shared"], "shared, own")
STEPS = flags.DEFINE_integer("steps", 4, "steps of one timing", lower_bound=1)
REPEATS = flags.DEFINE_integer("repeats", 5, "rounds", lower_bound=1)
OUT = flags.DEFINE_string("out", None, "JSON file; standard output has it too")


def ours(
    arm: Arm,
    phenotype: np.ndarray,
    split: np.ndarray,
    batch_size: int,
    members: int,
    order: str,
) -> tuple[Contestant, dict[str, Any]]:
    """Training of M members, and the bytes that it holds."""
    run = begin(
        jax.random.key(0),
        arm,
        phenotype,
        split,
        model=MLP(tuple(int(width) for width in WIDTHS.value)),
        config=TrainingConfig(batch_size=batch_size, data_order=order),
        members=members,
        trait="quantitative",
        mesh=None,
        resident=True,
    )
    running = start(run)
    size = lambda tree: sum(leaf.nbytes for leaf in jax.tree.leaves(tree))  # noqa: E731
    held = {
        "packed_genotypes": size(run.feed.arm.packed),
        "parameters_and_moments": size(running.state),
        "best_copy": size(running.best),
    }
    batches = iter(run.feed.batches(_endless(run.order)))

    def call() -> None:
        nonlocal running
        for _ in range(STEPS.value):
            running = take_step(run, running, next(batches))
        jax.block_until_ready(running)

    people = batch_size * members * STEPS.value
    return Contestant("gxjax", f"{order}, M = {members}", people, call), held


def _endless(order: Any) -> Any:
    epoch = 0
    while True:
        yield from order.batches(epoch)
        epoch += 1


def theirs(arm: Arm, phenotype: np.ndarray, batch_size: int) -> list[Contestant]:
    """PyTorch loops of one network; none without torch."""
    if find_spec("torch") is None:
        return []
    from bench.torch_training import torch_loop

    codes = unpack(arm.blocks[0].packed, arm.blocks[0].count)
    inputs = np.asarray(encode(codes, arm.encoding))
    widths = tuple(int(width) for width in WIDTHS.value)
    return [
        Contestant(
            "torch",
            name,
            batch_size * STEPS.value,
            torch_loop(inputs, phenotype, widths, batch_size, STEPS.value, fused=fused),
        )
        for name, fused in (("published loop", False), ("fused Adam", True))
    ]


def measure(batch_size: int) -> dict[str, Any]:
    """Medians of people x members per second of every contestant, and ratios."""
    arm, phenotype, split = random_arm(PEOPLE.value, VARIANTS.value)
    contestants, memory = theirs(arm, phenotype, batch_size), {}
    if contestants:
        memory["torch"] = {"genotypes": 4 * PEOPLE.value * VARIANTS.value}
    for order in ORDERS.value:
        for members in map(int, MEMBERS.value):
            contestant, held = ours(arm, phenotype, split, batch_size, members, order)
            contestants.append(contestant)
            memory[contestant.column] = held
    speeds = speeds_of(contestants, REPEATS.value)
    medians = {
        contestant.column: statistics.median(values)
        for contestant, values in zip(contestants, speeds, strict=True)
    }
    peers = [c.column for c in contestants if c.side == "torch"]
    ratios = {
        column: {f"to {peer}": speed / medians[peer] for peer in peers}
        for column, speed in medians.items()
        if column not in peers
    }
    return {
        "batch_size": batch_size,
        "people_x_members_per_second": medians,
        "ratios": ratios,
        "bytes": memory,
    }


def as_table(table: dict[str, Any]) -> str:
    lines = [f"| batch {table['batch_size']} | people x members / s | ratios |"]
    lines.append("| --- | --- | --- |")
    for column, speed in table["people_x_members_per_second"].items():
        ratios = table["ratios"].get(column, {})
        words = ", ".join(f"{ratio:.2f} {name}" for name, ratio in ratios.items())
        lines.append(f"| {column} | {speed:.0f} | {words} |")
    return "\n".join(lines)


def main(argv: list[str]) -> None:
    del argv
    results: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "device": jax.devices()[0].device_kind,
        "settings": {
            "variants": VARIANTS.value,
            "people": PEOPLE.value,
            "widths": WIDTHS.value,
            "repeats": REPEATS.value,
        },
        "tables": [],
    }
    for batch_size in map(int, BATCHES.value):
        table = measure(batch_size)
        results["tables"].append(table)
        print(as_table(table), file=sys.stderr)
        if OUT.value:
            with replacing(Path(OUT.value)) as path:
                path.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    app.run(main)

#!/usr/bin/env python
"""People per second per attribution method: captum, plain JAX and gxjax, side by side.

The same random network (batch norm in inference, biases), people and settings on every
side: 50 Gauss-Legendre nodes, 5 draws. In each repeat every contestant is timed once;
medians of repeats, and ratios of medians. JSON on standard output, a table on standard
error; --out is written anew after every table. Without torch captum is left out.

    pip install '.[bench]'
    python scripts/bench_attribution.py --variants=5000,20000,100000 --out=speed.json
    python scripts/bench_attribution.py --what=memory --out=memory.json
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jax
from absl import app, flags
from bench.memory import measure_memory
from bench.networks import COLUMNS, DRAWS, STEPS, column_name
from bench.sides import (
    Case,
    captum_contestants,
    fitting_batches,
    gxjax_contestants,
    make_case,
    plain_contestants,
)
from bench.timing import Contestant, speeds_of

from gxjax.replacing import replacing

WHAT = flags.DEFINE_enum("what", "speed", ["speed", "memory"], "what to measure")
VARIANTS = flags.DEFINE_list(
    "variants", None, "V, one table each (20000; memory: one number, 100000)"
)
WIDTHS = flags.DEFINE_list("widths", ["1000", "200", "50"], "hidden widths")
PEOPLE = flags.DEFINE_integer("people", None, "N (1024; memory: 2000)", lower_bound=1)
REPEATS = flags.DEFINE_integer("repeats", 5, "rounds of speed", lower_bound=1)
BATCH = flags.DEFINE_integer("batch_size", 128, "people per block of gxjax")
BATCHES = flags.DEFINE_list(
    "batches", ["8", "32", "128"], "what captum and plain JAX choose their best from"
)
GIB = flags.DEFINE_float("gib", 12.0, "their batches that need more are left out")
CHOSEN = flags.DEFINE_list(
    "columns", None, "of speed; all eight, method+noise, if left out"
)
ALONE = flags.DEFINE_bool("alone", True, "time every column of gxjax alone too")
PLAIN = flags.DEFINE_bool("plain", True, "time plain jax.grad + vmap too")
MEMBERS = flags.DEFINE_integer("members", 5, "M of --what=memory", lower_bound=1)
MAX_GIB = flags.DEFINE_float("max_gib", 3.0, "max_memory of --what=memory")
OUT = flags.DEFINE_string("out", None, "JSON file")

SIDES = ("captum_one", "captum_best", "plain_jax", "gxjax", "gxjax_merged")


def widths() -> tuple[int, ...]:
    return tuple(int(width) for width in WIDTHS.value)


def columns() -> list[tuple[str, str]]:
    """Those asked for, in the order of the published ones."""
    names = CHOSEN.value or list(map(column_name, COLUMNS))
    if unknown := set(names) - set(map(column_name, COLUMNS)):
        raise ValueError(
            f"--columns: found {', '.join(sorted(unknown))}; expected of "
            f"{', '.join(map(column_name, COLUMNS))}"
        )
    return [column for column in COLUMNS if column_name(column) in names]


def bench_speed(variants: int) -> dict[str, Any]:
    """One table."""
    case = make_case(PEOPLE.value or 1024, variants, widths(), columns())
    batches = [int(size) for size in BATCHES.value]
    contestants, skipped = gxjax_contestants(case, BATCH.value, ALONE.value), []
    for side, is_there, enter in (
        ("plain JAX", PLAIN.value, plain_contestants),
        ("captum", all(map(find_spec, ("torch", "captum"))), captum_contestants),
    ):
        if is_there:
            contestants += enter(case, batches, GIB.value)
            skipped += [f"{side}, {word}" for word in too_large(case, batches)]
        else:
            skipped.append(f"{side}: not asked for, or torch or captum is missing")
    for word in skipped:
        print(f"skipped: {word}", file=sys.stderr)
    speeds = speeds_of(contestants, REPEATS.value)
    table = tabulate(contestants, speeds)
    return {
        "variants": variants, "people": case.size, "skipped": skipped, **table,
        "ratios": ratios(table["people_per_second"]),
    }  # fmt: skip


def too_large(case: Case, batches: Sequence[int]) -> list[str]:
    """What is left out of each column, in words."""
    words = []
    for column in case.columns:
        lost = set(batches) - set(fitting_batches(case, column, batches, GIB.value))
        name = column_name(column)
        words += [
            f"{name}, batch {n}: too large for {GIB.value} GiB or for --people"
            for n in sorted(lost)
        ]
    return words


def tabulate(
    contestants: Sequence[Contestant], speeds: Sequence[list[float]]
) -> dict[str, Any]:
    """Medians by side and column, every repeat, and the batch that was best."""
    medians: dict[str, dict] = {side: {} for side in SIDES}
    repeats: dict[str, dict] = {side: {} for side in SIDES}
    best: dict[str, dict] = {"captum_best": {}, "plain_jax": {}}
    for contestant, found in zip(contestants, speeds, strict=True):
        median = statistics.median(found)
        sides = [contestant.side]
        if contestant.side == "captum":
            sides = ["captum_one"] * (contestant.people == 1) + ["captum_best"]
        for side in sides:
            if median > medians[side].get(contestant.column, 0):
                medians[side][contestant.column] = median
                repeats[side][contestant.column] = found
                best.get(side, {})[contestant.column] = contestant.people
    for side in ("captum_one", "captum_best", "plain_jax"):
        if medians[side]:
            # One column after the other: seconds per person add up.
            inverse = sum(1 / speed for speed in medians[side].values())
            medians[side]["all"] = 1 / inverse
    return {"people_per_second": medians, "repeats": repeats, "best_batch": best}


def ratios(medians: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Of gxjax to every other side, "ours / theirs", by column."""
    return {
        f"{ours} / {theirs}": {
            column: speed / medians[theirs][column]
            for column, speed in medians[ours].items()
            if column in medians[theirs]
        }
        for ours in SIDES[3:]
        for theirs in SIDES[:3]
        if medians[theirs]
    }


def show(table: dict[str, Any]) -> None:
    """The table for a reader, in Markdown, on standard error."""
    found = {k: v for k, v in table["people_per_second"].items() if v} | table["ratios"]
    heading = f"V = {table['variants']}"
    rows = [[heading, *found], ["---"] * (1 + len(found))]
    for column in table["people_per_second"]["gxjax"]:
        values = [side.get(column) for side in found.values()]
        rows.append([column, *("" if v is None else f"{v:.4g}" for v in values)])
    for row in rows:
        print(f"| {' | '.join(row)} |", file=sys.stderr)


def write(result: dict[str, Any]) -> None:
    """What there is so far, to --out."""
    if OUT.value:
        with replacing(Path(OUT.value)) as path:
            path.write_text(json.dumps(result, indent=1) + "\n")


def version_of(name: str) -> str | None:
    found = find_spec(name)
    return importlib.metadata.version(name) if found else None


def main(argv: list[str]) -> None:
    del argv
    result: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "device": jax.devices()[0].device_kind,
        "versions": {name: version_of(name) for name in ("jax", "torch", "captum")},
        "settings": {
            "what": WHAT.value, "widths": widths(), "steps": STEPS, "draws": DRAWS,
            "repeats": REPEATS.value, "batch_size": BATCH.value,
        },
        "tables": [],
    }  # fmt: skip
    if WHAT.value == "memory":
        table = measure_memory(
            PEOPLE.value or 2000, int((VARIANTS.value or ["100000"])[0]), MEMBERS.value,
            widths(), BATCH.value, int(MAX_GIB.value * 2**30),
        )  # fmt: skip
        print(f"peak {table['peak_above'] / 2**30:.2f} GiB above", file=sys.stderr)
        result["tables"].append(table)
        write(result)
    else:
        for variants in VARIANTS.value or ["20000"]:
            result["tables"].append(bench_speed(int(variants)))
            write(result)
            show(result["tables"][-1])
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    app.run(main)

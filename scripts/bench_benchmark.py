#!/usr/bin/env python
"""Seconds and memory of all metrics of the benchmark, training left out.

One replicate is simulated: an arm of V variants with planted ones, whose recall,
average precision, recall by frequency and right loci are measured; an arm of V real
variants and V decoys, for precision of variants and of loci; the stability of the
first; and the composite of it all, intervals included. JSON on standard output.

    python scripts/bench_benchmark.py --variants=500000 --columns=9 --members=10
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
from absl import app, flags
from bench.memory import forget_peak, resident
from bench.simulated_scores import band, simulated_scores, simulated_truth, with_decoys

from gxjax import benchmark
from gxjax.benchmark.composite import Parts
from gxjax.benchmark.stability import stability_samples
from gxjax.linkage import join_neighbours

VARIANTS = flags.DEFINE_integer("variants", 500_000, "V", lower_bound=500)
COLUMNS = flags.DEFINE_integer("columns", 9, "C", lower_bound=1)
MEMBERS = flags.DEFINE_integer("members", 10, "M", lower_bound=1)
NEIGHBOURS = flags.DEFINE_integer("neighbours", 20, "per variant", lower_bound=2)
DRAWS = flags.DEFINE_integer("draws", 1000, "bootstrap draws", lower_bound=1)
OUT = flags.DEFINE_string("out", None, "write the JSON here too")

QUANTILE = 0.98


class Stopwatch:
    """Seconds of named parts, and those that processors spent: other work may run."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.processor_seconds = 0.0

    def __call__(self, name: str, call: Callable[[], Any]) -> Any:
        """What the call returns."""
        started, spent = time.perf_counter(), time.process_time()
        found = call()
        self.seconds[name] = time.perf_counter() - started
        self.processor_seconds += time.process_time() - spent
        return found


def main(argv: Sequence[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError("expected flags only")
    key = jax.random.key(0)
    columns = [("method", str(c)) for c in range(COLUMNS.value)]
    imports = resident("VmRSS")
    forget_peak()
    watch = Stopwatch()
    recall, stability = planted_arm(key, columns, watch)
    precision = decoy_arm(key, columns, watch)
    parts = Parts(recall, precision, stability)
    table = watch(
        "composite",
        lambda: benchmark.composite_table(parts, columns, key, quantile=QUANTILE),
    )
    found = {
        "variants": VARIANTS.value,
        "columns": COLUMNS.value,
        "members": MEMBERS.value,
        "neighbours": NEIGHBOURS.value,
        "draws": DRAWS.value,
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.processor() or platform.machine(),
        "load_average": round(os.getloadavg()[0], 2),
        "seconds": {name: round(s, 3) for name, s in watch.seconds.items()},
        "total_seconds": round(sum(watch.seconds.values()), 2),
        "total_processor_seconds": round(watch.processor_seconds, 2),
        "peak_bytes": resident("VmHWM"),
        "imports_bytes": imports,
        "composite_rows": len(table),
    }
    print(text := json.dumps(found, indent=1))
    if OUT.value:
        Path(OUT.value).write_text(text + "\n")


def planted_arm(key: jax.Array, columns: list, watch: Stopwatch) -> tuple[Any, Any]:
    """Estimates of recall and of stability, all tables of this arm on the way."""
    truth = simulated_truth(VARIANTS.value)
    linked = band(VARIANTS.value, NEIGHBOURS.value)
    values = simulated_scores(truth, len(columns), MEMBERS.value, NEIGHBOURS.value)
    maf = np.random.default_rng(2).uniform(0.01, 0.5, VARIANTS.value)
    draws = DRAWS.value
    stability = watch(
        "stability, draws",
        lambda: stability_samples(values, key, draws=draws),
    )
    watch("stability", lambda: benchmark.stability_table(values, columns))
    ranking = watch("ranks", lambda: benchmark.rank_columns(values, columns, truth))
    places = watch(
        "places", lambda: benchmark.find_places(ranking, truth, neighbours=linked)
    )
    found = [places]
    loci = watch(
        "ranks of loci",
        lambda: benchmark.rank_loci(
            ranking, linked, k=benchmark.count_at(QUANTILE, VARIANTS.value)
        ),
    )
    locus_places = watch(
        "places among loci",
        lambda: benchmark.find_places(loci, truth, neighbours=linked),
    )
    del loci
    watch(
        "recall among loci",
        lambda: benchmark.recall_table([locus_places], columns, key, draws=draws),
    )
    watch("recall", lambda: benchmark.recall_table(found, columns, key, draws=draws))
    watch(
        "frequency",
        lambda: benchmark.frequency_table(found, columns, [maf], key, draws=draws),
    )
    false = watch(
        "average precision, counts",
        lambda: benchmark.count_false(ranking, places, truth, neighbours=linked),
    )
    watch(
        "average precision",
        lambda: benchmark.average_precision_table([false], columns, key, draws=draws),
    )
    loci = watch(
        "right loci, counts", lambda: benchmark.count_loci(ranking, truth, linked)
    )
    watch(
        "right loci",
        lambda: benchmark.locus_precision_table([loci], columns, key, draws=draws),
    )
    one = benchmark.recall_estimate(found, "all", QUANTILE, key, draws=draws)
    return one, stability


def decoy_arm(key: jax.Array, columns: list, watch: Stopwatch) -> Any:
    """The estimate of precision, all tables of this arm on the way."""
    truth = with_decoys(simulated_truth(VARIANTS.value))
    linked = band(VARIANTS.value, NEIGHBOURS.value)
    linked = join_neighbours(linked, linked)
    scores = [simulated_scores(truth, len(columns), MEMBERS.value, NEIGHBOURS.value)]
    # Popped, so that the scores are gone once they are ranked.
    ranking = watch(
        "ranks with decoys",
        lambda: benchmark.rank_columns(scores.pop(), columns, truth),
    )
    draws = DRAWS.value
    counts = watch("precision, counts", lambda: benchmark.count_nulls(ranking, truth))
    loci = watch(
        "precision of loci, counts",
        lambda: benchmark.count_nulls(ranking, truth, neighbours=linked),
    )
    for name, each in (("precision", counts), ("precision of loci", loci)):
        watch(
            name,
            lambda each=each: benchmark.precision_table(
                [each], columns, key, draws=draws
            ),
        )
    return benchmark.precision_estimate([counts], QUANTILE, key, draws=draws)


if __name__ == "__main__":
    app.run(main)

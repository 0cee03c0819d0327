#!/usr/bin/env python
"""Association, counts and reading beside plink2, bed-reader and pandas-plink.

A synthetic fileset is tested, counted and read by each side, in turn, with the page
cache warm; medians of repeats. plink2 is timed as a process, from start to its table.
gxjax as a call in a running process, table written too, compiled before; and, once, as
the whole command `experiments.associate`, which imports and compiles. Each number of
threads has a process of its own, held to as many cores. JSON on standard output, with
gxjax's seconds over each peer's; the files are deleted.

    python scripts/bench_cohort.py --people=4944 --variants=18896 --out=cohort.json

With --what=memory: the peak of QC and of association, each in a process of its own,
above what it holds after its imports.

    python scripts/bench_cohort.py --what=memory --people=50000 --variants=100000
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from absl import app, flags
from bench.cohort_files import make_cohort
from bench.cohort_memory import TASKS, peak_above

PEOPLE = flags.DEFINE_integer("people", 4944, "N, a multiple of 4", lower_bound=64)
VARIANTS = flags.DEFINE_integer("variants", 18_896, "V", lower_bound=4)
MISSING = flags.DEFINE_float("missing", 0.01, "share of missing calls")
COVARIATES = flags.DEFINE_list("covariates", ["0", "2"], "numbers of them")
THREADS = flags.DEFINE_list("threads", ["1", "2"], "numbers of threads")
WHAT = flags.DEFINE_enum("what", "speed", ["speed", "memory"], "what to measure")
REPEATS = flags.DEFINE_integer("repeats", 3, "rounds", lower_bound=1)
FOLDER = flags.DEFINE_string("folder", None, "where to work; a temporary one if unset")
OUT = flags.DEFINE_string("out", None, "write the JSON here too")
SIDE = flags.DEFINE_string("side", None, "used by the script itself")
TASK = flags.DEFINE_string("task", None, "used by the script itself")

ROOT = Path(__file__).parents[1]
ENDINGS = {"height": "glm.linear", "sick": "glm.logistic.hybrid"}
Sides = dict[str, Callable[[], Any]]


def main(argv: Sequence[str]) -> None:
    if len(argv) > 1 or PEOPLE.value % 4:
        raise app.UsageError("expected flags only, and a multiple of 4 people")
    if SIDE.value:
        measure = measure_memory if WHAT.value == "memory" else measure_speed
        print(json.dumps(measure(Path(SIDE.value))))
        return
    if WHAT.value == "speed" and shutil.which("plink2") is None:
        raise app.UsageError("plink2 is not on PATH")
    found: dict[str, Any] = {
        "people": PEOPLE.value,
        "variants": VARIANTS.value,
        "missing": MISSING.value,
        "bed_megabytes": round(PEOPLE.value / 4 * VARIANTS.value / 1e6, 1),
        "cores": os.cpu_count(),
        "machine": platform.processor() or platform.machine(),
    }
    with tempfile.TemporaryDirectory(dir=FOLDER.value, prefix="bench_cohort.") as name:
        folder = Path(name)
        make_cohort(folder, PEOPLE.value, VARIANTS.value, MISSING.value)
        if WHAT.value == "memory":
            peaks = {task: side(folder, [f"--task={task}"]) for task in TASKS}
            found["peak_above_imports_bytes"] = peaks
        else:
            found["repeats"] = REPEATS.value
            found["threads"] = {each: held(folder, int(each)) for each in THREADS.value}
    print(text := json.dumps(found, indent=1))
    if OUT.value:
        Path(OUT.value).write_text(text + "\n")


def held(folder: Path, threads: int) -> dict[str, Any]:
    """What a process that is held to some cores measures."""
    cores = sorted(os.sched_getaffinity(0))[:threads]
    if len(cores) < threads:
        raise app.UsageError(f"--threads={threads}: this machine gives {len(cores)}")
    return side(
        folder, [f"--threads={threads}"], partial(os.sched_setaffinity, 0, cores)
    )


def side(
    folder: Path, words: Sequence[str], before: Callable[[], None] | None = None
) -> Any:
    """What a process of this script measures in a folder of files."""
    given = [word for word in sys.argv[1:] if not word.startswith("--threads")]
    command = [sys.executable, __file__, *given, f"--side={folder}", *words]
    result = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        preexec_fn=before,
    )
    return json.loads(result.stdout.splitlines()[-1])


def measure_memory(folder: Path) -> int:
    """Bytes, of one task."""
    most = max(int(number) for number in COVARIATES.value)
    return peak_above(TASKS[TASK.value], folder, most)


def measure_speed(folder: Path) -> dict[str, Any]:
    """Per task: seconds of every side, and gxjax's over each peer's."""
    threads = int(THREADS.value[0])
    tasks = {
        f"{name}, {number} covariates": associations(folder, name, int(number), threads)
        for name in ENDINGS
        for number in COVARIATES.value
    }
    tasks |= {"counts": counts(folder, threads), "read": reads(folder, threads)}
    return {name: compared(sides) for name, sides in tasks.items()}


def compared(sides: Sides) -> dict[str, Any]:
    """Median seconds of each side after a round to warm up, and ratios."""
    command = sides.pop("gxjax command", None)
    for call in sides.values():
        call()
    times: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(REPEATS.value):
        for side, call in sides.items():
            times[side].append(seconds_of(call))
    seconds = {side: statistics.median(values) for side, values in times.items()}
    if command:
        seconds["gxjax command"] = seconds_of(command)
    ratios = {
        f"{ours} / {peer}": float(f"{seconds[ours] / seconds[peer]:.3g}")
        for ours in seconds
        for peer in seconds
        if ours.startswith("gxjax") and not peer.startswith("gxjax")
    }
    rounded = {side: float(f"{value:.4g}") for side, value in seconds.items()}
    return {"seconds": rounded, "ratios": ratios}


def associations(folder: Path, name: str, covariates: int, threads: int) -> Sides:
    """The additive test of every variant, from the .bed to a table on the disk."""
    from gxjax.association.linear_regression import linear_regression
    from gxjax.association.logistic_regression import logistic_regression
    from gxjax.association.regression_table import write_regression
    from gxjax.genotypes import open_bed_source

    values = pd.read_csv(folder / "x.pheno", sep="\t")[name].to_numpy(np.float64)
    table = pd.read_csv(folder / "x.covar", sep="\t").iloc[:, 2 : 2 + covariates]
    regress = linear_regression if name == "height" else logistic_regression
    source = open_bed_source(folder / "x")

    def ours() -> None:
        found = regress(source, values, table if covariates else None)
        write_regression(found, folder / f"ours.{ENDINGS[name]}")

    shared = ["--pheno", folder / "x.pheno"]
    theirs = [*shared, "--pheno-name", name, "--glm", "omit-ref"]
    command = ["--bfile", folder / "x", *shared, "--pheno_name", name]
    if covariates:
        columns = ["--covar-name", *table.columns]
        theirs += ["hide-covar", "--covar", folder / "x.covar", *columns]
        command += ["--covar", folder / "x.covar"]
        command += ["--covar_name", ",".join(table.columns)]
    else:
        theirs.append("allow-no-covars")
    module = [sys.executable, "-m", "experiments.associate"]
    return {
        "gxjax": ours,
        "plink2": partial(plink2, folder, threads, *theirs),
        "gxjax command": partial(
            run, [*module, *command, "--out", folder / "command"], ROOT
        ),
    }


def counts(folder: Path, threads: int) -> Sides:
    """Genotype counts per variant, and missing calls per person."""
    from gxjax.genotypes import count_bed_codes, count_bed_missing, open_bed_source

    source = open_bed_source(folder / "x")
    everyone = np.ones(PEOPLE.value, bool)

    def ours() -> None:
        count_bed_codes(source, [everyone])
        count_bed_missing(source)

    words = ("--geno-counts", "--missing", "sample-only")
    return {"gxjax": ours, "plink2": partial(plink2, folder, threads, *words)}


def reads(folder: Path, threads: int) -> Sides:
    """All genotypes in memory: 2-bit and int8 (gxjax), int8, float32."""
    from gxjax.genotypes import read_plink, unpack

    prefix = folder / "x"
    sides: Sides = {
        "gxjax, packed": lambda: read_plink(prefix),
        "gxjax, int8": lambda: unpack(read_plink(prefix).packed, VARIANTS.value),
    }
    if importlib.util.find_spec("bed_reader"):
        from bed_reader import open_bed

        sides["bed-reader, int8"] = lambda: open_bed(f"{prefix}.bed").read(
            dtype="int8", num_threads=threads
        )
    if importlib.util.find_spec("pandas_plink"):
        from pandas_plink import Chunk, read_plink1_bin

        chunk = Chunk(nsamples=None, nvariants=8192)
        sides["pandas-plink, float32"] = lambda: read_plink1_bin(
            f"{prefix}.bed", chunk=chunk, verbose=False
        ).compute()
    return sides


def plink2(folder: Path, threads: int, *words: Any) -> None:
    inputs = ["plink2", "--bfile", folder / "x", "--out", folder / "peer"]
    run([*inputs, "--threads", threads, *words], folder)


def run(command: Sequence[Any], folder: Path) -> None:
    silence = subprocess.DEVNULL
    subprocess.run([*map(str, command)], cwd=folder, check=True, stdout=silence)


def seconds_of(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    app.run(main)

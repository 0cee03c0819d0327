#!/usr/bin/env python
"""MB/s and memory of the genotype store, beside a copy of the file and an .npy.

A synthetic .bed is built into a store, read through, and random batches of people are
gathered from it; the same from an .npy of the transposed matrix, which is held whole
in memory to be made, has no checksums and can not be resumed. All in one run, in turn,
with the page cache warm; medians of repeats. Writes end with the bytes on the disk
(fsync) on every side. JSON on standard output; the files are deleted.

    python scripts/bench_store.py --people=40000 --variants=120000 --out=store.json
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from absl import app, flags

from gxjax.genotypes import build_store, open_store, read_plink, write_bim, write_fam
from gxjax.genotypes.store import Store

PEOPLE = flags.DEFINE_integer("people", 40_000, "N, a multiple of 4", lower_bound=4)
VARIANTS = flags.DEFINE_integer("variants", 120_000, "V", lower_bound=1)
BATCH = flags.DEFINE_integer("batch_size", 128, "people of a gather", lower_bound=1)
GATHERS = flags.DEFINE_integer("gathers", 20, "gathers timed", lower_bound=1)
REPEATS = flags.DEFINE_integer("repeats", 3, "rounds", lower_bound=1)
MEMORY = flags.DEFINE_integer("max_memory", 1 << 30, "bytes, of build_store")
FOLDER = flags.DEFINE_string("folder", None, "where to work; a temporary one if unset")
OUT = flags.DEFINE_string("out", None, "write the JSON here too")

MEGA = 1_000_000
ON_LINUX = sys.platform == "linux"


def main(argv: Sequence[str]) -> None:
    if len(argv) > 1 or PEOPLE.value % 4:
        raise app.UsageError("expected flags only, and a multiple of 4 people")
    with tempfile.TemporaryDirectory(dir=FOLDER.value, prefix="bench_store.") as name:
        found = measure(Path(name))
    text = json.dumps(found, indent=1)
    if OUT.value:
        Path(OUT.value).write_text(text + "\n")
    print(text)


def measure(folder: Path) -> dict[str, Any]:
    """All figures, from files that are made in the folder."""
    make_fileset(folder / "x", PEOPLE.value, VARIANTS.value)
    size = (folder / "x.bed").stat().st_size / MEGA
    rounds = [one_round(folder, size) for _ in range(REPEATS.value)]
    middle = {
        name: statistics.median(found[name] for found in rounds) for name in rounds[0]
    }
    return {
        "people": PEOPLE.value,
        "variants": VARIANTS.value,
        "bed_megabytes": round(size, 1),
        "max_memory_megabytes": round(MEMORY.value / MEGA, 1),
        "cores": os.cpu_count(),
        "machine": platform.processor() or platform.machine(),
        "repeats": REPEATS.value,
        **{name: float(f"{value:.4g}") for name, value in middle.items()},
        "ratios": ratios(middle),
    }


def ratios(middle: dict[str, float]) -> dict[str, float]:
    """The store over its peers, 1 being as fast; gathers: how many times the time."""
    pairs = {
        "build / copy of the .bed": ("build_mb_per_s", "copy_mb_per_s"),
        "build / read_plink and np.save": ("build_mb_per_s", "npy_build_mb_per_s"),
        "read / npy read": ("read_mb_per_s", "npy_read_mb_per_s"),
        "gather seconds / npy": ("gather_seconds", "npy_gather_seconds"),
    }
    return {
        name: float(f"{middle[ours] / middle[theirs]:.3g}")
        for name, (ours, theirs) in pairs.items()
    }


def one_round(folder: Path, size: float) -> dict[str, float]:
    """Every contestant once; MB are of the .bed, or of what was read."""
    found = {"copy_mb_per_s": size / seconds_of(lambda: copy(folder))}
    with watched_memory() as peak:
        seconds = seconds_of(
            lambda: build_store(folder / "x", folder / "store", max_memory=MEMORY.value)
        )
    found["build_mb_per_s"] = size / seconds
    found["build_peak_megabytes"] = peak() / MEGA
    store = open_store(folder / "store")
    found["read_mb_per_s"] = store.nbytes / MEGA / seconds_of(lambda: through(store))
    found["gather_seconds"] = gather_seconds(store)
    found["npy_build_mb_per_s"] = size / seconds_of(lambda: save_npy(folder))
    saved = np.load(folder / "x.npy", mmap_mode="r")
    np.testing.assert_array_equal(store[:2000], saved[:2000])
    found["npy_read_mb_per_s"] = (
        saved.nbytes / MEGA / seconds_of(lambda: through(saved))
    )
    found["npy_gather_seconds"] = gather_seconds(saved)
    shutil.rmtree(folder / "store")
    (folder / "x.npy").unlink()
    return found


def make_fileset(prefix: Path, people: int, variants: int) -> None:
    """A fileset of random genotypes."""
    ids = [f"p{number}" for number in range(people)]
    table = {"FID": ids, "IID": ids, "PAT": "0", "MAT": "0", "SEX": 1}
    write_fam(pd.DataFrame(table), f"{prefix}.fam")
    names = [f"rs{number}" for number in range(variants)]
    alleles = {"A1": "A", "A2": "G", "CM": 0.0}
    place = {"CHROM": "1", "POS": np.arange(variants), "ID": names}
    write_bim(pd.DataFrame(place | alleles), f"{prefix}.bim")
    random, width = np.random.default_rng(0), people // 4
    with Path(f"{prefix}.bed").open("wb") as bed:
        bed.write(b"\x6c\x1b\x01")
        for start in range(0, variants, 1024):
            bed.write(random.bytes(min(1024, variants - start) * width))


def copy(folder: Path) -> None:
    shutil.copyfile(folder / "x.bed", folder / "copy")
    flush(folder / "copy")
    (folder / "copy").unlink()


def save_npy(folder: Path) -> None:
    np.save(folder / "x.npy", read_plink(folder / "x").packed)
    flush(folder / "x.npy")


def flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def through(matrix: Store | np.ndarray) -> None:
    """Reads all of it, 1,024 people at a time."""
    for start in range(0, len(matrix), 1024):
        np.array(matrix[start : start + 1024])


def gather_seconds(matrix: Store | np.ndarray) -> float:
    """Median seconds of a batch of random people, sorted by none."""
    random = np.random.default_rng(1)
    batches = [
        random.choice(len(matrix), min(BATCH.value, len(matrix)), replace=False)
        for _ in range(GATHERS.value)
    ]
    matrix[batches[0]]
    return statistics.median(
        seconds_of(partial(matrix.__getitem__, people)) for people in batches
    )


def seconds_of(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


@contextmanager
def watched_memory() -> Iterator[Callable[[], int]]:
    """Gives a function: bytes above those at the start, at most, while it was open.

    Memory of the process's own (RssAnon, Linux; 0 elsewhere), every 5 ms. Pages of the
    mapped .bed are the kernel's, which takes them back when it needs them.
    """
    over, found, start = threading.Event(), [0], resident()

    def watch() -> None:
        while not over.wait(0.005):
            found.append(resident() - start)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield lambda: max(found)
    finally:
        over.set()
        watcher.join()


def resident() -> int:
    """Bytes of RssAnon in /proc/self/status."""
    status = Path("/proc/self/status")
    found = re.search(r"RssAnon:\s+(\d+) kB", status.read_text()) if ON_LINUX else None
    return int(found[1]) * 1024 if found else 0


if __name__ == "__main__":
    app.run(main)

"""LD between the cohort's variants, for truths, comparators and scoring."""

from __future__ import annotations

import jax
import numpy as np

from experiments import console
from experiments.configuration import CohortFlags
from gxjax import rng
from gxjax.genotypes.bed_source import BedSource
from gxjax.linkage import Window, find_neighbours
from gxjax.linkage.window import chromosome_runs, window_ends
from gxjax.types import Neighbours

__all__ = ["train_neighbours"]

# r^2 of so many is known to 0.03; time grows with people and with pairs.
_PEOPLE = 4000
_WIDEST = 1000


def train_neighbours(
    source: BedSource, train: np.ndarray, flags: CohortFlags, key: jax.Array
) -> tuple[Neighbours, list[str]]:
    """LD of TRAIN people within --ld_kb, from --ld_least_r2 on, and notes.

    Of more than 4,000 people, 4,000 are drawn. Where --ld_kb holds more than 1,000
    variants on average, the nearest 1,000 behind each are looked at. Variants out of
    order have no windows: nobody is then anybody's neighbour.
    """
    window = Window(kb=flags.ld_kb)
    count, chr_set = len(source.variants), flags.chr_set
    try:
        pairs = sum(
            int((window_ends(source.variants, run, window)).sum())
            - (run.start + run.stop + 1) * (run.stop - run.start) // 2
            for run in chromosome_runs(source.variants, chr_set)
        )
    except ValueError as error:
        none = np.zeros(count + 1, np.int64), np.empty(0, np.int32)
        return Neighbours(*none, np.empty(0, np.float32)), [
            f"no LD is known, so nothing is found by its neighbours: {error}"
        ]
    notes = []
    if pairs > _WIDEST * count:
        window = Window(variants=_WIDEST)
        notes.append(
            f"LD is of the nearest {_WIDEST} variants behind each: --ld_kb="
            f"{flags.ld_kb:g} would hold {pairs / count:,.0f} on average"
        )
    people = np.flatnonzero(train)
    if len(people) > _PEOPLE:
        draw = rng.generator(key, "experiments/linkage")
        people = np.sort(draw.choice(people, _PEOPLE, replace=False))
    with console.bar(f"LD of {len(people):,} TRAIN people") as progress:
        found = find_neighbours(
            source,
            window,
            r2=flags.ld_least_r2,
            people=people,
            chr_set=chr_set,
            progress=progress,
        )
    return found, notes

"""Passes over genotypes that begin on the host: placing a store, and the GWAS."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np

from bench.arms import random_arm
from bench.published_parts import Sample
from gxjax.association.linear_association import linear_association
from gxjax.ensemble.layout import layout_of
from gxjax.ensemble.mesh import make_mesh
from gxjax.ensemble.residency import make_feed
from gxjax.genotypes import write_store
from gxjax.genotypes.packed import packed_width
from gxjax.types import TRAIN

__all__ = ["measure_association", "measure_placing"]

_SIDE = 16_384
"""People, and columns, of the association that is timed."""


def measure_placing(
    people: int, variants: int, gib: float, folder: Path | None
) -> Sample:
    """Seconds from a store, in the page cache, to packed genotypes on the device.

    Args:
      people: N; so many of them are read as fill `gib`.
      variants: V.
      gib: GiB that are written and read.
      folder: where the store is made, and deleted; None for the system's own.
    """
    count = min(people, max(int(gib * 2**30) // packed_width(variants), 128))
    arm, _, _ = random_arm(count, variants)
    (block,) = arm.blocks
    layout = layout_of((variants,))
    mesh = make_mesh(members=1, granules=layout.granules)
    with tempfile.TemporaryDirectory(dir=folder, prefix="bench_gpu.") as name:
        store: Any = write_store(block.packed, Path(name) / "genotypes.zarr")
        stored = dataclasses.replace(block, packed=store)
        there = dataclasses.replace(arm, blocks=(stored,))
        started = time.perf_counter()
        feed = make_feed(there, arm.encoding, layout, mesh, resident=True)
        jax.block_until_ready(feed.arm)
        seconds = time.perf_counter() - started
    return Sample(count, variants, seconds)


def measure_association(train: int, columns: int) -> Sample:
    """Seconds of `linear_association`, compiled before, of some people and columns.

    Args:
      train: people of TRAIN.
      columns: of the arm.
    """
    people, variants = min(train, _SIDE), min(columns, _SIDE)
    arm, phenotype, split = random_arm(people + 1, variants, held_out=1)
    chosen = np.flatnonzero(split == TRAIN)
    for _ in range(2):
        started = time.perf_counter()
        linear_association(arm.blocks, arm.variants, phenotype, chosen)
        seconds = time.perf_counter() - started
    return Sample(len(chosen), variants, seconds)

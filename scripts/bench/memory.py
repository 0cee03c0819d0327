"""Peak memory of one score, beside the plan that it announced."""

from __future__ import annotations

import gc
import re
from pathlib import Path
from typing import Any

import jax
import numpy as np

from bench.networks import (
    COLUMNS,
    DRAWS,
    STEPS,
    random_baseline,
    random_front,
    random_kernel,
    random_people,
    with_steps,
)
from gxjax.attribution import score
from gxjax.attribution.memory import MemoryPlan

__all__ = ["forget_peak", "measure_memory", "plan_bytes", "resident"]


def measure_memory(
    people: int,
    variants: int,
    members: int,
    widths: tuple[int, ...],
    batch_size: int,
    max_memory: int,
) -> dict[str, Any]:
    """Bytes of a score of all eight columns, from the kernel of the system (Linux).

    `peak_above` is the peak of the whole process during the score, networks included,
    less what imports and the packed genotypes take. Run it in a process of its own.
    """
    jax.block_until_ready(jax.random.normal(jax.random.key(0), (8, 8)))
    imports = resident("VmRSS")
    source = random_people(jax.random.key(1), people, variants)
    packed = sum(array.nbytes for array in source.arrays)
    front = random_front(random_kernel(0, (members, variants, widths[0])), widths)
    rows, plans = np.arange(people, dtype=np.int32), list[Any]()
    jax.block_until_ready((source.arrays, front))
    # What made the networks hangs in cycles, copies of the kernel with it.
    gc.collect()
    before = resident("VmRSS")
    forget_peak()
    scores = score(
        front, source, rows, rows.astype(np.uint32), random_baseline(2, variants),
        COLUMNS, key=jax.random.key(0), methods=with_steps(STEPS), draws=DRAWS,
        batch_size=batch_size, max_memory=max_memory, announce=plans.append,
    )  # fmt: skip
    peak = resident("VmHWM")
    return {
        "variants": variants,
        "people": people,
        "members": members,
        "columns": len(scores.columns),
        "max_memory": max_memory,
        "plan": plan_bytes(plans[0]),
        "resident_after_imports": imports,
        "packed_genotypes": packed,
        "resident_before_score": before,
        "peak": peak,
        "peak_above": peak - imports - packed,
    }


def plan_bytes(plan: MemoryPlan) -> dict[str, Any]:
    """A memory plan and its total."""
    return plan._asdict() | {"total": plan.total}


def resident(field: str) -> int:
    """Bytes: "VmRSS" now, "VmHWM" at most since `forget_peak`."""
    found = re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if found is None:
        raise OSError(f"/proc/self/status: no line {field}; expected a Linux kernel")
    return int(found[1]) * 1024


def forget_peak() -> None:
    """Starts VmHWM anew: what was made before is no part of what is measured."""
    Path("/proc/self/clear_refs").write_text("5")

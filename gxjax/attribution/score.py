"""Scores of many people, members and methods, in one pass over the genotypes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import jax
import numpy as np

from gxjax.attribution.channels import DOSAGE
from gxjax.attribution.completeness import check_finite, completeness
from gxjax.attribution.job import (
    Job,
    batch_in,
    fitting_tiles,
    one_device,
    platform,
)
from gxjax.attribution.memory import MemoryPlan, fit
from gxjax.attribution.method import METHODS, Method
from gxjax.attribution.people import working_set
from gxjax.attribution.plan import Plan, make_plan
from gxjax.attribution.reduction import REDUCTIONS
from gxjax.attribution.score_arguments import check_score_arguments
from gxjax.attribution.stream import Totals, stream
from gxjax.types import DosageSource, LinearFront, Progress, Scores, silent

__all__ = ["score"]


def score(
    front: LinearFront,
    dosages: DosageSource,
    people: np.ndarray,
    person_ids: np.ndarray,
    baseline: np.ndarray,
    columns: Sequence[tuple[str, str]],
    *,
    key: jax.Array,
    methods: Mapping[str, Method] | None = None,
    multiply_by_inputs: bool = True,
    batch_size: int = 128,
    draws: int = 5,
    sigma: float = 1.0,
    merge_draws: bool = False,
    reductions: Sequence[str] = ("mean_absolute",),
    strata: Sequence[str] | None = None,
    mesh: jax.sharding.Mesh | None = None,
    tiles: int | None = None,
    max_memory: int | None = None,
    resident: bool | None = None,
    announce: Callable[[MemoryPlan], None] | None = None,
    checkpoint: Path | None = None,
    checkpoint_seconds: float = 60.0,
    progress: Progress = silent,
) -> Scores:
    """Scores every variant by every column, through the linear front.

    A score is the mean over people of |attribution|; for `smoothgrad_squared`, of the
    mean square. Genotypes are decoded once and first-layer activations computed once
    for all columns; every column then costs one product back per draw and baseline, and
    squared local ones none per person; a method that tells rises from falls needs more
    (see `Method.parts`). No [N, V] array exists. All products are float32 at highest
    precision, sums over blocks are compensated. Noise and draws are keyed by method,
    member and person, so scores do not depend on block, tile, mesh or a resumed run
    beyond rounding.

    Under noise an attribution is its expectation given the activations, which varies
    less than a draw: absolute values of SmoothGrad's mean are smaller than those of the
    dense path, and VarGrad is the variance of the expectation, with what it leaves out
    added. On several devices a kernel that lies on one of them is there besides its
    shards; lay it out beforehand to avoid that.

    A mean absolute score has no sign and can not tell a variant with a small effect
    in everybody from one with a large effect in few; times-input scores grow with the
    spread of the genotype.

    Args:
      front: the M networks.
      dosages: where the genotypes come from: arrays on the devices, or, if its `fetch`
        is a `DosageReader`, what that puts there of the people that are scored.
      people: int32 [N], whom to score, as `dosages` counts them.
      person_ids: uint32 [N], a lasting number per person, which keys the noise.
      baseline: float32 [K, V], dosages; methods are averaged over K > 1 rows.
      columns: C pairs (name in `methods`, noise in `NOISES`).
      key: JAX key.
      methods: by name; `METHODS` if left out. Other settings of a method are
        `METHODS | {name: METHODS[name]._replace(function=partial(..))}`.
      multiply_by_inputs: global (times x - x') instead of local attributions.
      batch_size: B, people at a time.
      draws: draws of SmoothGrad.
      sigma: its standard deviation, in dosages; of every channel on its own where the
        networks see several (`LinearFront.channels`).
      merge_draws: score squared times-input columns to leading order in H / V, with a
        person's draws merged by random signs: one product instead of one per draw.
        Unbiased to that order, but noisier; over thousands of people it averages out.
        Columns that draw their baselines, or tell rises from falls, stay exact.
      reductions: what else to average over people: "mean_signed", "mean_square".
      strata: [N] labels; every reduction is then given for each of them too.
      mesh: devices, with axes `member`, `sample`, `variant`; M must be a multiple of
        the first, B of the second. One device if left out.
      tiles: into how many parts each device cuts its variants; None for parts that stay
        in a processor's cache.
      max_memory: bytes per device that may be taken beyond `dosages.arrays`: genotypes
        are streamed, then tiles and the batch made smaller, until the plan fits. The
        allocator may take some more. None for what the device says that JAX may take.
      resident: of a `DosageReader`, whether the packed genotypes of all people may be
        on the devices at once; False to read the next block while one is attributed;
        None for the first if it fits. Scores are the same, bit by bit.
      announce: is given the `MemoryPlan` before anything is allocated.
      checkpoint: a file; a run that finds its own state there goes on from the last
        saved block, and ends bit-identical to one never stopped.
      checkpoint_seconds: how often it is written.
      progress: called after every block of every member.

    Returns:
      `Scores`; `completeness.person` is the entry of `people`, and delta is computed in
      H dimensions from m_h . (h - h'), before the product back.

    Raises:
      ValueError: for an unknown method, noise or reduction, shapes that disagree, a
        mesh that does not fit, a `max_memory` that nothing fits, merged draws with the
        reduction "mean_square", a checkpoint of another job, or an attribution that is
        NaN or infinite.
    """
    methods = METHODS if methods is None else methods
    check_score_arguments(
        front, dosages, people, person_ids, baseline, columns, batch_size, methods
    )
    unknown = [name for name in reductions if name not in REDUCTIONS]
    if unknown:
        raise ValueError(
            f"reductions: found {unknown[0]!r}; expected some of "
            f"{', '.join(REDUCTIONS)}"
        )
    wanted = dict.fromkeys(("mean_absolute", *reductions))
    plan = make_plan(
        columns, tuple(wanted), baselines=len(baseline), methods=methods,
        multiply_by_inputs=multiply_by_inputs, draws=draws, sigma=sigma,
        merge_draws=merge_draws,
    )  # fmt: skip
    if tiles is not None and tiles < 1:
        raise ValueError(f"tiles: found {tiles}, expected at least 1, or None")
    people = np.asarray(people)
    labels, weights = _strata(strata, len(people))
    mesh = mesh or one_device()
    size = batch_in(mesh, min(batch_size, len(people)), batch_size)
    if tiles is None:
        count = len((front.channels or DOSAGE).functions)
        tiles = fitting_tiles(plan, size, front.kernel.shape, mesh, count)
    job = Job(
        front, dosages, people, np.asarray(person_ids), weights,
        np.asarray(baseline, front.kernel.dtype), plan, key, size, mesh, tiles,
        working_set(platform(mesh)),
    )  # fmt: skip
    job, memory, step = fit(job, max_memory, resident)
    if announce is not None:
        announce(memory)
    totals, notes = stream(job, step, checkpoint, checkpoint_seconds, progress)
    reduced = _averages(plan, totals, labels, weights.sum(axis=0))
    values = reduced["mean_absolute", "all"]
    check_finite(plan, notes, reduced, columns, people)
    pairs = tuple((name, noise) for name, noise in columns)
    return Scores(values, pairs, completeness(plan, notes, people), reduced)


def _strata(strata: Sequence[str] | None, count: int) -> tuple[list[str], np.ndarray]:
    """Labels, and weights float32 [N, G]; the first stratum is everybody."""
    if strata is None:
        return ["all"], np.ones((count, 1), np.float32)
    given = np.asarray(strata).astype(str)
    if given.shape != (count,) or "all" in given:
        raise ValueError(
            f"strata: found labels of shape {given.shape} for {count} people, or the "
            "label 'all', which means everybody; expected one other label per person"
        )
    labels = np.unique(given)
    own = given[:, None] == labels[None]
    everybody = np.ones((count, 1), bool)
    return ["all", *labels], np.concatenate([everybody, own], 1).astype(np.float32)


def _averages(
    plan: Plan, totals: Totals, labels: list[str], people: np.ndarray
) -> dict[tuple[str, str], np.ndarray]:
    """Every reduction [C, M, V] by (reduction, stratum)."""
    places = [place for group in plan.tiled for place in group.columns]
    quadratic = [place for group in plan.quadratic for place in group.columns]
    members, width = totals.tiled.shape[0], totals.tiled.shape[-1]
    found = {}
    for number, name in enumerate(plan.reductions):
        for stratum, label in enumerate(labels):
            values = np.zeros(
                (len(places) + len(quadratic), members, width), np.float32
            )
            values[places] = np.moveaxis(totals.tiled[:, :, number, stratum], 0, 1)
            # A mean square has no sign: it is its own absolute value.
            values[quadratic] = np.moveaxis(totals.quadratic[:, :, stratum], 0, 1)
            found[name, label] = values / people[stratum]
    return found

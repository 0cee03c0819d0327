"""Attributes trained networks anew under every setting of the grid, and keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import numpy as np

from experiments.ablation.grid import DRAWN, SQUARED, Setting, columns_of, methods_of
from experiments.ablation.kept_scores import is_kept, kept_file, made_of
from experiments.arms import arm_plans, load_planned
from experiments.attribute import person_ids
from experiments.baselines import arm_baseline
from experiments.columns import method_table
from experiments.configuration import Configuration
from experiments.keys import cohort_key, root_key
from experiments.records import load_arrays, save_arrays
from experiments.workdir import Workdir
from gxjax import rng
from gxjax.attribution import score
from gxjax.ensemble import dosage_source, linear_front, load_ensemble
from gxjax.types import TEST, Arm, Cohort, DosageSource, LinearFront, Progress, silent

__all__ = ["Attributed", "attribute_arm", "choose_people", "dosage_sd", "load_values"]


class Attributed(NamedTuple):
    """What is scored, and by what.

    Attributes:
      arm: V columns.
      front: its M networks.
      source: its dosages.
      people: int32 [P], rows of the cohort.
      ids: uint32 [P], their lasting numbers.
      baseline: float32 [K, V].
      key: JAX key, the same for all settings: they see the same noise.
      methods: by name.
    """

    arm: Arm
    front: LinearFront
    source: DosageSource
    people: np.ndarray
    ids: np.ndarray
    baseline: np.ndarray
    key: jax.Array
    methods: Any


def choose_people(
    configuration: Configuration, cohort: Cohort, count: int
) -> np.ndarray:
    """int32: `count` TEST people, the same for all replicates; all if there are fewer.

    More people are those of fewer and others.
    """
    test = np.flatnonzero(cohort.split == TEST).astype(np.int32)
    key = cohort_key(configuration)
    order = rng.generator(key, "experiments/ablation").permutation(len(test))
    return np.sort(test[order[:count]])


def attribute_arm(
    configuration: Configuration,
    work: Workdir,
    cohort: Cohort,
    name: str,
    settings: Sequence[Setting],
    people: np.ndarray,
    head: Any = None,
    progress: Progress = silent,
) -> Any:
    """Scores one arm of a replicate under the settings that it has not been yet.

    Args:
      configuration: of the run.
      work: of the replicate.
      cohort: of the run.
      name: of the arm.
      settings: of the grid.
      people: int32 [P], rows of the cohort.
      head: that of another arm's front, so that nothing compiles anew.
      progress: called with settings done.

    Returns:
      The head of the arm's front, or `head` where nothing was left to do.
    """
    plan = next(p for p in arm_plans(configuration) if p.name == name)
    missing = [s for s in settings if not is_kept(configuration, work, plan, s, people)]
    if not missing:
        return head
    arm = load_planned(work, cohort, plan)
    front = linear_front(load_ensemble(work.folder("ensemble") / name))
    front = front if head is None else front._replace(head=head)
    source = dosage_source(arm)
    methods = method_table(configuration.attribution)
    key = rng.named(root_key(configuration, work), f"experiments/{name}")
    for setting in missing:
        flags = replace(
            configuration.attribution, baseline=setting.baseline, baseline_file=None
        )
        changed = replace(configuration, attribution=flags)
        chosen = arm_baseline(changed, work, cohort, plan, arm, source, None)
        ids = person_ids(cohort)[people]
        asked = Attributed(arm, front, source, people, ids, chosen.rows, key, methods)
        done = settings.index(setting)

        def inner(part: int, total: int, words: str = "", done: int = done) -> None:
            progress(done * 1000 + 1000 * part // total, len(settings) * 1000, words)

        values = _values(configuration, asked, setting, inner)
        save_arrays(
            kept_file(work, name, setting),
            np.savez,
            values=values,
            people=people,
            made_of=np.array(made_of(configuration, work, plan)),
        )
    return front.head


def load_values(
    work: Workdir, name: str, settings: Sequence[Setting], arm: Arm
) -> np.ndarray:
    """Scores float32 [C, M, V] of `columns_of(settings)`."""
    sd = dosage_sd(arm)
    parts = []
    for setting in settings:
        path = kept_file(work, name, setting)
        plain = load_arrays(path, "ablation", ("values",))["values"]
        noises = _noises(setting)
        power = np.where(np.isin(noises, SQUARED), 2, 1)
        factor = (sd[None] ** power[:, None]).astype(np.float32)
        parts += [plain, plain * factor[:, None, :]]
    return np.concatenate(parts)


def dosage_sd(arm: Arm) -> np.ndarray:
    """float64 [V]: standard deviation of the called TRAIN dosages."""
    calls = arm.counts[:, :3].astype(np.float64)
    called = np.maximum(calls.sum(axis=1), 1)
    mean = calls @ np.arange(3) / called
    return np.sqrt(np.maximum(calls @ np.arange(3) ** 2 / called - mean**2, 0))


def _values(
    configuration: Configuration,
    asked: Attributed,
    setting: Setting,
    progress: Progress,
) -> np.ndarray:
    """Scores [C, M, V] in the order of `columns_of([setting])`, unscaled.

    The mean square over people keeps every column's products, so only the columns
    without noise are asked for it.
    """
    methods = methods_of(setting)
    plain = [(method, "none") for method in methods]
    drawn = [(method, noise) for method in methods for noise in DRAWN]
    squares = _score(configuration, asked, setting, plain, ("mean_square",), silent)
    both = [squares["mean_absolute", "all"], squares["mean_square", "all"]]
    first = np.stack(both, axis=1).reshape(2 * len(methods), *both[0].shape[1:])
    rest = _score(configuration, asked, setting, drawn, (), progress)
    return np.concatenate([first, rest["mean_absolute", "all"]])


def _score(
    configuration: Configuration,
    asked: Attributed,
    setting: Setting,
    columns: list[tuple[str, str]],
    reductions: tuple[str, ...],
    progress: Progress,
) -> Any:
    flags = configuration.attribution
    return score(
        asked.front,
        asked.source,
        asked.people,
        asked.ids,
        asked.baseline,
        columns,
        key=asked.key,
        methods=asked.methods,
        multiply_by_inputs=setting.multiplied,
        batch_size=min(flags.attribution_batch_size, len(asked.people)),
        draws=flags.noise_draws,
        sigma=flags.noise_sigma,
        reductions=("mean_absolute", *reductions),
        progress=progress,
    ).reductions


def _noises(setting: Setting) -> list[str]:
    """Noise of every column that a setting's file holds."""
    return [c.noise for c in columns_of([setting]) if not c.scaled]

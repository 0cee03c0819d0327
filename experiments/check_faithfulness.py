"""Whether attributions say what the networks do: attribution -> faithfulness.

Asks the networks of the planted arm again, of a few people: deletion and insertion
curves, infidelity, sensitivity, sanity checks, dominance contrasts and pairs of
variants. Writes <workdir>/faithfulness/*.tsv, of the first replicate.

example:
  python -m experiments.check_faithfulness --workdir out
"""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import jax
import numpy as np
import pandas as pd

from experiments import console
from experiments.arms import arm_plans, null_arms, planted_arm
from experiments.attribute import make_setting, person_ids
from experiments.baselines import arm_baseline
from experiments.columns import method_table, score_columns
from experiments.configuration import Configuration
from experiments.contrasts import contrast_tables
from experiments.keys import root_key
from experiments.launcher import launch_stage
from experiments.records import load_cohort
from experiments.scores import load_scores
from experiments.truth_records import load_arm
from experiments.workdir import Workdir
from gxjax import rng
from gxjax.attribution import score
from gxjax.ensemble import dosage_source, linear_front, load_ensemble
from gxjax.ensemble.ensemble_files import chosen_members
from gxjax.faithfulness import (
    Settings,
    completeness_rows,
    measure_faithfulness,
    randomise_layers,
    sanity_table,
)
from gxjax.report.tables import write_table
from gxjax.types import Arm, DosageSource, Ensemble, LinearFront


class Asked(NamedTuple):
    """What is asked, of whom.

    Attributes:
      arm: V columns.
      ensemble: the networks that are asked.
      front: the same, split behind their first product.
      source: the arm's dosages.
      people: int32 [P], TEST people.
      ids: uint32 [P], their lasting numbers.
      baseline: float32 [K, V].
      columns: C pairs (method, noise).
      key: JAX key.
    """

    arm: Arm
    ensemble: Ensemble
    front: LinearFront
    source: DosageSource
    people: np.ndarray
    ids: np.ndarray
    baseline: np.ndarray
    columns: list[tuple[str, str]]
    key: jax.Array


def run(configuration: Configuration, work: Workdir) -> list[str]:
    if not configuration.faithfulness.faithfulness_people:
        return ["--faithfulness_people=0: faithfulness was not checked"]
    asked = gather(configuration, work)
    tables = measures(configuration, work, asked)
    tables["sanity"] = sanity(configuration, work, asked)
    if configuration.faithfulness.contrast_variants:
        tables |= contrast_tables(
            configuration,
            work,
            asked.front,
            asked.source,
            asked.people,
            asked.baseline,
        )
    for name, table in tables.items():
        write_table(table, work.stage("faithfulness") / f"{name}.tsv")
    return []


def check_flags(configuration: Configuration) -> None:
    """Raises ValueError for pairs among a single variant."""
    if configuration.faithfulness.contrast_variants == 1:
        raise ValueError(
            "--contrast_variants=1: a pair needs two variants; expected 2 or more, or "
            "0 for no contrasts"
        )


def gather(configuration: Configuration, work: Workdir) -> Asked:
    """Reads the planted arm, some of its networks and people."""
    flags, name = configuration.faithfulness, planted_arm(configuration)
    cohort = load_cohort(work)
    plan = next(plan for plan in arm_plans(configuration) if plan.name == name)
    arm = load_arm(work, cohort, name)
    source = dosage_source(arm)
    setting = make_setting(configuration, work, cohort)
    given = setting.given
    chosen = arm_baseline(configuration, work, cohort, plan, arm, source, given)
    people = setting.people[: flags.faithfulness_people]
    folder = work.folder("ensemble") / name
    ensemble = load_ensemble(folder, asked_members(configuration))
    return Asked(
        arm,
        ensemble,
        linear_front(ensemble),
        source,
        people,
        person_ids(cohort)[people],
        chosen.rows,
        score_columns(configuration),
        rng.named(root_key(configuration, work), "experiments/faithfulness"),
    )


def asked_members(configuration: Configuration) -> slice:
    """The first of the networks that were attributed."""
    count = configuration.ensemble.members
    wanted = configuration.attribution.restore_members
    all_ = range(count)[chosen_members(wanted, count)] if wanted else range(count)
    some = all_[: configuration.faithfulness.faithfulness_members]
    return slice(some.start, some.stop)


def measures(
    configuration: Configuration, work: Workdir, asked: Asked
) -> dict[str, pd.DataFrame]:
    """Deletion, insertion, infidelity, sensitivity; completeness as it was found."""
    flags = configuration.attribution
    dosages = np.asarray(asked.source.fetch(asked.source.arrays, asked.people))
    with console.bar("faithfulness") as progress:
        found = measure_faithfulness(
            asked.front,
            dosages,
            asked.ids,
            asked.baseline,
            asked.columns,
            key=asked.key,
            settings=Settings(
                multiply_by_inputs=flags.multiply_by_inputs,
                draws=flags.noise_draws,
                sigma=flags.noise_sigma,
            ),
            methods=method_table(flags),
            counted=asked.arm.truth.typed,
            progress=progress,
        )
    name = planted_arm(configuration)
    deltas = pd.read_parquet(
        work.folder("attribution") / f"{name}.completeness.parquet"
    )
    claimed = completeness_rows(deltas)
    rows = [found.measures, claimed] if len(claimed) else [found.measures]
    return {
        "faithfulness": pd.concat(rows, ignore_index=True),
        "faithfulness_curves": found.curves,
    }


def sanity(configuration: Configuration, work: Workdir, asked: Asked) -> pd.DataFrame:
    """Agreement with networks that forgot layer after layer, or learnt shuffled labels.

    Scores of the few people, so that they can be made anew for every layer.
    """
    parameters = asked.ensemble.parameters
    with console.bar("sanity checks") as progress:
        layers = list(randomise_layers(parameters, asked.key))
        progress(0, len(layers) + 1, "as trained")
        values = scored(configuration, asked, asked.front)
        others = {}
        for done, (layer, forgotten) in enumerate(layers, start=1):
            progress(done, len(layers) + 1, layer)
            changed = dataclasses.replace(asked.ensemble, parameters=forgotten)
            # With the same head no layer compiles anew.
            front = linear_front(changed)._replace(head=asked.front.head)
            others[layer] = scored(configuration, asked, front)
        progress(len(layers) + 1, len(layers) + 1, "sanity checks")
    shown = asked.arm.truth.typed
    table = sanity_table(values, others, asked.columns, asked.key, counted=shown)
    nulls = null_arms(configuration)
    if not nulls:
        return table
    own, _ = load_scores(work, planted_arm(configuration))
    shuffled = np.concatenate([load_scores(work, name)[0] for name in nulls], axis=1)
    labels = sanity_table(
        own, {"labels": shuffled}, asked.columns, asked.key, counted=shown
    )
    return pd.concat([table, labels], ignore_index=True)


def scored(configuration: Configuration, asked: Asked, front: LinearFront) -> Any:
    """Scores float32 [C, M, V] of the few people by some networks."""
    flags = configuration.attribution
    options: dict[str, Any] = {
        "methods": method_table(flags),
        "multiply_by_inputs": flags.multiply_by_inputs,
        "batch_size": min(flags.attribution_batch_size, len(asked.people)),
        "draws": flags.noise_draws,
        "sigma": flags.noise_sigma,
    }
    return score(
        front,
        asked.source,
        asked.people,
        asked.ids,
        asked.baseline,
        asked.columns,
        key=asked.key,
        **options,
    ).values


if __name__ == "__main__":
    launch_stage("faithfulness", __doc__, run, needs="attribution", check=check_flags)

"""Scores every input column by every method and noise: ensemble -> attribution.

Writes <workdir>/attribution/<arm>.parquet (#CHROM POS ID A1, then a column
method.noise.member each), completeness deltas, and association.tsv: the GWAS.

example, with a method of your own from ./my_method.py:
  python -m experiments.attribute --workdir out --methods saliency,my_method:half_way
"""

from __future__ import annotations

import importlib
import time
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from experiments import console
from experiments.configuration import Configuration
from experiments.launcher import launch_stage, root_key
from experiments.records import ARMS, load_arm, load_cohort, load_phenotype
from experiments.workdir import Workdir
from gxjax import rng
from gxjax.attribution import (
    METHODS,
    NOISES,
    baseline,
    integrated_gradients,
    register,
    score,
)
from gxjax.cohort.association import linear_association
from gxjax.ensemble import dosage_source, linear_front, load_ensemble
from gxjax.replacing import replacing
from gxjax.report.tables import write_table
from gxjax.types import TEST, TRAIN, Arm, Cohort, DosageSource, Scores


def run(configuration: Configuration, work: Workdir) -> list[str]:
    columns = score_columns(configuration)
    cohort = load_cohort(work)
    for name in ARMS:
        if work.is_done(f"attribution/{name}"):
            continue
        started = time.monotonic()
        arm = load_arm(work, cohort, name)
        scores = score_arm(configuration, work, cohort, arm, columns)
        save_scores(work, arm, scores)
        state_file(work, name).unlink(missing_ok=True)
        work.finish(f"attribution/{name}", time.monotonic() - started, [])
    return associate(work, cohort)


def score_columns(configuration: Configuration) -> list[tuple[str, str]]:
    """Pairs (method, noise) of --methods and --noise.

    A method given as module:function is imported and registered.

    Raises:
      ValueError: an unknown name, module, function or noise.
    """
    flags = configuration.attribution
    for noise in flags.noise:
        if noise not in NOISES:
            raise ValueError(
                f"--noise: found {noise!r}; expected some of {', '.join(NOISES)}"
            )
    names = []
    for word in flags.methods:
        module_name, colon, attribute = word.partition(":")
        if not colon and word not in METHODS:
            raise ValueError(
                f"--methods: no method is called {word!r}; there are "
                f"{', '.join(sorted(METHODS))}; your own is module:function"
            )
        names.append(_import_method(module_name, attribute) if colon else word)
    steps = partial(integrated_gradients, steps=flags.integration_steps)
    known = METHODS["integrated_gradients"]
    METHODS["integrated_gradients"] = known._replace(function=steps)
    noises = dict.fromkeys(flags.noise)
    plain = [name for name in names if METHODS[name].parts is not None]
    if plain and set(noises) != {"none"}:
        raise ValueError(
            f"--methods {plain[0]} works with --noise none only; give the others a run "
            "of their own"
        )
    return [(name, noise) for name in dict.fromkeys(names) for noise in noises]


def _import_method(module_name: str, attribute: str) -> str:
    try:
        function = getattr(importlib.import_module(module_name), attribute)
    except Exception as error:  # a module of the user's can raise anything
        raise ValueError(
            f"--methods: importing {module_name}:{attribute}: "
            f"{type(error).__name__}: {error}"
        ) from error
    if not callable(function):
        raise ValueError(
            f"--methods: {module_name}:{attribute} is no function but {function!r}"
        )
    _try_method(f"{module_name}:{attribute}", function)
    for name, method in METHODS.items():
        if method.function is function:
            return name
    register(function)
    return attribute


def _try_method(word: str, function: Callable[..., jax.Array]) -> None:
    """Raises ValueError if the method fails on a toy: not after hours of training."""
    point = jax.ShapeDtypeStruct((5,), jnp.float32)

    def trial(x: jax.Array, key: jax.Array) -> jax.Array:
        return function(lambda z: jnp.sum(z**2), x, baseline=0 * x, key=key)

    try:
        found = jax.eval_shape(trial, point, jax.random.key(0))
    except Exception as error:  # whatever the user's function raises
        text = str(error).partition("\n")[0]
        raise ValueError(
            f"--methods: {word}, tried on a sum of squares, raises "
            f"{type(error).__name__}: {text}"
        ) from error
    if getattr(found, "shape", None) != point.shape:
        raise ValueError(
            f"--methods: {word} returns {found} for x of shape {point.shape}; expected "
            "multipliers, one for each entry of x"
        )


def score_arm(
    configuration: Configuration,
    work: Workdir,
    cohort: Cohort,
    arm: Arm,
    columns: Sequence[tuple[str, str]],
) -> Scores:
    """Scores of one arm: mean absolute attribution over TEST people."""
    flags = configuration.attribution
    ensemble = load_ensemble(work.path / "ensemble" / arm.name)
    source = dosage_source(arm)
    people = np.flatnonzero(cohort.split == TEST).astype(np.int32)
    key = rng.named(root_key(configuration), f"experiments/{arm.name}")
    with console.bar(f"attribute {arm.name}") as progress:
        return score(
            linear_front(ensemble),
            source,
            people,
            person_ids(cohort)[people],
            baseline_rows(configuration, cohort, arm, source),
            columns,
            key=key,
            multiply_by_inputs=flags.multiply_by_inputs,
            batch_size=flags.attribution_batch_size,
            draws=flags.noise_draws,
            checkpoint=state_file(work, arm.name),
            sigma=flags.noise_sigma,
            progress=progress,
        )


def state_file(work: Workdir, name: str) -> Path:
    """Where the score of an unfinished arm is kept."""
    return work.stage("attribution") / f"{name}.state.npz"


def baseline_rows(
    configuration: Configuration, cohort: Cohort, arm: Arm, source: DosageSource
) -> np.ndarray:
    """float32 [K, V]: the baseline of an arm."""
    flags = configuration.attribution
    rows = None
    if flags.baseline == "people":
        train = np.flatnonzero(cohort.split == TRAIN)
        draw = rng.generator(root_key(configuration), "experiments/baseline")
        count = min(flags.baseline_people, len(train))
        chosen = draw.choice(train, count, replace=False).astype(np.int32)
        rows = np.asarray(source.fetch(source.arrays, jnp.asarray(chosen)))
        if flags.definitions == "published":
            rows = rows.mean(axis=0, keepdims=True)
    return baseline(flags.baseline, arm.counts, arm.encoding.fill, rows)


def person_ids(cohort: Cohort) -> np.ndarray:
    """uint32 [N]: a number per person that no other person's presence changes."""
    samples = cohort.genotypes.samples
    pairs = zip(samples["FID"], samples["IID"], strict=True)
    texts = (f"{family}\0{person}" for family, person in pairs)
    return np.fromiter((zlib.crc32(text.encode()) for text in texts), np.uint32)


def save_scores(work: Workdir, arm: Arm, scores: Scores) -> None:
    """Writes an arm's scores and completeness deltas, whole or not at all."""
    table = arm.variants[["CHROM", "POS", "ID", "A1"]]
    table = table.rename(columns={"CHROM": "#CHROM"})
    values = {
        f"{method}.{noise}.{member}": scores.values[column, member]
        for column, (method, noise) in enumerate(scores.columns)
        for member in range(scores.values.shape[1])
    }
    table = pd.concat([table, pd.DataFrame(values)], axis=1)
    folder = work.stage("attribution")
    for name, content in (
        (f"{arm.name}.parquet", table),
        (f"{arm.name}.completeness.parquet", scores.completeness),
    ):
        with replacing(folder / name) as temporary:
            content.to_parquet(temporary, index=False)


def associate(work: Workdir, cohort: Cohort) -> list[str]:
    """The GWAS beside the methods: one regression per column of the spike-in arm."""
    arm = load_arm(work, cohort, "spikein")
    people = np.flatnonzero(cohort.split == TRAIN)
    with console.bar("GWAS") as progress:
        table = linear_association(
            arm.blocks, arm.variants, load_phenotype(work), people, progress=progress
        )
    write_table(table, work.stage("attribution") / "association.tsv")
    significant = int((table["P"] < 0.05 / len(table)).sum())
    return [f"GWAS: {significant} of {len(table)} columns pass Bonferroni 0.05"]


if __name__ == "__main__":
    launch_stage("attribution", __doc__, run, needs="ensemble")

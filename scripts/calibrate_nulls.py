#!/usr/bin/env python
"""Do p-values and false discovery rates keep their word? By simulation.

Inputs are drawn from an AR(1) Gaussian (cut into dosages, except beside knockoffs,
which are exact for the Gaussian), networks are small: ridge on bootstraps of the
people, or a hidden layer kept at its best epoch. `--what`:

global_null: the phenotype depends on nothing. The share of empirical p-values below a
  threshold, by the number of null ensembles and by scale; the Kolmogorov-Smirnov test
  of one variant per data set; the share of data sets with any discovery by
  Benjamini-Hochberg, which is its false discovery rate where all is null.
bh: some variants have effects. The false discovery rate of Benjamini-Hochberg on
  empirical p-values, and the share of effects found.
knockoffs: the same of knockoff+ on networks of variants beside exact knockoffs.

For "bh" a variant is false if it has no effect and no squared correlation of `--r2` or
more with one that has; for "knockoffs" if it has no effect. Loci are `--locus`
neighbours, tested by Simes' p-value and by the greatest score. JSON on standard output:

    python scripts/calibrate_nulls.py --what=knockoffs --network=relu --simulations=200
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import jax
import numpy as np
from absl import app, flags
from bench.null_simulation import (
    DataSet,
    neighbours_of,
    score_ensembles,
    simulate,
    with_knockoffs,
)
from scipy.stats import kstest

from gxjax import rng
from gxjax.benchmark.calibration import rejection_rate
from gxjax.benchmark.discoveries import causal, false_discoveries, realised_fdr
from gxjax.benchmark.empirical_p import empirical_p
from gxjax.benchmark.knockoff_filter import knockoff_statistics, knockoff_threshold
from gxjax.benchmark.locus_p import locus_p
from gxjax.benchmark.q_values import q_values

WHATS = ("global_null", "bh", "knockoffs")
WHAT = flags.DEFINE_enum("what", "global_null", WHATS, "what to simulate")
NETWORK = flags.DEFINE_enum("network", "ridge", ["ridge", "relu"], "what to train")
SIMULATIONS = flags.DEFINE_integer("simulations", 200, "data sets", lower_bound=2)
PEOPLE = flags.DEFINE_integer("people", 300, "N", lower_bound=20)
VARIANTS = flags.DEFINE_integer("variants", 100, "V", lower_bound=10)
RHO = flags.DEFINE_float("rho", 0.5, "correlation of neighbours", 0, 0.99)
CAUSAL = flags.DEFINE_integer("causal", 20, "variants with effects", lower_bound=1)
HERITABILITY = flags.DEFINE_float("heritability", 0.6, "of the phenotype", 0, 0.99)
MEMBERS = flags.DEFINE_integer("members", 3, "M", lower_bound=1)
NULLS = flags.DEFINE_list("null_ensembles", ["1", "3", "10"], "numbers of them")
THRESHOLDS = flags.DEFINE_list("thresholds", ["0.01", "0.05", "0.1"], "of p-values")
LEVELS = flags.DEFINE_list("levels", ["0.1", "0.2"], "false discovery rates")
R2 = flags.DEFINE_float("r2", 0.5, "LD from which a variant is not false", 0, 1)
LOCUS = flags.DEFINE_integer("locus", 5, "neighbours that make a locus", lower_bound=1)
SEED = flags.DEFINE_integer("seed", 0, "of all random numbers")
OUT = flags.DEFINE_string("out", None, "write the JSON here too")

SETTINGS = (
    *("simulations", "people", "variants", "rho", "causal", "heritability"),
    *("members", "r2", "locus", "seed"),
)
SCALES = ("none", "median")


def main(argv: Sequence[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError(f"found {argv[1:]}; expected flags only")
    key = jax.random.key(SEED.value)
    sections = {"global_null": global_null, "bh": bh, "knockoffs": knockoffs}
    result = {
        "what": WHAT.value,
        "network": NETWORK.value,
        "settings": {name: flags.FLAGS[name].value for name in SETTINGS},
        "rows": sections[WHAT.value](key),
    }
    text = json.dumps(result, indent=1)
    print(text)
    if OUT.value:
        with open(OUT.value, "w", encoding="utf-8") as file:
            file.write(text)


def global_null(key: jax.Array) -> list[dict]:
    """Rates of small p-values, where every variant is null."""
    scores, nulls, _ = _with_nulls(key, effects=False)
    rows = []
    for count, scale in _settings():
        p = empirical_p(scores, nulls[:, :count], scale=scale)
        for counted, values in (("variant", p), ("locus", locus_p(p, _loci()))):
            # One of each data set: data sets are independent, variants are not.
            draw = rng.generator(key, "calibrate/chosen")
            one = values[np.arange(len(p)), draw.integers(values.shape[1], size=len(p))]
            row = {"counted": counted, "null_ensembles": count, "scale": scale}
            row["rates"] = {
                t: rejection_rate(values, float(t))._asdict() for t in THRESHOLDS.value
            }
            row["ks_p"] = kstest(one, "uniform").pvalue
            least = q_values(values).min(axis=1)
            row["any"] = {
                level: (least <= float(level)).mean() for level in LEVELS.value
            }
            rows.append(row)
    return rows


def bh(key: jax.Array) -> list[dict]:
    """Realised rate of Benjamini-Hochberg on empirical p-values."""
    scores, nulls, sets = _with_nulls(key, effects=True)
    false = np.stack(
        [
            false_discoveries(one.truth, neighbours_of(one.x, R2.value), R2.value)
            for one in sets
        ]
    )
    planted = np.stack([causal(one.truth) for one in sets])
    rows = []
    for count, scale in _settings():
        p = empirical_p(scores, nulls[:, :count], scale=scale)
        q = {"variant": q_values(p), "locus": q_values(locus_p(p, _loci()))}
        for level in map(float, LEVELS.value):
            setting = {"null_ensembles": count, "scale": scale, "level": level}
            for counted, found in q.items():
                figures = _realised(found <= level, false, planted, counted)
                rows.append({"counted": counted} | setting | figures)
    return rows


def knockoffs(key: jax.Array) -> list[dict]:
    """Realised rate of knockoff+ with exact knockoffs."""
    w: dict[str, list[np.ndarray]] = {"variant": [], "locus": []}
    planted = []
    for number in range(SIMULATIONS.value):
        alone = _data_set(key, number, effects=True, dosages=False)
        data = with_knockoffs(key, number, alone, RHO.value)
        scores = score_ensembles(
            NETWORK.value, key, number, data.x, data.y[None], MEMBERS.value
        )
        groups = np.concatenate([_loci(), np.full(VARIANTS.value, -1)])
        w["variant"].append(knockoff_statistics(scores, data.truth)[0])
        w["locus"].append(knockoff_statistics(scores, data.truth, groups=groups)[0])
        planted.append(causal(alone.truth))
    effects = np.stack(planted)
    rows = []
    for level in map(float, LEVELS.value):
        for counted, statistics in w.items():
            chosen = [row >= knockoff_threshold(row, level) for row in statistics]
            figures = _realised(np.stack(chosen), ~effects, effects, counted)
            rows.append({"counted": counted, "level": level} | figures)
    return rows


def _loci() -> np.ndarray:
    """A locus per variant, int [V]: neighbours, chosen without a look at scores."""
    return np.arange(VARIANTS.value) // LOCUS.value


def _settings() -> list[tuple[int, str]]:
    return [(int(count), scale) for count in NULLS.value for scale in SCALES]


def _data_set(key: jax.Array, number: int, effects: bool, dosages: bool) -> DataSet:
    return simulate(
        key,
        number,
        people=PEOPLE.value,
        variants=VARIANTS.value,
        rho=RHO.value,
        causal=CAUSAL.value if effects else 0,
        heritability=HERITABILITY.value,
        dosages=dosages,
    )


def _with_nulls(
    key: jax.Array, effects: bool
) -> tuple[np.ndarray, np.ndarray, list[DataSet]]:
    """Scores [S, V] of real ensembles, [S, R, V] of null ones, and the data sets."""
    most = max(map(int, NULLS.value))
    sets = []
    found = []
    for number in range(SIMULATIONS.value):
        data = _data_set(key, number, effects, dosages=True)
        draw = rng.generator(key, "calibrate/permutations", number)
        permuted = [draw.permutation(data.y) for _ in range(most)]
        found.append(
            score_ensembles(
                NETWORK.value,
                key,
                number,
                data.x,
                np.stack([data.y, *permuted]),
                MEMBERS.value,
            )
        )
        sets.append(data)
    scores = np.stack(found)
    return scores[:, 0], scores[:, 1:], sets


def _realised(
    selected: np.ndarray, false: np.ndarray, planted: np.ndarray, counted: str
) -> dict[str, float]:
    """Mean proportion of false discoveries with its interval, and effects found.

    Args:
      selected: bool [S, V], or [S, L] of loci.
      false: bool [S, V].
      planted: bool [S, V].
      counted: "variant" or "locus"; a locus is false if all its variants are.
    """
    if counted == "locus":
        starts = np.arange(0, false.shape[1], LOCUS.value)
        false = np.logical_and.reduceat(false, starts, axis=1)
        planted = np.logical_or.reduceat(planted, starts, axis=1)
    shares = np.array([realised_fdr(*one) for one in zip(selected, false, strict=True)])
    half = 1.96 * shares.std(ddof=1) / np.sqrt(len(shares))
    power = (selected & planted).sum(axis=1) / planted.sum(axis=1)
    return {
        "fdr": shares.mean(),
        "lower": max(shares.mean() - half, 0.0),
        "upper": shares.mean() + half,
        "found": power.mean(),
        "selected": selected.sum(axis=1).mean(),
    }


if __name__ == "__main__":
    app.run(main)

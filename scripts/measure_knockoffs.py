#!/usr/bin/env python
"""How exchangeable are knockoffs of simulated people with their originals?

Of `--null` (hmm; true_hmm, where people are drawn from the model fitted, and it is not
fitted again; gaussian; or permuted, the decoys): LD within null columns and between
originals and nulls beside LD within originals, for pairs of a chromosome less than
`--reach` variants apart; the correlation of a column with its own null; the share of
products of two columns whose mean differs beyond |z| = 1.96 when half of the columns
are swapped (0.05 if they may be); and, over phenotypes with 8 causal variants, how
often a null variant outscores its own copy in a marginal test, ties counted half (0.5
if they may trade places): in LD with a causal one (r^2 > 0.2), and far from all (r^2 <
0.05); and how often a causal one does. JSON on standard output:

    python scripts/measure_knockoffs.py --null=hmm --clusters=12
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from absl import app, flags

from gxjax.genotypes import pack, simulate_genotypes, unpack
from gxjax.rng import generator
from gxjax.truth import gaussian_knockoffs, hmm_knockoffs
from gxjax.truth.knockoffs import (
    HaplotypeModel,
    fit_haplotype_model,
    sample_haplotype_model,
)
from gxjax.types import Genotypes

NULLS = ["hmm", "true_hmm", "gaussian", "permuted"]
NULL = flags.DEFINE_enum("null", "hmm", NULLS, "which")
PEOPLE = flags.DEFINE_integer("people", 2500, "N", lower_bound=10)
VARIANTS = flags.DEFINE_integer("variants", 600, "V", lower_bound=20)
CLUSTERS = flags.DEFINE_integer("clusters", 12, "K of hmm", lower_bound=2)
ITERATIONS = flags.DEFINE_integer("iterations", 30, "of the fit", lower_bound=1)
REACH = flags.DEFINE_integer("reach", 100, "variants", lower_bound=2)
PHENOTYPES = flags.DEFINE_integer("phenotypes", 300, "simulated", lower_bound=1)
SEED = flags.DEFINE_integer("seed", 0, "of everything", lower_bound=0)

CAUSAL, HERITABILITY = 8, 0.3


def main(argv: Sequence[str]) -> None:
    """Prints one JSON object."""
    if len(argv) > 1:
        raise app.UsageError(f"not understood: {argv[1:]}")
    key = jax.random.key(SEED.value)
    genotypes = simulate_genotypes(key, PEOPLE.value, VARIANTS.value, missing_rate=0)
    model = None
    if NULL.value == "true_hmm":
        model = fit_haplotype_model(key, genotypes, **_settings())
        drawn = sample_haplotype_model(key, model, PEOPLE.value)
        genotypes = genotypes._replace(packed=pack(drawn))
    real = unpack(genotypes.packed, VARIANTS.value).astype(np.float64)
    start = time.process_time(), time.perf_counter()
    null = _null(key, genotypes, real, model)
    found = {
        "cpu_seconds": time.process_time() - start[0],
        "seconds": time.perf_counter() - start[1],
    }
    varies = (real.std(axis=0) > 0) & (null.std(axis=0) > 0)
    real, null = real[:, varies], null[:, varies]
    chromosome = genotypes.variants["CHROM"].to_numpy()[varies]
    found |= _linkage(key, chromosome, real, null) | _outscored(key, real, null)
    print(json.dumps({name: round(float(value), 4) for name, value in found.items()}))


def _settings() -> dict[str, Any]:
    return {"clusters": CLUSTERS.value, "iterations": ITERATIONS.value}


def _null(
    key: jax.Array,
    genotypes: Genotypes,
    real: np.ndarray,
    model: HaplotypeModel | None,
) -> np.ndarray:
    """float64 [N, V]."""
    if NULL.value == "permuted":
        return real[generator(key, "measure/permuted").permutation(len(real))]
    if NULL.value == "gaussian":
        return gaussian_knockoffs(key, genotypes) / 127
    packed = hmm_knockoffs(key, genotypes, model=model, **_settings())
    return unpack(packed, VARIANTS.value).astype(np.float64)


def _linkage(
    key: jax.Array, chromosome: np.ndarray, real: np.ndarray, null: np.ndarray
) -> dict[str, float]:
    count = real.shape[1]
    left, right = np.triu_indices(count, 1)
    near = (right - left < REACH.value) & (chromosome[left] == chromosome[right])
    left, right = left[near], right[near]
    r = np.corrcoef(np.hstack([real, null]).T)
    ld, of_nulls, across = (
        r[left, right],
        *(r[left + a, right + count] for a in (count, 0)),
    )
    centre = real.mean(axis=0)[None]
    random, scores = generator(key, "measure/swaps"), []
    for _ in range(4):
        chosen = np.asarray(random.random(count) < 0.5)
        whole = np.where(chosen[None], null, real) - centre
        change = (real - centre)[:, left] * (real - centre)[:, right]
        change -= whole[:, left] * whole[:, right]
        error = change.std(axis=0) / np.sqrt(len(real))
        apart = (chosen[left] != chosen[right]) & (error > 0)
        scores.append(change.mean(axis=0)[apart] / error[apart])
    return {
        "ld_of_nulls_r": np.corrcoef(ld, of_nulls)[0, 1],
        "ld_of_nulls_difference": np.abs(ld - of_nulls).mean(),
        "ld_across_r": np.corrcoef(ld, across)[0, 1],
        "ld_across_difference": np.abs(ld - across).mean(),
        "with_own": np.diag(r[:count, count:]).mean(),
        "frequency_difference": np.abs(real.mean(0) - null.mean(0)).max() / 2,
        "swaps_beyond_1.96": (np.abs(np.concatenate(scores)) > 1.96).mean(),
    }


def _outscored(key: jax.Array, real: np.ndarray, null: np.ndarray) -> dict[str, float]:
    count = real.shape[1]
    whole = np.hstack([real, null])
    whole = (whole - whole.mean(axis=0)[None]) / whole.std(axis=0)[None]
    r2 = np.corrcoef(real.T) ** 2
    random, shares = generator(key, "measure/phenotypes"), []
    for _ in range(PHENOTYPES.value):
        causal = random.choice(count, CAUSAL, replace=False)
        effects = random.choice([-1, 1], CAUSAL) * np.sqrt(HERITABILITY / CAUSAL)
        noise = random.standard_normal(len(real)) * np.sqrt(1 - HERITABILITY)
        scores = np.abs(whole.T @ (whole[:, causal] @ effects + noise))
        ours, theirs = scores[:count], scores[count:]
        beats = (ours > theirs) + 0.5 * (ours == theirs)
        nearest = r2[:, causal].max(axis=1)
        nearest[causal] = np.nan
        groups = (nearest > 0.2, nearest < 0.05, np.isin(np.arange(count), causal))
        shares.append([beats[of].mean() if of.any() else np.nan for of in groups])
    names = ("outscored_in_ld", "outscored_far", "outscored_causal")
    return dict(zip(names, np.nanmean(shares, axis=0), strict=True))


if __name__ == "__main__":
    app.run(main)

"""A phenotype with sex, age and polygenic effects, and the files of a cohort."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import chex
import jax
import numpy as np
import pandas as pd

from gxjax.genotypes.counts import count_codes
from gxjax.genotypes.packed import select_variants, unpack
from gxjax.genotypes.plink import write_plink
from gxjax.replacing import replacing
from gxjax.rng import generator
from gxjax.types import MISSING, Genotypes

__all__ = ["SimulatedTraits", "simulate_phenotype", "write_cohort"]

# Adult height: women's mean, and the spread that sex and age leave.
_MEAN, _SPREAD = 162.5, 6.5
_YOUNGEST, _OLDEST = 40, 70
_PEOPLE_PER_BLOCK = 4096


class SimulatedTraits(NamedTuple):
    """A phenotype, its covariates, and what made it.

    Attributes:
      phenotype: table `FID IID <name>`, centimetres, N rows.
      covariates: table `FID IID sex age`: 1 male or 2 female (0 unknown), years.
      causal: table `ID effect`, one row per causal variant: centimetres per copy of A1.
    """

    phenotype: pd.DataFrame
    covariates: pd.DataFrame
    causal: pd.DataFrame


def simulate_phenotype(
    key: jax.Array,
    genotypes: Genotypes,
    *,
    heritability: float = 0.5,
    causal: float = 0.01,
    sex_effect: float = 13.0,
    age_effect: float = -0.1,
    name: str = "height",
) -> SimulatedTraits:
    """A height-like trait: sex + age + additive polygenic effects + noise.

    Effects per standardised dosage are normal draws with one variance, so rarer alleles
    have larger effects per copy. Genetic values and noise are scaled in the sample: the
    genetic share of the variance that sex and age leave is `heritability` exactly (but
    for their chance correlation). A missing call counts as the mean dosage.

    What it does not model: dominance, epistasis, interaction with the environment,
    effects of sex or age on variance, causal variants absent from the data, effects of
    parents, and measurement error beyond normal noise.

    Args:
      key: JAX key.
      genotypes: N people, V variants.
      heritability: in [0, 1]; without sex and age effects.
      causal: proportion in (0, 1] of polymorphic variants with an effect; at least one.
      sex_effect: cm added to males.
      age_effect: cm per year, from 55; ages are uniform in 40 to 70.
      name: the phenotype's column.

    Returns:
      `SimulatedTraits`, rows in the order of `genotypes.samples`.

    Raises:
      ValueError: an argument is out of its range, or a heritability above 0 is asked of
        genotypes that do not vary.
    """
    if not 0 <= heritability <= 1:
        raise ValueError(f"heritability: found {heritability}, expected [0, 1]")
    if not 0 < causal <= 1:
        raise ValueError(f"causal: found {causal}, expected a proportion in (0, 1]")
    random = generator(key, "genotypes/phenotype")
    samples = genotypes.samples
    genetic, effects = _draw_genetic(random, genotypes, heritability, causal)
    noise = _rescale(random.standard_normal(len(samples)), 1 - heritability)[0]
    age = random.integers(_YOUNGEST, _OLDEST + 1, len(samples))
    sex = samples["SEX"].to_numpy()
    middle = (_YOUNGEST + _OLDEST) / 2
    value = _MEAN + genetic + noise + sex_effect * (sex == 1)
    value = value + age_effect * (age - middle)
    ids = samples[["FID", "IID"]].reset_index(drop=True)
    return SimulatedTraits(
        ids.assign(**{name: value}),
        ids.assign(sex=sex.astype(np.int64), age=age),
        effects,
    )


def write_cohort(
    genotypes: Genotypes, traits: SimulatedTraits, prefix: str | Path
) -> None:
    """Writes `.bed .bim .fam` and the tables `.pheno .covar`, headed `#FID IID ...`.

    Heights are written to 0.0001 cm. If one file can not be written, none is.

    Args:
      genotypes: N people, V variants.
      traits: of the same people.
      prefix: path without the extensions, in a folder that exists.

    Raises:
      FileNotFoundError: the folder does not exist.
      ValueError: an id or allele is empty or has white space.
    """
    tables = {".pheno": traits.phenotype, ".covar": traits.covariates}
    with ExitStack() as stack:
        for suffix, table in tables.items():
            path = stack.enter_context(replacing(f"{prefix}{suffix}"))
            table.rename(columns={"FID": "#FID"}).to_csv(
                path, sep="\t", index=False, float_format="%.4f", lineterminator="\n"
            )
        write_plink(genotypes, prefix)


def _draw_genetic(
    random: np.random.Generator, genotypes: Genotypes, share: float, causal: float
) -> tuple[np.ndarray, pd.DataFrame]:
    """Genetic values [N] in cm, and the causal variants with their effects."""
    packed, variants, _, bits = genotypes
    chex.assert_equal(bits, 2)
    counts = count_codes(packed, len(variants))[:, :MISSING]
    called = np.maximum(counts.sum(axis=1), 1)
    mean = counts @ np.arange(3) / called
    variance = counts @ np.arange(3) ** 2 / called - mean**2
    varying = np.flatnonzero((counts > 0).sum(axis=1) > 1)
    if not varying.size:
        if share > 0:
            raise ValueError("genotypes: no variant varies, so none can have an effect")
        return np.zeros(len(packed)), pd.DataFrame({"ID": [], "effect": []})
    wanted = max(1, round(causal * varying.size))
    chosen = np.sort(random.choice(varying, wanted, replace=False))
    effects = random.standard_normal(wanted) / np.sqrt(variance[chosen])
    raw = _genetic_values(packed, len(variants), chosen, mean[chosen], effects)
    genetic, scale = _rescale(raw, share)
    ids = variants["ID"].iloc[chosen].to_numpy()
    return genetic, pd.DataFrame({"ID": ids, "effect": effects * scale})


def _genetic_values(
    packed: np.ndarray,
    count: int,
    chosen: np.ndarray,
    mean: np.ndarray,
    effects: np.ndarray,
) -> np.ndarray:
    """Sums of centred dosages times effects, [N]; a missing call adds nothing."""
    values = np.empty(len(packed))
    for start in range(0, len(packed), _PEOPLE_PER_BLOCK):
        rows = packed[start : start + _PEOPLE_PER_BLOCK]
        codes = unpack(select_variants(rows, count, chosen), len(chosen))
        centred = np.where(codes == MISSING, 0.0, codes - mean[None, :])
        values[start : start + len(rows)] = centred @ effects
    return values


def _rescale(values: np.ndarray, share: float) -> tuple[np.ndarray, float]:
    """Centred values with `share` of the residual variance, and the factor used."""
    centred = values - values.mean()
    spread = centred.std()
    factor = float(np.sqrt(share) * _SPREAD / spread) if spread > 0 else 0.0
    return centred * factor, factor

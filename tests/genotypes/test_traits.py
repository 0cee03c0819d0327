"""Simulated phenotypes: the stated shares of variance, and files that read back."""

import jax
import numpy as np
import pandas as pd
import pytest

from gxjax.genotypes import (
    pack,
    read_plink,
    simulate_genotypes,
    simulate_phenotype,
    unpack,
    write_cohort,
)
from gxjax.types import MISSING


@pytest.fixture(scope="module")
def genotypes():
    return simulate_genotypes(jax.random.key(3), 800, 500)


def genetic_values(genotypes, causal):
    columns = genotypes.variants["ID"].isin(causal["ID"]).to_numpy()
    codes = unpack(genotypes.packed, len(columns))[:, columns].astype(float)
    codes[codes == MISSING] = np.nan
    dosages = codes - np.nanmean(codes, axis=0)
    return np.nan_to_num(dosages) @ causal["effect"].to_numpy()


@pytest.mark.parametrize("heritability", [0.0, 0.3, 0.8, 1.0])
def test_simulate_phenotype__has_the_heritability_stated(key, genotypes, heritability):
    traits = simulate_phenotype(
        key,
        genotypes,
        heritability=heritability,
        sex_effect=0,
        age_effect=0,
        causal=0.1,
    )
    genetic = genetic_values(genotypes, traits.causal)
    height = traits.phenotype["height"].to_numpy()
    noise = height - height.mean() - genetic
    share = genetic.var() / (genetic.var() + noise.var())
    assert share == pytest.approx(heritability, abs=1e-6)
    assert np.sqrt(genetic.var() + noise.var()) == pytest.approx(6.5, rel=1e-6)


def test_simulate_phenotype__sex_and_age_have_the_effects_stated(key, genotypes):
    plain = simulate_phenotype(key, genotypes, sex_effect=0, age_effect=0)
    full = simulate_phenotype(key, genotypes, sex_effect=12, age_effect=-0.5)
    difference = full.phenotype["height"] - plain.phenotype["height"]
    male, age = full.covariates["sex"] == 1, full.covariates["age"]
    np.testing.assert_allclose(difference, 12 * male - 0.5 * (age - 55), atol=1e-9)
    assert (full.covariates["sex"] == genotypes.samples["SEX"]).all()
    assert age.between(40, 70).all()


def test_simulate_phenotype__looks_like_height(key, genotypes):
    height = simulate_phenotype(key, genotypes).phenotype["height"]
    assert height.mean() == pytest.approx(169, abs=1.5)
    assert height.std() == pytest.approx(9.2, abs=0.7)


def test_simulate_phenotype__proportion_and_name_are_taken(key, genotypes):
    traits = simulate_phenotype(key, genotypes, causal=0.2, name="weight")
    assert list(traits.phenotype.columns) == ["FID", "IID", "weight"]
    assert len(traits.causal) == 100
    assert len(simulate_phenotype(key, genotypes, causal=1e-6).causal) == 1


def test_simulate_phenotype__is_reproducible_and_keyed(key, genotypes):
    first, again = (simulate_phenotype(key, genotypes).phenotype for _ in range(2))
    other = simulate_phenotype(jax.random.key(9), genotypes).phenotype
    pd.testing.assert_frame_equal(first, again)
    assert (first["height"] != other["height"]).any()


def test_simulate_phenotype__effects_fall_only_on_varying_variants(key, genotypes):
    codes = np.full((800, 500), 1, np.uint8)
    codes[::2, 7] = 2
    lone = genotypes._replace(packed=pack(codes))
    traits = simulate_phenotype(key, lone, causal=1.0)
    assert traits.causal["ID"].tolist() == [genotypes.variants["ID"][7]]


def test_simulate_phenotype__raises_where_nothing_varies(key, genotypes):
    constant = genotypes._replace(packed=np.zeros_like(genotypes.packed))
    with pytest.raises(ValueError, match="no variant varies"):
        simulate_phenotype(key, constant)
    assert simulate_phenotype(key, constant, heritability=0).causal.empty


@pytest.mark.parametrize(
    "arguments", [{"heritability": 1.2}, {"heritability": -0.1}, {"causal": 0.0}]
)
def test_simulate_phenotype__raises_on_argument_out_of_range(key, genotypes, arguments):
    with pytest.raises(ValueError, match=f"{next(iter(arguments))}: found"):
        simulate_phenotype(key, genotypes, **arguments)


def test_write_cohort__writes_files_that_read_back(key, genotypes, tmp_path):
    traits = simulate_phenotype(key, genotypes)
    write_cohort(genotypes, traits, tmp_path / "demo")
    np.testing.assert_array_equal(
        read_plink(tmp_path / "demo").packed, genotypes.packed
    )
    head = (tmp_path / "demo.pheno").read_text().splitlines()[0]
    assert head == "#FID\tIID\theight"
    covariates = pd.read_csv(tmp_path / "demo.covar", sep="\t", dtype={"#FID": str})
    assert list(covariates.columns) == ["#FID", "IID", "sex", "age"]
    phenotype = pd.read_csv(tmp_path / "demo.pheno", sep="\t")
    np.testing.assert_allclose(
        phenotype["height"], traits.phenotype["height"], atol=6e-5
    )


def test_write_cohort__leaves_nothing_half_written(key, genotypes, tmp_path):
    bad = genotypes._replace(variants=genotypes.variants.assign(ID="a b"))
    with pytest.raises(ValueError, match="white space"):
        write_cohort(bad, simulate_phenotype(key, genotypes), tmp_path / "demo")
    assert not list(tmp_path.iterdir())

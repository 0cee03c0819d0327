import numpy as np
import pandas as pd
import pytest

from gxjax.cohort.build import build_cohort
from gxjax.cohort.encoding import fit_encoding
from gxjax.types import TRAIN


@pytest.fixture
def inputs(make_genotypes, random_codes):
    codes = random_codes(300, 9)
    codes[:, 8] = 0
    genotypes = make_genotypes(codes)
    generator = np.random.default_rng(3)
    ids = genotypes.samples[["FID", "IID"]]
    covariates = ids.assign(age=generator.uniform(40, 70, 300))
    phenotype = ids.assign(height=170 - 0.5 * covariates["age"])
    phenotype["height"] += generator.normal(0, 5, 300)
    phenotype.loc[:9, "height"] = np.nan
    covariates.loc[5:14, "age"] = np.nan
    order = generator.permutation(300)
    return codes, genotypes, phenotype.iloc[order], covariates.iloc[order[:290]]


def test_build_cohort__drops_aligns_and_fits_on_train(inputs):
    codes, genotypes, phenotype, covariates = inputs
    cohort, notes = build_cohort(genotypes, phenotype, covariates, seed=1)
    iids = cohort.genotypes.samples["IID"]
    people = iids.str[1:].astype(int).to_numpy()
    assert people.min() >= 15
    assert set(iids) == set(phenotype["IID"][phenotype["height"].notna()]) & set(
        covariates["IID"][covariates["age"].notna()]
    )
    train = cohort.split == TRAIN
    expected = [(codes[people[train]] == code).sum(axis=0) for code in range(4)]
    np.testing.assert_array_equal(cohort.counts, np.stack(expected, axis=1))
    np.testing.assert_array_equal(
        cohort.encoding.mean, fit_encoding(cohort.counts).mean
    )
    age = covariates.set_index("IID")["age"].loc[iids].to_numpy()
    np.testing.assert_array_equal(cohort.covariates["age"], age)
    height = phenotype.set_index("IID")["height"].loc[iids].to_numpy()
    fit = np.polyfit(age[train], height[train], 1)
    residual = height - np.polyval(fit, age)
    np.testing.assert_allclose(
        cohort.phenotype, residual / residual[train].std(), rtol=1e-4, atol=1e-5
    )
    assert (cohort.trait, cohort.name) == ("quantitative", "height")
    assert notes[0] == "Dropped 10 people without a phenotype."
    assert "who lack a covariate" in notes[1]
    assert notes[2] == "1 variants do not vary in TRAIN and contribute 0."


def test_build_cohort__no_covariates_nothing_dropped(inputs):
    _, genotypes, phenotype, _ = inputs
    complete = phenotype.assign(height=np.arange(300.0))
    cohort, notes = build_cohort(
        genotypes, complete, seed=1, impute="mode", transform="rank", name="tall"
    )
    assert cohort.genotypes.packed is genotypes.packed
    assert cohort.covariates.shape == (300, 0)
    assert cohort.name == "tall"
    assert set(cohort.encoding.fill) <= {0, 1, 2}
    assert len(notes) == 1


def test_build_cohort__raises_on_nobody_left(inputs):
    _, genotypes, phenotype, covariates = inputs
    none = phenotype.assign(height=np.nan)
    with pytest.raises(ValueError, match=r"300 lack the phenotype.*nobody is left"):
        build_cohort(genotypes, none, covariates, seed=1)


def test_build_cohort__raises_on_two_phenotypes(inputs):
    _, genotypes, phenotype, _ = inputs
    with pytest.raises(ValueError, match=r"\['height', 'bmi'\]; expected a single"):
        build_cohort(genotypes, phenotype.assign(bmi=1.0), seed=1)


def test_build_cohort__split_survives_more_people(inputs):
    _, genotypes, phenotype, _ = inputs
    first, _ = build_cohort(genotypes, phenotype, seed=4)
    fewer = phenotype[phenotype["IID"].str[1:].astype(int) < 200]
    second, _ = build_cohort(genotypes, fewer, seed=4)
    before = pd.Series(first.split, first.genotypes.samples["IID"])
    after = pd.Series(second.split, second.genotypes.samples["IID"])
    assert (before.loc[after.index] == after).all()


@pytest.mark.parametrize("height", [np.nan, 170.0])
def test_build_cohort__names_the_files_of_values_that_say_nothing(inputs, height):
    _, genotypes, phenotype, covariates = inputs
    phenotype = phenotype.assign(height=height)
    phenotype.attrs["file"], covariates.attrs["file"] = "a.pheno", "b.covar"
    with pytest.raises(ValueError, match=r"^a\.pheno and b\.covar: "):
        build_cohort(genotypes, phenotype, covariates, seed=1)

"""Who is chosen before a genotype is read, and joined with a store of them later."""

import numpy as np
import pandas as pd
import pytest

from gxjax.cohort import build_cohort, choose_participants, join_cohort
from gxjax.genotypes import (
    build_store,
    count_bed_codes,
    open_bed_source,
    write_plink,
)
from gxjax.types import TRAIN


@pytest.fixture
def inputs(make_genotypes, random_codes):
    genotypes = make_genotypes(random_codes(300, 41))
    random = np.random.default_rng(3)
    ids = genotypes.samples[["FID", "IID"]]
    phenotype = ids.assign(height=random.normal(170, 5, 300))
    phenotype.loc[::7, "height"] = np.nan
    covariates = ids.assign(age=random.uniform(40, 70, 300)).iloc[:290]
    return genotypes, phenotype, covariates


def test_choose_participants__says_which_rows_have_every_value(inputs):
    genotypes, phenotype, covariates = inputs
    found = choose_participants(genotypes.samples, phenotype, covariates, seed=1)
    assert found.rows.tolist() == [i for i in range(290) if i % 7]
    assert len(found.phenotype) == len(found.split) == len(found.covariates)
    np.testing.assert_array_equal(
        found.covariates["age"], covariates["age"].iloc[found.rows]
    )
    assert abs(found.phenotype[found.split == TRAIN].mean()) < 1e-6
    assert (found.trait, found.name) == ("quantitative", "height")
    assert found.notes[0] == "Dropped 43 people without a phenotype."


def test_join_cohort__of_a_store_equals_build_cohort(inputs, tmp_path):
    genotypes, phenotype, covariates = inputs
    write_plink(genotypes, tmp_path / "x")
    expected, notes = build_cohort(genotypes, phenotype, covariates, seed=1)
    chosen = choose_participants(genotypes.samples, phenotype, covariates, seed=1)
    source = open_bed_source(tmp_path / "x").select(chosen.rows)
    (counts,) = count_bed_codes(source, [chosen.split == TRAIN])
    store = build_store(source, tmp_path / "s")
    found, said = join_cohort(store, chosen, counts)
    assert said == notes
    assert found.genotypes.packed is store.packed
    np.testing.assert_array_equal(store.packed[:], expected.genotypes.packed)
    for name in ("phenotype", "split", "counts"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    for one, other in zip(found.encoding, expected.encoding, strict=True):
        np.testing.assert_array_equal(one, other)
    pd.testing.assert_frame_equal(found.covariates, expected.covariates)
    samples = expected.genotypes.samples
    pd.testing.assert_frame_equal(found.genotypes.samples, samples)


def test_join_cohort__raises_on_the_genotypes_of_others(inputs):
    genotypes, phenotype, covariates = inputs
    chosen = choose_participants(genotypes.samples, phenotype, covariates, seed=1)
    with pytest.raises(AssertionError):
        join_cohort(genotypes, chosen, np.zeros((41, 4), np.int64))


def test_choose_participants__categories_are_those_of_train(inputs):
    genotypes, phenotype, covariates = inputs
    site = np.array(["Leeds", "Bath", "Leeds"] * 100, object)[: len(covariates)]
    train = choose_participants(genotypes.samples, phenotype, covariates, seed=1)
    other = train.rows[train.split != TRAIN][0]
    site[other], site[1] = "York", None
    given = covariates.assign(site=site)
    effect = phenotype["height"] + 9 * np.resize(site == "Bath", 300)
    shifted = phenotype.assign(height=effect)
    found = choose_participants(genotypes.samples, shifted, given, seed=1)
    assert list(found.covariates) == ["age", "site=Bath"]
    assert 1 not in found.rows
    assert found.notes[1] == "Dropped 10 people who lack a covariate."
    assert (
        "1 people are in categories that TRAIN lacks, such as 'York'" in found.notes[2]
    )
    here = (found.split == TRAIN).nonzero()[0]
    bath = found.covariates["site=Bath"].to_numpy()[here] == 1
    means = [found.phenotype[here][chosen].mean() for chosen in (bath, ~bath)]
    np.testing.assert_allclose(means, 0, atol=1e-6)


def test_choose_participants__passes_on_what_the_reader_said(inputs):
    genotypes, phenotype, _ = inputs
    phenotype.attrs["notes"] = ["A sentence."]
    found = choose_participants(genotypes.samples, phenotype, seed=1)
    assert found.notes[0] == "A sentence."

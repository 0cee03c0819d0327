import numpy as np
import pandas as pd
import pytest

from gxjax.association import variant_strips
from gxjax.association.linear_regression import linear_regression
from gxjax.association.regression_table import write_regression
from gxjax.genotypes import open_bed_source, open_store, write_store

TESTS = ("additive", "dominant", "recessive", "genotypic")
NUMBERS = ("BETA", "SE", "T_STAT", "T_OR_F_STAT", "P")


def assert_like_plink2(table, theirs, path):
    write_regression(table, path)
    ours = pd.read_csv(path, sep="\t")
    assert list(ours) == list(theirs)
    for name in ours:
        if name not in NUMBERS:
            assert list(ours[name]) == list(theirs[name]), name
    # plink2 v2.00a3.5 takes n, not n - k, for the second degrees of freedom of F.
    joint = (theirs["TEST"] == "GENO_2DF").to_numpy()
    for name in ours.columns.intersection(NUMBERS):
        which = ~joint if name == "P" else slice(None)
        np.testing.assert_allclose(ours[name][which], theirs[name][which], rtol=1e-4)


@pytest.mark.parametrize("test", TESTS)
def test_linear_regression__equals_plink2(study, plink2, test, tmp_path):
    words = () if test == "additive" else (test,)
    theirs = study.glm(plink2, "height", *words)
    source = open_bed_source(study.prefix)
    found = linear_regression(source, study.quantitative, study.covariates, test=test)
    assert_like_plink2(found, theirs, tmp_path / "ours.tsv")
    assert {"CONST_OMITTED_ALLELE", "CORR_TOO_HIGH", "SAMPLE_CT<=PREDICTOR_CT"} <= set(
        found["ERRCODE"]
    )


def test_linear_regression__equals_plink2_without_covariates(study, plink2, tmp_path):
    theirs = study.glm(plink2, "height", covariates=False)
    found = linear_regression(study.genotypes, study.quantitative)
    assert_like_plink2(found, theirs, tmp_path / "ours.tsv")


def test_linear_regression__equals_plink2_with_missing_values(study, plink2, tmp_path):
    study.quantitative[::7] = np.nan
    study.covariates.loc[::11, "age"] = np.nan
    ids = study.genotypes.samples[["FID", "IID"]].rename(columns={"FID": "#FID"})
    for name, values in (
        ("x.pheno", pd.DataFrame({"height": study.quantitative})),
        ("x.covar", study.covariates),
    ):
        table = pd.concat([ids, values], axis=1)
        table.to_csv(tmp_path / name, sep="\t", index=False, na_rep="NA")
    theirs = study.glm(plink2, "height")
    found = linear_regression(study.genotypes, study.quantitative, study.covariates)
    assert_like_plink2(found, theirs, tmp_path / "ours.tsv")


def test_linear_regression__equals_statsmodels(study, peer):
    statsmodels = peer("statsmodels.api")
    found = linear_regression(
        study.genotypes, study.quantitative, study.covariates, test="genotypic"
    )
    fitted = found["ERRCODE"].to_numpy()[::3] == "."
    assert fitted[20:].sum() > 10
    for j in 20 + np.flatnonzero(fitted[20:]):
        codes = study.codes[:, j]
        called = codes != 3
        predictors = (codes, codes == 1, *study.covariates.to_numpy().T)
        design = np.column_stack([np.ones(len(codes)), *predictors])[called]
        fit = statsmodels.OLS(study.quantitative[called], design).fit()
        add, deviation, joint = (found.iloc[3 * j + i] for i in range(3))
        for row, place in ((add, 1), (deviation, 2)):
            np.testing.assert_allclose(row["BETA"], fit.params[place], rtol=1e-5)
            np.testing.assert_allclose(row["SE"], fit.bse[place], rtol=1e-6)
            np.testing.assert_allclose(
                10 ** -row["NEG_LOG10_P"], fit.pvalues[place], rtol=1e-5
            )
        test = fit.f_test(np.eye(5)[1:3])
        np.testing.assert_allclose(joint["T_OR_F_STAT"], test.fvalue, rtol=1e-5)
        np.testing.assert_allclose(10 ** -joint["NEG_LOG10_P"], test.pvalue, rtol=1e-5)


def test_linear_regression__same_from_every_source(study, monkeypatch, tmp_path):
    arguments = study.quantitative, study.covariates
    expected = linear_regression(study.genotypes, *arguments)
    write_store(study.genotypes.packed, tmp_path / "store")
    store = study.genotypes._replace(packed=open_store(tmp_path / "store"))
    monkeypatch.setattr(variant_strips, "_STRIP", 700)
    for source in (study.genotypes, store, open_bed_source(study.prefix)):
        found = linear_regression(source, *arguments)
        pd.testing.assert_frame_equal(found, expected, rtol=1e-9)
    calls = []
    linear_regression(
        study.genotypes,
        *arguments,
        progress=lambda done, total, note: calls.append((done, total)),
    )
    assert calls == [(done, 40) for done in (8, 16, 24, 32, 40)]


def test_linear_regression__people_and_a_selection_of_a_source(study):
    chosen = np.flatnonzero(np.arange(304) % 3 > 0)
    columns = np.array([7, 9, 20, 33])
    part = open_bed_source(study.prefix).select(chosen, columns)
    found = linear_regression(
        part, study.quantitative[chosen], study.covariates.iloc[chosen]
    )
    whole = linear_regression(
        study.genotypes, study.quantitative, study.covariates, people=chosen
    )
    expected = whole.iloc[columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-6)


def test_linear_regression__p_is_never_0(make_genotypes, tmp_path):
    codes = np.tile(np.array([[0], [1], [2]], np.uint8), (1000, 1))
    y = codes[:, 0] + np.tile([0.01, -0.01], 1500)
    found = linear_regression(make_genotypes(codes), y)
    # As in test_linear_association.py: 1 - r**2 is known.
    unexplained = 1e-4 / (2 / 3 + 1e-4)
    expected = -1499 * np.log10(unexplained) + np.log10(np.pi * 1499) / 2
    np.testing.assert_allclose(found["NEG_LOG10_P"], [expected], rtol=1e-5)
    write_regression(found, tmp_path / "x.tsv")
    text = pd.read_csv(tmp_path / "x.tsv", sep="\t", dtype=str)["P"][0]
    mantissa, power = text.split("e-")
    assert int(power) == int(np.ceil(expected))
    assert 1 <= float(mantissa) <= 10


def test_linear_regression__raises_on_an_unknown_test(study):
    with pytest.raises(ValueError, match="'add'; expected one of"):
        linear_regression(study.genotypes, study.quantitative, test="add")


def test_linear_regression__raises_on_a_covariate_that_is_the_phenotype(study):
    disguised = pd.DataFrame({"again": 2 * study.quantitative + 1})
    with pytest.raises(ValueError, match="explain the phenotype entirely"):
        linear_regression(study.genotypes, study.quantitative, disguised)

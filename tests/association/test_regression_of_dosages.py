"""Every test on dosages of 8 bits: plink2 and statsmodels have the same ones."""

import numpy as np
import pandas as pd
import pytest

from gxjax.association import variant_strips
from gxjax.association.interaction import interaction_test
from gxjax.association.linear_regression import linear_regression
from gxjax.association.logistic_regression import logistic_regression
from gxjax.association.regression_table import write_regression
from gxjax.genotypes import open_bed_source, open_store, write_store
from gxjax.genotypes.packed import byte_codes

TESTS = ("additive", "dominant", "recessive", "genotypic")
PEOPLE, COUNT = 304, 28


def written(table, path):
    write_regression(table, path)
    return pd.read_csv(path, sep="\t")


@pytest.mark.parametrize("test", TESTS)
def test_linear_regression__of_dosages_equals_plink2(dosages, plink2, test, tmp_path):
    theirs = dosages.glm(plink2, "height", test)
    source = open_bed_source(dosages.prefix)
    found = linear_regression(
        source, dosages.quantitative, dosages.covariates, test=test
    )
    ours = written(found, tmp_path / "ours.tsv")
    assert list(ours) == list(theirs)
    if test == "dominant":
        # Where min(x, 1) is 1 of everybody.
        assert theirs.loc[3, "ERRCODE"] == "CORR_TOO_HIGH"
    for name in ("ID", "REF", "ALT", "A1", "TEST", "OBS_CT", "ERRCODE"):
        assert list(ours[name]) == list(theirs[name]), name
    np.testing.assert_allclose(ours["SE"], theirs["SE"], rtol=1e-4)
    # plink2 keeps a dosage to 1/16384 of a copy: an estimate near 0 differs by that.
    differ = (ours["BETA"] - theirs["BETA"]).abs() / ours["SE"]
    assert differ.max() < 2e-4
    statistic = ours.columns[-3]
    np.testing.assert_allclose(ours[statistic], theirs[statistic], 1e-4, 1e-4)


@pytest.mark.parametrize("test", TESTS)
def test_logistic_regression__of_dosages_equals_plink2(dosages, plink2, test, tmp_path):
    theirs = dosages.glm(plink2, "sick", test)
    source = open_bed_source(dosages.prefix)
    found = logistic_regression(source, dosages.binary, dosages.covariates, test=test)
    ours = written(found, tmp_path / "ours.tsv")
    assert list(ours) == list(theirs)
    if test == "dominant":
        assert np.isnan(ours.loc[3, "OR"])
        ours, theirs = ours.drop(index=3), theirs.drop(index=3)
    for name in ("ID", "REF", "ALT", "A1", "FIRTH?", "TEST", "OBS_CT"):
        assert list(ours[name]) == list(theirs[name]), name
    ended = (theirs["ERRCODE"] != "UNFINISHED").to_numpy()
    assert list(ours["ERRCODE"][ended]) == list(theirs["ERRCODE"][ended])
    plain = (ours["FIRTH?"] == "N").to_numpy() & ended
    ours, theirs = ours[plain], theirs[plain]
    assert (ours["ERRCODE"] == ".").sum() >= 20
    differ = np.log(ours["OR"] / theirs["OR"]).abs() / ours["LOG(OR)_SE"]
    assert differ.max() < 2e-4
    # Its standard errors are off where calls are missing, as of hard calls.
    whole = (theirs["OBS_CT"] == PEOPLE).to_numpy()
    for name in (ours.columns[-4], ours.columns[-3]):
        np.testing.assert_allclose(ours[name][whole], theirs[name][whole], 1e-4, 1e-4)


@pytest.mark.parametrize("test", TESTS)
def test_linear_regression__of_dosages_equals_statsmodels(dosages, peer, test):
    statsmodels = peer("statsmodels.api")
    found = linear_regression(
        dosages.genotypes, dosages.quantitative, dosages.covariates, test=test
    )
    fitted, tests = 0, len(found) // COUNT
    for j in range(COUNT):
        rows = found.iloc[tests * j : tests * (j + 1)]
        if (rows["ERRCODE"] != ".").any():
            continue
        design, own, called = dosages.design(test, j)
        fit = statsmodels.OLS(dosages.quantitative[called], design[called]).fit()
        assert (rows["OBS_CT"] == called.sum()).all()
        np.testing.assert_allclose(rows["SE"][:own], fit.bse[:own], rtol=1e-6)
        t = (rows["BETA"] / rows["SE"])[:own]
        np.testing.assert_allclose(t, fit.tvalues[:own], 1e-6, 1e-6)
        p = 10 ** -rows["NEG_LOG10_P"].to_numpy()
        np.testing.assert_allclose(p[:own], fit.pvalues[:own], rtol=1e-5)
        if own == 2:
            joint = fit.f_test(np.eye(design.shape[1])[:2])
            value = rows["T_OR_F_STAT"].iloc[2]
            np.testing.assert_allclose(value, joint.fvalue, rtol=1e-5)
            np.testing.assert_allclose(p[2], joint.pvalue, rtol=1e-5)
        fitted += 1
    assert fitted >= 21


@pytest.mark.parametrize("test", TESTS)
def test_logistic_regression__of_dosages_equals_statsmodels(dosages, peer, test):
    statsmodels = peer("statsmodels.api")
    found = logistic_regression(
        dosages.genotypes, dosages.binary, dosages.covariates, test=test
    )
    fitted, tests = 0, len(found) // COUNT
    for j in range(COUNT):
        rows = found.iloc[tests * j : tests * (j + 1)]
        if (rows["ERRCODE"] != ".").any() or (rows["FIRTH?"] == "Y").any():
            continue
        design, own, called = dosages.design(test, j)
        y = dosages.binary[called] - 1
        fit = statsmodels.Logit(y, design[called]).fit(disp=0, tol=1e-12)
        error = rows["LOG(OR)_SE"][:own]
        np.testing.assert_allclose(error, fit.bse[:own], rtol=1e-4)
        z = np.log(rows["OR"])[:own] / error
        np.testing.assert_allclose(z, fit.tvalues[:own], 1e-4, 1e-5)
        fitted += 1
    assert fitted >= 21


def test_logistic_regression__of_dosages_equals_firth_in_float64(
    dosages, firth_in_float64
):
    """Cases alone have the allele, down to 1/127 of a copy: the slope is 224."""
    found = logistic_regression(dosages.genotypes, dosages.binary, dosages.covariates)
    design, _, _ = dosages.design("additive", 4)
    scaled = np.column_stack([design[:, 1:], design[:, 0]])
    scaled[:, 1:3] -= scaled[:, 1:3].mean(axis=0)[None, :]
    beta, error = firth_in_float64(scaled, dosages.binary - 1)
    row = found.iloc[4]
    assert row["FIRTH?"] == "Y"
    np.testing.assert_allclose(np.log(row["OR"]), beta, rtol=1e-3)
    np.testing.assert_allclose(row["LOG(OR)_SE"], error, rtol=1e-3)


def test_interaction_test__of_dosages_equals_statsmodels(dosages, peer):
    statsmodels = peer("statsmodels.api")
    pairs = np.array([[8, 9], [20, 27]])
    arguments = pairs, dosages.quantitative, dosages.covariates
    found = interaction_test(dosages.genotypes, *arguments)
    for row, (one, other) in zip(found.itertuples(), pairs, strict=True):
        g, h = dosages.dosage[:, one], dosages.dosage[:, other]
        called = ~np.isnan(g) & ~np.isnan(h)
        columns = (np.ones(PEOPLE), *dosages.covariates.to_numpy().T, g, h, g * h)
        design = np.column_stack(columns)[called]
        fit = statsmodels.OLS(dosages.quantitative[called], design).fit()
        assert called.sum() == row.OBS_CT
        np.testing.assert_allclose(row.BETA, fit.params[-1], rtol=1e-6)
        np.testing.assert_allclose(row.SE, fit.bse[-1], rtol=1e-6)
    source = open_bed_source(dosages.prefix)
    pd.testing.assert_frame_equal(interaction_test(source, *arguments), found)


def test_linear_regression__of_dosages_is_the_same_from_every_source(
    dosages, monkeypatch, tmp_path
):
    arguments = dosages.quantitative, dosages.covariates
    expected = linear_regression(dosages.genotypes, *arguments)
    write_store(dosages.codes, tmp_path / "store", bits=8)
    store = dosages.genotypes._replace(packed=open_store(tmp_path / "store"))
    monkeypatch.setattr(variant_strips, "_STRIP", 2500)
    calls = []
    for source in (dosages.genotypes, store, open_bed_source(dosages.prefix)):
        found = linear_regression(
            source, *arguments, progress=lambda done, total, note: calls.append(done)
        )
        pd.testing.assert_frame_equal(found, expected, rtol=1e-9)
    assert calls == 3 * [8, 16, 24, 28]


@pytest.mark.parametrize("regression", [linear_regression, logistic_regression])
def test_regressions__of_some_people_and_variants(dosages, regression):
    chosen = np.flatnonzero(np.arange(PEOPLE) % 3 > 0)
    columns = np.array([5, 9, 20, 27])
    part = open_bed_source(dosages.prefix).select(chosen, columns)
    y, covariates = dosages.binary, dosages.covariates
    found = regression(part, y[chosen], covariates.iloc[chosen], test="genotypic")
    whole = regression(
        dosages.genotypes, y, covariates, people=chosen, test="genotypic"
    )
    rows = (3 * columns[:, None] + np.arange(3)[None, :]).reshape(-1)
    expected = whole.iloc[rows].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-4)


@pytest.mark.parametrize("regression", [linear_regression, logistic_regression])
@pytest.mark.parametrize("test", TESTS)
def test_regressions__hard_calls_are_the_same_at_8_bits(study, regression, test):
    arguments = study.binary, study.covariates
    expected = regression(study.genotypes, *arguments, test=test)
    wide = study.genotypes._replace(packed=byte_codes(study.codes), bits=8)
    found = regression(wide, *arguments, test=test)
    pd.testing.assert_frame_equal(found, expected, rtol=2e-4, atol=1e-6)


def test_linear_regression__of_dosages_of_a_strong_effect(make_genotypes):
    """Sorted by dosage, so that no sum is near 0 by chance; r**2 is 1 - 1e-6."""
    codes = np.sort(np.random.default_rng(0).integers(0, 255, 6000)).astype(np.uint8)
    genotypes = make_genotypes(np.zeros((6000, 1), np.uint8))
    genotypes = genotypes._replace(packed=codes[:, None], bits=8)
    x = codes / 127
    noise = np.tile([1.0, -1.0], 3000) * 6e-4
    found = linear_regression(genotypes, x + noise).iloc[0]
    t, y = x - x.mean(), x + noise - x.mean()
    beta = t @ y / (t @ t)
    rest = y - beta * t
    error = np.sqrt(rest @ rest / 5998 / (t @ t))
    np.testing.assert_allclose(found["BETA"], beta, rtol=1e-9)
    np.testing.assert_allclose(found["SE"], error, rtol=1e-5)

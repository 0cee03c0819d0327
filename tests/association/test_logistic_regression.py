import sys

import numpy as np
import pandas as pd
import pytest

from gxjax.association.logistic_regression import logistic_regression
from gxjax.association.regression_table import write_regression
from gxjax.genotypes import open_bed_source

TEXT = ("ID", "REF", "ALT", "A1", "FIRTH?", "TEST", "OBS_CT")


@pytest.mark.parametrize("test", ["additive", "dominant", "recessive", "genotypic"])
def test_logistic_regression__equals_plink2(study, plink2, test, tmp_path):
    words = () if test == "additive" else (test,)
    theirs = study.glm(plink2, "sick", *words)
    source = open_bed_source(study.prefix)
    found = logistic_regression(source, study.binary, study.covariates, test=test)
    write_regression(found, tmp_path / "ours.tsv")
    ours = pd.read_csv(tmp_path / "ours.tsv", sep="\t")
    assert list(ours) == list(theirs)
    for name in TEXT:
        assert list(ours[name]) == list(theirs[name]), name
    # Firth's estimates, where plink2 has stopped after 25 steps, go on here.
    ended = (theirs["ERRCODE"] != "UNFINISHED").to_numpy()
    assert list(ours["ERRCODE"][ended]) == list(theirs["ERRCODE"][ended])
    plain = ended & (theirs["FIRTH?"] == "N").to_numpy()
    np.testing.assert_allclose(ours["OR"][plain], theirs["OR"][plain], rtol=1e-4)
    # plink2 v2.00a3.5 ends Firth's iterations in float32 within about 1e-3.
    np.testing.assert_allclose(ours["OR"][ended], theirs["OR"][ended], rtol=3e-3)
    # Its standard errors are off by up to several % where calls are missing; ours
    # are held to statsmodels' there.
    whole = plain & (theirs["OBS_CT"] == 304).to_numpy()
    assert whole.sum() >= 4
    for name in ours.columns[-5:-1]:
        np.testing.assert_allclose(ours[name][whole], theirs[name][whole], rtol=1e-4)


def test_logistic_regression__equals_plink2_without_covariates(study, plink2, tmp_path):
    theirs = study.glm(plink2, "sick", covariates=False)
    write_regression(
        logistic_regression(study.genotypes, study.binary - 1), tmp_path / "ours.tsv"
    )
    ours = pd.read_csv(tmp_path / "ours.tsv", sep="\t")
    for name in TEXT:
        assert list(ours[name]) == list(theirs[name]), name
    plain = ((theirs["ERRCODE"] == ".") & (theirs["FIRTH?"] == "N")).to_numpy()
    np.testing.assert_allclose(ours["OR"][plain], theirs["OR"][plain], rtol=1e-4)


@pytest.mark.parametrize("with_covariates", [True, False])
def test_logistic_regression__equals_statsmodels(study, peer, with_covariates):
    statsmodels = peer("statsmodels.api")
    covariates = study.covariates if with_covariates else None
    shared = np.ones((304, 1))
    if with_covariates:
        shared = np.column_stack([shared, study.covariates])
    found = logistic_regression(study.genotypes, study.binary, covariates)
    plain = (found["ERRCODE"] == ".") & (found["FIRTH?"] == "N")
    assert plain.sum() > 25
    for j in np.flatnonzero(plain):
        called = study.codes[:, j] != 3
        design = np.column_stack([shared, study.codes[:, j]])[called]
        fit = statsmodels.Logit(study.binary[called] - 1, design).fit(disp=0, tol=1e-12)
        row = found.iloc[j]
        np.testing.assert_allclose(np.log(row["OR"]), fit.params[-1], 1e-4, 1e-6)
        np.testing.assert_allclose(row["LOG(OR)_SE"], fit.bse[-1], rtol=1e-4)
        np.testing.assert_allclose(row["Z_STAT"], fit.tvalues[-1], 1e-4, 1e-5)
        np.testing.assert_allclose(
            10 ** -row["NEG_LOG10_P"], fit.pvalues[-1], rtol=1e-4, atol=1e-6
        )


def test_logistic_regression__firth_equals_a_float64_reference(study, firth_in_float64):
    found = logistic_regression(study.genotypes, study.binary, study.covariates)
    firth = np.flatnonzero(found["FIRTH?"] == "Y")
    assert {5, 6} <= set(firth)
    for j in firth:
        called = study.codes[:, j] != 3
        design = np.column_stack([np.ones(304), study.covariates, study.codes[:, j]])
        scaled = design - np.pad(study.covariates.mean(), (1, 1))[None, :]
        beta, error = firth_in_float64(scaled[called], study.binary[called] - 1)
        row = found.iloc[j]
        np.testing.assert_allclose(np.log(row["OR"]), beta, rtol=1e-3)
        np.testing.assert_allclose(row["LOG(OR)_SE"], error, rtol=1e-3)


def test_logistic_regression__same_in_other_blocks_and_from_a_bed(study, monkeypatch):
    expected = logistic_regression(study.genotypes, study.binary, study.covariates)
    # The package gives its name to the function.
    module = sys.modules["gxjax.association.logistic_regression"]
    monkeypatch.setattr(module, "_CELLS", 1)
    monkeypatch.setattr(module, "_LEAST", 3)
    found = logistic_regression(
        open_bed_source(study.prefix), study.binary, study.covariates
    )
    names = ["ID", "FIRTH?", "OBS_CT", "ERRCODE"]
    pd.testing.assert_frame_equal(found[names], expected[names])
    plain = (found["FIRTH?"] == "N").to_numpy()
    for name in ("OR", "LOG(OR)_SE"):
        np.testing.assert_allclose(found[name][plain], expected[name][plain], rtol=1e-4)


def test_logistic_regression__people(study):
    chosen = np.flatnonzero(np.arange(304) % 3 > 0)
    some = np.where(np.isin(np.arange(304), chosen), study.binary, np.nan)
    pd.testing.assert_frame_equal(
        logistic_regression(study.genotypes, study.binary, people=chosen),
        logistic_regression(study.genotypes, some),
    )


def test_logistic_regression__raises_on_a_quantitative_phenotype(study):
    with pytest.raises(ValueError, match="expected 0 and 1, or 1 and 2"):
        logistic_regression(study.genotypes, study.quantitative)

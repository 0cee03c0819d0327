"""Predictors that are constant where the genotypes are not."""

import sys

import numpy as np
import pandas as pd
import pytest

from gxjax.association.linear_regression import linear_regression
from gxjax.association.logistic_regression import logistic_regression
from gxjax.association.regression_table import write_regression

_REGRESSIONS = {
    "height": (linear_regression, "glm.linear"),
    "sick": (logistic_regression, "glm.logistic.hybrid"),
}


@pytest.fixture
def constants(tmp_path, make_genotypes, write_fileset):
    """304 people x 6 variants, pairs without and with missing calls.

    0 and 1: nobody has two copies; 2 and 3: everybody has one or two; 4 and 5: no
    heterozygotes.
    """
    draw, people = np.random.default_rng(3), 304
    carrier = draw.binomial(1, 0.3, people)
    complete = np.column_stack([carrier, carrier + 1, 2 * carrier])
    codes = np.repeat(complete, 2, axis=1).astype(np.uint8)
    codes[:, 1::2][draw.random((people, 3)) < 0.05] = 3
    genotypes = make_genotypes(codes)
    prefix = write_fileset(genotypes, codes)
    covariates = pd.DataFrame(draw.normal(size=(people, 2)), columns=["age", "pc"])
    height = draw.normal(size=people) + 0.3 * covariates["age"].to_numpy()
    values = pd.DataFrame({"height": height, "sick": 1.0 + (height > 0)})
    ids = genotypes.samples[["FID", "IID"]].rename(columns={"FID": "#FID"})
    for name, table in (("x.pheno", values), ("x.covar", covariates)):
        pd.concat([ids, table], axis=1).to_csv(tmp_path / name, sep="\t", index=False)
    return genotypes, prefix, values, covariates


@pytest.mark.parametrize("test", ["dominant", "recessive", "genotypic"])
def test_invert_correlations__constant_predictors_as_plink2(
    constants, plink2, tmp_path, test
):
    genotypes, prefix, values, covariates = constants
    plink2("--bfile", prefix, "--pheno", tmp_path / "x.pheno", "--covar",
           tmp_path / "x.covar", "--glm", "omit-ref", "hide-covar", test,
           "--out", tmp_path / "peer")  # fmt: skip
    for name, (regress, ending) in _REGRESSIONS.items():
        theirs = pd.read_csv(tmp_path / f"peer.{name}.{ending}", sep="\t")
        found = regress(genotypes, values[name].to_numpy(), covariates, test=test)
        write_regression(found, tmp_path / "ours.tsv")
        ours = pd.read_csv(tmp_path / "ours.tsv", sep="\t")
        assert (theirs["ERRCODE"] != ".").any()
        for column in ("ID", "TEST", "FIRTH?", "OBS_CT", "ERRCODE"):
            if column in theirs:
                assert list(ours[column]) == list(theirs[column]), column
        pd.testing.assert_series_equal(ours["P"].isna(), theirs["P"].isna())


@pytest.mark.parametrize("test", ["dominant", "recessive"])
def test_invert_correlations__constant_predictors_without_covariates(
    constants, test, monkeypatch
):
    """plink2 v2.00a3.5 gives estimates of some; there is nothing to estimate.

    Firth's steps are not even tried: they might end, at any odds ratio.
    """
    genotypes, _, values, _ = constants
    # The package gives its name to the function.
    module = sys.modules["gxjax.association.logistic_regression"]
    monkeypatch.delattr(module, "_fit_firth")
    here = [2, 3] if test == "dominant" else [0, 1]
    linear = linear_regression(genotypes, values["height"].to_numpy(), test=test)
    assert linear["ERRCODE"].ne(".").to_numpy().nonzero()[0].tolist() == here
    assert set(linear["ERRCODE"][here]) == {"RANK_DEFICIENT"}
    logistic = logistic_regression(genotypes, values["sick"].to_numpy(), test=test)
    assert logistic["ERRCODE"].ne(".").to_numpy().nonzero()[0].tolist() == here
    assert set(logistic["ERRCODE"][here]) == {"FIRTH_CONVERGE_FAIL"}
    assert logistic["OR"][here].isna().all()

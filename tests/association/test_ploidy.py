import re

import numpy as np
import pandas as pd
import pytest

from gxjax.association.linear_regression import linear_regression
from gxjax.association.logistic_regression import logistic_regression
from gxjax.association.ploidy import regress_by_ploidy
from gxjax.association.regression_table import write_regression
from gxjax.genotypes import open_bed_source

PEOPLE = 400
NAMES = ("1", "X", "Y", "MT", "XY")


@pytest.fixture
def genome(mixed_cohort, write_fileset, tmp_path):
    """Prefix of a fileset of every kind of chromosome, with .pheno and .covar."""
    genotypes, codes = mixed_cohort(PEOPLE, 3, missing=0.03, names=NAMES)
    sex = genotypes.samples["SEX"].to_numpy()
    prefix, draw = write_fileset(genotypes, codes), np.random.default_rng(1)
    ids = genotypes.samples[["FID", "IID"]].rename(columns={"FID": "#FID"})
    age = draw.normal(size=PEOPLE)
    height = 0.3 * age + 0.5 * (sex == 1) + draw.normal(size=PEOPLE)
    sick = 1 + (height + draw.logistic(size=PEOPLE) > 0.3)
    table = ids.assign(height=height, sick=sick)
    table.to_csv(tmp_path / "x.pheno", sep="\t", index=False)
    ids.assign(age=age).to_csv(tmp_path / "x.covar", sep="\t", index=False)
    return prefix, table, pd.DataFrame({"age": age})


@pytest.mark.parametrize("trait", ["height", "sick"])
def test_regress_by_ploidy__equals_plink2(genome, plink2, tmp_path, trait):
    prefix, table, covariates = genome
    regress = linear_regression if trait == "height" else logistic_regression
    ours, notes = regress_by_ploidy(
        regress, open_bed_source(prefix), table[trait].to_numpy(float), covariates
    )
    write_regression(ours, tmp_path / "ours")
    plink2("--bfile", prefix, "--pheno", tmp_path / "x.pheno", "--pheno-name", trait,
           "--covar", tmp_path / "x.covar", "--glm", "omit-ref", "hide-covar",
           "--out", tmp_path / "peer")  # fmt: skip
    (path,) = tmp_path.glob("peer.*.glm.*")
    found, expected = (
        pd.read_csv(each, sep="\t") for each in (tmp_path / "ours", path)
    )
    assert notes == []
    assert list(found) == list(expected)
    for name in ("#CHROM", "ID", "OBS_CT", "ERRCODE"):
        assert list(found[name]) == list(expected[name]), name
    assert len(found) == 15
    # plink2's logistic standard errors are off where calls are missing.
    exact = ("BETA", "SE", "T_STAT") if trait == "height" else ("OR",)
    for name in exact:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-4, err_msg=name)
    if trait == "sick":
        np.testing.assert_allclose(
            found["LOG(OR)_SE"], expected["LOG(OR)_SE"], rtol=0.05
        )


def test_regress_by_ploidy__takes_a_covariate_of_sex_for_sex(genome):
    prefix, table, covariates = genome
    source, y = open_bed_source(prefix), table["height"].to_numpy()
    sex = source.samples["SEX"].astype(float)
    coded = covariates.assign(woman=(sex - 1).where(sex > 0))
    plain, _ = regress_by_ploidy(linear_regression, source, y, covariates)
    coded, _ = regress_by_ploidy(linear_regression, source, y, coded)
    on_x = (plain["#CHROM"] == "X").to_numpy()
    np.testing.assert_allclose(plain["BETA"][on_x], coded["BETA"][on_x], rtol=1e-6)
    assert not np.allclose(plain["BETA"][~on_x], coded["BETA"][~on_x], rtol=1e-3)


def test_regress_by_ploidy__leaves_out_what_can_not_be_tested(genome):
    prefix, table, covariates = genome
    source, y = open_bed_source(prefix), table["height"].to_numpy()
    women = np.flatnonzero(source.samples["SEX"] == 2)
    found, notes = regress_by_ploidy(
        linear_regression, source, y, covariates, people=women
    )
    assert set(found["#CHROM"]) == {"1", "X", "MT", "XY"}
    assert len(notes) == 1
    assert re.match(r"Y: left out; .*0 people", notes[0])
    found, notes = regress_by_ploidy(linear_regression, source, y, test="dominant")
    assert set(found["#CHROM"]) == {"1", "XY"}
    assert [note[:2] for note in notes] == ["X:", "Y:", "MT"]
    only_y = source.select(variants=(source.variants["CHROM"] == "Y").to_numpy())
    with pytest.raises(ValueError, match="none can be tested: Y: left out"):
        regress_by_ploidy(linear_regression, only_y, y, people=women)

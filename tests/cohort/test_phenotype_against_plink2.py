"""What PLINK 2 reads in phenotype and covariate files is what is read here."""

import numpy as np
import pandas as pd
import pytest

from gxjax.cohort import (
    align,
    read_covariates,
    read_phenotypes,
    split_categories,
)

PEOPLE = 24


@pytest.fixture
def cohort(tmp_path, make_genotypes, write_fileset, random_codes):
    """People of a fileset, its prefix, and columns of values as text."""
    codes = random_codes(PEOPLE, 3)
    genotypes = make_genotypes(codes)
    draw = np.random.default_rng(0)
    numbers = draw.normal(size=PEOPLE).round(3).astype(str)
    quantitative = numbers.astype(object)
    quantitative[:5] = ["NA", "nan", "-9", "-9.0", "-9e0"]
    case = draw.choice(["1", "2"], PEOPLE).astype(object)
    case[:2] = "-9", "NA"
    columns = {
        "height": quantitative,
        "sick": case,
        "zero": draw.permutation(np.resize(["0", "1", "2"], PEOPLE)),
        "only02": draw.permutation(np.resize(["0", "2"], PEOPLE)),
        "three": draw.permutation(np.resize(["1", "2", "3"], PEOPLE)),
    }
    site = draw.choice(["Leeds", "bath", "b10", "b9"], PEOPLE).astype(object)
    site[3] = "NONE"
    covariates = {
        "age": quantitative[::-1],
        "site": site,
        "code": draw.permutation(np.resize(["0", "1", "2"], PEOPLE)),
    }
    return genotypes.samples, write_fileset(genotypes, codes), columns, covariates


def write(samples, columns, path, header=True):
    ids = samples[["FID", "IID"]].rename(columns={"FID": "#FID"})
    table = ids.assign(**columns).sample(frac=1, random_state=0)
    table.to_csv(path, sep="\t", index=False, header=header)


def seen(path, names):
    """A .psam or .cov of PLINK 2."""
    table = pd.read_csv(path, sep="\t", na_values="NONE")
    return table.set_index("IID")[names]


def test_read_phenotypes__as_plink2(cohort, tmp_path, plink2):
    samples, prefix, columns, _ = cohort
    write(samples, columns, tmp_path / "x.pheno")
    plink2("--bfile", prefix, "--no-psam-pheno", "--pheno", tmp_path / "x.pheno",
           "--make-just-psam", "--out", tmp_path / "peer")  # fmt: skip
    ours = align(samples, read_phenotypes(tmp_path / "x.pheno"))
    theirs = seen(tmp_path / "peer.psam", list(columns))
    np.testing.assert_array_equal(ours, theirs.loc[samples["IID"]])
    assert np.isnan(ours["height"]).sum() == 5


def test_read_phenotypes__without_header_as_plink2(cohort, tmp_path, plink2):
    samples, prefix, columns, _ = cohort
    write(samples, columns, tmp_path / "x.pheno", header=False)
    plink2("--bfile", prefix, "--no-psam-pheno", "--pheno", tmp_path / "x.pheno",
           "--make-just-psam", "--out", tmp_path / "peer")  # fmt: skip
    ours = align(samples, read_phenotypes(tmp_path / "x.pheno", ["PHENO2-PHENO4"]))
    theirs = seen(tmp_path / "peer.psam", ["PHENO2", "PHENO3", "PHENO4"])
    assert list(ours) == list(theirs)
    np.testing.assert_array_equal(ours, theirs.loc[samples["IID"]])


def test_read_covariates__as_plink2(cohort, tmp_path, plink2):
    samples, prefix, columns, covariates = cohort
    write(samples, columns, tmp_path / "x.pheno")
    write(samples, covariates, tmp_path / "x.covar")
    plink2("--bfile", prefix, "--no-psam-pheno", "--covar", tmp_path / "x.covar",
           "--covar-name", "site-code,age", "--write-covar",
           "--out", tmp_path / "peer")  # fmt: skip
    ours = align(samples, read_covariates(tmp_path / "x.covar", ["site-code", "age"]))
    theirs = seen(tmp_path / "peer.cov", ["site", "code", "age"]).loc[samples["IID"]]
    assert list(ours) == list(theirs)
    pd.testing.assert_frame_equal(
        ours, theirs.reset_index(drop=True), check_dtype=False
    )


def test_split_categories__as_plink2(cohort, tmp_path, plink2):
    samples, prefix, _, covariates = cohort
    write(samples, covariates, tmp_path / "x.covar")
    plink2("--bfile", prefix, "--no-psam-pheno", "--covar", tmp_path / "x.covar",
           "--split-cat-pheno", "omit-most", "covar-01", "site", "--write-covar",
           "--out", tmp_path / "peer")  # fmt: skip
    table = align(samples, read_covariates(tmp_path / "x.covar"))
    ours, _ = split_categories(table, np.ones(PEOPLE, bool))
    dummies = [name for name in ours if "=" in name]
    theirs = seen(tmp_path / "peer.cov", dummies).loc[samples["IID"]]
    assert len(dummies) == 3
    np.testing.assert_array_equal(ours[dummies], theirs)

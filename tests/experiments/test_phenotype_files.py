"""Phenotypes and covariates of the cohort stage, as flags name them."""

import shutil

import numpy as np
import pandas as pd
import pytest

from experiments import flags, prepare_cohort
from experiments.phenotype_files import add_components, listed
from experiments.records import load_cohort
from experiments.workdir import Workdir


@pytest.fixture
def files(fileset, tmp_path):
    """Prefix of a copy of the fileset whose .fam has a phenotype, with covariates."""
    for suffix in (".bed", ".bim", ".fam"):
        shutil.copy(f"{fileset}{suffix}", tmp_path / f"x{suffix}")
    fam = pd.read_csv(tmp_path / "x.fam", sep="\t", header=None, dtype=str)
    draw = np.random.default_rng(2)
    fam[5] = draw.choice([0, 1, 2], 400, p=[0.1, 0.5, 0.4])
    fam.to_csv(tmp_path / "x.fam", sep="\t", header=False, index=False)
    ids = fam[[0, 1]].set_axis(["#FID", "IID"], axis=1)
    values = ids.assign(height=draw.normal(size=400), bmi=draw.normal(size=400))
    values.to_csv(tmp_path / "x.pheno", sep="\t", index=False)
    site = draw.choice(["Leeds", "Bath"], 400, p=[0.7, 0.3])
    numbers = {name: draw.normal(size=400) for name in ("PC1", "PC2", "age")}
    batch = draw.choice([7, 8, 9], 400, p=[0.6, 0.2, 0.2])
    ids.assign(**numbers, site=site, batch=batch).to_csv(
        tmp_path / "x.covar", sep="\t", index=False
    )
    return tmp_path


def prepare(files, *words):
    """The cohort that the stage writes, and its notes."""
    given = flags.parse(
        ["x", f"--bfile={files}/x", f"--workdir={files}/out", "--batch_size=32", *words]
    )
    work = Workdir(given.workdir)
    notes = prepare_cohort.run(given.configuration, work)
    return load_cohort(work), notes


def test_read_values__without_pheno_takes_column_6_of_the_fam(files):
    cohort, notes = prepare(files)
    fam = pd.read_csv(files / "x.fam", sep="\t", header=None)
    assert (cohort.name, cohort.trait) == ("PHENO1", "binary")
    expected = fam[5][fam[5] > 0].to_numpy() - 1
    np.testing.assert_array_equal(cohort.phenotype, expected)
    assert any("column 6 of" in note for note in notes)
    assert any("0 missing" in note for note in notes)


def test_read_values__raises_on_a_fam_that_says_nothing(files):
    fam = (files / "x.fam").read_text().splitlines()
    lines = ("\t".join([*line.split("\t")[:5], "1"]) for line in fam)
    (files / "x.fam").write_text("\n".join(lines) + "\n")
    with pytest.raises(ValueError, match=r"needs --pheno.*x\.fam says.*one class only"):
        prepare(files)


def test_read_values__columns_ranges_and_categories(files):
    words = [f"--pheno={files}/x.pheno", "--pheno_name=bmi", f"--covar={files}/x.covar"]
    words += ["--covar_name=site,PC1-PC2, batch", "--covar_categorical=batch"]
    cohort, _ = prepare(files, *words)
    assert cohort.name == "bmi"
    assert list(cohort.covariates) == ["site=Bath", "PC1", "PC2", "batch=8", "batch=9"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--pheno={}/x.pheno",), r"\['height', 'bmi'\]; expected the name of one"),
        (("--pheno={}/x.pheno", "--pheno_name=height-bmi"), "is 2 phenotypes"),
        (("--pheno_name=bmi",), "--pheno_name needs --pheno"),
        (("--covar_name=age",), "--covar_name needs --covar"),
        (("--covar_categorical=age",), "--covar_categorical needs --covar"),
        (("--covar={}/x.covar", "--covar_name=sex"), "no column 'sex'"),
        (("--covar={}/x.covar", "--pca=2"), r"x\.covar: has a column 'PC1', as --pca"),
    ],
)
def test_read_values__raises_on_wrong_flags(files, words, message):
    with pytest.raises(ValueError, match=message):
        prepare(files, *(word.format(files) for word in words))
    assert not (files / "out").exists()


def test_add_components__come_after_the_covariates():
    samples = pd.DataFrame({"FID": ["f", "g"], "IID": ["1", "2"]})
    covariates = pd.DataFrame({"IID": ["2", "1"], "site": ["x", "y"]})
    covariates.attrs["file"] = "x.covar"
    components = pd.DataFrame({"PC1": [0.1, 0.2]})
    found = add_components(samples, covariates, components)
    assert found.values.tolist() == [["f", "1", "y", 0.1], ["g", "2", "x", 0.2]]
    assert found.attrs["file"] == "x.covar"
    assert list(add_components(samples, None, components)) == ["FID", "IID", "PC1"]


def test_with_components__are_plink2s_and_covariates(files, plink2):
    shared = [f"--pheno={files}/x.pheno", "--pheno_name=bmi", "--maf=0.05"]
    shared += [f"--covar={files}/x.covar", "--covar_name=site,age"]
    cohort, notes = prepare(files, *shared, "--pca=3")
    assert list(cohort.covariates) == ["site=Bath", "age", "PC1", "PC2", "PC3"]
    assert any(note.startswith("--pca: 3 components of") for note in notes)
    plink2("--bfile", files / "x", "--maf", "0.05", "--indep-pairwise", "200kb",
           "0.2", "--out", files / "peer")  # fmt: skip
    plink2("--bfile", files / "x", "--extract", files / "peer.prune.in", "--pca", "3",
           "meanimpute", "--out", files / "peer")  # fmt: skip
    ours, theirs = (
        pd.read_csv(path, sep="\t")
        for path in (files / "out/cohort/cohort.eigenvec", files / "peer.eigenvec")
    )
    assert list(ours) == list(theirs)
    np.testing.assert_array_equal(ours["IID"], theirs["IID"])
    for name in ("PC1", "PC2", "PC3"):
        np.testing.assert_allclose(ours[name], cohort.covariates[name], rtol=1e-5)
        assert abs(np.corrcoef(ours[name], theirs[name])[0, 1]) > 0.999
    values = [
        np.loadtxt(path)
        for path in (files / "out/cohort/cohort.eigenval", files / "peer.eigenval")
    ]
    np.testing.assert_allclose(*values, rtol=0.01)


def test_listed__names_with_commas_between():
    assert listed("a, b-c") == ["a", "b-c"]
    assert listed(None) is None

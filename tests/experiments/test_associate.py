"""The command that does what `plink2 --glm` does."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from experiments import associate


def words(fileset, tmp_path, *more):
    return [
        "associate",
        f"--bfile={fileset}",
        f"--pheno={fileset}.pheno",
        f"--out={tmp_path}/gwas",
        *more,
    ]


def test_associate__writes_what_plink2_writes(fileset, tmp_path, plink2):
    associate.main(words(fileset, tmp_path, f"--covar={fileset}.covar"))
    name = pd.read_csv(f"{fileset}.pheno", sep="\t").columns[-1]
    plink2("--bfile", fileset, "--pheno", f"{fileset}.pheno", "--covar",
           f"{fileset}.covar", "--glm", "omit-ref", "hide-covar",
           "--out", tmp_path / "peer")  # fmt: skip
    ours, theirs = (
        pd.read_csv(tmp_path / f"{which}.{name}.glm.linear", sep="\t")
        for which in ("gwas", "peer")
    )
    text = [column for column in theirs if theirs[column].dtype == object]
    pd.testing.assert_frame_equal(ours[text], theirs[text])
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-4)


def test_associate__binary_trait_of_some_people(fileset, tmp_path):
    pheno = pd.read_csv(f"{fileset}.pheno", sep="\t")
    values = pheno.iloc[:, -1]
    case = pheno.iloc[:, :2].assign(case=np.where(values > values.median(), 2, 1))
    case.to_csv(tmp_path / "x.pheno", sep="\t", index=False)
    case.iloc[:300, :2].to_csv(tmp_path / "keep", sep="\t", index=False, header=False)
    more = (f"--pheno={tmp_path}/x.pheno", f"--keep={tmp_path}/keep", "--test=dominant")
    associate.main(words(fileset, tmp_path, *more))
    found = pd.read_csv(tmp_path / "gwas.case.glm.logistic.hybrid", sep="\t")
    assert (found["TEST"] == "DOM").all()
    assert found["OBS_CT"].max() == 300


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--pheno=",), "--pheno is needed"),
        (("--test=add",), "--help lists the flags"),
        (("x",), "'x' is not a flag"),
        (("--out=/nowhere/at/all/x",), "create it first"),
        (("--pheno_name=weight",), "no column 'weight'"),
    ],
)
def test_associate__raises_on_wrong_flags(fileset, tmp_path, more, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        associate.main(words(fileset, tmp_path, *more))
    assert not list(tmp_path.iterdir())


def test_associate__help_lists_its_own_flags():
    command = [sys.executable, "-m", "experiments.associate", "--help"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "--covar_name" in result.stdout
    assert "--workdir" not in result.stdout

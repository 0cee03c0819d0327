"""The command that does what `plink2 --pca` does."""

import numpy as np
import pandas as pd
import pytest

from experiments import pca
from gxjax.cohort import read_covariates


def words(fileset, tmp_path, *more):
    return ["pca", f"--bfile={fileset}", f"--out={tmp_path}/x", *more]


def test_pca__writes_what_plink2_writes(fileset, tmp_path, plink2):
    ids = pd.read_csv(f"{fileset}.bim", sep="\t", header=None).iloc[::3, 1]
    ids.to_csv(tmp_path / "x.prune.in", index=False, header=False)
    extract = f"--extract={tmp_path}/x.prune.in"
    pca.main(words(fileset, tmp_path, "--pca=5", extract))
    plink2("--bfile", fileset, "--extract", tmp_path / "x.prune.in",
           "--pca", 5, "meanimpute", "--out", tmp_path / "peer")  # fmt: skip
    ours, theirs = (
        pd.read_csv(tmp_path / f"{name}.eigenvec", sep="\t") for name in ("x", "peer")
    )
    assert list(ours.columns) == ["#FID", "IID", *(f"PC{k}" for k in range(1, 6))]
    pcs = list(ours.columns[2:])
    assert list(ours["IID"]) == list(theirs["IID" if "IID" in theirs else "#IID"])
    product = (ours[pcs] * theirs[pcs]).sum(axis=0)
    np.testing.assert_allclose(product.abs(), 1, atol=1e-3)
    values = [np.loadtxt(tmp_path / f"{name}.eigenval") for name in ("x", "peer")]
    np.testing.assert_allclose(*values, rtol=1e-3)


def test_pca__is_a_covariate_file(fileset, tmp_path):
    pca.main(words(fileset, tmp_path, "--pca=2"))
    covariates = read_covariates(tmp_path / "x.eigenvec")
    assert {"PC1", "PC2"} <= set(covariates.columns)
    assert len(covariates) == 400


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--bfile=",), "--bfile is needed"),
        (("--pca=0",), "pca"),
        (("--pca=400",), "count: 400; expected 1 to 399"),
        (("--extract=/nowhere/x",), "/nowhere/x: no such file"),
    ],
)
def test_pca__raises_on_wrong_flags(fileset, tmp_path, more, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        pca.main(words(fileset, tmp_path, *more))
    assert not list(tmp_path.iterdir())


def test_pca__raises_on_one_person(fileset, tmp_path):
    first = (fileset.parent / f"{fileset.name}.fam").read_text().splitlines()[0]
    (tmp_path / "keep").write_text("\t".join(first.split()[:2]) + "\n")
    with pytest.raises(ValueError, match="samples: 1; expected 2 people at least"):
        pca.main(words(fileset, tmp_path, f"--keep={tmp_path}/keep"))


def test_pca__names_components_that_are_not_told_apart(fileset, tmp_path, capsys):
    found = pca.principal_components(pca.selected_source(
        {"bfile": fileset, **dict.fromkeys(("keep", "remove", "extract", "exclude"))}
    ), 3)  # fmt: skip
    assert pca.mixed(found) == ""
    close = found._replace(
        eigenvalues=np.array([3, 2, 1.99]), residuals=np.full(3, 0.005)
    )
    assert pca.mixed(close).startswith("PC2, PC3: their eigenvalues")

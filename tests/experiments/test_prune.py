"""The command that does what `plink2 --indep-pairwise` does."""

import subprocess
import sys

import pandas as pd
import pytest

from experiments import prune


def words(fileset, tmp_path, *more):
    return ["prune", f"--bfile={fileset}", f"--out={tmp_path}/x", *more]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("200kb,1,0.2", ("200kb", 1, 0.2)), ("50, 5, 0.5", (50, 5, 0.5))],
)
def test_prune__writes_what_plink2_writes(fileset, tmp_path, plink2, ours, theirs):
    prune.main(words(fileset, tmp_path, f"--indep_pairwise={ours}"))
    peer = tmp_path / "peer"
    plink2("--bfile", fileset, "--indep-pairwise", *theirs, "--out", peer)
    for ending in ("prune.in", "prune.out"):
        found = (tmp_path / f"x.{ending}").read_text()
        assert found == (tmp_path / f"peer.{ending}").read_text()
        assert found


def test_prune__of_listed_people_and_variants(fileset, tmp_path, plink2):
    fam = pd.read_csv(f"{fileset}.fam", sep=r"\s+", header=None, dtype=str)
    bim = pd.read_csv(f"{fileset}.bim", sep=r"\s+", header=None, dtype=str)
    fam.iloc[:200, :2].to_csv(tmp_path / "keep", sep="\t", header=False, index=False)
    fam.iloc[:9, :2].to_csv(tmp_path / "gone", sep="\t", header=False, index=False)
    bim.iloc[:150, 1].to_csv(tmp_path / "extract", header=False, index=False)
    bim.iloc[:20, 1].to_csv(tmp_path / "exclude", header=False, index=False)
    lists = {"keep": "keep", "remove": "gone", "extract": "extract"}
    lists["exclude"] = "exclude"
    more = [f"--{name}={tmp_path}/{file}" for name, file in lists.items()]
    prune.main(words(fileset, tmp_path, "--indep_pairwise=500kb,0.1", *more))
    peer = [part for name, file in lists.items()
            for part in (f"--{name}", tmp_path / file)]  # fmt: skip
    plink2("--bfile", fileset, *peer, "--indep-pairwise", "500kb", 0.1,
           "--out", tmp_path / "peer")  # fmt: skip
    found = (tmp_path / "x.prune.in").read_text()
    assert found == (tmp_path / "peer.prune.in").read_text()
    assert 5 < len(found.split()) < 130


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ((), "--indep_pairwise is needed"),
        (("--indep_pairwise=50",), "expected WINDOW"),
        (("--indep_pairwise=50,x,0.5",), "expected WINDOW.* as 200kb,1,0.5"),
        (("--indep_pairwise=50,60,0.5",), "step: 60"),
        (("--indep_pairwise=50,1,0.5", "--out=/nowhere/x"), "create it first"),
    ],
)
def test_prune__raises_on_wrong_flags(fileset, tmp_path, more, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        prune.main(words(fileset, tmp_path, *more))
    assert not list(tmp_path.iterdir())


def test_prune__raises_on_lists_that_leave_nothing(fileset, tmp_path):
    (tmp_path / "list").write_text("nobody nobody\n")
    for name, what in (("keep", "people"), ("extract", "variants")):
        more = ("--indep_pairwise=50,1,0.5", f"--{name}={tmp_path}/list")
        with pytest.raises(ValueError, match=f"--{name}=.*leaves no {what} of"):
            prune.main(words(fileset, tmp_path, *more))


def test_prune__raises_on_ids_that_are_there_twice(
    make_genotypes, write_fileset, random_codes, tmp_path
):
    codes = random_codes(60, 8)
    genotypes = make_genotypes(codes, ID=[*"abcdefa", "h"])
    prefix = write_fileset(genotypes, codes)
    with pytest.raises(ValueError, match="id 'a' is there twice"):
        prune.main(words(prefix, tmp_path, "--indep_pairwise=5,1,0.5"))


def test_prune__help_teaches():
    command = [sys.executable, "-m", "experiments.prune", "--help"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "--indep_pairwise 200kb,1,0.2" in result.stdout
    assert "--workdir" not in result.stdout

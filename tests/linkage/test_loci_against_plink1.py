"""Loci of scores beside PLINK 1.9's `--clump`.

PLINK's r^2 is of haplotypes, ours of dosages. Of people without a heterozygous call
both are the same.
"""

import numpy as np
import pandas as pd
import pytest

from gxjax.benchmark import clump_scores
from gxjax.linkage import Window, find_neighbours


@pytest.mark.parametrize(("seed", "r2"), [(0, 0.3), (1, 0.5), (2, 0.2)])
def test_clump_scores__equals_plink1(
    make_genotypes, write_fileset, linked_codes, plink1, tmp_path, seed, r2
):
    draw = np.random.default_rng(seed)
    haplotypes = linked_codes(150, 160, seed=seed, strength=0.93)
    codes = np.where(haplotypes == 1, 0, haplotypes)
    genotypes = make_genotypes(
        codes,
        CHROM=np.repeat(["1", "2"], 80),
        POS=1 + np.cumsum(draw.integers(1, 2000, 160)),
    )
    prefix = write_fileset(genotypes, codes)
    p = 10.0 ** -draw.uniform(0, 7, 160)
    table = pd.DataFrame({"SNP": genotypes.variants["ID"], "P": p})
    table.to_csv(tmp_path / "x.assoc", sep="\t", index=False)
    plink1("--bfile", prefix, "--clump", tmp_path / "x.assoc", "--clump-r2", r2,
           "--clump-kb", 20, "--clump-p1", 0.01, "--clump-p2", 0.01,
           "--out", tmp_path / "peer")  # fmt: skip
    theirs = pd.read_csv(tmp_path / "peer.clumped", sep=r"\s+", keep_default_na=False)
    neighbours = find_neighbours(genotypes, Window(kb=20), r2=0.1)
    scores = np.where(p <= 0.01, -np.log10(p), -np.inf)
    found = clump_scores(scores, neighbours, r2=r2)
    ids = genotypes.variants["ID"].to_numpy()
    assert ids[found.leads].tolist() == theirs["SNP"].tolist()
    # PLINK also counts members that are above p2; listed are those below it.
    for number, listed in enumerate(theirs["SP2"]):
        members = set(ids[found.locus == number]) - {ids[found.leads[number]]}
        names = listed.replace("(1)", "").split(",")
        assert members == {name for name in names if name != "NONE"}
    assert (np.bincount(found.locus[found.locus >= 0]) > 1).sum() > 5

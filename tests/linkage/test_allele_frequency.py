import numpy as np
import pandas as pd

from gxjax.genotypes import open_bed_source, write_plink
from gxjax.linkage.allele_frequency import allele_frequency
from gxjax.linkage.copy_groups import founders


def test_allele_frequency__equals_plink2s(cohort, plink2, tmp_path):
    source, _ = cohort(1)
    prefix = tmp_path / "fileset"
    plink2("--bfile", prefix, "--freq", "--allow-extra-chr", "--out", prefix)
    table = pd.read_csv(f"{prefix}.afreq", sep="\t")
    found, varies = allele_frequency(source, founders(source.samples))
    np.testing.assert_allclose(found, table["ALT_FREQS"], rtol=1e-5, atol=1e-7)
    constant = (found == 0) | (found == 1) | np.isnan(found)
    assert not varies[constant].any()
    assert varies.sum() > 150


def test_allele_frequency__all_heterozygous_does_not_vary(make_genotypes, tmp_path):
    genotypes = make_genotypes(np.ones((9, 3)), CHROM=["1", "X", "MT"])
    write_plink(genotypes, tmp_path / "x")
    found, varies = allele_frequency(open_bed_source(tmp_path / "x"), np.ones(9, bool))
    np.testing.assert_array_equal(found, 0.5)
    assert not varies.any()

import numpy as np
import pandas as pd

from gxjax.linkage.haplotype_r2 import haplotype_r2
from gxjax.linkage.pair_sums import PairSummer, PairSums


def counted(table):
    """`PairSums` of people by their copies at both variants, [3, 3]."""
    table = np.array(table, float)
    copies = np.arange(3.0)
    single = [table.sum(), copies @ table.sum(axis=1), copies @ table.sum(axis=0)]
    het = [table[1].sum(), table[:, 1].sum()]
    both = [copies @ table @ copies, table[1, 1]]
    return PairSums(*np.array([*single, *het, *both])[:, None])


def test_haplotype_r2__without_double_heterozygotes_is_exact():
    """Of 16 haplotypes 7 are A1 A1, 1 A1 A2, 2 A2 A1 and 6 A2 A2."""
    found = haplotype_r2(counted([[2, 1, 0], [1, 0, 1], [0, 0, 3]]))
    np.testing.assert_allclose(found, (7 / 16 - 72 / 256) ** 2 / (63 * 64 / 16**4))


def test_haplotype_r2__complete_ld_is_one():
    found = haplotype_r2(counted([[30, 0, 0], [0, 40, 0], [0, 0, 10]]))
    np.testing.assert_allclose(found, 1, rtol=1e-9)


def test_haplotype_r2__is_nan_where_a_variant_does_not_vary():
    for table in ([[3, 4, 1], [0] * 3, [0] * 3], np.zeros((3, 3))):
        assert np.isnan(haplotype_r2(counted(table))).all()
    assert haplotype_r2(counted([[0, 0, 0], [0, 9, 0], [0, 0, 0]])) <= 1


def test_haplotype_r2__equals_plink1(cohort, plink1, tmp_path):
    source, _ = cohort(1, {"1": 200}, strength=0.95)
    prefix = tmp_path / "fileset"
    plink1("--bfile", prefix, "--r2", "dprime", "--ld-window", 6, "--ld-window-r2", 0,
           "--ld-window-kb", 1000, "--out", tmp_path / "peer")  # fmt: skip
    table = pd.read_csv(tmp_path / "peer.ld", sep=r"\s+")
    first, second = (
        table[name].str[1:].to_numpy(np.int64) for name in ("SNP_A", "SNP_B")
    )
    people = (source.samples["PAT"] == "0").to_numpy()
    summer = PairSummer(source, people)
    octets = summer.read(np.arange(200))
    found = haplotype_r2(summer.pairs(octets[first], octets[second], "1"))
    assert len(table) > 800
    np.testing.assert_allclose(found, table["R2"], rtol=1e-5, atol=2e-6)

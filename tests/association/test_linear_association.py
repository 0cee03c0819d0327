import sys

import numpy as np
import pandas as pd
import pytest
from scipy.stats import linregress

from gxjax.association.linear_association import linear_association
from gxjax.genotypes.packed import byte_codes, pack
from gxjax.types import Block

# The package gives the module's name to the function.
module = sys.modules["gxjax.association.linear_association"]
COLUMNS = "#CHROM POS ID REF ALT A1 TEST OBS_CT BETA SE T_STAT P NEG_LOG10_P"


@pytest.fixture
def data(random_codes):
    codes = random_codes(400, 23, missing=0.1)
    generator = np.random.default_rng(1)
    y = 170 + 3.0 * (codes[:, 4] % 3) + generator.normal(0, 9, 400)
    return codes, y, np.flatnonzero(generator.random(400) < 0.8)


def whole(codes):
    return Block(pack(codes), np.arange(len(codes), dtype=np.int32), codes.shape[1])


def test_linear_association__equals_linregress(data, make_genotypes):
    codes, y, people = data
    variants = make_genotypes(codes).variants
    table = linear_association([whole(codes)], variants, y, people)
    assert " ".join(table) == COLUMNS
    for j, row in enumerate(table.itertuples()):
        called = people[codes[people, j] != 3]
        expected = linregress(codes[called, j], y[called])
        np.testing.assert_allclose(row.OBS_CT, len(called))
        np.testing.assert_allclose(row.BETA, expected.slope, rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(row.SE, expected.stderr, rtol=1e-6)
        np.testing.assert_allclose(row.P, expected.pvalue, rtol=1e-5)
        np.testing.assert_allclose(row.NEG_LOG10_P, -np.log10(row.P), rtol=1e-9)
    assert table["P"].idxmin() == 4


def test_linear_association__alleles(data, make_genotypes):
    codes, y, people = data
    table = linear_association(
        [whole(codes)], make_genotypes(codes).variants, y, people
    )
    assert (table[["REF", "ALT", "A1"]] == ["T", "C", "C"]).all(axis=None)


def test_linear_association__chunks_and_permuted_blocks(
    data, make_genotypes, monkeypatch
):
    codes, y, people = data
    rows = np.random.default_rng(2).permutation(400).astype(np.int32)
    joined = np.concatenate([codes, codes[rows][:, :6]], axis=1)
    variants = make_genotypes(joined).variants
    expected = linear_association([whole(joined)], variants, y, people)
    monkeypatch.setattr(module, "_PEOPLE", 37)
    monkeypatch.setattr(module, "_BYTES", 2)
    monkeypatch.setattr(module, "_STRIP", 4)
    blocks = [whole(codes), Block(pack(codes[:, :6]), rows, 6)]
    calls = []
    found = linear_association(
        blocks, variants, y, people, lambda done, total, note: calls.append(done)
    )
    pd.testing.assert_frame_equal(found, expected, rtol=1e-4)
    assert calls == sorted(calls)
    assert {16, 23, 29} <= set(calls)
    assert calls[-1] == 29


def test_linear_association__nan_where_nothing_can_be_fitted(make_genotypes):
    codes = np.array([[0, 3, 0, 1], [0, 3, 1, 1], [0, 3, 3, 1], [0, 0, 3, 2]], np.uint8)
    y = np.array([1.0, 2.0, 3.0, 5.0])
    variants = make_genotypes(codes).variants
    table = linear_association([whole(codes)], variants, y, np.arange(4))
    np.testing.assert_array_equal(table["P"].isna(), [True, True, True, False])
    assert list(table["OBS_CT"]) == [4, 1, 2, 4]


def test_linear_association__p_underflows_and_its_log_does_not(make_genotypes):
    codes = np.tile(np.array([[0], [1], [2]], np.uint8), (1000, 1))
    y = codes[:, 0] + np.tile([0.01, -0.01], 1500)
    variants = make_genotypes(codes).variants
    table = linear_association([whole(codes)], variants, y, np.arange(3000))
    assert table["P"][0] == 0
    # 1 - r**2 is known: variance 2/3 of the dosage beside 1e-4 of noise. To leading
    # order p = (1 - r**2)**a / sqrt(pi a), a = (3000 - 2) / 2.
    unexplained = 1e-4 / (2 / 3 + 1e-4)
    expected = -1499 * np.log10(unexplained) + np.log10(np.pi * 1499) / 2
    np.testing.assert_allclose(table["NEG_LOG10_P"], [expected], rtol=1e-5)


def test_linear_association__perfect_fit_is_finite(make_genotypes):
    codes = np.array([[0], [1], [2], [1]], np.uint8)
    variants = make_genotypes(codes).variants
    table = linear_association([whole(codes)], variants, codes[:, 0], np.arange(4))
    assert np.isfinite(table["NEG_LOG10_P"][0])


@pytest.mark.parametrize(
    ("y", "message"),
    [([1.0, 1.0, 1.0], "constant"), ([1.0, np.nan, 2.0], "not finite")],
)
def test_linear_association__raises_on_phenotype(make_genotypes, y, message):
    codes = np.array([[0], [1], [2]], np.uint8)
    with pytest.raises(ValueError, match=message):
        linear_association(
            [whole(codes)], make_genotypes(codes).variants, np.array(y), np.arange(3)
        )


def test_linear_association__equals_plink2(data, make_genotypes, write_fileset, plink2):
    codes, y, _ = data
    genotypes = make_genotypes(codes)
    prefix = write_fileset(genotypes, codes)
    pheno = genotypes.samples[["FID", "IID"]].rename(columns={"FID": "#FID"})
    pheno.assign(height=y).to_csv(prefix.with_suffix(".pheno"), sep="\t", index=False)
    plink2("--bfile", prefix, "--pheno", prefix.with_suffix(".pheno"),
           "--glm", "allow-no-covars", "omit-ref", "--out", prefix)  # fmt: skip
    theirs = pd.read_csv(f"{prefix}.height.glm.linear", sep="\t")
    people = np.arange(400)
    ours = linear_association([whole(codes)], genotypes.variants, y, people)
    assert list(ours)[:12] == [name for name in theirs if name != "ERRCODE"]
    for name in ("POS", "ID", "REF", "ALT", "A1", "TEST", "OBS_CT"):
        assert list(ours[name]) == list(theirs[name])
    for name in ("BETA", "SE", "T_STAT", "P"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-4, atol=1e-4)


def dosages(random_codes):
    """8-bit codes [400, 23]; the last but one column is 64/127 in everybody."""
    codes = byte_codes(random_codes(400, 23, missing=0.1)).astype(int)
    noise = np.random.default_rng(4).integers(-30, 31, codes.shape)
    codes = np.where(codes == 255, 255, np.clip(codes + noise, 0, 254))
    codes[:, 21] = 64
    codes[1:, 22], codes[0, 22] = 64, 65
    return codes.astype(np.uint8)


def test_linear_association__of_dosages_equals_linregress(
    data, random_codes, make_genotypes, monkeypatch
):
    codes, (_, y, people) = dosages(random_codes), data
    monkeypatch.setattr(module, "_PEOPLE", 150)
    monkeypatch.setattr(module, "_BYTES", 5)
    monkeypatch.setattr(module, "_STRIP", 10)
    rows = np.random.default_rng(2).permutation(400).astype(np.int32)
    blocks = [
        Block(codes, np.arange(400, dtype=np.int32), 23, 8),
        whole(random_codes(400, 5)),
        Block(codes, rows, 23, 8),
    ]
    variants = make_genotypes(np.zeros((1, 51))).variants
    table = linear_association(blocks, variants, y, people)
    # One person who differs by 1/127 is enough to be regressed on, if TRAIN has it.
    assert table["P"].isna().tolist()[:23] == [False] * 21 + [True, 0 not in people]
    for start, order in ((0, np.arange(400)), (28, rows)):
        moved = codes[order]
        for j in range(21):
            row = table.iloc[start + j]
            called = people[moved[people, j] != 255]
            expected = linregress(moved[called, j] / 127, y[called])
            np.testing.assert_allclose(row.OBS_CT, len(called))
            np.testing.assert_allclose(row.BETA, expected.slope, rtol=1e-5, atol=1e-5)
            np.testing.assert_allclose(row.SE, expected.stderr, rtol=1e-6)
            t = expected.slope / expected.stderr
            np.testing.assert_allclose(row.T_STAT, t, rtol=1e-4, atol=1e-5)


def test_linear_association__hard_calls_of_eight_bits(data, make_genotypes):
    codes, y, people = data
    variants = make_genotypes(codes).variants
    wide = Block(byte_codes(codes), np.arange(400, dtype=np.int32), 23, 8)
    pd.testing.assert_frame_equal(
        linear_association([wide], variants, y, people),
        linear_association([whole(codes)], variants, y, people),
        rtol=1e-5,
        atol=1e-6,
    )


def test_linear_association__of_dosages_equals_plink2(
    random_codes, make_genotypes, plink2, tmp_path
):
    codes = dosages(random_codes)[:, :21]
    genotypes, prefix = make_genotypes(np.zeros_like(codes)), tmp_path / "x"
    y = np.random.default_rng(1).normal(size=400)
    y += np.where(codes == 255, 0, codes)[:, 3] / 60
    plain = {"sep": "\t", "header": False, "index": False, "na_rep": "NA"}
    genotypes.samples.assign(PHENO=y).to_csv(f"{prefix}.sam", **plain)
    head = genotypes.variants[["CHROM", "POS", "ID", "A1", "A2"]]
    values = pd.DataFrame(np.where(codes == 255, np.nan, codes / 127).T)
    pd.concat([head, values], axis=1).to_csv(f"{prefix}.txt", **plain)
    plink2("--import-dosage", f"{prefix}.txt", "noheader", "format=1", "skip0=2",
           "chr-col-num=1", "pos-col-num=2", "ref-last", "--psam", f"{prefix}.sam",
           "--glm", "allow-no-covars", "omit-ref", "--out", prefix)  # fmt: skip
    theirs = pd.read_csv(f"{prefix}.PHENO1.glm.linear", sep="\t")
    block = Block(codes, np.arange(400, dtype=np.int32), 21, 8)
    ours = linear_association([block], genotypes.variants, y, np.arange(400))
    for name in ("ID", "REF", "ALT", "A1", "OBS_CT"):
        assert list(ours[name]) == list(theirs[name])
    # plink2 has dosages to 1/16384, and its .fam the phenotype.
    for name in ("BETA", "SE", "T_STAT"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-3, atol=1e-3)

"""Swaps, strand flips and frequencies, each found by what it does to the tables."""

import numpy as np
import pandas as pd
import pytest

from gxjax.cohort.allele_check import compare_alleles, read_afreq, swapped_repeats


def table(*rows):
    """Rows `(CHROM, POS, ID, A1, A2, frequency of A1)`."""
    found = pd.DataFrame(rows, columns=["CHROM", "POS", "ID", "A1", "A2", "f"])
    return found.drop(columns="f"), found["f"].to_numpy(np.float64)


def compared(ours, theirs):
    return compare_alleles(
        *table(("1", 5, "rs", *ours)), *table(("1", 5, "rs", *theirs))
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "status", "frequency"),
    [
        (("A", "G", 0.2), ("A", "G", 0.25), "same", 0.25),
        (("A", "G", 0.2), ("G", "A", 0.75), "swapped", 0.25),
        (("A", "G", 0.2), ("T", "C", 0.25), "flipped", 0.25),
        (("A", "G", 0.2), ("C", "T", 0.75), "flipped and swapped", 0.25),
        (("A", "G", 0.2), ("A", "C", 0.2), "other alleles", np.nan),
        (("A", "G", 0.2), ("A", "G", 0.5), "frequency differs", 0.5),
        (("A", "G", 0.2), ("G", "A", 0.2), "frequency differs", 0.8),
        (("A", "G", 0.2), ("A", "G", np.nan), "same", np.nan),
        (("A", "T", 0.2), ("A", "T", 0.25), "same", 0.25),
        (("A", "T", 0.2), ("A", "T", 0.75), "flipped and swapped", 0.25),
        (("A", "T", 0.2), ("T", "A", 0.75), "swapped", 0.25),
        (("A", "T", 0.2), ("T", "A", 0.25), "flipped", 0.25),
        (("C", "G", 0.45), ("C", "G", 0.2), "ambiguous", np.nan),
        (("C", "G", 0.2), ("G", "C", 0.45), "ambiguous", np.nan),
        (("C", "G", np.nan), ("C", "G", 0.2), "ambiguous", np.nan),
        (("C", "G", 0.05), ("C", "G", 0.3), "frequency differs", 0.3),
        (("A", "T", 0.2), ("C", "G", 0.2), "other alleles", np.nan),
        (("0", "G", 0.0), ("A", "G", 0.01), "same", 0.01),
        (("0", "G", 0.0), ("G", "A", 0.99), "swapped", 0.01),
        (("A", "G", 0.01), (".", "G", 0.0), "same", 0.0),
        (("a", "g", 0.2), ("A", "G", 0.2), "same", 0.2),
        (("AT", "A", 0.2), ("AT", "A", 0.2), "same", 0.2),
        (("AT", "A", 0.2), ("A", "AT", 0.8), "swapped", 0.2),
        (("AT", "A", 0.2), ("TA", "T", 0.2), "other alleles", np.nan),
    ],
)
def test_compare_alleles__names_each_way(ours, theirs, status, frequency):
    found = compared(ours, theirs)
    assert found["STATUS"].tolist() == [status]
    assert found["REFERENCE_FREQ"].dtype == np.float64
    np.testing.assert_allclose(found["REFERENCE_FREQ"], [frequency])


def test_compare_alleles__pairs_by_id_then_by_position():
    ours = table(
        ("chr1", 10, "rs1", "A", "G", 0.1),
        ("1", 20, "mine", "C", "T", 0.2),
        ("1", 30, ".", "C", "T", 0.3),
        ("2", 10, "rs1", "A", "G", 0.4),
        ("X", 40, "rs4", "A", "G", 0.1),
    )
    theirs = table(
        ("01", 11, "rs1", "G", "A", 0.9),
        ("1", 20, "yours", "C", "A", 0.2),
        ("1", 20, "theirs", "T", "C", 0.8),
        ("1", 30, ".", "C", "T", 0.3),
        ("23", 99, "rs4", "A", "G", 0.1),
    )
    found = compare_alleles(*ours, *theirs)
    assert found["ID"].tolist() == ["rs1", "mine", ".", "rs4"]
    assert found["STATUS"].tolist() == ["swapped", "swapped", "same", "same"]
    assert found["REFERENCE_A1"].tolist() == ["G", "T", "C", "A"]
    by_id = compare_alleles(*ours, theirs[0].drop(columns="POS"), theirs[1])
    assert by_id["ID"].tolist() == ["rs1", "rs4"]


def test_compare_alleles__shares_no_variant():
    found = compare_alleles(*table(("1", 5, "a", "A", "G", 0.1)), *table())
    assert len(found) == 0
    assert list(found) == [
        *("CHROM", "POS", "ID", "A1", "A2", "REFERENCE_A1", "REFERENCE_A2"),
        *("A1_FREQ", "REFERENCE_FREQ", "STATUS"),
    ]


def test_swapped_repeats__finds_them_alone():
    variants, _ = table(
        ("1", 5, "a", "A", "G", 0),
        ("1", 5, "b", "G", "A", 0),
        ("1", 5, "c", "A", "T", 0),
        ("1", 6, "d", "G", "A", 0),
        ("1", 7, "e", "A", "G", 0),
        ("1", 7, "e", "A", "G", 0),
    )
    variants.index = range(3, 9)
    found = swapped_repeats(variants)
    assert found["ID"].tolist() == ["a", "b"]
    assert list(found.index) == [3, 4]
    assert len(swapped_repeats(variants.iloc[2:])) == 0


def test_read_afreq__of_plink2(
    make_genotypes, random_codes, write_fileset, plink2, tmp_path
):
    codes = random_codes(40, 6)
    codes[:, 2] = 3
    genotypes = make_genotypes(codes)
    prefix = write_fileset(genotypes, codes)
    plink2("--bfile", prefix, "--freq", "cols=+pos", "--out", prefix)
    found = read_afreq(prefix.with_suffix(".afreq"))
    with np.errstate(invalid="ignore"):
        expected = np.where(codes == 3, 0, codes).sum(0) / (2 * (codes != 3).sum(0))
    np.testing.assert_allclose(found["A1_FREQ"], expected, rtol=1e-5)
    status = compare_alleles(genotypes.variants, expected, found, found["A1_FREQ"])
    assert status["STATUS"].tolist() == ["same"] * 6
    assert found["POS"].tolist() == [1, 2, 3, 4, 5, 6]


HEAD = "#CHROM\tID\tREF\tALT\tALT_FREQS\tOBS_CT\n"


def test_read_afreq__of_several_alleles_and_no_calls(tmp_path):
    path = tmp_path / "r.afreq"
    path.write_text(f"{HEAD}1\ta\tA\tG,T\t0.1,0.2\t9\n1\tb\tA\tG\tnan\t0\n")
    found = read_afreq(path)
    assert found["A1"].tolist() == ["G,T", "G"]
    assert found["A1_FREQ"].isna().all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b\n1 2\n", "found the columns a b; expected an .afreq"),
        (
            f"{HEAD}1\ta\tA\tG\t1.5\t2\n",
            r"line 2: ALT_FREQS is '1\.5'; expected a freq",
        ),
        (f"{HEAD}1\ta\tA\tG\tx\t2\n", "line 2: ALT_FREQS is 'x'"),
        (
            f"{HEAD}1\ta\tA\tG\t1\t2\n".replace("OBS_CT", "POS").replace(
                "\t2\n", "\tx\n"
            ),
            "line 2: POS is 'x'; expected a whole number",
        ),
        ("", "the file is empty"),
        (HEAD, "a header and no variant"),
    ],
)
def test_read_afreq__raises_and_names_the_line(tmp_path, text, message):
    path = tmp_path / "r.afreq"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"r\.afreq.*{message}"):
        read_afreq(path)

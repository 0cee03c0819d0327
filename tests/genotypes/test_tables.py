"""`.bim` and `.fam`: what is legal is kept, what is not names its line."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gxjax.genotypes import (
    normalise_chromosome,
    read_bim,
    read_fam,
    write_bim,
    write_fam,
)
from gxjax.types import SAMPLE_COLUMNS, VARIANT_COLUMNS

BIM = "1\trs1\t0\t100\tA\tG\nchr2 NA 0.25 -200 AT <DEL>\n01  .  1e-3  300  0  0\n"
FAM = "f1 007 0 0 1 -9\nf2 007 0 0 2 1.5\nNA 12 p m other -9\n"


@pytest.fixture
def written(tmp_path):
    def write(text, name="cohort.bim"):
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return write


def test_read_bim__keeps_text_as_it_stands(written):
    table = read_bim(written(BIM))
    assert tuple(table.columns) == VARIANT_COLUMNS
    assert table["CHROM"].tolist() == ["1", "chr2", "01"]
    assert table["ID"].tolist() == ["rs1", "NA", "."]
    assert table["POS"].tolist() == [100, -200, 300]
    assert table["POS"].dtype == np.int64
    assert table["CM"].tolist() == [0.0, 0.25, 0.001]
    assert table["A1"].tolist() == ["A", "AT", "0"]
    assert table["A2"].tolist() == ["G", "<DEL>", "0"]


def test_read_fam__keeps_leading_zeros_and_families(written):
    table = read_fam(written(FAM, "cohort.fam"))
    assert tuple(table.columns) == SAMPLE_COLUMNS
    assert table["FID"].tolist() == ["f1", "f2", "NA"]
    assert table["IID"].tolist() == ["007", "007", "12"]
    assert table["SEX"].tolist() == [1, 2, 0]
    assert table["SEX"].dtype == np.int8


@pytest.mark.parametrize(("read", "text"), [(read_bim, BIM), (read_fam, FAM)])
def test_read__accepts_windows_newlines_and_blank_lines(written, read, text):
    plain = read(written(text))
    windows = read(written(text.replace("\n", "\r\n") + "\r\n"))
    pd.testing.assert_frame_equal(plain, windows)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1 rs2 0 200 A", r"cohort\.bim, line 3: 5 fields, expected 6"),
        ("1 rs2 0 200 A G G", r"line 3: 7 fields, expected 6"),
        ("1 rs2 0 200 A G G T C", r"line 3: 9 fields, expected 6"),
        ("1 rs2 0 2.5 A G", r"line 3: POS is '2\.5', expected a whole number"),
        ("1 rs2 0 200x A G", r"line 3: POS is '200x'"),
        ("1 rs2 1e999 200 A G", r"line 3: CM is '1e999', expected a number"),
        ("1 rs2 nan 200 A G", r"line 3: CM is 'nan', expected a number"),
        ("1 rs2 0 200 G G", r"line 3: A2 is 'G', expected an allele other than A1"),
    ],
)
def test_read_bim__raises_naming_the_line(written, line, message):
    path = written(f"1 rs1 0 100 A G\n\n{line}\n1 rs3 0 300 A G\n")
    with pytest.raises(ValueError, match=message):
        read_bim(path)


def test_read_bim__raises_on_a_header(written):
    with pytest.raises(ValueError, match="line 2: a header, found '#CHROM'; expected"):
        read_bim(written(f"\n#CHROM ID CM POS A1 A2\n{BIM}"))


def test_read_bim__raises_on_first_line_short(written):
    with pytest.raises(ValueError, match="line 1: 4 fields"):
        read_bim(written("1 rs1 0 100\n1 rs2 0 200\n"))


@pytest.mark.parametrize("read", [read_bim, read_fam])
def test_read__raises_on_empty_file(written, read):
    with pytest.raises(ValueError, match="no lines; expected fields"):
        read(written(""))


@pytest.mark.parametrize("read", [read_bim, read_fam])
def test_read__raises_on_bytes_that_are_no_text(tmp_path, read):
    path = tmp_path / "x.bim"
    path.write_bytes(b"1 rs\x00 0 1 A G\n")
    with pytest.raises(ValueError, match=r"x\.bim: found the byte 0x00 on line 1"):
        read(path)


def test_read_bim__keeps_ids_that_are_no_utf8(tmp_path):
    path = tmp_path / "x.bim"
    path.write_bytes(b"1 rs\xff 0 1 A G\n1 rs\x85\xa0 0 2 A G\n")
    assert read_bim(path)["ID"].tolist() == ["rs\xff", "rs\x85\xa0"]
    write_bim(read_bim(path), tmp_path / "y.bim")
    pd.testing.assert_frame_equal(read_bim(tmp_path / "y.bim"), read_bim(path))


def test_read_fam__raises_on_eleven_columns(written):
    with pytest.raises(ValueError, match="line 1: 11 fields, expected 6"):
        read_fam(written(" ".join("abcdefghijk") + "\n"))


@pytest.mark.parametrize("head", ["#FID IID PAT MAT SEX PHENO1", "FID IID P M S X"])
def test_read_fam__raises_on_a_header(written, head):
    with pytest.raises(ValueError, match=r"cohort\.fam, line 1: a header"):
        read_fam(written(f"{head}\n{FAM}", "cohort.fam"))


def test_read_fam__raises_on_duplicated_person(written):
    text = "f 1 0 0 1 -9\nf 2 0 0 1 -9\n\nf 1 0 0 2 -9\n"
    with pytest.raises(ValueError, match="FID f IID 1 is on lines 1, 4; expected"):
        read_fam(written(text))


WORD = st.text("ACGT0123456789:_.rsNA", min_size=1, max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(
            WORD,
            st.integers(-(10**12), 10**12),
            WORD,
            WORD.map(lambda word: f"{word}a"),
            WORD,
            st.floats(-1e3, 1e3),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_write_bim__round_trip_is_exact(tmp_path, rows):
    table = pd.DataFrame(rows, columns=VARIANT_COLUMNS)
    write_bim(table, tmp_path / "x.bim")
    read = read_bim(tmp_path / "x.bim")
    pd.testing.assert_frame_equal(read, table, check_exact=True)


def test_write_fam__round_trip_is_exact(written, tmp_path):
    table = read_fam(written(FAM, "a.fam"))
    write_fam(table, tmp_path / "b.fam")
    pd.testing.assert_frame_equal(read_fam(tmp_path / "b.fam"), table)
    assert (tmp_path / "b.fam").read_text().splitlines()[0] == "f1\t007\t0\t0\t1\t-9"


@pytest.mark.parametrize("name", ["", "two words"])
def test_write_fam__raises_on_id_that_would_not_read_back(written, tmp_path, name):
    table = read_fam(written(FAM, "a.fam")).assign(FID=name)
    with pytest.raises(ValueError, match="expected text without white space"):
        write_fam(table, tmp_path / "b.fam")
    assert not (tmp_path / "b.fam").exists()


SPELLINGS = {"chr1": "1", "01": "1", "22": "22", "10": "10", "0": "0"}
SPELLINGS |= {"23": "X", "chrX": "X", "x": "X", "24": "Y", "25": "XY", "PAR1": "XY"}
SPELLINGS |= {"26": "MT", "M": "MT", "chrMT": "MT", "MT": "MT", "chrUn_1": "UN_1"}


def test_normalise_chromosome__one_spelling_each():
    names = pd.Series(list(SPELLINGS), index=range(5, 5 + len(SPELLINGS)))
    found = normalise_chromosome(names)
    assert found.tolist() == list(SPELLINGS.values())
    assert found.index.equals(names.index)


def test_normalise_chromosome__of_another_species():
    names = pd.Series(["22", "23", "chr24", "29", "30", "31", "32", "33", "X"])
    expected = ["22", "23", "24", "29", "X", "Y", "XY", "MT", "X"]
    assert normalise_chromosome(names, 29).tolist() == expected

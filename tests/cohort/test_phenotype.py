import numpy as np
import pandas as pd
import pytest

from gxjax.cohort.phenotype import (
    align,
    read_fam_phenotype,
    read_phenotype,
    read_phenotypes,
)


@pytest.mark.parametrize(
    "text",
    [
        "#FID IID height\n01 007 1.5\n02 008 -2e1\n",
        "FID\tIID\theight\n01\t007\t1.5\n02\t008\t-2e1\n",
        "#FID  IID height\r\n01 007  1.5\r\n\r\n 02 008 -20\r\n",
        "\ufeff#FID IID height\n01 007 1.5\n02 008 -20",
    ],
)
def test_read_phenotype__headers_separators_newlines(write, text):
    table = read_phenotype(write(text))
    assert table.to_dict("list") == {
        "FID": ["01", "02"],
        "IID": ["007", "008"],
        "height": [1.5, -20.0],
    }


@pytest.mark.parametrize("head", ["#IID bmi", "IID bmi"])
def test_read_phenotype__iid_only(write, head):
    table = read_phenotype(write(f"{head}\n007 1\n008 2\n"))
    assert list(table) == ["IID", "bmi"]
    assert list(table["IID"]) == ["007", "008"]


@pytest.mark.parametrize("head", ["#FID IID SID", "#IID SID"])
def test_read_phenotype__sample_id_is_an_id(write, head):
    path = write(f"{head} bmi\n" + "1 " * head.count("FID") + "7 a 5\n")
    table = read_phenotype(path)
    assert [*head.lstrip("#").split()[:-1], "bmi"] == list(table)
    elsewhere = write("#IID bmi SID\n7 5 6\n")
    assert read_phenotype(elsewhere, "SID")["SID"].tolist() == [6]


def test_read_phenotype__no_header(write):
    path = write("f1 i1 1 5\nf2 i2 2 6\n")
    assert list(read_phenotype(path, "PHENO2")["PHENO2"]) == [5, 6]
    assert list(read_phenotype(write("f1 i1 1\n"))["PHENO1"]) == [1]


@pytest.mark.parametrize("text", ["NA", "nan", "NaN", "-9", "-9.0", ".", ""])
def test_read_phenotype__missing(write, text):
    table = read_phenotype(write(f"FID\tIID\tx\nf1\ti1\t{text}\nf2\ti2\t-9.5\n"))
    np.testing.assert_array_equal(table["x"], [np.nan, -9.5])


@pytest.mark.parametrize("text", ["tall", "inf", "-Infinity", "1e999", "1,5", "0x1"])
def test_read_phenotype__raises_on_text_and_infinite(write, text):
    path = write(f"FID IID x\nf1 i1 1\n\nf2 i2 {text}\n")
    with pytest.raises(ValueError, match=rf"\[1\].pheno, line 4.*'x'.*'{text}'"):
        read_phenotype(path)


def test_read_phenotype__raises_on_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        read_phenotype(tmp_path / "absent.pheno")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("\n \n", "the file is empty"),
        ("#FID IID x\n", "no person"),
        ("#FID IID x\nf i 1\nf j\n", "line 3: 2 fields; expected 3"),
        ("#FID IID x\nf i 1 2\n", "line 2: 4 fields; expected 3"),
        ("#FID IID\nf i\n", "no value column"),
        ("i 1\n", "no value column; a file of IID and values"),
        ("FID,IID,x\nf,i,1\n", "commas, and no tab or space"),
        ("fid iid x\nf i 1\n", r"line 1: begins with 'fid'.*in capitals"),
        ('"FID" "IID" "x"\n"f" "i" 1\n', 'line 1: begins with "FID", in quotes'),
        ("Fam Id x\nf i 1\n", r"'x'.*\(a header begins with FID IID, or IID\)"),
        ("FID x\nf 1\n", "expected FID, IID"),
        ("#FID IID x x\nf i 1 2\n", "'x' is there twice"),
        (
            "#FID IID x y\nf i 1 2\n",
            r"phenotypes \['x', 'y'\]; expected the name of one",
        ),
        ("#FID IID x\nf i 1\ng i 1\nf i 2\n", r"'f', 'i'\) is on line 2 and line 4"),
    ],
)
def test_read_phenotype__raises_on_bad_table(write, text, message):
    with pytest.raises(ValueError, match=message):
        read_phenotype(write(text))


def test_read_phenotype__reads_latin_1(tmp_path):
    path = tmp_path / "latin.pheno"
    path.write_bytes(b"#FID IID x\nM\xfcller i 1\n")
    assert read_phenotype(path)["FID"].tolist() == ["Müller"]


def test_read_phenotype__raises_on_wrong_name(write):
    with pytest.raises(ValueError, match=r"no column 'weight'; there are \['x', 'y'\]"):
        read_phenotype(write("#FID IID x y\nf i 1 2\n"), "weight")


def test_read_phenotype__same_iid_in_two_families(write):
    assert len(read_phenotype(write("#FID IID x\nf i 1\ng i 1\n"))) == 2


SAMPLES = pd.DataFrame({"FID": ["a", "b", "c"], "IID": ["1", "1", "2"]})


def test_align__order_and_missing():
    table = pd.DataFrame(
        {"FID": ["c", "z", "a"], "IID": ["2", "1", "1"], "x": [3.0] * 3}
    )
    table["x"] = [3.0, 9.0, 1.0]
    found = align(SAMPLES, table)
    np.testing.assert_array_equal(found["x"], [1, np.nan, 3])
    assert list(found) == ["x"]
    assert list(found.index) == [0, 1, 2]


def test_align__iid_only():
    found = align(SAMPLES, pd.DataFrame({"IID": ["2"], "x": [5.0]}))
    np.testing.assert_array_equal(found["x"], [np.nan, np.nan, 5])


def test_align__raises_on_ambiguous_iid():
    with pytest.raises(ValueError, match=r"IID '1' is in two families"):
        align(SAMPLES, pd.DataFrame({"IID": ["1", "2"], "x": [1.0, 2.0]}))


def test_align__raises_on_duplicated_person():
    table = pd.DataFrame({"FID": ["a", "a"], "IID": ["1", "1"], "x": [1.0, 2.0]})
    with pytest.raises(ValueError, match=r"'a', '1'.* twice"):
        align(SAMPLES, table)


def test_align__raises_on_no_overlap_with_examples():
    table = pd.DataFrame({"FID": ["0"], "IID": ["9"], "x": [1.0]})
    with pytest.raises(ValueError, match=r"nobody in it has genotypes.* 0 9.* a 1"):
        align(SAMPLES, table)


def test_align__names_the_file(write):
    table = read_phenotype(write("#FID IID x\n0 9 1\n"))
    with pytest.raises(ValueError, match=r"a cohort \[1\]\.pheno: nobody in it"):
        align(SAMPLES, table)


def test_read_phenotypes__all_named_and_ranges(write):
    path = write("#FID IID a b c d\nf1 i1 1 2 3 4\nf2 i2 5 6 7 NA\n")
    assert list(read_phenotypes(path)) == ["FID", "IID", "a", "b", "c", "d"]
    found = read_phenotypes(path, ["c-d", "a"])
    assert list(found) == ["FID", "IID", "c", "d", "a"]
    np.testing.assert_array_equal(found["d"], [4, np.nan])
    with pytest.raises(ValueError, match=r"'b-c' is 2 phenotypes.*expected one"):
        read_phenotype(path, "b-c")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("0 1 2", [np.nan, 1, 2]),
        ("0 2 2", [np.nan, 2, 2]),
        ("0 1 1", [0, 1, 1]),
        ("1 2 -9", [1, 2, np.nan]),
        ("0 1 3", [0, 1, 3]),
    ],
)
def test_read_phenotypes__zero_is_missing_where_plink_says_so(write, values, expected):
    rows = (f"f i{n} {x}" for n, x in enumerate(values.split()))
    found = read_phenotypes(write("#FID IID sick\n" + "\n".join(rows) + "\n"))
    np.testing.assert_array_equal(found["sick"], expected)
    notes = found.attrs["notes"]
    assert len(notes) == (values[0] == "0" and "2" in values)
    assert all("0 missing (1 people)" in note for note in notes)


def test_read_fam_phenotype__is_column_6(write):
    table = read_fam_phenotype(write("f i 0 0 1 2\nf j 0 0 2 -9\ng i 0 0 0 1\n"))
    assert list(table) == ["FID", "IID", "PHENO1"]
    np.testing.assert_array_equal(table["PHENO1"], [2, np.nan, 1])
    with pytest.raises(ValueError, match="5 columns; expected 6"):
        read_fam_phenotype(write("f i 0 0 1\n"))

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gxjax.report import format_composite, read_table, write_table


def test_write_table__is_plink_like(tmp_path):
    table = pd.DataFrame(
        {"CHROM": ["1"], "POS": [5], "ID": ["rs1"], "value": [1 / 3], "odd": [np.nan]}
    )
    write_table(table, tmp_path / "a.tsv")
    text = (tmp_path / "a.tsv").read_text()
    assert text == "#CHROM\tPOS\tID\tvalue\todd\n1\t5\trs1\t0.333333\tNA\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.tsv"]


def test_read_table__keeps_ids_as_text_and_numbers_as_numbers(tmp_path):
    table = pd.DataFrame(
        {
            "CHROM": ["01", "X"],
            "ID": ["007", "NA"],
            "partner": [None, '"q"'],
            "k": [1, 2],
            "value": [0.5, np.nan],
            "stopped": [True, False],
        }
    )
    write_table(table, tmp_path / "a.tsv")
    table["partner"] = ["", '"q"']
    pd.testing.assert_frame_equal(read_table(tmp_path / "a.tsv"), table)


words = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=8
)


@given(st.lists(st.tuples(words, st.integers(0, 2**40)), min_size=1, max_size=5))
def test_read_table__inverts_write_table(tmp_path_factory, rows):
    table = pd.DataFrame(rows, columns=["ID", "POS"])
    path = tmp_path_factory.mktemp("any") / "a.tsv"
    write_table(table, path)
    pd.testing.assert_frame_equal(read_table(path), table)


def test_write_table__raises_on_tab_and_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.tsv"
    write_table(pd.DataFrame({"ID": ["old"]}), path)
    with pytest.raises(ValueError, match=r"a\.tsv: a text value holds a tab"):
        write_table(pd.DataFrame({"ID": ["a\tb"], "k": [1]}), path)
    assert path.read_text() == "ID\nold\n"
    assert list(tmp_path.iterdir()) == [path]


def test_write_table__raises_on_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        write_table(pd.DataFrame({"k": [1]}), tmp_path / "nowhere" / "a.tsv")


def test_read_table__raises_on_empty_file(tmp_path):
    (tmp_path / "a.tsv").write_text("")
    with pytest.raises(ValueError, match=r"a\.tsv: empty file"):
        read_table(tmp_path / "a.tsv")


def test_format_composite__fits_the_terminal(tables):
    table = tables["composite"]
    table.loc[3, "method"] = "a_method_with_a_very_long_name_of_its_own"
    table.loc[4, ["value", "lower", "upper", "stability"]] = np.nan
    table.loc[4, "rank"] = 99
    lines = format_composite(table.sample(frac=1, random_state=1)).split("\n")
    assert max(map(len, lines)) <= 88
    assert len(lines) == 13
    assert lines[1].split()[:5] == ["1", "Saliency", "none", "0.620", "[0.590,"]
    assert "…" in lines[4]
    assert lines[-1].startswith("- ")
    assert "- [-, -]" in lines[-1]


def test_format_composite__raises_on_missing_column(tables):
    with pytest.raises(ValueError, match="composite: no column recall; found"):
        format_composite(tables["composite"].drop(columns="recall"))

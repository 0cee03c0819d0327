import numpy as np
import pandas as pd
import pytest

from gxjax.cohort.uk_biobank.people import (
    UKB_FILTERS,
    choose_ukb_people,
    read_withdrawals,
)


@pytest.fixture
def people():
    """1 withdrawn, 2 of another sex, 3 aneuploidy, 4 related, 5 of another group."""
    table = pd.DataFrame(
        {
            "31": [0, 1, 0, 1, 0, 1, 0, 1, 0.0],
            "22001": [0, 1, 0, 0, 0, 1, 0, np.nan, 0],
            "22019": [np.nan] * 4 + [1] + [np.nan] * 4,
            "22020": [1] * 5 + [np.nan] + [1] * 3,
            "22006": [1] * 6 + [np.nan] + [1] * 2,
        },
        index=pd.Index([-2, 0, 1, 2, 3, 4, 5, 6, 7], name="eid"),
    )
    table.attrs["file"] = "ukb.csv"
    return table


def test_choose_ukb_people__counts_whom_each_filter_removed(people):
    left, table = choose_ukb_people(people, list(UKB_FILTERS), {1, 99})
    assert people.index[left].tolist() == [6, 7]
    assert table.values.tolist() == [
        ["in the data set", 0, 9],
        ["eid below 1", 2, 7],
        ["withdrawals", 1, 6],
        ["check_sex", 1, 5],
        ["remove_aneuploidy", 1, 4],
        ["unrelated", 1, 3],
        ["white_british", 1, 2],
    ]


@pytest.mark.parametrize("off", UKB_FILTERS)
def test_choose_ukb_people__each_filter_can_be_left_out(people, off):
    filters = [name for name in UKB_FILTERS if name != off]
    left, table = choose_ukb_people(people, filters)
    more = {"check_sex": 2, "remove_aneuploidy": 3, "unrelated": 4, "white_british": 5}
    assert people.index[left].tolist() == sorted([1, more[off], 6, 7])
    assert off not in table["filter"].tolist()


def test_choose_ukb_people__raises_where_nobody_is_left(people):
    with pytest.raises(ValueError, match=r"ukb\.csv: nobody is left; unrelated alone"):
        choose_ukb_people(people.assign(**{"22020": np.nan}), ["unrelated"])
    with pytest.raises(ValueError, match="filter 'related'; expected some of"):
        choose_ukb_people(people, ["related"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1\n22\n", {1, 22}),
        ("eid\r\n1\r\n\r\n22", {1, 22}),
        ('"1",x\n22 22\n', {1, 22}),
        ("", set()),
    ],
)
def test_read_withdrawals__as_they_come(tmp_path, text, expected):
    path = tmp_path / "w.csv"
    path.write_text(text, newline="")
    assert read_withdrawals(path) == expected


def test_read_withdrawals__raises_on_text(tmp_path):
    path = tmp_path / "w.csv"
    path.write_text("1\nx2\n")
    with pytest.raises(
        ValueError, match=r"w\.csv, line 2: found 'x2'; expected an eid"
    ):
        read_withdrawals(path)

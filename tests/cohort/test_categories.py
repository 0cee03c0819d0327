import numpy as np
import pandas as pd
import pytest

from gxjax.cohort.categories import drop_lone, split_categories


def table(*site, **more):
    return pd.DataFrame({"site": np.array(site, object), **more})


def test_split_categories__leaves_out_the_commonest():
    given = table("Leeds", "bath", np.nan, "Leeds", "Oxford", "bath", "Leeds", age=7.0)
    found, notes = split_categories(given, np.ones(7, bool))
    assert list(found) == ["site=bath", "site=Oxford", "age"]
    np.testing.assert_array_equal(found["site=bath"], [0, 1, np.nan, 0, 0, 1, 0])
    np.testing.assert_array_equal(found["site=Oxford"], [0, 0, np.nan, 0, 1, 0, 0])
    assert (found.dtypes == np.float64).all()
    assert notes == []
    assert list(given) == ["site", "age"]


def test_split_categories__of_equally_common_ones_omits_the_first_by_name():
    found, _ = split_categories(table(*["b10", "b9", "C"] * 2), np.ones(6, bool))
    assert list(found) == ["site=b10", "site=C"]


def test_split_categories__are_those_of_train():
    given = table("a", "a", "b", "b", "a", "c", "b", "b")
    train = np.arange(8) < 5
    found, notes = split_categories(given, train)
    assert list(found) == ["site=b"]
    assert found["site=b"].tolist() == [0, 0, 1, 1, 0, 0, 1, 1]
    assert notes == [
        "site: 1 people are in categories that TRAIN lacks, such as 'c'; they count as "
        "in the commonest."
    ]


def test_split_categories__raises_on_an_id():
    with pytest.raises(ValueError, match=r"'site' has 4 categories.*for 6 people"):
        split_categories(table("a", "a", "a", "b", "c", "d"), np.ones(6, bool))
    many = [f"s{i}" for i in range(1001)] * 2
    with pytest.raises(ValueError, match=r"1001 categories.*expected at most 1000"):
        split_categories(table(*many), np.ones(2002, bool))


def test_split_categories__raises_on_two_columns_of_one_name():
    given = table(*"aabb", **{"site=b": 1.0})
    with pytest.raises(ValueError, match="'site=b' is there twice"):
        split_categories(given, np.ones(4, bool))


def test_drop_lone__until_nobody_is_alone():
    given = table("a", "a", "b", "c", "c", np.nan)
    given["batch"] = np.array(["x", "x", "y", "y", "x", "x"], object)
    everyone = np.ones(6, bool)
    # Without the only b, nobody shares batch y; and then site c has one person.
    assert drop_lone(given, everyone).tolist() == [
        True,
        True,
        False,
        False,
        False,
        True,
    ]
    assert everyone.all()
    assert drop_lone(given[["site"]], everyone)[4]

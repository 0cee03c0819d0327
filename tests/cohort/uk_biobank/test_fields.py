import pytest

from gxjax.cohort.uk_biobank.fields import UkbColumn, find_eid, find_fields


@pytest.mark.parametrize(
    "names",
    [
        ["eid", "50-1.0", "22009-0.2", "50-0.0", "22009-0.1"],
        ["f.eid", "f.50.1.0", "f.22009.0.2", "f.50.0.0", "f.22009.0.1"],
        ["participant.eid", "participant.p50_i1", "participant.p22009_a2",
         "participant.p50_i0", "participant.p22009_a1"],
        ["eid", "p50_i1", "p22009_a2", "p50_i0", "p22009_a1"],
    ],
)  # fmt: skip
def test_find_fields__knows_every_notation(names):
    assert find_eid("x.csv", names) == 0
    assert find_fields("x.csv", names, [50, 22009]) == {
        50: [UkbColumn(0, 0, 3), UkbColumn(1, 0, 1)],
        22009: [UkbColumn(0, 1, 4), UkbColumn(0, 2, 2)],
    }


def test_find_fields__a_field_without_instance():
    assert find_fields("x", ["eid", "p31"], [31]) == {31: [UkbColumn(0, 0, 1)]}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["eid", "51-0.0", "5001-0.0", "9-0.0"], r"field 50; it has 3.*the nearest 5"),
        (["eid", "height"], r"no column is named as 50-0\.0, f\.50\.0\.0 or p50_i0"),
        (["eid", "50-0.0", "50-0.0"], r"columns 2 and 3 are both '50-0\.0'"),
        (["eid", "1550-0.0x", "150-0.0"], "no column of field 50"),
    ],
)
def test_find_fields__raises_on_what_is_not_there(names, message):
    with pytest.raises(ValueError, match=rf"x\.csv: .*{message}"):
        find_fields("x.csv", names, [50])


@pytest.mark.parametrize("names", [["id", "50-0.0"], ["eid", "f.eid"]])
def test_find_eid__raises_where_there_is_not_one(names):
    with pytest.raises(ValueError, match=r"x\.csv: [02] columns named eid"):
        find_eid("x.csv", names)

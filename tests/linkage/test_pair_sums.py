import numpy as np
import pytest

from gxjax.linkage.copy_groups import founders
from gxjax.linkage.pair_sums import PairSummer, PairSums


def expected(sums, codes, source, people, chromosome):
    """By PLINK 2's rules, spelled out anew."""
    male = source.samples["SEX"].to_numpy() == 1
    lost = {"X": male, "Y": male, "MT": np.ones_like(male)}.get(chromosome)
    if lost is not None:
        codes = np.where(lost[:, None] & (codes == 1), 3, codes)
    weight = {"X": np.where(male, 1, 2), "Y": male * 1}.get(chromosome, 1 + 0 * male)
    return sums(codes, weight * people)


@pytest.mark.parametrize("chromosome", ["1", "X", "Y", "MT", "XY"])
@pytest.mark.parametrize("missing", [0, 0.05])
def test_pair_summer__equals_plain_sums(cohort, sums, chromosome, missing):
    source, codes = cohort(1, {chromosome: 40}, missing=missing)
    people = founders(source.samples)
    summer = PairSummer(source, people)
    rows, columns = np.array([0, 3, 4, 30]), np.arange(2, 39, 2)
    octets = summer.read(rows), summer.read(columns)
    wanted = PairSums(*expected(sums, codes, source, people, chromosome))
    found = summer.products(*octets, chromosome, both=True)
    for name, each in found._asdict().items():
        grid = getattr(wanted, name)[np.ix_(rows, columns)]
        np.testing.assert_array_equal(each, grid, err_msg=name)
    pairs = summer.pairs(octets[0], octets[1][:4], chromosome)
    for name, each in pairs._asdict().items():
        diagonal = getattr(wanted, name)[rows, columns[:4]]
        np.testing.assert_array_equal(each, diagonal, err_msg=name)


def test_pair_summer__people_beyond_a_tile(cohort, sums):
    source, codes = cohort(2, {"1": 6}, people=9001)
    people = founders(source.samples)
    summer = PairSummer(source, people)
    octets = summer.read(np.arange(6))
    found = summer.products(octets, octets, "1", both=True)
    for each, other in zip(found, sums(codes, people * 1.0), strict=True):
        np.testing.assert_array_equal(each, other)


def test_pair_summer__reads_parts_of_a_selection(cohort):
    source, _ = cohort(3)
    whole = PairSummer(source, np.ones(150, bool)).read(np.arange(len(source.variants)))
    chosen = np.array([2, 3, 9, 70, 71, 199])
    part = PairSummer(source.select(variants=chosen), np.ones(150, bool))
    np.testing.assert_array_equal(part.read(np.array([1, 2, 5])), whole[[3, 9, 199]])
    assert part.read(np.array([], np.int64)).shape == (0, source.width)


def test_pair_summer__raises_when_nobody_counts(cohort):
    source, _ = cohort(5, {"1": 6})
    with pytest.raises(ValueError, match="people: 0 take part"):
        PairSummer(source, np.zeros(150, bool))

"""Neighbours in LD beside a plain correlation of dosages."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gxjax.genotypes import open_bed_source, open_store, write_store
from gxjax.genotypes.packed import byte_codes
from gxjax.linkage import (
    Window,
    find_neighbours,
    join_neighbours,
    packed_source,
    pad_neighbours,
)
from gxjax.types import Neighbours

PEOPLE, COUNT = 60, 90
SIZES = {"1": 50, "2": 40}


@pytest.fixture
def codes(linked_codes):
    """uint8 [N, V]; variant 5 does not vary, 70 is a copy of 69."""
    found = linked_codes(PEOPLE, COUNT, seed=3)
    found[:, 5] = 1
    found[:, 70] = found[:, 69]
    return found


@pytest.fixture
def genotypes(make_genotypes, codes):
    """Two chromosomes, 1 kb between variants."""
    return make_genotypes(
        codes,
        CHROM=np.repeat(list(SIZES), list(SIZES.values())),
        POS=1000 * np.arange(1, COUNT + 1),
    )


def dense(neighbours):
    """float [V, V], 0 where there is no neighbour."""
    starts, columns, r2 = neighbours
    found = np.zeros((len(starts) - 1,) * 2)
    found[np.repeat(np.arange(len(found)), np.diff(starts)), columns] = r2
    return found


def oracle(codes, r2, reach):
    """By numpy.corrcoef, pair by pair."""
    found = np.zeros((COUNT, COUNT))
    chromosome = np.repeat(np.arange(2), list(SIZES.values()))
    for i in range(COUNT):
        for j in range(COUNT):
            both = (codes[:, i] < 3) & (codes[:, j] < 3)
            x, y = codes[both, i].astype(float), codes[both, j].astype(float)
            near = chromosome[i] == chromosome[j] and 0 < abs(i - j) <= reach
            if near and x.std() > 0 and y.std() > 0:
                square = np.corrcoef(x, y)[0, 1] ** 2
                found[i, j] = square if square >= r2 else 0
    return found


def test_find_neighbours__agrees_with_corrcoef(genotypes, codes):
    found = find_neighbours(genotypes, Window(kb=8), r2=0.2)
    expected = oracle(codes, 0.2, 8)
    assert 100 < np.count_nonzero(expected) < COUNT * 16
    assert_allclose(dense(found), expected, atol=1e-6)
    assert expected[5].sum() == 0
    assert_allclose(expected[69, 70], 1)
    for row in range(COUNT):
        near = found.columns[found.starts[row] : found.starts[row + 1]]
        assert (np.diff(near) > 0).all()
    assert [part.dtype.name for part in found] == ["int64", "int32", "float32"]


def test_find_neighbours__counts_variants_of_a_window(genotypes, codes):
    found = find_neighbours(genotypes, Window(variants=5), r2=0.1)
    assert_allclose(dense(found), oracle(codes, 0.1, 4), atol=1e-6)


def test_find_neighbours__of_another_species(genotypes, codes):
    """Its chromosome 24 is no Y, which women have not."""
    women = genotypes.samples.assign(SEX=2)
    variants = genotypes.variants.replace({"CHROM": {"1": "24"}})
    given = genotypes._replace(samples=women, variants=variants)
    found = find_neighbours(given, Window(kb=8), r2=0.2, chr_set=29)
    assert_allclose(dense(found), oracle(codes, 0.2, 8), atol=1e-6)
    human = find_neighbours(given, Window(kb=8), r2=0.2)
    assert human.starts[50] == 0 < found.starts[50]


def test_find_neighbours__of_some_people_whoever_their_parents(genotypes, codes):
    people = np.arange(PEOPLE) % 3 != 0
    samples = genotypes.samples.assign(PAT="someone")
    given = genotypes._replace(samples=samples)
    expected = oracle(codes[people], 0.3, 8)
    for chosen in (people, np.flatnonzero(people)):
        found = find_neighbours(given, Window(kb=8), r2=0.3, people=chosen)
        assert_allclose(dense(found), expected, atol=1e-6)


def test_find_neighbours__is_the_same_from_files_stores_and_bytes(
    genotypes, codes, write_fileset, tmp_path, monkeypatch
):
    window, people = Window(kb=8), np.arange(0, PEOPLE, 2)
    expected = find_neighbours(genotypes, window, people=people)
    write_store(genotypes.packed, tmp_path / "store")
    sources = [
        genotypes._replace(packed=open_store(tmp_path / "store")),
        genotypes._replace(packed=byte_codes(codes), bits=8),
        open_bed_source(write_fileset(genotypes, codes)),
    ]
    for source in sources:
        for part, other in zip(
            expected, find_neighbours(source, window, people=people), strict=True
        ):
            assert_array_equal(part, other)
    # Strips narrower than a window.
    monkeypatch.setattr(packed_source, "_STRIP_BYTES", 1)
    monkeypatch.setattr(packed_source, "_FEWEST_VARIANTS", 8)
    again = find_neighbours(genotypes, window, people=people)
    assert_array_equal(again.columns, expected.columns)
    assert_array_equal(again.r2, expected.r2)


def test_find_neighbours__says_how_far_it_is(genotypes):
    calls = []
    find_neighbours(genotypes, Window(kb=1), progress=lambda *each: calls.append(each))
    assert calls[-1][:2] == (COUNT, COUNT)


def test_find_neighbours__of_unlinked_variants_is_empty(make_genotypes, random_codes):
    codes = random_codes(400, 12)
    found = find_neighbours(make_genotypes(codes), Window(kb=1), r2=0.5)
    assert_array_equal(found.starts, np.zeros(13))
    assert len(found.columns) == len(found.r2) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"r2": 0}, "r2: found 0"),
        ({"people": np.zeros(PEOPLE, bool)}, "people: .* one at least"),
        ({"people": np.array([1, 1])}, "people: not increasing"),
        ({"people": np.array([PEOPLE])}, "people: .* outside 0 to 59"),
    ],
)
def test_find_neighbours__raises_on_wrong_arguments(genotypes, words, message):
    with pytest.raises(ValueError, match=message):
        find_neighbours(genotypes, Window(kb=1), **words)


LINKED = Neighbours(
    np.array([0, 1, 2, 2]), np.array([1, 0], np.int32), np.array([0.5] * 2, np.float32)
)


def test_pad_neighbours__gives_none_to_more_columns():
    found = pad_neighbours(LINKED, 5)
    assert_array_equal(found.starts, [0, 1, 2, 2, 2, 2])
    assert_array_equal(found.columns, LINKED.columns)
    with pytest.raises(ValueError, match="columns: found 2; expected at least 3"):
        pad_neighbours(LINKED, 2)


def test_join_neighbours__links_each_side_with_itself_only():
    found = join_neighbours(LINKED, pad_neighbours(LINKED, 4))
    assert_array_equal(found.starts, [0, 1, 2, 2, 3, 4, 4, 4])
    assert_array_equal(found.columns, [1, 0, 4, 3])
    assert_array_equal(found.r2, [0.5] * 4)
    assert found.columns.dtype == np.int32

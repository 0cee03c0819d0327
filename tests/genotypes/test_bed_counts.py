"""Counts on `.bed` files against counting the unpacked codes."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from gxjax.genotypes import (
    bed_counts,
    count_bed_codes,
    count_bed_missing,
    open_bed_source,
    pack,
    write_plink,
)
from gxjax.types import Genotypes


def naive(codes):
    return np.stack([(codes == code).sum(axis=0) for code in range(4)], axis=1)


@pytest.fixture
def write(tmp_path):
    """`(codes, widths) -> prefix` of filesets of so many variants each."""

    def call(codes, *widths):
        names = [f"{number:04d}" for number in range(len(codes))]
        samples = pd.DataFrame({"FID": names, "IID": names, "PAT": "0", "MAT": "0"})
        samples["SEX"] = np.int8(1)
        bounds = np.cumsum([0, *(widths or [codes.shape[1]])])
        for number, (left, right) in enumerate(pairwise(bounds)):
            places = np.arange(left, right)
            variants = pd.DataFrame({"CHROM": str(number + 1), "POS": places})
            variants["ID"] = [f"v{place}" for place in places]
            variants[["A1", "A2"]] = ["C", "T"]
            variants["CM"] = 0.0
            genotypes = Genotypes(pack(codes[:, left:right]), variants, samples)
            write_plink(genotypes, tmp_path / f"chr{number + 1}")
        return f"{tmp_path}/chr@"

    return call


@pytest.mark.parametrize("shape", [(1, 1), (31, 5), (32, 8), (33, 300), (1023, 13)])
@pytest.mark.parametrize("tile", [1, 64, 1 << 19])
def test_count_bed_codes__equals_naive(write, monkeypatch, shape, tile):
    monkeypatch.setattr(bed_counts, "_TILE", tile)
    codes = np.random.default_rng(0).integers(0, 4, shape, dtype=np.uint8)
    (found,) = count_bed_codes(open_bed_source(write(codes)))
    np.testing.assert_array_equal(found, naive(codes))


def test_count_bed_codes__counts_groups_of_people_in_what_is_kept(write, monkeypatch):
    monkeypatch.setattr(bed_counts, "_TILE", 50)
    codes = np.random.default_rng(1).integers(0, 4, (77, 60), dtype=np.uint8)
    source = open_bed_source(write(codes, 20, 1, 39))
    people, variants = np.arange(3, 77, 2), np.r_[0:19, 20:22, 30:60:3]
    groups = [np.arange(37) % 3 == rest for rest in (0, 1)] + [np.zeros(37, bool)]
    calls = []
    found = count_bed_codes(
        source.select(people, variants), groups, lambda *call: calls.append(call)
    )
    for group, counts in zip(groups, found, strict=True):
        expected = naive(codes[people[group]][:, variants])
        np.testing.assert_array_equal(counts, expected)
    assert calls[-1][:2] == (len(variants), len(variants))
    assert len(calls) > 5


def test_count_bed_codes__raises_on_people_who_are_numbers(write):
    source = open_bed_source(write(np.zeros((5, 4), np.uint8)))
    with pytest.raises(AssertionError):
        count_bed_codes(source, [np.array([0, 1])])


@pytest.mark.parametrize("code", range(4))
def test_count_bed_missing__does_not_overflow(write, code):
    codes = np.full((5, 700), code, np.uint8)
    codes[2] = 0
    found = count_bed_missing(open_bed_source(write(codes)))
    np.testing.assert_array_equal(found, (codes == 3).sum(axis=1))


def test_count_bed_missing__equals_naive_in_what_is_kept(write, monkeypatch):
    monkeypatch.setattr(bed_counts, "_VARIANTS", 7)
    monkeypatch.setattr(bed_counts, "_BYTES", 3)
    codes = np.random.default_rng(2).integers(0, 4, (41, 50), dtype=np.uint8)
    source = open_bed_source(write(codes, 9, 41))
    people, variants = np.r_[1:30, 35], np.r_[2:9, 9:50:2]
    found = count_bed_missing(source.select(people, variants))
    expected = (codes[people][:, variants] == 3).sum(axis=1)
    np.testing.assert_array_equal(found, expected)

"""Dosages beside a `.bed`: what is read of them, and files that can not be theirs."""

import numpy as np
import pytest

from gxjax.genotypes import open_bed_source, unpack, write_plink
from gxjax.genotypes.dosage_source import dosage_block, sum_bed_dosages
from gxjax.genotypes.packed import byte_codes

PEOPLE, VARIANTS = 61, 40


@pytest.fixture
def codes():
    """8-bit codes of every value, uint8 [N, V]."""
    return np.random.default_rng(0).integers(0, 256, (PEOPLE, VARIANTS), np.uint8)


@pytest.fixture
def write(make_genotypes, random_codes, tmp_path):
    """`write(name, codes or None) -> hard calls` of a fileset with such dosages."""

    def call(name, codes=None, count=VARIANTS):
        calls = random_codes(PEOPLE, count, missing=0.1)
        write_plink(make_genotypes(calls), tmp_path / name)
        if codes is not None:
            (tmp_path / f"{name}.dosages").write_bytes(codes.T.tobytes())
        return calls

    return call


def test_dosage_block__of_some_people_and_variants(write, codes, tmp_path):
    write("x", codes)
    source = open_bed_source(tmp_path / "x")
    assert source.bits == 8
    people = np.array([3, 4, 9, 10, 60])
    variants = np.array([0, 7, 8, 30, 39])
    chosen = source.select(people, variants)
    found = dosage_block(chosen, 1, 5, slice(1, 4))
    np.testing.assert_array_equal(found, codes[people[1:4]][:, variants[1:5]].T)
    whole = dosage_block(source, 0, VARIANTS, slice(0, PEOPLE))
    np.testing.assert_array_equal(whole, codes.T)


def test_dosage_block__hard_calls_of_files_without_dosages(write, codes, tmp_path):
    calls = write("a", count=7)
    write("b", codes)
    source = open_bed_source([tmp_path / "a", tmp_path / "b"])
    expected = np.concatenate([byte_codes(calls), codes], axis=1)
    people = np.array([2, 5, 6, 7, 59])
    found = dosage_block(source.select(people), 3, 12, slice(1, 5))
    np.testing.assert_array_equal(found, expected[people[1:]][:, 3:12].T)


def test_sum_bed_dosages__equal_plain_ones(write, codes, tmp_path, monkeypatch):
    monkeypatch.setattr("gxjax.genotypes.dosage_source._BYTES", 7 * PEOPLE)
    codes[:, 4], codes[:, 5] = 255, 13
    write("x", codes)
    groups = [np.ones(PEOPLE, bool), np.arange(PEOPLE) % 3 == 1, np.zeros(PEOPLE, bool)]
    done = []
    found = sum_bed_dosages(
        open_bed_source(tmp_path / "x"), groups, lambda *step: done.append(step[:2])
    )
    for group, sums in zip(groups, found, strict=True):
        values = np.where(codes == 255, np.nan, codes / 127)[group]
        called = ~np.isnan(values)
        np.testing.assert_array_equal(sums.called, called.sum(axis=0))
        np.testing.assert_allclose(sums.copies, np.nansum(values, axis=0), rtol=1e-12)
        distinct = [len(np.unique(column[~np.isnan(column)])) for column in values.T]
        np.testing.assert_array_equal(sums.varies, np.array(distinct) > 1)
    assert done[0] == (7, VARIANTS)
    assert done[-1] == (VARIANTS, VARIANTS)


def test_open_bed_source__without_dosages_has_two_bits(write, tmp_path):
    calls = write("x")
    source = open_bed_source(tmp_path / "x")
    assert source.bits == 2
    assert "dosages" not in source.fingerprint
    np.testing.assert_array_equal(
        dosage_block(source, 0, VARIANTS, slice(0, PEOPLE)), byte_codes(calls).T
    )


@pytest.mark.parametrize("change", [-1, 1, 61])
def test_open_bed_source__raises_on_dosages_of_another_size(
    write, codes, tmp_path, change
):
    write("x", codes)
    path = tmp_path / "x.dosages"
    octets = path.read_bytes() + bytes(61)
    path.write_bytes(octets[: PEOPLE * VARIANTS + change])
    expected = rf"x\.dosages: {2440 + change} bytes; expected 2440, .*40 variants x 61"
    with pytest.raises(ValueError, match=expected):
        open_bed_source(tmp_path / "x")


def test_fingerprint__is_of_the_dosages_too(write, codes, tmp_path):
    write("x")
    before = open_bed_source(tmp_path / "x").fingerprint
    (tmp_path / "x.dosages").write_bytes(codes.T.tobytes())
    after = open_bed_source(tmp_path / "x").fingerprint
    assert before != after
    assert {name for name in after if after[name] != before.get(name)} == {"dosages"}


def test_unpack__of_eight_bits_is_what_is_there(codes):
    assert unpack(codes, VARIANTS, 8) is codes

"""A `.fam` with rows too many, which neither the size nor the padding betrays."""

from pathlib import Path

import numpy as np
import pytest

from gxjax.genotypes import bed_checks
from gxjax.genotypes.bed_checks import check_last_people, check_size, read_tails
from gxjax.genotypes.packed import pack
from gxjax.genotypes.transpose import to_bed

BED = Path("c.bed")


def octets_of(codes):
    """uint8 [V, ceil(N/4)] of genotype codes [N, V]."""
    return to_bed(pack(codes), codes.shape[1])


@pytest.fixture
def codes():
    return np.random.default_rng(0).integers(0, 4, (41, 100), dtype=np.uint8)


@pytest.mark.parametrize("surplus", [1, 2, 3])
def test_check_last_people__raises_on_people_who_are_padding(codes, surplus):
    with pytest.raises(ValueError, match=rf"c\.bed: the last {surplus} of the"):
        check_last_people(BED, octets_of(codes), 41 + surplus)


@pytest.mark.parametrize("people", [38, 39, 40, 41])
def test_check_last_people__accepts_people_with_genotypes(codes, people):
    check_last_people(BED, octets_of(codes[:people]), people)


def test_check_last_people__accepts_a_real_person_among_few_variants(codes):
    codes[-1] = 2
    check_last_people(BED, octets_of(codes[:, :20]), 41)


def test_check_last_people__accepts_a_person_like_others(codes):
    """Rare alleles only: whole people without one are nothing odd."""
    codes[20:] = 2
    check_last_people(BED, octets_of(codes[:40]), 40)


def test_check_size__says_that_the_file_is_too_long(tmp_path):
    bed = tmp_path / "c.bed"
    bed.write_bytes(bytes(3 + 7 * 3 + 1))
    with pytest.raises(ValueError, match=r"25 bytes; expected 24 .* It holds more"):
        check_size(bed, 7, 3, 11)


def test_check_size__says_how_many_people_would_fit(tmp_path):
    bed = tmp_path / "c.bed"
    bed.write_bytes(bytes(3 + 7 * 2))
    with pytest.raises(ValueError, match="fits 7 variants of 5 to 8 people"):
        check_size(bed, 7, 3, 11)


@pytest.mark.parametrize("width", [3, 16, 40])
@pytest.mark.parametrize("window", [1, 100, 1 << 25])
def test_read_tails__joins_its_windows(tmp_path, monkeypatch, width, window):
    monkeypatch.setattr(bed_checks, "_WINDOW", window)
    octets = np.random.default_rng(0).integers(0, 256, (13, width), dtype=np.uint8)
    bed = tmp_path / "c.bed"
    bed.write_bytes(bed_checks.MAGIC + octets.tobytes())
    np.testing.assert_array_equal(read_tails(bed, 13, width), octets[:, -16:])

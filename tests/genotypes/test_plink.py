"""Filesets: dosages against independent readers, and every defect refused."""

import shutil
import warnings

import numpy as np
import pandas as pd
import pytest

from gxjax.genotypes import (
    pack,
    read_plink,
    simulate_genotypes,
    unpack,
    write_plink,
)
from gxjax.types import Genotypes


def make(codes, chromosome="1"):
    people, count = codes.shape
    names = [f"{number:03d}" for number in range(people)]
    variants = pd.DataFrame(
        {
            "CHROM": chromosome,
            "POS": np.arange(100, 100 + count),
            "ID": [f"rs{chromosome}_{number}" for number in range(count)],
            "A1": "A",
            "A2": "G",
            "CM": 0.0,
        }
    )
    samples = pd.DataFrame(
        {
            "FID": names,
            "IID": names,
            "PAT": "0",
            "MAT": "0",
            "SEX": np.full(people, 1, np.int8),
        }
    )
    return Genotypes(pack(codes), variants, samples)


def assert_same(found, expected):
    np.testing.assert_array_equal(found.packed, expected.packed)
    pd.testing.assert_frame_equal(found.variants, expected.variants, check_exact=True)
    pd.testing.assert_frame_equal(found.samples, expected.samples)


@pytest.fixture
def cohort():
    return make(np.random.default_rng(0).integers(0, 4, (11, 7), dtype=np.uint8))


@pytest.fixture
def prefix(cohort, tmp_path):
    write_plink(cohort, tmp_path / "cohort")
    return tmp_path / "cohort"


def test_write_plink__equals_hand_computed_bytes(tmp_path):
    write_plink(make(np.array([[0, 3], [1, 2], [2, 0]], np.uint8)), tmp_path / "x")
    found = (tmp_path / "x.bed").read_bytes()
    assert found == bytes([0x6C, 0x1B, 0x01, 0b001011, 0b110001])


def test_read_plink__round_trip_is_exact(key, tmp_path):
    genotypes = simulate_genotypes(key, 31, 203)
    write_plink(genotypes, tmp_path / "x")
    assert_same(read_plink(tmp_path / "x"), genotypes)
    assert_same(read_plink(f"{tmp_path}/x.bed"), genotypes)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "x.bed",
        "x.bim",
        "x.fam",
    ]


def test_write_plink__crosses_blocks(cohort, tmp_path, monkeypatch):
    monkeypatch.setattr("gxjax.genotypes.plink._BYTES_PER_BLOCK", 1)
    write_plink(cohort, tmp_path / "x")
    assert_same(read_plink(tmp_path / "x"), cohort)


def test_write_plink__leaves_nothing_half_written(cohort, tmp_path):
    bad = cohort._replace(samples=cohort.samples.assign(FID="a b"))
    with pytest.raises(ValueError, match="white space"):
        write_plink(bad, tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_write_plink__raises_on_missing_folder(cohort, tmp_path):
    with pytest.raises(FileNotFoundError, match="no such folder"):
        write_plink(cohort, tmp_path / "no" / "x")


def test_read_plink__equals_bed_reader(cohort, prefix, peer):
    with peer("bed_reader").open_bed(f"{prefix}.bed", count_A1=True) as bed:
        expected = bed.read(dtype="int8")
    codes = unpack(read_plink(prefix).packed, 7).astype(np.int8)
    np.testing.assert_array_equal(np.where(codes == 3, -127, codes), expected)


def test_read_plink__equals_pandas_plink(prefix, peer):
    with warnings.catch_warnings():
        # pandas-plink 2.2.9 calls read_csv in a way that pandas 2 deprecates.
        warnings.simplefilter("ignore", FutureWarning)
        array = peer("pandas_plink").read_plink1_bin(
            *(f"{prefix}{suffix}" for suffix in (".bed", ".bim", ".fam")), verbose=False
        )
    codes = unpack(read_plink(prefix).packed, 7).astype(float)
    expected = np.where(codes == 3, np.nan, 2 - codes)
    np.testing.assert_array_equal(array.values, expected)


def test_read_plink__reads_what_plink2_makes(cohort, prefix, tmp_path, plink2):
    plink2("--bfile", prefix, "--make-bed", "--out", tmp_path / "made")
    made = read_plink(tmp_path / "made")
    np.testing.assert_array_equal(made.packed, cohort.packed)
    assert made.samples["IID"].tolist() == cohort.samples["IID"].tolist()
    assert made.variants["A1"].tolist() == cohort.variants["A1"].tolist()


def test_read_plink__accepts_spaces_brackets_and_dots_in_the_path(cohort, tmp_path):
    folder = tmp_path / "my [data] *?"
    folder.mkdir()
    write_plink(cohort, folder / "height v1.2 [a]")
    assert_same(read_plink(folder / "height v1.2 [a]"), cohort)
    shutil.move(folder / "height v1.2 [a].bed", folder / "chr1 [a].bed")
    for suffix in (".bim", ".fam"):
        shutil.move(folder / f"height v1.2 [a]{suffix}", folder / f"chr1 [a]{suffix}")
    assert_same(read_plink(folder / "chr@ [a]"), cohort)


@pytest.mark.parametrize("suffix", [".bed", ".bim", ".fam"])
def test_read_plink__raises_on_missing_file(prefix, suffix):
    prefix.with_suffix(suffix).unlink()
    with pytest.raises(
        FileNotFoundError, match=rf"cohort\{suffix}: no such file; a PL"
    ):
        read_plink(prefix)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (b"\x6c\x1b", "2 bytes; expected at least the 3 magic bytes"),
        (b"", "0 bytes; expected"),
        (b"\x6c\x1b\x00" + bytes(21), "sample-major .* plink2 --make-bed"),
        (b"\x6c\x1b\x10" + bytes(21), "begins with 6c 1b 10; expected 6c 1b 01"),
        (b"BGZF" + bytes(20), "begins with 42 47 5a; expected 6c 1b 01"),
    ],
)
def test_read_plink__raises_on_wrong_magic(prefix, head, message):
    prefix.with_suffix(".bed").write_bytes(head)
    with pytest.raises(ValueError, match=message):
        read_plink(prefix)


def test_read_plink__raises_on_truncated_bed(prefix):
    bed = prefix.with_suffix(".bed")
    bed.write_bytes(bed.read_bytes()[:-1])
    with pytest.raises(ValueError, match="23 bytes; expected 24 for the 7 variants"):
        read_plink(prefix)


@pytest.mark.parametrize("change", [-1, 1])
def test_read_plink__raises_on_other_count_of_variants(prefix, change):
    bed = prefix.with_suffix(".bed")
    octets = bed.read_bytes()
    bed.write_bytes(octets[:-3] if change < 0 else octets + bytes(3))
    with pytest.raises(ValueError, match=f"fits {7 + change} variants of 11 people"):
        read_plink(prefix)


def test_read_plink__raises_on_fam_one_row_short(prefix):
    fam = prefix.with_suffix(".fam")
    fam.write_text("".join(fam.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(ValueError, match=r"behind the last of the 10 people .* lacks"):
        read_plink(prefix)


@pytest.fixture
def chromosomes(tmp_path):
    random = np.random.default_rng(3)
    parts = {
        name: make(random.integers(0, 4, (5, count), dtype=np.uint8), name)
        for name, count in {"10": 3, "2": 6, "X": 5}.items()
    }
    for name, part in parts.items():
        write_plink(part, tmp_path / f"chr{name}")
    return parts


def test_read_plink__joins_chromosomes_in_genomic_order(chromosomes, tmp_path):
    found = read_plink(f"{tmp_path}/chr@")
    parts = [chromosomes[name] for name in ("2", "10", "X")]
    assert found.variants["ID"].tolist() == [
        name for part in parts for name in part.variants["ID"]
    ]
    codes = [unpack(part.packed, len(part.variants)) for part in parts]
    np.testing.assert_array_equal(unpack(found.packed, 14), np.hstack(codes))


def test_read_plink__raises_on_chromosome_without_its_bed(chromosomes, tmp_path):
    (tmp_path / "chr10.bed").unlink()
    with pytest.raises(FileNotFoundError, match=r"chr10\.bed: no such file"):
        read_plink(f"{tmp_path}/chr@")


def test_read_plink__raises_on_different_people(chromosomes, tmp_path):
    fam = tmp_path / "chrX.fam"
    fam.write_text(fam.read_text().replace("003\t003", "003\t999"))
    with pytest.raises(ValueError, match=r"chrX\.fam: person 4 is 003 999 .* 003 003"):
        read_plink(f"{tmp_path}/chr@")


def test_read_plink__raises_on_more_people_in_one_chromosome(chromosomes, tmp_path):
    codes = np.zeros((6, 2), np.uint8)
    write_plink(make(codes, "22"), tmp_path / "chr22")
    with pytest.raises(ValueError, match=r"chr22\.fam: person 6 is 005 .* no person"):
        read_plink(f"{tmp_path}/chr@")

"""Plain, gzip, bgzip, zstd; UTF-8 and Latin-1; every newline; nothing else."""

import gzip

import numpy as np
import pandas as pd
import pyarrow
import pytest

from gxjax.cohort import align, read_phenotype
from gxjax.genotypes import open_bed_source, read_fam, read_plink
from gxjax.table_text import read_lines, read_rows, read_text, split_fields

TEXT = "#FID\tIID\tx\nMüller\t1\t0.5\nf2\t2\t1\n"


def zstd(octets):
    return pyarrow.compress(octets, codec="zstd", asbytes=True)


@pytest.fixture
def written(tmp_path):
    def write(octets, name="my table.txt"):
        path = tmp_path / name
        path.write_bytes(octets)
        return path

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd])
def test_read_text__whatever_the_file_is_packed_in(written, encoding, newline, pack):
    octets = TEXT.replace("\n", newline).encode(encoding)
    assert read_text(written(pack(octets))) == TEXT


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_read_text__joins_blocks_and_knows_them_by_content(written, pack):
    """As bgzip writes them, and under a name that says nothing."""
    blocks = pack(b"rs1\nr") + pack(b"s2\n")
    assert read_lines(written(blocks, "plain.txt")) == ["rs1", "rs2", ""]
    assert read_lines(written(b"rs1", "plain.gz")) == ["rs1"]


def test_fileset__of_packed_tables(
    make_genotypes, random_codes, write_fileset, plink2, tmp_path
):
    codes = random_codes(12, 8)
    prefix = write_fileset(make_genotypes(codes), codes)
    out = tmp_path / "packed"
    plink2("--bfile", prefix, "--make-bed", "vzs", "--out", out)
    packed = out.with_suffix(".bim.zst")
    assert packed.exists()
    assert not out.with_suffix(".bim").exists()
    fam = out.with_suffix(".fam")
    fam.with_name("packed.fam.gz").write_bytes(gzip.compress(fam.read_bytes()))
    fam.unlink()
    found, expected = read_plink(out), read_plink(prefix)
    np.testing.assert_array_equal(found.packed, expected.packed)
    pd.testing.assert_frame_equal(found.variants, expected.variants)
    pd.testing.assert_frame_equal(found.samples, expected.samples)
    same = open_bed_source(out).fingerprint
    packed.write_bytes(zstd(b"1 other 0 1 A G\n" * 8))
    assert open_bed_source(out).fingerprint != same


def test_read_text__of_plink2s_bgzip(
    make_genotypes, random_codes, write_fileset, plink2
):
    codes = random_codes(12, 8)
    prefix = write_fileset(make_genotypes(codes), codes)
    plink2("--bfile", prefix, "--export", "vcf", "bgz", "--out", prefix)
    lines = read_lines(prefix.with_suffix(".vcf.gz"))
    assert lines[0].startswith("##fileformat=VCF")
    assert len([line for line in lines if line and line[0] != "#"]) == 8


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
@pytest.mark.parametrize("keep", [5, 0.3, 0.99])
def test_read_text__raises_on_cut_compression(written, pack, keep):
    octets = pack(bytes(range(32, 127)) * 100)
    length = keep if keep > 1 else int(keep * len(octets))
    with pytest.raises(ValueError, match=r"my table\.txt: damaged or cut short"):
        read_text(written(octets[:length]))


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (b"rs1\nrs\x002\n", "the byte 0x00 on line 2, which no text has"),
        (b"\x6c\x1b\x01\xff", "a PLINK 1 .bed; expected a text table"),
        (b"PK\x03\x04abc", r"a zip archive, as Excel's \.xlsx"),
        ("rs1\n".encode("utf-16"), "UTF-16 text, as Windows programs write it"),
        (b"rs1\rrs2\rrs3", "line 1: a carriage return with no newline.*old Macs"),
        (b"rs1\r\nrs2\rrs3\r\n", "line 2: a carriage return"),
        (
            gzip.compress(gzip.compress(b"rs1", mtime=0), mtime=0),
            "the byte 0x1f on line 1",
        ),
    ],
)
def test_read_text__raises_on_what_is_no_text(written, octets, message):
    with pytest.raises(ValueError, match=rf"my table\.txt.*{message}"):
        read_text(written(octets))


def test_read_text__raises_on_no_file(tmp_path):
    for path in (tmp_path / "absent.txt", tmp_path):
        with pytest.raises(FileNotFoundError, match="no such file"):
            read_text(path)


def test_read_text__of_any_bytes_loses_none(written):
    """No two ids become one, whatever 8-bit encoding they are in."""
    letters = bytes({*range(33, 256)} - {127})
    assert read_text(written(letters)).encode("latin-1") == letters


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\x85"])
def test_split_fields__at_tabs_and_spaces_alone(space):
    assert split_fields(f" a{space}b\tc  d ") == [f"a{space}b", "c", "d"]


def test_ids__in_two_encodings_are_the_same_person(written):
    fam = written("Müller ß 0 0 1 -9\nf2 2 0 0 2 -9\n".encode("latin-1"), "c.fam")
    pheno = written("Müller ß 0.5\nf2 2 1\n".encode(), "c.pheno")
    assert align(read_fam(fam), read_phenotype(pheno))["PHENO1"].tolist() == [0.5, 1]


def test_read_rows__keeps_empty_fields_and_drops_trailing_tabs(written):
    path = written(b"FID\tIID\tx\t\n\nf\ti\t\t\ng\tj \t1\t\n")
    table = read_rows(path, "people")
    assert table.values.tolist() == [["FID", "IID", "x"], ["f", "i", ""], list("gj1")]
    assert list(table.index) == [1, 3, 4]


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (b" \n\t\n", "the file is empty; expected people"),
        (b"a,b\n1,2\n", "the first line has commas"),
        (b"a;b\n1;2\n", "the first line has semicolons"),
        (b"a b\n\n1 2 3\n", "line 3: 3 fields; expected 2 as in the first line"),
    ],
)
def test_read_rows__raises_on_what_is_no_table(written, octets, message):
    with pytest.raises(ValueError, match=rf"my table\.txt.*{message}"):
        read_rows(written(octets), "people")

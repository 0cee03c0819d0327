"""The cohort stage on tables as users have them: packed, in Latin-1, or wrong."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pyarrow
import pytest

from experiments import flags
from experiments.prepare_cohort import run
from experiments.records import load_cohort
from experiments.workdir import Workdir

SUFFIXES = (".bed", ".bim", ".fam", ".pheno", ".covar")


@pytest.fixture
def copy(fileset, tmp_path):
    """A prefix of files of one's own to change."""
    folder = tmp_path / "my input"
    folder.mkdir()
    for suffix in SUFFIXES:
        shutil.copy(f"{fileset}{suffix}", folder / f"c{suffix}")
    return folder / "c"


@pytest.fixture
def stage(copy, arguments, tmp_path):
    """Runs the cohort stage on the copied files; gives its folder and notes."""

    def call(*words, name="out"):
        own = [f"--bfile={copy}", f"--pheno={copy}.pheno", f"--covar={copy}.covar"]
        parsed = flags.parse(arguments(tmp_path / name, *own, *words))
        work = Workdir(tmp_path / name)
        return work, run(parsed.configuration, work)

    return call


def zstd(octets):
    return pyarrow.compress(octets, codec="zstd", asbytes=True)


def changed(path, change, packed=None):
    """Changes a file's octets; under another name where one is given."""
    octets = change(path.read_bytes())
    path.unlink()
    (packed or path).write_bytes(octets)


def test_run__gives_the_same_cohort_of_packed_tables_in_other_encodings(copy, stage):
    """One id with an umlaut: in the .fam as Latin-1, in the other files as UTF-8."""
    named = b"1000007\t1000007", "Jörg\t1000007"
    for suffix in (".fam", ".pheno", ".covar"):
        encoding = "latin-1" if suffix == ".fam" else "utf-8"
        changed(
            Path(f"{copy}{suffix}"),
            lambda octets, code=encoding: octets.replace(
                named[0], named[1].encode(code)
            ),
        )
    keep = copy.with_name("keep.txt")
    people = Path(f"{copy}.fam").read_bytes().decode("latin-1").splitlines()[:300]
    pairs = "\r\n".join("\t".join(line.split("\t")[:2]) for line in people)
    keep.write_bytes(pairs.encode("latin-1"))
    plain, _ = stage(f"--keep={keep}")
    changed(Path(f"{copy}.bim"), zstd, Path(f"{copy}.bim.zst"))
    changed(Path(f"{copy}.fam"), gzip.compress, Path(f"{copy}.fam.gz"))
    changed(Path(f"{copy}.pheno"), zstd)
    changed(Path(f"{copy}.covar"), lambda o: b"\xef\xbb\xbf" + o.replace(b"\t", b"  "))
    changed(keep, lambda o: gzip.compress(o.decode("latin-1").encode()))
    packed, _ = stage(f"--keep={keep}", name="packed")
    expected, found = load_cohort(plain), load_cohort(packed)
    assert len(expected.split) == 300
    assert "Jörg" in set(found.genotypes.samples["FID"])
    np.testing.assert_array_equal(found.genotypes.packed, expected.genotypes.packed)
    np.testing.assert_array_equal(found.phenotype, expected.phenotype)
    np.testing.assert_array_equal(found.split, expected.split)


def in_column(number, value):
    """Writes a value into a column of the sixth line."""

    def change(octets):
        lines = octets.split(b"\n")
        fields = lines[5].split(b"\t")
        fields[number] = value
        return b"\n".join([*lines[:5], b"\t".join(fields), *lines[6:]])

    return change


WRONG = [
    (
        ".bim",
        in_column(0, b"99"),
        r"c\.bim, variant 6 \(ID .*\): CHROM: '99' is no chr",
    ),
    (".bim", lambda o: b"#CHROM ID CM POS A1 A2\n" + o, r"c\.bim, line 1: a header"),
    (".bim", in_column(3, b"1e5"), r"c\.bim, line 6: POS is '1e5', expected a whole"),
    (".bim", lambda o: zstd(o)[:-9], r"c\.bim: damaged or cut short"),
    (".fam", lambda o: o.replace(b"\n", b"\r"), r"c\.fam, line 1: a carriage return"),
    (".fam", lambda o: o + b"x x 0 0 1 -9\n", "fits 240 variants of 397 to 400 people"),
    (".pheno", lambda o: o.decode().encode("utf-16"), r"c\.pheno: found UTF-16 text"),
    (
        ".pheno",
        lambda o: b"PK\x03\x04" + o,
        r"c\.pheno: found a zip archive, as Excel's",
    ),
    (".pheno", lambda o: o.replace(b"\t", b";"), "first line has semicolons"),
    (".pheno", lambda o: gzip.compress(o)[:200], r"c\.pheno: damaged or cut short"),
    (".covar", in_column(1, b"a b\0"), r"c\.covar: found the byte 0x00 on line 6"),
    (".covar", in_column(1, b"a\tb"), r"c\.covar, line 6: 5 fields; expected 4"),
]


@pytest.mark.parametrize(("suffix", "change", "message"), WRONG)
def test_run__raises_on_a_wrong_table(copy, stage, tmp_path, suffix, change, message):
    changed(Path(f"{copy}{suffix}"), change)
    with pytest.raises(ValueError, match=message):
        stage()
    assert not (tmp_path / "out" / "cohort").exists()

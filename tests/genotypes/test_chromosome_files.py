"""One file per chromosome: found by any spelling, and refused where it is another's."""

import numpy as np
import pytest

from gxjax.genotypes import find_filesets, open_bed_source, read_plink, write_plink
from gxjax.genotypes.chromosome_files import check_chromosome, chromosome_files


@pytest.fixture
def touch(tmp_path):
    """`touch(*names)` makes empty .bed files; the prefix chr@ beside them."""

    def make(*names):
        for name in names:
            (tmp_path / f"{name}.bed").touch()
        return f"{tmp_path}/chr@"

    return make


@pytest.mark.parametrize("names", [("2", "10", "X"), ("02", "10", "23")])
def test_chromosome_files__any_spelling_in_genomic_order(touch, names):
    prefix = touch(*(f"chr{name}" for name in names[::-1]))
    found = chromosome_files(prefix)
    assert [each.prefix.name for each in found] == [f"chr{name}" for name in names]
    assert [each.chromosome for each in found] == ["2", "10", "X"]
    assert find_filesets(f"{prefix}.bed") == [each.prefix for each in found]


def test_chromosome_files__takes_a_literal_at(touch, tmp_path):
    touch("me@home", "chr1")
    assert chromosome_files(tmp_path / "me@home") == [(tmp_path / "me@home", None)]


@pytest.mark.parametrize("names", [("chrX", "chr23"), ("chr1", "chr01")])
def test_find_filesets__raises_on_two_names_of_one_chromosome(touch, names):
    match = f"{names[0]} and {names[1]} are the same chromosome"
    with pytest.raises(ValueError, match=match):
        find_filesets(touch(*names))


def test_find_filesets__raises_where_nothing_fits(tmp_path):
    with pytest.raises(FileNotFoundError, match="in place of @"):
        find_filesets(tmp_path / "chr@")


@pytest.mark.parametrize(
    ("found", "expected", "chr_set"),
    [
        (["chr01"], "1", 22),
        (["2", "1"], "1", 22),
        (["NC_000002.11"], "1", 22),
        (["0"], "1", 22),
        (["2"], None, 22),
        ([], "1", 22),
        (["23"], "X", 22),
        (["PAR1", "chrXY"], "X", 22),
        (["X"], "XY", 22),
        (["chrM"], "MT", 22),
        (["39"], "X", 38),
    ],
)
def test_check_chromosome__passes(found, expected, chr_set):
    check_chromosome("file", found, expected, chr_set)


@pytest.mark.parametrize(
    ("found", "expected", "chr_set"),
    [(["chr01"], "2", 22), (["X", "3"], "1", 22), (["X"], "Y", 22), (["23"], "X", 38)],
)
def test_check_chromosome__raises_on_others_only(found, expected, chr_set):
    match = f"file: all its variants are on chromosome .*{found[0]}.* on {expected},"
    with pytest.raises(ValueError, match=match):
        check_chromosome("file", found, expected, chr_set)


@pytest.mark.parametrize("read", [read_plink, open_bed_source])
def test_read__raises_on_the_file_of_another_chromosome(read, make_genotypes, tmp_path):
    genotypes = make_genotypes(np.ones((5, 3)), CHROM="1")
    for name in ("chr1", "chr2"):
        write_plink(genotypes, tmp_path / name)
    match = r"chr2\.bim: all its variants are on chromosome 1; expected some on 2"
    with pytest.raises(ValueError, match=match):
        read(f"{tmp_path}/chr@")
    assert len(read(tmp_path / "chr2").variants) == 3

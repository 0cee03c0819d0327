import numpy as np
import pandas as pd
import pytest

from gxjax.cohort.chromosome import (
    AUTOSOMAL,
    CHR_X,
    CHR_Y,
    DIPLOID,
    HAPLOID,
    chromosome_names,
    chromosomes_of,
    copy_numbers,
)
from gxjax.genotypes import open_bed_source

HUMAN = {
    "1 22": ["1", "01", "chr1", "Chr1", "cHr01"],
    "X": ["X", "x", "chrX", "23", "chr23"],
    "Y": ["Y", "24", "chrY"],
    "XY": ["XY", "25", "chrXY"],
    "MT": ["MT", "M", "26", "chrM", "mt"],
    "PAR1": ["PAR1", "par1", "27"],
    "PAR2": ["PAR2", "28"],
    "0": ["0", "chr0", "00"],
}


def one(name, chr_set=22):
    return chromosome_names(pd.Series([name]), chr_set)[0]


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [(each, name.split()[0]) for name, found in HUMAN.items() for each in found],
)
def test_chromosome_names__human(spelling, expected):
    assert one(spelling) == expected


@pytest.mark.parametrize("contig", ["GL000192.1", "chr1_random", "Un", "HLA-A*01"])
def test_chromosome_names__contigs_stay(contig):
    assert one(contig) == contig


def test_chromosome_names__other_species_and_index():
    names = pd.Series(["29", "30", "chr31", "32", "33", "X", "23"], index=range(3, 10))
    found = chromosome_names(names, 29)
    assert list(found) == ["29", "X", "Y", "XY", "MT", "X", "23"]
    assert list(found.index) == list(range(3, 10))


@pytest.mark.parametrize(
    ("name", "chr_set", "message"),
    [
        ("29", 22, "'29' is no chromosome of a species with 22.*0 to 28.*--chr_set"),
        ("chr34", 29, "'chr34' is no chromosome .*0 to 33"),
        ("1", 0, "chr_set is 0; expected the number of autosomes, 1 to 95"),
        ("1", 96, "chr_set is 96"),
    ],
)
def test_chromosome_names__raises_on(name, chr_set, message):
    with pytest.raises(ValueError, match=message):
        one(name, chr_set)


def test_chromosomes_of__names_the_file_and_the_variant(
    make_genotypes, random_codes, write_fileset
):
    """Of the second file, its third variant, though the first of it was left out."""
    codes = random_codes(9, 5)
    genotypes = make_genotypes(codes, CHROM=["1", "X", "99", "1", "99"])
    with pytest.raises(ValueError, match=r"variant 3 \(ID v2\): CHROM: '99' is no"):
        chromosomes_of(genotypes)
    good = write_fileset(make_genotypes(codes), codes)
    one = good.with_name("one")
    for suffix in (".bed", ".bim", ".fam"):
        good.with_suffix(suffix).rename(one.with_suffix(suffix))
    bad = write_fileset(genotypes, codes)
    source = open_bed_source([one, bad]).select(variants=np.arange(10) != 5)
    with pytest.raises(ValueError, match=r"fileset\.bim, variant 3 \(ID v2\): CHROM"):
        chromosomes_of(source)


def test_copy_numbers__of_every_kind():
    names = pd.Series(["1", "29", "X", "Y", "MT", "XY", "PAR1", "0", "GL1"])
    kinds = [AUTOSOMAL, AUTOSOMAL, CHR_X, CHR_Y, HAPLOID, *[DIPLOID] * 4]
    found = copy_numbers(names)
    assert found.dtype == np.int8
    np.testing.assert_array_equal(found, kinds)


@pytest.mark.parametrize("letters", [False, True])
@pytest.mark.parametrize("chr_set", [22, 29])
def test_chromosome_names__equal_plink2(
    make_genotypes, write_fileset, plink2, chr_set, letters
):
    numbers = [str(number) for number in range(19, chr_set + 5)]
    spellings = ["1", "chr02", "X", "chrY", "XY", "M", "0"] if letters else numbers
    codes = np.tile(np.array([[0], [1], [2]], np.uint8), len(spellings))
    genotypes = make_genotypes(codes, CHROM=spellings)
    prefix = write_fileset(genotypes, codes)
    plink2("--bfile", prefix, "--chr-set", chr_set, "--freq", "--out", prefix)
    table = pd.read_csv(prefix.with_suffix(".afreq"), sep="\t", dtype=str)
    found = chromosome_names(genotypes.variants["CHROM"], chr_set)
    assert dict(zip(genotypes.variants["ID"], found, strict=True)) == dict(
        zip(table["ID"], table["#CHROM"], strict=True)
    )

"""VCFs that this package writes; plink2 reads them in test_other_tools.py."""

import gzip
import sys

import numpy as np
import pytest

from gxjax.genotypes.formats import open_vcf, write_vcf

CODES = np.array([[0, 1, 2, 3], [2, 1, 0, 3], [1, 2, 3, 0]], np.uint8)


def lines(path):
    opened = gzip.open if path.name.endswith("gz") else open
    with opened(path, "rt") as file:
        return [line.rstrip("\n").split("\t") for line in file if line[:2] != "##"]


def test_write_vcf__one_allele_where_there_is_one_copy(make_genotypes, tmp_path):
    columns = {"CHROM": ["1", "chrX", "24", "MT"], "SEX": np.array([1, 2, 0], np.int8)}
    write_vcf(make_genotypes(CODES, **columns), tmp_path / "x.vcf")
    found = lines(tmp_path / "x.vcf")
    assert found[0][:5] == ["#CHROM", "POS", "ID", "REF", "ALT"]
    assert found[0][9:] == ["i0", "i1", "i2"]
    assert found[1] == [
        "1",
        "1",
        "v0",
        "T",
        "C",
        ".",
        ".",
        ".",
        "GT",
        "0/0",
        "1/1",
        "0/1",
    ]
    assert [row[9:] for row in found[2:]] == [
        ["0/1", "0/1", "1/1"],
        ["1", "0", "."],
        [".", ".", "0"],
    ]
    header = (tmp_path / "x.vcf").read_text().split("\n")
    assert header[0] == "##fileformat=VCFv4.3"
    assert "##contig=<ID=chrX>" in header


@pytest.mark.parametrize("ending", ["vcf", "vcf.gz"])
def test_write_vcf__dosages_come_back(
    make_genotypes, tmp_path, ending, read_back, peer, only_chunk
):
    if ending == "vcf.gz":
        peer("cyvcf2")
    codes = np.arange(256, dtype=np.uint8)[None].repeat(2, axis=0)
    chrom = ["1"] * 128 + ["X"] * 128
    whole = make_genotypes(np.zeros((2, 256), np.uint8), CHROM=chrom)
    path = tmp_path / f"x.{ending}"
    write_vcf(whole._replace(packed=codes, bits=8), path)
    read_back(open_vcf(path, dosage="DS"))
    octets = np.frombuffer((tmp_path / "back.dosages").read_bytes(), np.uint8)
    np.testing.assert_array_equal(octets.reshape(256, 2), codes.T)
    without = only_chunk(open_vcf(path))
    assert set(without.codes[:, 0].tolist()) == {0, 1, 2, 3}


def test_write_vcf__in_chunks(make_genotypes, random_codes, tmp_path, monkeypatch):
    whole = make_genotypes(random_codes(7, 50))
    write_vcf(whole, tmp_path / "x.vcf")
    # The package names the function alike.
    module = sys.modules["gxjax.genotypes.formats.write_vcf"]
    monkeypatch.setattr(module, "chunk_length", lambda people: 3)
    monkeypatch.setattr(module, "_HELD_BYTES", 14)
    said = []
    write_vcf(whole, tmp_path / "y.vcf", lambda *words: said.append(words[:2]))
    assert (tmp_path / "x.vcf").read_bytes() == (tmp_path / "y.vcf").read_bytes()
    assert said[0] == (4, 50)
    assert said[-1] == (50, 50)


def test_write_vcf__ids_that_two_families_have(make_genotypes, tmp_path):
    write_vcf(make_genotypes(CODES, IID=["a", "b", "a"]), tmp_path / "x.vcf")
    assert lines(tmp_path / "x.vcf")[0][9:] == ["f0_a", "f1_b", "f2_a"]


def test_write_vcf__alleles_that_nobody_knows(make_genotypes, tmp_path):
    whole = make_genotypes(CODES, A1=["0", ".", "C", "C"], A2=["A", "C", "0", "*"])
    write_vcf(whole, tmp_path / "x.vcf")
    assert [row[3:5] for row in lines(tmp_path / "x.vcf")[1:]] == [
        ["A", "."],
        ["C", "."],
        ["N", "C"],
        ["*", "C"],
    ]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"A1": "I"}, r"x.vcf: variant v0 has the allele 'I'; expected letters"),
        ({"A2": "A,C"}, r"the allele 'A,C'"),
        ({"POS": -1}, r"lies at 1:-1, which no VCF"),
        ({"CHROM": "a:b"}, r"lies at a:b:1"),
    ],
)
def test_write_vcf__raises_on_what_no_vcf_holds(
    make_genotypes, tmp_path, columns, message
):
    with pytest.raises(ValueError, match=message):
        write_vcf(make_genotypes(CODES, **columns), tmp_path / "x.vcf")
    assert not list(tmp_path.iterdir())


def test_write_vcf__raises_on_another_ending(make_genotypes, tmp_path):
    with pytest.raises(ValueError, match=r"x.bcf: expected a name that ends in .vcf"):
        write_vcf(make_genotypes(CODES), tmp_path / "x.bcf")
    with pytest.raises(FileNotFoundError, match="create it first"):
        write_vcf(make_genotypes(CODES), tmp_path / "none" / "x.vcf")

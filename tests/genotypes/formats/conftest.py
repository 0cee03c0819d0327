"""A cohort on every kind of chromosome, and what reads a format back."""

import numpy as np
import pandas as pd
import pytest

from gxjax.genotypes import read_plink, write_plink
from gxjax.genotypes.formats import import_genotypes
from gxjax.genotypes.packed import pack, unpack
from gxjax.types import Genotypes

CHROMOSOMES = ["1"] * 9 + ["2"] * 5 + ["22"] * 4 + ["X"] * 6 + ["Y"] * 4 + ["MT"] * 4
PEOPLE = 37


@pytest.fixture
def mixed():
    """Genotypes with missing calls, all kinds of chromosomes, long alleles, no ids."""
    generator = np.random.default_rng(0)
    count, names = len(CHROMOSOMES), np.array(CHROMOSOMES)
    frequency = generator.uniform(0.1, 0.9, count)
    codes = generator.binomial(2, frequency[None], (PEOPLE, count)).astype(np.uint8)
    sex = generator.integers(0, 3, PEOPLE).astype(np.int8)
    single = np.isin(names, ("Y", "MT"))[None] | ((sex == 1)[:, None] & (names == "X"))
    codes = np.where(single & (codes == 1), 2, codes).astype(np.uint8)
    codes[generator.random(codes.shape) < 0.05] = 3
    codes[np.ix_(sex == 2, names == "Y")] = 3
    samples = pd.DataFrame(
        {
            "FID": [f"f{row}" for row in range(PEOPLE)],
            "IID": [f"i{row}" for row in range(PEOPLE)],
            "PAT": "0",
            "MAT": "0",
            "SEX": sex,
        }
    )
    variants = pd.DataFrame(
        {
            "CHROM": names.astype(object),
            "POS": np.arange(count) * 1000 + 3_000_000,
            "ID": [f"rs{row}" for row in range(count)],
            "A1": "C",
            "A2": "T",
            "CM": 0.0,
        }
    )
    variants.loc[3, "A1"] = "ACG"
    variants.loc[4, "ID"] = "."
    return Genotypes(pack(codes), variants, samples)


@pytest.fixture
def mixed_prefix(mixed, tmp_path):
    """The same as a .bed/.bim/.fam; the folder has a space in its name."""
    (tmp_path / "a folder").mkdir()
    write_plink(mixed, tmp_path / "a folder" / "x.v1")
    return tmp_path / "a folder" / "x.v1"


@pytest.fixture
def read_back(tmp_path):
    """`read_back(*streams) -> (Genotypes, Imported)`, by way of the .bed."""

    def read(*streams, **options):
        found = import_genotypes(streams, tmp_path / "back", **options)
        return read_plink(tmp_path / "back"), found

    return read


@pytest.fixture
def only_chunk():
    """`only_chunk(stream)`: the one chunk of a small file."""

    def read(stream):
        (chunk,) = stream.chunks(lambda *_: None)
        return chunk

    return read


@pytest.fixture
def same_genotypes():
    """Asserts equal calls and equal tables, but for columns that a format has not."""

    def check(found, expected, but=(), people_but=()):
        calls = [unpack(each.packed, len(each.variants)) for each in (found, expected)]
        np.testing.assert_array_equal(*calls)
        for name, without in (("variants", but), ("samples", people_but)):
            tables = [
                getattr(each, name).drop(columns=list(without))
                for each in (found, expected)
            ]
            pd.testing.assert_frame_equal(*tables)

    return check


HEADER = """##fileformat=VCFv4.3
##FILTER=<ID=q10,Description="low">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DS,Number=A,Type=Float,Description="Dosage">
##FORMAT=<ID=GP,Number=G,Type=Float,Description="Probabilities">
##FORMAT=<ID=HDS,Number=.,Type=Float,Description="Dosages of haplotypes">
##contig=<ID=1>
##contig=<ID=2>
##contig=<ID=X>
##contig=<ID=MT>
"""


@pytest.fixture
def make_vcf(tmp_path):
    """`make_vcf(lines, name, ids) -> path`; spaces between the fields."""

    def make(lines, name="x.vcf", ids="abcd"):
        first = "#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT " + " ".join(ids)
        rows = [line.replace(" ", "\t") for line in (first, *lines)]
        (tmp_path / name).write_text(HEADER + "\n".join(rows) + "\n")
        return tmp_path / name

    return make


@pytest.fixture
def plink2_dosages(plink2, tmp_path):
    """`(*input of plink2) -> hard calls, dosages`, both [v, N], of ALT."""

    def read(*words):
        out = tmp_path / "peer"
        plink2(*words, "--make-pgen", "--out", out)
        plink2("--pfile", out, "--export", "A", "--out", out)
        plink2("--pfile", out, "--make-bed", "--out", out)
        # --export A counts REF.
        raw = pd.read_csv(f"{out}.raw", sep="\t").iloc[:, 6:].to_numpy(np.float32).T
        peer = read_plink(out)
        return unpack(peer.packed, len(peer.variants)).T, 2 - raw

    return read

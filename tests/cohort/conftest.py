"""Small genotypes made by hand."""

import numpy as np
import pandas as pd
import pytest

from gxjax.genotypes.packed import pack
from gxjax.types import Genotypes

PLINK_CODE = np.array([3, 2, 0, 1], np.uint8)


@pytest.fixture
def make_genotypes():
    """`codes [N, V] -> Genotypes` with ids f0.., i0.., v0.. on chromosome 1."""

    def make(codes, **columns):
        codes = np.asarray(codes, np.uint8)
        people, count = codes.shape
        samples = pd.DataFrame(
            {
                "FID": [f"f{i}" for i in range(people)],
                "IID": [f"i{i}" for i in range(people)],
                "PAT": "0",
                "MAT": "0",
                "SEX": np.int8(1),
            }
        )
        variants = pd.DataFrame(
            {
                "CHROM": "1",
                "POS": np.arange(1, count + 1),
                "ID": [f"v{j}" for j in range(count)],
                "A1": "C",
                "A2": "T",
                "CM": 0.0,
            }
        )
        for name, values in columns.items():
            table = samples if name in samples else variants
            table[name] = values
        return Genotypes(pack(codes), variants, samples)

    return make


@pytest.fixture
def write_fileset(tmp_path):
    """`(genotypes, codes) -> prefix` of a .bed/.bim/.fam written by this test alone."""

    def write(genotypes, codes):
        prefix = tmp_path / "fileset"
        recoded = PLINK_CODE[np.asarray(codes).T]
        padded = np.pad(recoded, ((0, 0), (0, -recoded.shape[1] % 4)))
        quads = padded.reshape(len(padded), -1, 4)
        octets = (quads << np.array([0, 2, 4, 6], np.uint8)).sum(2, dtype=np.uint8)
        prefix.with_suffix(".bed").write_bytes(b"\x6c\x1b\x01" + octets.tobytes())
        bim = genotypes.variants[["CHROM", "ID", "CM", "POS", "A1", "A2"]]
        fam = genotypes.samples.assign(PHENO="-9")
        bim.to_csv(prefix.with_suffix(".bim"), sep="\t", header=False, index=False)
        fam.to_csv(prefix.with_suffix(".fam"), sep="\t", header=False, index=False)
        return prefix

    return write


@pytest.fixture
def random_codes():
    """`(people, count, missing, seed) -> uint8 [N, V]` in HWE at MAF 0.02 to 0.5."""

    def draw(people, count, missing=0.02, seed=0):
        generator = np.random.default_rng(seed)
        frequency = generator.uniform(0.02, 0.5, count)
        codes = generator.binomial(2, frequency[None, :], (people, count))
        codes[generator.random(codes.shape) < missing] = 3
        return codes.astype(np.uint8)

    return draw


@pytest.fixture
def mixed_cohort(make_genotypes):
    """`(people, each, missing, seed, names) -> genotypes, codes` as cohorts are mixed.

    `each` variants of every chromosome; men, women, people of unknown sex, nonfounders;
    heterozygous men on X, too, and women on Y.
    """

    def make(people, each, missing=0.05, seed=0, names=("1", "22", *"XY", "XY", "MT")):
        generator = np.random.default_rng(seed)
        count = each * len(names)
        frequency = generator.uniform(0.01, 0.6, count)
        codes = generator.binomial(2, frequency[None, :], (people, count))
        absent = generator.uniform(0, missing, people)[:, None]
        absent = absent + generator.exponential(missing / 2, count)[None, :]
        codes[generator.random(codes.shape) < absent] = 3
        sex = generator.choice([0, 1, 2], people, p=[0.1, 0.45, 0.45])
        on_x = np.repeat(names, each) == "X"
        mended = (sex == 1)[:, None] & on_x[None, :] & (codes == 1)
        mended &= generator.random(codes.shape) < 0.9
        codes[mended] = 2
        parents = np.where(generator.random((2, people)) < 0.1, "p", "0")
        return make_genotypes(
            codes,
            CHROM=np.repeat(names, each),
            SEX=sex.astype(np.int8),
            PAT=parents[0],
            MAT=parents[1],
        ), codes.astype(np.uint8)

    return make


class Study:
    """A fileset of awkward variants with a phenotype of each kind and covariates.

    304 people x 40 variants, 5 % of calls missing: 0 rare, 1 nobody has the allele,
    2 all heterozygous, 3 called in two people only, 4 a covariate in disguise, 5 the
    allele in cases only, 6 every case and nobody else; the first ten complete.
    """

    def __init__(self, folder, make_genotypes, write_fileset, random_codes):
        draw = np.random.default_rng(7)
        people = 304
        codes = random_codes(people, 40, missing=0.05)
        codes[:, :10] = draw.binomial(2, 0.3, (people, 10))
        first, second = draw.normal(size=(2, people))
        self.covariates = pd.DataFrame({"age": first, "pc1": 50 + 3 * second})
        quantitative = 0.3 * (codes[:, 20] % 3) + 0.5 * first + draw.normal(size=people)
        case = quantitative + draw.normal(size=people) > 0.5
        codes[:, 0] = np.arange(people) % 60 == 0
        codes[:, 1], codes[:, 2], codes[:, 3] = 0, 1, 3
        codes[:2, 3] = 1
        self.binary = 1.0 + case
        self.quantitative = 170 + 9 * quantitative
        codes[:, 4] = 2 * (first > 0)
        self.covariates["age"] = np.where(first > 0, 1.0, 0.0) + 0.01 * second
        codes[:, 5] = np.where(case, draw.binomial(2, 0.1, people), 0)
        codes[:, 6] = case
        self.codes, self.genotypes = codes, make_genotypes(codes)
        self.prefix, self.folder = write_fileset(self.genotypes, codes), folder
        ids = self.genotypes.samples[["FID", "IID"]].rename(columns={"FID": "#FID"})
        values = ids.assign(height=self.quantitative, sick=self.binary)
        values.to_csv(folder / "x.pheno", sep="\t", index=False)
        values = pd.concat([ids, self.covariates], axis=1)
        values.to_csv(folder / "x.covar", sep="\t", index=False)

    def glm(self, plink2, phenotype, *modifiers, covariates=True):
        """plink2's table."""
        binary = phenotype == "sick"
        extra = ("--covar", self.folder / "x.covar") if covariates else ()
        words = ("hide-covar",) if covariates else ("allow-no-covars",)
        plink2("--bfile", self.prefix, "--pheno", self.folder / "x.pheno",
               "--pheno-name", phenotype, *extra, "--glm", "omit-ref", *words,
               *modifiers, "--out", self.folder / "peer")  # fmt: skip
        ending = "glm.logistic.hybrid" if binary else "glm.linear"
        return pd.read_csv(self.folder / f"peer.{phenotype}.{ending}", sep="\t")


@pytest.fixture
def study(tmp_path, make_genotypes, write_fileset, random_codes):
    """A `Study` on disk."""
    return Study(tmp_path, make_genotypes, write_fileset, random_codes)

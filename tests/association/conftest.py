"""A study with awkward variants, and plink2's word on it."""

import numpy as np
import pandas as pd
import pytest


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

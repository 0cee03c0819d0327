"""Studies with awkward variants, and what plink2 says of them."""

import numpy as np
import pandas as pd
import pytest

HEAD = (
    "##fileformat=VCFv4.2\n##contig=<ID=1>\n"
    '##FORMAT=<ID=DS,Number=1,Type=Float,Description="D">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"
)


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


class DosageStudy:
    """A fileset with `.dosages`, and the same dosages in a `.pgen`.

    304 people x 28 variants: 0 nobody has the allele, 1 everybody has 57/127 of it, 2
    all below one copy, 3 all above, 4 the allele in cases only, 5 hard calls, 6 called
    in two people only, 7 a covariate in disguise; the first twelve complete but for 6.
    """

    def __init__(self, folder, genotypes, fileset):
        draw, people, count = np.random.default_rng(3), 304, 28
        codes = 127 * draw.binomial(2, 0.35, (people, count))
        codes = np.clip(codes + draw.integers(-60, 61, codes.shape), 0, 254)
        first, second = draw.normal(size=(2, people))
        noise = draw.normal(size=(2, people))
        quantitative = codes[:, 20] / 254 + 0.5 * first + noise[0]
        case = quantitative + noise[1] > 0.8
        codes[:, 0], codes[:, 1] = 0, 57
        codes[:, 2] = draw.integers(0, 100, people)
        codes[:, 3] = draw.integers(128, 255, people)
        codes[:, 4] = np.where(case, draw.integers(0, 200, people), 0)
        codes[:, 5] = 127 * draw.binomial(2, 0.3, people)
        codes[:, 7] = np.clip(127 + 40 * first, 0, 254)
        codes[2:, 6] = 255
        codes[:, 12:][draw.random((people, count - 12)) < 0.05] = 255
        self.codes, self.folder = codes.astype(np.uint8), folder
        self.dosage = np.where(codes == 255, np.nan, codes / 127)
        self.binary, self.quantitative = 1.0 + case, 170 + 9 * quantitative
        self.covariates = pd.DataFrame({"age": first, "pc1": 50 + 3 * second})
        # Its calls say nothing of the dosages: a test of them would be found out.
        self.prefix = fileset(genotypes, np.zeros_like(self.codes))
        genotypes = genotypes._replace(packed=self.codes, bits=8)
        self.codes.T.tofile(f"{self.prefix}.dosages")
        self.genotypes = genotypes

    def write_for_plink2(self, plink2):
        samples = self.genotypes.samples[["FID", "IID"]]
        ids = samples.rename(columns={"FID": "#FID"})
        for name, values in (
            ("x.psam", {"SEX": 1}),
            ("x.pheno", {"height": self.quantitative, "sick": self.binary}),
            ("x.covar", dict(self.covariates)),
        ):
            table = ids.assign(**values)
            table.to_csv(self.folder / name, sep="\t", index=False)
        lines = [HEAD + "\t".join(ids["IID"])]
        for j, column in enumerate(self.dosage.T):
            words = ("." if np.isnan(x) else f"{x:.6f}" for x in column)
            fields = (1, j + 1, f"v{j}", "T", "C", ".", ".", ".", "DS", *words)
            lines.append("\t".join(map(str, fields)))
        (self.folder / "x.vcf").write_text("\n".join(lines) + "\n")
        plink2("--vcf", self.folder / "x.vcf", "dosage=DS", "--psam",
               self.folder / "x.psam", "--make-pgen", "--out",
               self.folder / "x")  # fmt: skip

    def glm(self, plink2, phenotype, test):
        """plink2's table."""
        self.write_for_plink2(plink2)
        words = () if test == "additive" else (test,)
        plink2("--pfile", self.folder / "x", "--pheno", self.folder / "x.pheno",
               "--pheno-name", phenotype, "--covar", self.folder / "x.covar",
               "--glm", "omit-ref", "hide-covar", *words,
               "--out", self.folder / "peer")  # fmt: skip
        ending = "glm.logistic.hybrid" if phenotype == "sick" else "glm.linear"
        return pd.read_csv(self.folder / f"peer.{phenotype}.{ending}", sep="\t")

    def design(self, test, j):
        """The predictors of a variant, then those of everybody, and who is called."""
        x = self.dosage[:, j]
        own = {
            "additive": (x,),
            "dominant": (np.minimum(x, 1),),
            "recessive": (np.maximum(x - 1, 0),),
            "genotypic": (x, 1 - np.abs(x - 1)),
        }[test]
        shared = np.ones(len(x)), *self.covariates.to_numpy().T
        return np.column_stack([*own, *shared]), len(own), ~np.isnan(x)


@pytest.fixture
def dosages(tmp_path, make_genotypes, write_fileset):
    """A `DosageStudy` on disk."""
    genotypes = make_genotypes(np.zeros((304, 28), np.uint8))
    return DosageStudy(tmp_path, genotypes, write_fileset)


@pytest.fixture
def firth_in_float64():
    """An independent reference: the modified score, iterated until it is 0."""

    def fit(design, y):
        beta = np.zeros(design.shape[1])
        for _ in range(5000):
            p = 1 / (1 + np.exp(-design @ beta))
            weight = p * (1 - p)
            covariance = np.linalg.inv(design.T @ (design * weight[:, None]))
            leverage = weight * np.einsum("ni,ij,nj->n", design, covariance, design)
            move = covariance @ design.T @ (y - p + leverage * (0.5 - p))
            beta += move * min(1, 2 / np.abs(move).max())
            if np.abs(move).max() < 1e-10:
                return beta[-1], np.sqrt(covariance[-1, -1])
        raise AssertionError("the reference did not converge")

    return fit

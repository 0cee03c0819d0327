"""A small PLINK cohort on disk, in a folder with an awkward name."""

import jax
import pytest

from gxjax.genotypes import simulate_genotypes, simulate_phenotype, write_cohort


@pytest.fixture(scope="session")
def fileset(tmp_path_factory):
    """Prefix of a cohort of 400 people x 240 variants, with .pheno and .covar."""
    key = jax.random.key(3)
    genotypes = simulate_genotypes(key, 400, 240)
    traits = simulate_phenotype(key, genotypes, heritability=0.6, causal=0.05)
    prefix = tmp_path_factory.mktemp("my [bio] bank") / "cohort.v1"
    write_cohort(genotypes, traits, prefix)
    return prefix


SMALL = (
    "--members=2",
    "--widths=8,4",
    "--epochs=3",
    "--batch_size=64",
    "--learning_rate=1e-2",
    "--additive=4",
    "--dominant=3",
    "--recessive=3",
    "--epistatic_pairs=2",
    "--attribution_batch_size=32",
)


@pytest.fixture(scope="session")
def arguments(fileset):
    """The command line of a run on the fileset; further words are added."""

    def build(workdir, *words):
        given = {word.split("=")[0].removeprefix("--") for word in words}
        small = [w for w in SMALL if w.split("=")[0].removeprefix("--") not in given]
        return [
            "benchmark",
            f"--bfile={fileset}",
            f"--pheno={fileset}.pheno",
            f"--covar={fileset}.covar",
            f"--workdir={workdir}",
            *small,
            *words,
        ]

    return build

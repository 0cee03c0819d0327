"""The environment of tests, strict ranks, peers, a cohort."""

# Before JAX.
import environment  # noqa: F401

# isort: split
import importlib
import os
import shutil
import subprocess

import jax
import numpy as np
import pandas as pd
import pytest

from gxjax.genotypes import simulate_genotypes, simulate_phenotype, write_cohort
from gxjax.genotypes.packed import pack
from gxjax.types import Genotypes

PLINK_CODE = np.array([3, 2, 0, 1], np.uint8)

jax.config.update("jax_numpy_rank_promotion", "raise")
# Eight devices on two cores: programs in flight together wait for each other's threads.
jax.config.update("jax_cpu_enable_async_dispatch", False)


@pytest.fixture
def key():
    """The key of every test that needs one."""
    return jax.random.key(0)


@pytest.fixture
def peer():
    """Imports an independent tool by name; its absence is a failure in CI."""

    def load(name):
        if os.environ.get("GXJAX_REQUIRE_PEERS") == "1":
            return importlib.import_module(name)
        return pytest.importorskip(name)

    return load


def _plink(name):
    """Runs a PLINK, which CI may not go without."""
    program = shutil.which(name)
    if program is None:
        if os.environ.get("GXJAX_REQUIRE_PEERS") == "1":
            pytest.fail(f"{name} is not on PATH")
        pytest.skip(f"{name} is not on PATH")

    def run(*arguments):
        command = [program, *map(str, arguments), "--threads", "1", "--memory", "700"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr

    return run


@pytest.fixture
def plink1():
    """`plink1(*arguments)`."""
    return _plink("plink1.9")


@pytest.fixture
def plink2():
    """`plink2(*arguments)`."""
    return _plink("plink2")


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


@pytest.fixture
def write(tmp_path):
    """`text -> path` of a file in a folder with an awkward name."""

    def write_text(text):
        path = tmp_path / "a cohort [1].pheno"
        path.write_bytes(text.encode())
        return path

    return write_text


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
    "--comparators=gwas,random",
    "--faithfulness_people=0",
    "--bootstrap_draws=600",
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

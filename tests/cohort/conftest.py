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

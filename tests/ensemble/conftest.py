"""A small arm whose phenotype a linear network can learn."""

import jax
import numpy as np
import pandas as pd
import pytest
from quick_compilation import quick_compilation

from gxjax.cohort.encoding import fit_encoding
from gxjax.genotypes.counts import count_codes
from gxjax.genotypes.packed import pack, unpack
from gxjax.types import TRAIN, VARIANT_COLUMNS, Arm, Block, Truth

PEOPLE, VARIANTS = 640, 21


@pytest.fixture(autouse=True, scope="module")
def _compiled_quickly():
    """Compiling is most of the time of these tests, and they measure no speed."""
    with quick_compilation():
        yield


@pytest.fixture
def optimised():
    """For bfloat16, which a CPU can multiply after XLA's optimisation only."""
    jax.config.update("jax_disable_most_optimizations", False)
    yield
    jax.config.update("jax_disable_most_optimizations", True)


@pytest.fixture
def split():
    """int8 [N]: 480 TRAIN, 80 VALIDATION, 80 TEST."""
    return np.repeat(np.arange(3, dtype=np.int8), [480, 80, 80])


@pytest.fixture
def arm(split):
    """Real columns and the same columns of permuted people, with missing calls."""
    draw = np.random.default_rng(1)
    frequency = draw.uniform(0.1, 0.5, VARIANTS)
    codes = draw.binomial(2, frequency, (PEOPLE, VARIANTS)).astype(np.uint8)
    codes[draw.random(codes.shape) < 0.01] = 3
    packed = pack(codes)
    rows = np.arange(PEOPLE, dtype=np.int32)
    shuffled = draw.permutation(rows)
    blocks = (Block(packed, rows, VARIANTS), Block(packed, shuffled, VARIANTS))
    people = np.flatnonzero(split == TRAIN)
    counts = np.concatenate(
        [count_codes(packed, VARIANTS, block.rows[people]) for block in blocks]
    )
    width = 2 * VARIANTS
    variants = pd.DataFrame({name: ["1"] * width for name in VARIANT_COLUMNS})
    unknown = np.full(width, np.nan, np.float32)
    truth = Truth(np.zeros(width, np.int8), np.full(width, -1), unknown, unknown)
    return Arm("decoy", blocks, variants, truth, fit_encoding(counts), counts)


@pytest.fixture
def phenotype(arm):
    """float32 [N], four fifths of its variance from five columns."""
    codes = unpack(arm.blocks[0].packed, VARIANTS)[:, :5].astype(np.float32)
    signal = np.where(codes == 3, 0, codes).sum(axis=1)
    noise = np.random.default_rng(2).normal(size=PEOPLE)
    total = signal / signal.std() + 0.5 * noise
    return ((total - total.mean()) / total.std()).astype(np.float32)

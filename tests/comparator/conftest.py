"""Small arms with what a comparator should have read of them, written down naively."""

from typing import NamedTuple

import jax
import numpy as np
import pandas as pd
import pytest

from gxjax.comparator import Inputs
from gxjax.genotypes.packed import pack
from gxjax.types import KINDS, TRAIN, VALIDATION, Arm, Block, Encoding, Truth


class Study(NamedTuple):
    """Inputs, the dosages behind them [N, V] (NaN missing), and them encoded."""

    inputs: Inputs
    dosages: np.ndarray
    z: np.ndarray
    train: np.ndarray
    validation: np.ndarray


def _block(codes, bits, rows):
    packed = codes if bits == 8 else pack(codes)
    return Block(packed, rows.astype(np.int32), codes.shape[1], bits)


def _dosages(codes, bits):
    missing = 255 if bits == 8 else 3
    return np.where(codes == missing, np.nan, codes / (127 if bits == 8 else 1))


@pytest.fixture
def make_study():
    """`(parts, y, typed, kinds, partner) -> Study`, parts of (codes, bits, rows)."""

    def make(parts, y, typed=None, kinds=None, partner=None, validation=0.25):
        people = len(y)
        full = [(c, b, np.arange(people) if r is None else r) for c, b, r in parts]
        dosages = np.concatenate([_dosages(c, b)[r] for c, b, r in full], axis=1)
        count = dosages.shape[1]
        split = np.full(people, TRAIN, np.int8)
        split[: int(people * validation)] = VALIDATION
        split = np.random.default_rng(99).permutation(split)
        train, held = (np.flatnonzero(split == part) for part in (TRAIN, VALIDATION))
        mean = np.nanmean(dosages[train], axis=0)
        scale = 1 / np.sqrt(np.maximum(mean * (1 - mean / 2), 1e-6))
        scale[np.nanstd(dosages[train], axis=0) == 0] = 0
        encoding = Encoding(*(x.astype(np.float32) for x in (mean, scale, mean)))
        filled = np.where(np.isnan(dosages), mean[None], dosages)
        hard = np.where(np.isnan(dosages), 3, np.rint(np.nan_to_num(dosages)))[train]
        none = np.full(count, np.nan, np.float32)
        truth = Truth(
            np.array([KINDS.index(k) for k in kinds or ["real"] * count], np.int8),
            np.full(count, -1, np.int32) if partner is None else partner,
            none,
            none,
            typed,
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
        arm = Arm(
            "real",
            tuple(_block(*part) for part in full),
            variants,
            truth,
            encoding,
            np.stack([(hard == code).sum(axis=0) for code in range(4)], axis=1),
        )
        inputs = Inputs(arm, np.asarray(y), split, None, jax.random.key(0))
        z = (filled - mean[None]) * scale[None]
        return Study(inputs, dosages, z, train, held)

    return make


@pytest.fixture
def study(make_study, random_codes):
    """240 people: 30 columns of 2 bits, 6 of 8 bits, 11 of permuted people."""
    draw = np.random.default_rng(5)
    calls = random_codes(240, 30, missing=0.03, seed=1)
    fine = draw.integers(0, 255, (240, 6)).astype(np.uint8)
    fine[draw.random(fine.shape) < 0.05] = 255
    parts = [
        (calls, 2, None),
        (fine, 8, None),
        (calls[:, :11], 2, draw.permutation(240)),
    ]
    y = 170 + 1.5 * (calls[:, 3] % 3) + 1.0 * (calls[:, 17] == 2)
    return make_study(parts, y + draw.normal(0, 1, 240))

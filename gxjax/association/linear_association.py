"""The GWAS comparator: one linear regression per variant, on packed genotypes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from gxjax.association.student import log10_two_sided
from gxjax.genotypes.packed import MISSING_BYTE, decode
from gxjax.types import Block, Progress, silent

__all__ = ["linear_association"]

_PEOPLE = 4096
_BYTES = 1024
# What is read of a store at a time, with as many people: 128 MiB. A store is read once,
# but for the chunks that lie across the ends of a strip.
_STRIP = 32 * _BYTES
_PERFECT = 1e-12
_KINDS = {2: 3, 8: 4}
"""Sums of `_weigh` by the bits of a code."""


def linear_association(
    blocks: Sequence[Block],
    variants: pd.DataFrame,
    phenotype: np.ndarray,
    people: np.ndarray,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Regresses the phenotype on each variant's dosage, with an intercept.

    Ordinary least squares on the people called at the variant, t with n - 2 degrees of
    freedom: `plink2 --glm allow-no-covars omit-ref` on those people. No covariates: the
    phenotype is adjusted already. T_STAT is as good as float64 gives it to about 1e-6.

    A marginal test sees neither epistasis without main effects nor, in full, recessive
    effects; it corrects neither for structure nor for relatives; on a 0/1 phenotype it
    is the linear probability model and not `--glm`'s logistic one.

    Args:
      blocks: `Block`s of NumPy arrays whose counts sum to V.
      variants: V rows with CHROM, POS, ID, A1, A2.
      phenotype: float [N].
      people: integers [n], the people to use, for example TRAIN.
      progress: called with columns done, V.

    Returns:
      V rows `#CHROM POS ID REF ALT A1 TEST OBS_CT BETA SE T_STAT P NEG_LOG10_P`. REF is
      A2, ALT is A1 (which plink2's A1 is under omit-ref only); BETA is per copy of A1.
      NEG_LOG10_P is finite where P underflows to 0. NaN where the variant does not
      vary, or fewer than 3 people are called.

    Raises:
      ValueError: the phenotype of these people is not finite or constant.
    """
    chex.assert_equal(sum(block.count for block in blocks), len(variants))
    chex.assert_rank([phenotype, people], 1)
    y = np.asarray(phenotype, np.float64)[people]
    if not np.isfinite(y).all():
        raise ValueError("phenotype: not finite for some of the people asked for")
    if y.size == 0 or np.ptp(y) == 0:
        raise ValueError(f"phenotype: constant over the {y.size} people asked for")
    centred, unit = (y - y.mean()) / y.std(), y.std()
    before, parts = 0, []
    for block in blocks:

        def said(columns: int, before: int = before) -> None:
            progress(before + columns, len(variants), "linear association")

        parts += list(_sums(block, people, centred, said))
        before += block.count
    statistics = _fit(np.concatenate(parts, axis=1), centred)
    statistics["BETA"] *= unit
    statistics["SE"] *= unit
    return pd.concat([_describe(variants), pd.DataFrame(statistics)], axis=1)


def _sums(
    block: Block, people: np.ndarray, y: np.ndarray, said: Callable[[int], None]
) -> Iterator[np.ndarray]:
    """Per strip of columns: float64 [7, columns], as `_fit` wants them.

    Says how many columns it has done.

    Summed in float32 over 4096 people, in float64 beyond. y goes in as a multiple of
    1/256, whose sums are exact there, and a small rest, because rounding errors of
    sums would otherwise show in the residual of a strong association.
    """
    high = np.round(y * 256) / 256
    weights = np.stack([np.ones_like(y), high, y - high, y * y]).astype(np.float32)
    rows, each = np.asarray(block.rows)[people], 8 // block.bits
    for left in range(0, block.packed.shape[1], _STRIP):
        octets = slice(left, left + _STRIP)
        width = min(each * _STRIP, block.count - each * left)
        held = each * min(_STRIP, block.packed.shape[1] - left)
        total = np.zeros((_KINDS[block.bits], 4, held))
        for start in range(0, len(rows), _PEOPLE):
            here = slice(start, start + _PEOPLE)
            padding = max(start + _PEOPLE - len(rows), 0) if start else 0
            weight = np.pad(weights[:, here], ((0, 0), (0, padding)))
            _add(total, block.packed[rows[here], octets], weight, block.bits)
            said(each * left + width * min(start + _PEOPLE, len(rows)) // len(rows))
        yield _moments(total[:, :, :width], block.bits)


def _moments(total: np.ndarray, bits: int) -> np.ndarray:
    """`_sums` from those of `_weigh` [kinds, 4, columns]."""
    ones, high_sum, low_sum, square = total.swapaxes(0, 1)
    ys = high_sum + low_sum
    if bits == 2:
        g, gg, gy = ones[0] + 2 * ones[1], ones[0] + 4 * ones[1], ys[0] + 2 * ys[1]
    else:
        g, gg, gy = ones[0], 256 * ones[1] + ones[2], ys[0]
    unit = np.full_like(g, 1 if bits == 2 else 127)
    return np.stack([g, gg, gy, unit, ones[-1], ys[-1], square[-1]])


def _add(total: np.ndarray, packed: np.ndarray, weights: np.ndarray, bits: int) -> None:
    """Adds what `_weigh` finds, a slice of columns at a time, to its total."""
    padding, each = weights.shape[1] - len(packed), 8 // bits
    for left in range(0, packed.shape[1], _BYTES):
        octets = packed[:, left : left + _BYTES]
        into = total[:, :, each * left : each * (left + octets.shape[1])]
        padded = np.pad(octets, ((0, padding), (0, 0)))
        into += np.asarray(_weigh(padded, weights, bits), np.float64)


@partial(jax.jit, static_argnums=2)
def _weigh(packed: jax.Array, weights: jax.Array, bits: int) -> jax.Array:
    """Sums of each of 4 weights over the people with code 1, 2 and 3: [3, 4, columns].

    Of 8 bits [4, 4, columns]: sums times code, times what its square has of 256, times
    the rest of it, and over people who are missing. So they are of numbers up to 255,
    whose sums over 4096 people are exact. Padded people have weight 0.
    """
    codes = decode(packed, 8 // bits * packed.shape[1], bits)
    columns = [codes == code for code in (1, 2, 3)]
    if bits == 8:
        missing = codes == MISSING_BYTE
        called = jnp.where(missing, 0, codes).astype(jnp.int32)
        square = called * called
        columns = [called, square // 256, square % 256, missing]
    return jnp.stack(
        [
            jnp.matmul(
                weights,
                column.astype(jnp.float32),
                precision=jax.lax.Precision.HIGHEST,
            )
            for column in columns
        ]
    )


def _fit(sums: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """Least squares, y of mean 0.

    Args:
      sums: float64 [7, V]: of x, x**2 and x y over people who are called; how much of x
        a copy of A1 is; and of 1, y and y**2 over the others.
      y: float64 [n].
    """
    g, gg, gy, unit, *missing = sums
    called = len(y) - missing[0]
    n = np.where(called > 2, called, np.nan)
    total = y.sum() - missing[1]
    xx, xy = gg - g * g / n, gy - g * total / n
    yy = (y @ y - missing[2]) - total * total / n
    xx = np.where(xx > 0.5 / n, xx, np.nan)
    yy = np.where(yy > _PERFECT * len(y), yy, np.nan)
    beta = xy / xx
    rest = np.maximum(yy - beta * xy, _PERFECT * yy)
    error = np.sqrt(rest / (n - 2) / xx)
    log10 = log10_two_sided(beta / error, n - 2)
    return {
        "OBS_CT": called.astype(np.int64),
        "BETA": beta * unit,
        "SE": error * unit,
        "T_STAT": beta / error,
        "P": 10.0**log10,
        "NEG_LOG10_P": -log10,
    }


def _describe(variants: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "#CHROM": variants["CHROM"].to_numpy(),
            "POS": variants["POS"].to_numpy(),
            "ID": variants["ID"].to_numpy(),
            "REF": variants["A2"].to_numpy(),
            "ALT": variants["A1"].to_numpy(),
            "A1": variants["A1"].to_numpy(),
            "TEST": "ADD",
        }
    )

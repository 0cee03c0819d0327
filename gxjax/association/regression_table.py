"""Tables of regressions with plink2's columns."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import log_ndtr

from gxjax.association.genotype_test import GenotypeTest
from gxjax.association.student import log10_two_sided
from gxjax.replacing import replacing

__all__ = ["Fits", "make_table", "p_text", "write_regression"]

Model = Literal["linear", "logistic"]
_LN10 = np.log(10)
_CHUNK = 50_000


class Fits(NamedTuple):
    """Regressions of V variants on p predictors each, NaN where there is none.

    Attributes:
      beta: float64 [V, p].
      error: float64 [V, p], standard errors of beta.
      joint: float64 [V], F of all predictors together: a p-th of Wald's quadratic form.
      people: int64 [V].
      freedom: float64 [V], degrees of freedom that are left.
      code: object [V], plink2's ERRCODE.
      firth: bool [V], whether the estimate is Firth's.
    """

    beta: np.ndarray
    error: np.ndarray
    joint: np.ndarray
    people: np.ndarray
    freedom: np.ndarray
    code: np.ndarray
    firth: np.ndarray

    @classmethod
    def of(
        cls,
        beta: np.ndarray,
        error: np.ndarray,
        covariance: np.ndarray,
        people: np.ndarray,
        freedom: np.ndarray,
        code: np.ndarray,
        firth: np.ndarray | None = None,
    ) -> Fits:
        """Blanks what has an error, and tests all predictors [V, p] together."""
        good = np.isfinite(error).all(axis=1) & np.isin(code, [".", "UNFINISHED"])
        safe = np.where(good[:, None, None], covariance, np.eye(beta.shape[1])[None])
        solved = np.linalg.solve(safe, np.where(good[:, None], beta, 0)[:, :, None])
        joint = (beta * solved[:, :, 0]).sum(axis=1) / beta.shape[1]
        used = np.zeros(len(code), bool) if firth is None else firth
        return cls(
            np.where(good[:, None], beta, np.nan),
            np.where(good[:, None], error, np.nan),
            np.where(good, joint, np.nan),
            people,
            freedom,
            code,
            used,
        )

    @classmethod
    def concatenate(cls, parts: Sequence[Fits]) -> Fits:
        """Adjacent variants as one."""
        return cls(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def make_table(
    variants: pd.DataFrame, fits: Fits, coding: GenotypeTest, model: Model
) -> pd.DataFrame:
    """One row per variant and test, in the order of both.

    Args:
      variants: V rows with CHROM, POS, ID, A1, A2.
      fits: of V variants.
      coding: what was fitted.
      model: "linear": BETA SE T_STAT; "logistic": OR LOG(OR)_SE Z_STAT and FIRTH?.

    Returns:
      The table that `linear_regression` and `logistic_regression` describe.
    """
    ratio = fits.beta / fits.error
    if model == "linear":
        freedom = np.where(fits.freedom > 0, fits.freedom, 1)[:, None]
        log10 = log10_two_sided(ratio, np.broadcast_to(freedom, ratio.shape).copy())
        estimate, names = fits.beta, ("BETA", "SE", "T_STAT", "T_OR_F_STAT")
    else:
        log10 = (np.log(2) + log_ndtr(-np.abs(ratio))) / _LN10
        with np.errstate(over="ignore"):
            estimate = np.exp(fits.beta)
        names = ("OR", "LOG(OR)_SE", "Z_STAT", "Z_OR_F_STAT")
    labels, columns = list(coding.labels), [estimate, fits.error, ratio, -log10]
    if coding.joint:
        labels.append(coding.joint)
        none = np.full(len(variants), np.nan)
        joint = (none, none, fits.joint, _f_log10(fits))
        columns = [
            np.column_stack([each, extra])
            for each, extra in zip(columns, joint, strict=True)
        ]
    tests = len(labels)
    rows = variants.loc[variants.index.repeat(tests)]
    firth = np.where(fits.firth, "Y", "N").repeat(tests)
    found = {
        "#CHROM": rows["CHROM"].to_numpy(),
        "POS": rows["POS"].to_numpy(),
        "ID": rows["ID"].to_numpy(),
        "REF": rows["A2"].to_numpy(),
        "ALT": rows["A1"].to_numpy(),
        "A1": rows["A1"].to_numpy(),
        **({"FIRTH?": firth} if model == "logistic" else {}),
        "TEST": np.tile(np.array(labels, object), len(variants)),
        "OBS_CT": fits.people.repeat(tests),
        names[0]: columns[0].reshape(-1),
        names[1]: columns[1].reshape(-1),
        names[3 if coding.joint else 2]: columns[2].reshape(-1),
        "NEG_LOG10_P": columns[3].reshape(-1),
        "ERRCODE": fits.code.repeat(tests),
    }
    return pd.DataFrame(found)


def p_text(neg_log10: np.ndarray) -> list[str]:
    """p-values with 6 digits, as `1.5e-512` where a float would be 0; NaN is NA.

    Args:
      neg_log10: float64 [V], -log10 p, at least 0.
    """
    return [_p_text(float(value)) for value in neg_log10]


def write_regression(table: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Writes a table as plink2 does, with P in place of NEG_LOG10_P.

    P has 6 digits and is never 0, however small: a reader of floats makes 0 of what is
    below 1e-308. Written under a temporary name first.

    Args:
      table: of `linear_regression` or `logistic_regression`.
      path: the file, plink2's `name.glm.linear` or `name.glm.logistic.hybrid`.

    Raises:
      FileNotFoundError: its folder does not exist.
    """
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        for start in range(0, len(table), _CHUNK):
            part = table.iloc[start : start + _CHUNK]
            text = part.assign(NEG_LOG10_P=p_text(part["NEG_LOG10_P"].to_numpy()))
            text.rename(columns={"NEG_LOG10_P": "P"}).to_csv(
                file,
                sep="\t",
                index=False,
                header=start == 0,
                na_rep="NA",
                float_format="%.6g",
                lineterminator="\n",
            )


def _p_text(neg_log10: float) -> str:
    if np.isnan(neg_log10):
        return "NA"
    if neg_log10 < 300:
        return f"{10.0**-neg_log10:.6g}"
    power = int(np.ceil(neg_log10))
    return f"{10.0 ** (power - neg_log10):.6g}e-{power}"


def _f_log10(fits: Fits) -> np.ndarray:
    """-log10 p of F with 2 and `freedom` degrees of freedom: there is a closed form."""
    freedom = np.where(fits.freedom > 0, fits.freedom, np.nan)
    return freedom / 2 * np.log1p(2 * fits.joint / freedom) / _LN10

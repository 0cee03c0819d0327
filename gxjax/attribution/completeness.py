"""The table of completeness: how far attributions are from summing to the output."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gxjax.attribution.step import Column

__all__ = ["completeness", "joined"]


def completeness(
    plan: Sequence[Column], deltas: np.ndarray, people, member: int
) -> list[pd.DataFrame]:
    """One table per complete column of `plan`, from its deltas [.., N and padding]."""
    complete = [column for column in plan if column.is_complete]
    pairs = zip(complete, deltas, strict=True)
    return [_rows(c.method.name, c.noise, member, people, delta) for c, delta in pairs]


def _rows(method, noise, member, people, delta) -> pd.DataFrame:
    columns = {
        "method": np.full(len(people), method, object),
        "noise": np.full(len(people), noise, object),
        "member": np.full(len(people), member, np.int32),
        "person": people.astype(np.int32),
        "delta": delta[: len(people)].astype(np.float32),
    }
    return pd.DataFrame(columns)


def joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """All tables under each other; one without rows if there are none."""
    nobody = np.zeros(0, np.int32)
    empty = _rows("", "", 0, nobody, np.zeros(0))
    return pd.concat(tables, ignore_index=True) if tables else empty

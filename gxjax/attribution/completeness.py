"""From what was noted of people: the completeness table, and what must be finite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gxjax.attribution.plan import Plan
from gxjax.attribution.stream import Notes

__all__ = ["check_finite", "completeness"]


def completeness(plan: Plan, notes: Notes, people: np.ndarray) -> pd.DataFrame:
    """`method noise member person delta` of the complete groups, a row per person."""
    complete = [group for group in plan.groups if group.is_complete]
    delta = notes.gap / np.maximum(np.abs(notes.change), 1e-6)
    tables = [
        _rows(group.method.name, member, people, delta[member, place])
        for place, group in enumerate(complete)
        for member in range(len(delta))
    ]
    nobody = np.zeros(0, np.int32)
    empty = _rows("", 0, nobody, np.zeros(0))
    return pd.concat(tables, ignore_index=True) if tables else empty


def _rows(method: str, member: int, people, delta) -> pd.DataFrame:
    columns = {
        "method": np.full(len(people), method, object),
        "noise": np.full(len(people), "none", object),
        "member": np.full(len(people), member, np.int32),
        "person": people.astype(np.int32),
        "delta": delta.astype(np.float32),
    }
    return pd.DataFrame(columns)


def check_finite(
    plan: Plan,
    notes: Notes,
    reduced: Mapping[tuple[str, str], np.ndarray],
    columns: Sequence,
    people: np.ndarray,
) -> None:
    """Raises ValueError naming method, noise, member and person of a NaN or infinity.

    Args:
      plan: the groups.
      notes: of everybody.
      reduced: [C, M, V] by (reduction, stratum).
      columns: C pairs (method, noise).
      people: [N], as the caller counts them.
    """
    broken = ~np.isfinite(notes.checks)  # [M, 1 + groups, N]
    mend = "look for diverged weights or missing dosages"
    for member, person in np.argwhere(broken[:, 0])[:1]:
        # A network gone NaN may still have finite gradients, of relu for one.
        raise ValueError(
            f"attribution: member {member} puts out NaN or infinity for person "
            f"{people[person]}; {mend}"
        )
    for member, place, person in np.argwhere(broken[:, 1:])[:1]:
        group = plan.groups[place]
        raise ValueError(
            f"attribution: method {group.method.name}, noise {group.noises[0]}, member "
            f"{member}, person {people[person]}: multipliers not finite; {mend}"
        )
    for (reduction, stratum), values in reduced.items():
        for column, member, variant in np.argwhere(~np.isfinite(values))[:1]:
            name, noise = columns[column]
            raise ValueError(
                f"attribution: method {name}, noise {noise}, member {member}: the "
                f"{reduction} of column {variant} over {stratum} is NaN or infinite; "
                f"{mend}"
            )

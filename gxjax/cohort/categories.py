"""Covariates that are categories, as columns of 0 and 1: PLINK 2's coding."""

from __future__ import annotations

import re

import chex
import numpy as np
import pandas as pd

__all__ = ["drop_lone", "is_category", "split_categories"]

_MOST_CATEGORIES = 1000


def is_category(column: pd.Series) -> bool:
    """Whether a covariate is text, as `read_covariates` leaves categories."""
    return not pd.api.types.is_numeric_dtype(column)


def drop_lone(covariates: pd.DataFrame, people: np.ndarray) -> np.ndarray:
    """Leaves out who is alone in a category, as `plink2 --glm` does.

    A column of his own would fit such a person exactly: he tells nothing of anything
    else.

    Args:
      covariates: N rows; numeric columns are not looked at.
      people: bool [N], whom to choose from.

    Returns:
      bool [N], true for nobody else.
    """
    chex.assert_shape(people, (len(covariates),))
    stay = people.copy()
    texts = [covariates[name] for name in covariates if is_category(covariates[name])]
    while True:
        before = stay.sum()
        for column in texts:
            sizes = column[stay].value_counts()
            stay &= ~column.isin(sizes.index[sizes == 1]).to_numpy()
        if stay.sum() == before:
            return stay


def split_categories(
    covariates: pd.DataFrame, fitted: np.ndarray
) -> tuple[pd.DataFrame, list[str]]:
    """A column of 0 and 1 per category but the commonest, for each covariate of text.

    `plink2 --split-cat-pheno omit-most covar-01`, and what `--glm` does by itself. Of
    equally common ones the first by name is left out. Whoever is in a category that
    `fitted` people lack gets zeros, so counts as in the commonest: there is nothing
    that could be known of it.

    Args:
      covariates: N rows; numeric columns stay; text columns hold names, NaN missing.
      fitted: bool [N], the people of whom categories are taken, for example TRAIN.

    Returns:
      Table of N rows, float64, NaN missing, columns such as `site=Leeds` in the place
      of `site`; and sentences on people of categories that `fitted` lack.

    Raises:
      ValueError: more than 1000 categories, or more than half as many as people; or
        two columns of one name.
    """
    chex.assert_shape(fitted, (len(covariates),))
    parts, notes = [], []
    for name in covariates.columns:
        column = covariates[name]
        if not is_category(column):
            parts.append(column.astype(np.float64).to_frame())
            continue
        names = _names_but_commonest(column[fitted])
        parts.append(_indicators(column, names))
        unknown = column.notna() & ~column.isin(column[fitted])
        if unknown.any():
            notes.append(
                f"{name}: {int(unknown.sum())} people are in categories that TRAIN "
                f"lacks, such as {column[unknown].iloc[0]!r}; they count as in the "
                "commonest."
            )
    found = pd.concat([covariates.iloc[:, :0], *parts], axis=1)
    if not found.columns.is_unique:
        twice = found.columns[found.columns.duplicated()][0]
        raise ValueError(f"covariates: {twice!r} is there twice; rename one")
    return found, notes


def _indicators(column: pd.Series, names: list[str]) -> pd.DataFrame:
    missing = column.isna()
    # One frame at once: assigning hundreds of columns one by one is slow.
    return pd.DataFrame(
        {
            f"{column.name}={name}": (column == name).astype(float).mask(missing)
            for name in names
        },
        index=column.index,
    )


def _names_but_commonest(column: pd.Series) -> list[str]:
    sizes = column.value_counts()
    people, most = int(sizes.sum()), _MOST_CATEGORIES
    if len(sizes) > 1 and (len(sizes) > most or 2 * len(sizes) > people):
        raise ValueError(
            f"covariate {column.name!r} has {len(sizes)} categories, such as "
            f"{sizes.index[0]!r}, for {people} people; expected at most {most}, and at "
            "most half as many as people: is it an id?"
        )
    names = sorted(sizes.index, key=_by_name)
    # max keeps the first of equals.
    commonest = max(names, key=lambda name: sizes[name], default=None)
    return [name for name in names if name != commonest]


def _by_name(name: str) -> list[tuple[int, str]]:
    """Numbers within names by size, letters of either case together."""
    parts = re.findall(r"\d+|\D+", name)
    return [(int(part), "") if part.isdigit() else (-1, part.lower()) for part in parts]

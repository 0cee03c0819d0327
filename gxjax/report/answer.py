"""Which method to trust for which effect type, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gxjax.report.labels import (
    EFFECTS,
    column_label,
    column_order,
    in_order,
    sentence_list,
)
from gxjax.types import COMPARATORS, PLANTED_KINDS

__all__ = ["answer_sentence", "chosen_columns", "compared", "truths", "unbeaten"]

_MOST_RIVALS = 2
_SPOKEN = {
    "gwas": "the GWAS",
    "gwas_genotypic": "the genotypic GWAS",
    "ridge": "ridge regression",
    "elastic_net": "the elastic net",
    "boosting": "gradient boosting",
    "random": "random scores",
    "maf": "allele frequency",
    "ld_score": "the LD score",
}


def truths(values: pd.Series) -> pd.Series:
    """A column of yes and no, read from a file or not, as bool; no where unknown."""
    return values.astype(str).str.lower().isin(["true", "1", "1.0"])


def compared(usefulness: pd.DataFrame) -> bool:
    """Whether any method was held against any comparator."""
    names = usefulness[["beaten", "not_beaten"]].fillna("").astype(str)
    return bool((names != "").any(axis=None))


def chosen_columns(
    rows: pd.DataFrame, need_useful: bool = True
) -> list[tuple[str, str]]:
    """The columns to trust for one effect type: more than one where they are tied.

    Args:
      rows: the effect's rows of `trusted`.
      need_useful: whether it must beat every comparator.

    Returns:
      (method, noise) of the highest of those within noise of the best, in the order of
      the report, whatever that of the rows; none where none will do. To have been the
      highest of many makes a value look better than it is.
    """
    rows = rows[(rows["value"] > 0) & truths(rows["within_noise_of_best"])]
    if need_useful:
        rows = rows[truths(rows["useful"])]
    best = rows[rows["value"] == rows["value"].max()]
    pairs = zip(best["method"], best["noise"], strict=True)
    return sorted(pairs, key=column_order)


def unbeaten(usefulness: pd.DataFrame, effect: str) -> list[str]:
    """The comparators that no column beats for an effect type, in order."""
    rows = usefulness.loc[usefulness["effect"] == effect, "not_beaten"]
    lost = [set(str(names).split(",")) - {"", "nan"} for names in rows]
    return in_order(set.intersection(*lost) if lost else set(), COMPARATORS)


def answer_sentence(trusted: pd.DataFrame, usefulness: pd.DataFrame) -> str:
    """The page's first sentence; "" where nothing was judged.

    A column is trusted for an effect type when it is within noise of the best and beats
    every comparator there; of these the highest is named, or all that share its value.
    The sentence is about this truth, these networks and this
    cohort: another architecture or trait may turn it round.

    Args:
      trusted: `effect method noise value lower upper best within_noise_of_best useful`.
      usefulness: `method noise effect value beaten not_beaten useful`; without any
        comparator the best columns are named, and that there was nothing to beat.
    """
    groups: dict[str, list[str]] = {}
    for effect, said in _verdicts(trusted.dropna(subset=["value"]), usefulness):
        groups.setdefault(said, []).append(effect.replace("_", "-"))
    if not groups:
        return ""
    good = [said for said in groups if not said.startswith("no ")]
    bad = [said for said in groups if said.startswith("no ")]
    rivals = compared(usefulness)
    verb = "trust" if rivals else "the highest recall is that of"
    parts = []
    if good:
        named = [f"{said} for {_effects(groups[said])}" for said in good]
        parts.append(f"{verb} {sentence_list(named)}")
    parts += [f"{said} {_effects(groups[said], 'or')}" for said in bad]
    if not rivals:
        parts.append("no comparator was run, so none of it is shown to be useful")
    return f"On this data, {'; '.join(parts)}."


def _verdicts(
    trusted: pd.DataFrame, usefulness: pd.DataFrame
) -> Iterator[tuple[str, str]]:
    """(effect, the columns to trust or a clause that begins with "no ")."""
    there = in_order(trusted["effect"], EFFECTS)
    for effect in [name for name in there if name in PLANTED_KINDS] or there:
        rows = trusted[trusted["effect"] == effect]
        chosen = chosen_columns(rows, need_useful=compared(usefulness))
        rivals = _spoken(unbeaten(usefulness, effect))
        if chosen:
            names = sentence_list([column_label(*column) for column in chosen], "or")
            yield effect, f"{names} (tied)" if len(chosen) > 1 else names
        elif not (rows["value"] > 0).any():
            yield effect, "no method finds"
        elif rivals:
            yield effect, f"no method beats {rivals} for"
        else:
            yield effect, "no method beats every comparator for"


def _spoken(rivals: list[str]) -> str:
    """Comparators in few words; who does not beat chance need not hear of others."""
    if "random" in rivals:
        return _SPOKEN["random"]
    names = [_SPOKEN.get(name, name) for name in rivals]
    if len(names) > _MOST_RIVALS:
        names = [names[0], f"{len(names) - 1} other comparators"]
    return sentence_list(names, "or")


def _effects(names: list[str], last: str = "and") -> str:
    return f"{sentence_list(names, last)} effects"

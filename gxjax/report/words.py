"""Every sentence of the page that depends on the tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gxjax.report import summaries
from gxjax.report.answer import answer_sentence
from gxjax.report.cautions import benchmark_cautions, cautions
from gxjax.report.headline import (
    TOP_RECALL,
    against_random,
    at_quantile,
    best_by_effect,
    percent,
    precision_sentence,
    recall_sentence,
    verdict_quantile,
)
from gxjax.report.intervals import BOTH, FEW, interval_words
from gxjax.report.labels import EFFECTS, column_label, effect_label, in_order
from gxjax.report.ranking import composite_sentence, ranking_sentences

__all__ = ["page_words", "provenance_words"]

_PUBLISHED = "By the published definition: "


def page_words(
    tables: Mapping[str, pd.DataFrame], replicates: int, generative: bool
) -> dict[str, Any]:
    """Sentences and small facts by the name that the templates know them by.

    Args:
      tables: every table of `schemas.SCHEMAS`.
      replicates: how many truth seeds the intervals cover.
      generative: whether causal variants are real ones and made the phenotype.
    """
    recall, quantile = at_quantile(tables["recall"], TOP_RECALL)
    judged = verdict_quantile(tables)
    best = best_by_effect(tables["recall"], quantile)
    if generative:
        best = against_random(best, recall)
    effects = [_effect(row) for row in best.to_dict("records")]
    warnings = cautions(tables["history"], tables["completeness"])
    published = ranking_sentences(tables["composite_published"])
    return {
        "answer": answer_sentence(tables["trusted"], tables["usefulness"]),
        "asked": summaries.methods_sentence(tables["composite"]),
        "ranking": ranking_sentences(tables["composite"], tables["comparisons"]),
        "published": _PUBLISHED + published[0] if len(published) > 1 else "",
        "composite_sentence": composite_sentence(tables["composite"]),
        "recall_sentence": recall_sentence(
            best, best_by_effect(tables["locus_recall"], quantile), quantile
        ),
        "precision_sentence": precision_sentence(tables["precision"]),
        "effects": effects,
        "top": percent(1 - quantile),
        "judged_top": percent(1 - at_quantile(tables["recall"], judged)[1]),
        "warnings": warnings + benchmark_cautions(tables),
        "interval": interval_words(replicates, BOTH, _few(tables["recall"])),
        "replicates": replicates,
        "generative": generative,
        "nulls": sorted(set(tables["precision"].get("null", pd.Series(dtype=str)))),
    }


def provenance_words(given: Mapping[str, Any]) -> dict[str, Any]:
    """How the page came about, by the name that the templates know it by.

    Args:
      given: as `write_page` takes it.
    """
    times = given.get("times", {})
    clock = {stage: summaries.clock(seconds) for stage, seconds in times.items()}
    if times:
        clock["together"] = summaries.clock(sum(times.values()))
    settings = {
        "Flags": given.get("flags", {}),
        "Versions": given.get("versions", {}),
        "Seeds": given.get("seeds", {}),
        "Times": clock,
    }
    return {
        "command": given.get("command", ""),
        "device": given.get("device", ""),
        "notes": given.get("notes", []),
        "cohort": given.get("cohort", {}),
        "settings": {name: section for name, section in settings.items() if section},
    }


def _few(recall: pd.DataFrame) -> dict[str, int]:
    """Effect types of fewer than `FEW` planted variants, pairs or triples."""
    planted = recall[recall["effect"] != "gwas_significant"].groupby("effect")
    counts = planted["planted"].max().dropna()
    return {
        effect_label(effect): int(counts[effect])
        for effect in in_order(counts.index, EFFECTS)
        if 0 < counts[effect] < FEW
    }


def _effect(row: dict) -> dict[str, Any]:
    found = row["value"] > 0
    return row | {
        "label": effect_label(row["effect"]),
        "column": column_label(row["method"], row["noise"]) if found else "none",
        "ties": row["ties"] if found else 0,
        "above": row["value"] > row["limit"],
    }

"""Plausible tables of the benchmark's newer parts, made without the other rooms."""

from itertools import pairwise

import numpy as np
import pandas as pd
from faithful_tables import faithfulness_tables, nonadditive_tables, spread, table

EFFECTS = {
    "additive": (50, 0.75),
    "dominant": (50, 0.45),
    "recessive": (50, 0.3),
    "epistatic": (50, 0.12),
    "epistatic_pair": (25, 0.05),
    "gene_by_sex": (30, 0.1),
    "all": (230, 0.4),
}
COMPARATORS = ("gwas", "gwas_genotypic", "ridge", "elastic_net", "random", "maf")
REACH = {"gwas": 1.0, "gwas_genotypic": 0.95, "ridge": 0.8, "elastic_net": 0.7}


def found(method, effect, place):
    """What share of an effect type a column recalls: methods beat GWAS off additive."""
    at_top = EFFECTS[effect][1]
    if method in ("random", "maf"):
        return 0.01
    if method in REACH:
        return at_top * REACH[method] * (1.0 if effect == "additive" else 0.6)
    return at_top * max(0.98 - 0.03 * place, 0.1)


def all_columns(columns):
    return [*columns, *((name, "none") for name in COMPARATORS)]


def trusted_table(columns):
    rows = []
    for effect in EFFECTS:
        values = [found(m, effect, place) for place, (m, _) in enumerate(columns)]
        for column, value in zip(columns, values, strict=True):
            near = value > 0.9 * max(values)
            useful = effect not in ("additive", "epistatic", "epistatic_pair")
            rows.append((effect, *column, *spread(value, 0.05)))
            rows[-1] += (value == max(values), near, useful and near)
    names = "effect method noise value lower upper best within_noise_of_best useful"
    return table(names, rows)


def usefulness_table(columns):
    rows = []
    for row in trusted_table(columns).to_dict("records"):
        lost = "gwas,gwas_genotypic" if row["effect"] == "additive" else "gwas"
        lost = "" if row["useful"] else lost
        kept = [name for name in COMPARATORS if name not in lost.split(",")]
        rows.append((row["method"], row["noise"], row["effect"], row["value"]))
        rows[-1] += (",".join(kept), lost, row["useful"])
    return table("method noise effect value beaten not_beaten useful", rows)


def average_precision_table(columns):
    rows = []
    for place, (method, noise) in enumerate(all_columns(columns)):
        for effect, (planted, _) in EFFECTS.items():
            value = 0.8 * found(method, effect, place)
            ends = spread(value, 0.05)
            rows.append((method, noise, effect, *ends, *ends[1:], planted))
            rows[-1] += (planted / 20000,)
    names = "method noise effect value lower upper least greatest planted chance"
    return table(names, rows)


def frequency_table(columns):
    edges = [0.01, 0.05, 0.1, 0.2, 0.5]
    rows = []
    for place, column in enumerate(all_columns(columns)):
        for effect in ("additive", "recessive", "all"):
            for low, high in pairwise(edges):
                ends = spread(found(column[0], effect, place) * (0.3 + high), 0.08)
                rows.append((*column, effect, low, high, 0.99, *ends, 12))
    names = "method noise effect maf_low maf_high quantile value lower upper planted"
    return table(names, rows)


def locus_precision_table(columns):
    rows = []
    for place, column in enumerate(columns):
        for k in (10, 20, 50, 100, 200, 500):
            ends = spread(0.9 * (10 / k) ** 0.4 * (1 - 0.03 * place), 0.05)
            rows.append((*column, k, *ends, *ends[1:], k))
    return table("method noise k value lower upper least greatest loci", rows)


def comparisons_table(columns):
    rows = []
    for second in columns[1:]:
        for metric in ("composite", "recall"):
            rows.append((metric, "all", *columns[0], *second, 0.02, -0.01, 0.05))
            rows[-1] += (0.1, 0.4)
    names = "metric effect first_method first_noise second_method second_noise"
    return table(f"{names} difference lower upper p p_holm", rows)


def ranks_table(columns):
    rows = []
    for metric in ("recall", "precision"):
        for place, column in enumerate(columns):
            rank = 1.5 + 0.85 * (len(columns) - 2) * place / max(len(columns) - 1, 1)
            rows.append((metric, *column, rank, 2.4, 40, 1e-6))
    return table(
        "metric method noise mean_rank critical_difference cases friedman_p", rows
    )


def loci_table(columns, manhattan):
    rows = []
    for column in columns[:2]:
        top = manhattan.nlargest(12, "score")
        for row in top.to_dict("records"):
            q = min(1.0, 0.002 / row["score"])
            rows.append((*column, row["CHROM"], row["POS"], row["POS"] + 9000))
            rows[-1] += (row["ID"], 3, row["score"], q / 20, q, row["kind"])
    return table("method noise CHROM START END ID variants score p q kind", rows)


def selected_table(columns):
    rows = []
    for column in columns:
        for fdr in (0.1, 0.2):
            rows.append((*column, "knockoff", fdr, 0.002 / fdr, 40, 36, 3, 3 / 40))
        rows.append((*column, "knockoff", 0.05, np.inf, 0, 0, 0, 0.0))
    names = "method noise null fdr threshold selected planted_selected"
    return table(f"{names} false_selected realised", rows)


def calibration_table(columns, draw):
    expected = np.linspace(0.05, 4.3, 40)
    rows = []
    for column in columns:
        observed = np.sort(expected * draw.normal(1, 0.02, len(expected)))
        for x, y in zip(expected, observed, strict=True):
            rows.append((*column, x, y, x / (1 + 0.1 * x), x * (1 + 0.15 * x)))
    return table("method noise expected observed lower upper", rows)


def spread_table(columns):
    rows = []
    for column in columns:
        shares = {"seed": 0.5, "data_order": 0.2, "bootstrap": 0.3}
        for component, share in shares.items():
            rows.append((*column, component, 0.2 * share, 0.15 * share, 0.25 * share))
            rows[-1] += (share,)
    return table("method noise component value lower upper share", rows)


def with_similarity(stability):
    """The stability table with intervals, Spearman, Jaccard and Nogueira."""
    more = {"lower": stability["median"] - 0.03, "upper": stability["median"] + 0.03}
    for place, name in enumerate(("spearman", "jaccard", "nogueira")):
        value = 0.8 - 0.2 * place - 0.01 * np.arange(len(stability))
        more |= {name: value, f"{name}_lower": value - 0.04}
        more |= {f"{name}_upper": value + 0.04}
    return stability.assign(**more, top=0.01)


def with_nulls(precision):
    """The precision table for two kinds of null, counted by variant and by locus."""
    parts = []
    for null, lift in (("permuted", 1.0), ("knockoff", 0.8)):
        for counted, more in (("variant", 1.0), ("locus", 0.9)):
            part = precision.assign(null=null, counted=counted)
            part[["value", "lower", "upper"]] *= lift * more
            parts.append(part)
    return pd.concat(parts, ignore_index=True)


def with_ranks(composite):
    """The composite table with rank intervals and shares of first ranks."""
    share = np.geomspace(0.5, 0.001, len(composite))
    rank = composite["rank"]
    return composite.assign(
        quantile=0.99,
        first_share=share,
        first_share_weights=share[::-1] / 2 + share / 2,
        rank_lower=np.maximum(rank - 2, 1),
        rank_upper=np.minimum(rank + 2, len(composite)),
    )


def recall_rows(columns):
    """More of the recall table: comparators, new effects, and the top K variants."""
    rows = []
    for place, (method, noise) in enumerate(all_columns(columns)):
        for effect, (planted, _) in EFFECTS.items():
            at_top = found(method, effect, place)
            for k in (10, 50, 200, 1000, 4000):
                value = min(at_top * (k / 200) ** 0.4, 1.0)
                ends = spread(value, 0.05)
                rows.append((method, noise, effect, 1 - k / 20000, k, *ends))
                rows[-1] += (*ends[1:], planted)
    names = "method noise effect quantile k value lower upper least greatest planted"
    return table(names, rows)


def add_benchmark(tables, columns, draw):
    """`tables` of `write_page` with everything that a whole benchmark adds."""
    own = {
        "recall": recall_rows(columns),
        "locus_recall": recall_rows(columns).query("k <= 1000"),
        "precision": with_nulls(tables["precision"]),
        "stability": with_similarity(tables["stability"]),
        "composite": with_ranks(tables["composite"]),
        "composite_published": with_ranks(tables["composite"]).assign(tau=0.5),
        "trusted": trusted_table(columns),
        "usefulness": usefulness_table(columns),
        "average_precision": average_precision_table(columns),
        "frequency": frequency_table(columns),
        "locus_precision": locus_precision_table(columns),
        "comparisons": comparisons_table(columns),
        "ranks": ranks_table(columns),
        "loci": loci_table(columns, tables["manhattan"]),
        "selected": selected_table(columns),
        "calibration": pd.concat(
            [
                calibration_table(columns[:4], draw).assign(phenotype=name)
                for name in ("real", "shuffled")
            ],
            ignore_index=True,
        ),
        "spread": spread_table(columns),
    }
    provenance = tables["provenance"] | {"replicates": 3, "truth": "generative"}
    more = faithfulness_tables(columns) | nonadditive_tables()
    return tables | own | more | {"provenance": provenance}

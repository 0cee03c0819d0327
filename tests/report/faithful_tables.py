"""Plausible tables of what networks were asked directly."""

import numpy as np
import pandas as pd


def table(names, rows):
    return pd.DataFrame(rows, columns=names.split())


def spread(value, half):
    return value, max(value - half, 0.0), min(value + half, 1.0)


def faithfulness_tables(columns):
    measures, curves, sanity = [], [], []
    fractions = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]
    names = ("deletion", "insertion", "infidelity", "max_sensitivity", "completeness")
    for place, column in enumerate(columns):
        for number, measure in enumerate(names):
            value = 0.2 + 0.1 * number + 0.02 * place
            if measure == "infidelity" and column[1] == "smoothgrad_squared":
                value = np.nan
            measures.append((*column, measure, value, value - 0.02, value + 0.02))
        for curve in ("deletion", "insertion"):
            for fraction in fractions:
                value = fraction ** (0.25 + 0.02 * place)
                value = 1 - value if curve == "deletion" else value
                curves.append((*column, curve, fraction, *spread(value, 0.03)))
        for number, layer in enumerate(("Dense_2", "Dense_1", "Dense_0", "labels")):
            value = 0.6 - 0.18 * number
            sanity.append((*column, layer, value, value - 0.1, value + 0.1))
    return {
        "faithfulness": table("method noise measure value lower upper", measures),
        "faithfulness_curves": table(
            "method noise curve fraction value lower upper", curves
        ),
        "sanity": table("method noise layer value lower upper", sanity),
    }


def nonadditive_tables():
    dominance = [
        ("additive", 0.01, -0.02, 0.04, np.nan, 50),
        ("dominant", 0.21, 0.15, 0.27, 0.83, 50),
        ("recessive", -0.16, -0.22, -0.1, 0.76, 50),
    ]
    interactions = [
        (score, "epistatic", 1 - k / 1e6, k, *spread(reach * k**0.15, 0.06), 25)
        for score, reach in (("pair_contrast", 0.2), ("product_of_scores", 0.08))
        for k in (10, 100, 1000)
    ]
    names = "score effect quantile k value lower upper planted"
    return {
        "dominance": table("effect contrast_mean lower upper auroc planted", dominance),
        "interactions": table(names, interactions),
    }

"""Plausible tables of a whole benchmark, small, made without the other rooms."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from benchmark_tables import add_benchmark

from gxjax.report import write_page

METHODS = ("saliency", "integrated_gradients", "deeplift", "gradient_shap")
NOISES = ("none", "smoothgrad", "smoothgrad_squared")
EFFECTS = {
    "additive": (100, 0.75),
    "dominant": (100, 0.4),
    "recessive": (100, 0.25),
    "epistatic": (100, 0.08),
    "epistatic_pair": (50, 0.03),
    "nonadditive": (300, 0.25),
    "all": (400, 0.37),
    "gwas_significant": (31, 0.9),
}


def recall_table(columns, draw):
    rows = []
    for place, (method, noise) in enumerate([*columns, ("gwas", "none")]):
        for effect, (planted, at_top) in EFFECTS.items():
            lift = 1.1 if method == "gwas" else max(1 - 0.04 * place, 0.1)
            for quantile in np.arange(80, 100) / 100:
                value = min((at_top * lift) ** (0.3 + 14 * (quantile - 0.8) / 4), 1.0)
                value = float(np.clip(value + draw.normal(0, 0.005), 0, 1))
                half = 0 if method == "gwas" else 0.04
                rows.append((method, noise, effect, quantile, 100, value))
                rows[-1] += (max(value - half, 0), min(value + half, 1), planted)
    names = "method noise effect quantile k value lower upper planted"
    return pd.DataFrame(rows, columns=names.split())


def precision_table(columns):
    rows = []
    for place, (method, noise) in enumerate(columns):
        for quantile in (0.80, 0.90, 0.95, 0.97, 0.98, 0.99):
            value = 0.05 + 3.4 * (quantile - 0.79) - 0.02 * place
            rows.append(
                (method, noise, quantile, 200, value, value - 0.05, value + 0.05)
            )
            rows[-1] += (60, 140)
    names = "method noise quantile k value lower upper decoys real"
    return pd.DataFrame(rows, columns=names.split())


def composite_table(columns):
    rows = []
    for place, (method, noise) in enumerate(columns):
        value = 0.62 - 0.02 * place
        rows.append((method, noise, value, value - 0.03, value + 0.03, value + 0.01))
        rows[-1] += (value - 0.01, 0.5, value, 0.55, 0.45, 0.45, place + 1)
    names = "method noise value lower upper arithmetic harmonic"
    names += " recall precision stability median_rsd tau rank"
    return pd.DataFrame(rows, columns=names.split())


def stability_table(rsd):
    names = (
        "method noise mean median mad mad_normal q25 q75 iqr p10 p90 excluded variants"
    )
    rows = [
        (
            *column,
            np.mean(v),
            np.median(v),
            0.1,
            0.15,
            0.3,
            0.6,
            0.3,
            0.2,
            0.8,
            3,
            len(v),
        )
        for column, v in rsd.items()
    ]
    return pd.DataFrame(rows, columns=names.split())


def manhattan_table(draw):
    kinds = ("additive", "dominant", "recessive", "epistatic")
    real = pd.DataFrame(
        {
            "CHROM": np.repeat([str(c) for c in range(1, 9)], 250),
            "POS": np.tile(np.sort(draw.integers(1, 50_000_000, 250)), 8),
            "kind": "real",
            "score": draw.gamma(2, 0.01, 2000),
            "neg_log10_p": draw.exponential(0.6, 2000),
        }
    )
    planted = pd.DataFrame(
        {
            "CHROM": "26",
            "POS": np.arange(80) + 1,
            "kind": np.repeat(kinds, 20),
            "score": np.repeat([0.16, 0.1, 0.08, 0.04], 20)
            * draw.uniform(0.5, 1.2, 80),
            "neg_log10_p": np.repeat([9, 6, 4, 0.8], 20) * draw.uniform(0.5, 1.3, 80),
        }
    )
    table = pd.concat([real, planted], ignore_index=True)
    return table.assign(ID=[f"rs{i}" for i in range(len(table))])


def history_table(members, draw):
    rows = []
    for place, arm in enumerate(("spikein", "decoy", "real")):
        for member in range(members):
            for epoch in range(20):
                fall = np.exp(-epoch / (5 + place))
                score = 0.25 - 0.3 * fall - 0.0008 * max(epoch - 10, 0) ** 2
                score += draw.normal(0, 0.01)
                rows.append((arm, member, epoch, 1e-3, 0.5 + 0.6 * fall))
                rows[-1] += (1 - score, "r2", score, 11 + member, epoch == 19)
    names = "arm member epoch learning_rate train_loss validation_loss"
    names += " score_name validation_score best_epoch stopped"
    return pd.DataFrame(rows, columns=names.split())


def completeness_table(members, draw):
    scale = {"integrated_gradients": 1e-5, "deeplift": 1e-7, "gradient_shap": 3e-3}
    parts = [
        pd.DataFrame(
            {
                "arm": "spikein",
                "method": method,
                "noise": "none",
                "member": member,
                "person": np.arange(100),
                "delta": draw.normal(0, size, 100),
            }
        )
        for method, size in scale.items()
        for member in range(members)
    ]
    return pd.concat(parts, ignore_index=True)


def manifest_table(draw):
    kinds = np.repeat(["additive", "dominant", "recessive", "epistatic"], 10)
    target = draw.uniform(0.1, 0.2, 40) * draw.choice([-1, 1], 40)
    return pd.DataFrame(
        {
            "CHROM": "26",
            "POS": np.arange(40) + 1,
            "ID": [f"SYN_{i:03d}" for i in range(40)],
            "A1": "A",
            "A2": "G",
            "effect": kinds,
            "partner": ".",
            "target": target,
            "achieved": target + draw.normal(0, 0.002, 40),
            "latent_rho": target,
            "maf_target": 0.1,
            "maf": draw.uniform(0.05, 0.4, 40),
            "n0": 800,
            "n1": 180,
            "n2": 20,
            "guards_met": True,
        }
    )


def make_tables(columns=None, members=4):
    """Every keyword argument of `write_page` that holds data."""
    columns = columns or [(m, n) for m in METHODS for n in NOISES]
    draw = np.random.default_rng(3)
    rsd = {column: draw.gamma(8, 0.055, 2000) for column in columns}
    filters = ["mind", "geno", "mac", "maf", "hwe"]
    qc = {"filter": filters, "removed_people": [12, 0, 0, 0, 0]}
    qc |= {"removed_variants": [0, 40, 3, 812, 5]}
    qc |= {"people": 9988, "variants": [20000, 19960, 19957, 19145, 19140]}
    return {
        "recall": recall_table(columns, draw),
        "precision": precision_table(columns),
        "stability": stability_table(rsd),
        "composite": composite_table(columns),
        "rsd": rsd,
        "manhattan": manhattan_table(draw),
        "history": history_table(members, draw),
        "completeness": completeness_table(members, draw),
        "manifest": manifest_table(draw),
        "qc": pd.DataFrame(qc),
        "provenance": {
            "command": "scripts/run.sh --members 4 --workdir out",
            "flags": {"members": 4, "widths": [256, 64], "pheno_name": "height"},
            "versions": {"gxjax": "0.1.0", "jax": "0.10.2"},
            "device": "1 x cpu",
            "seeds": {"seed": 0},
            "times": {"cohort": 3.2, "train": 141.0, "attribution": 3725.4},
            "notes": ["12 phenotype rows without genotypes were dropped"],
            "cohort": {"Phenotype": "height", "People": 9988, "Variants": 19140},
        },
    }


COLUMNS = [(m, n) for m in METHODS for n in ("none", "smoothgrad_squared")]


@pytest.fixture
def everything():
    """Every table of the page: eight score columns, six comparators."""
    draw = np.random.default_rng(1)
    return add_benchmark(make_tables(COLUMNS), COLUMNS, draw)


class FullPage(NamedTuple):
    """A page with all of its parts, its text, and what its progress said."""

    path: object
    text: str
    progress: list


@pytest.fixture(scope="session")
def full_page(tmp_path_factory):
    """`everything`, drawn once for all tests."""
    draw = np.random.default_rng(1)
    tables = add_benchmark(make_tables(COLUMNS), COLUMNS, draw)
    notes = []
    folder = tmp_path_factory.mktemp("full") / "report"
    page = write_page(folder, **tables, progress=lambda *step: notes.append(step))
    return FullPage(page, page.read_text(encoding="utf-8"), notes)


@pytest.fixture
def tables():
    """Four methods, three kinds of noise, four members."""
    return make_tables()

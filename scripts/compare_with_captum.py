#!/usr/bin/env python
"""Do our stochastic columns have captum's mean, and no more variance at equal draws?

    pip install '.[bench]'
    python scripts/compare_with_captum.py --figure=docs/attribution_z_scores.png

GradientSHAP, and every published method with SmoothGrad squared: --repeats independent
estimates of --draws draws each, of every person and variant of one small network, on
both sides. Prints JSON: how z = (our mean - captum's) / its standard error is
distributed (share below 2: 0.954 if the means are the same; variants of one person are
not independent), and the variance of one of our estimates over that of captum's. Merged
draws are right to leading order in H / V only: their deviation is given as a share.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import torch
from absl import app, flags
from bench.captum_side import captum_calls, torch_network
from bench.networks import (
    COLUMNS,
    STEPS,
    column_name,
    random_baseline,
    random_front,
    random_kernel,
    random_people,
    with_steps,
)
from scipy.stats import norm

from gxjax.attribution import score
from gxjax.replacing import replacing
from gxjax.types import DosageSource, LinearFront

VARIANTS = flags.DEFINE_integer("variants", 200, "V", lower_bound=2)
WIDTHS = flags.DEFINE_list("widths", ["32", "16"], "hidden widths")
PEOPLE = flags.DEFINE_integer("people", 20, "people", lower_bound=1)
REPEATS = flags.DEFINE_integer("repeats", 400, "estimates of each", lower_bound=2)
DRAWS = flags.DEFINE_integer("draws", 5, "draws of one estimate", lower_bound=1)
OUT = flags.DEFINE_string("out", None, "JSON file; standard output has it too")
FIGURE = flags.DEFINE_string("figure", None, "PNG file of the z-scores")

DRAWN = [COLUMNS[3], *COLUMNS[4:]]
MERGED = COLUMNS[5:]
METHODS = with_steps(STEPS)


def uneven_front() -> LinearFront:
    """One network in which few variants matter much, as in a trained one."""
    widths = tuple(int(width) for width in WIDTHS.value)
    kernel = random_kernel(0, (1, VARIANTS.value, widths[0]))
    kernel *= np.random.default_rng(1).lognormal(0, 0.7, (1, VARIANTS.value, 1))
    return random_front(kernel, widths)


def ours(
    front: LinearFront,
    person: np.ndarray,
    baseline: np.ndarray,
    columns: Sequence[tuple[str, str]],
    key: jax.Array,
    merge: bool,
) -> np.ndarray:
    """Estimates [C, repeats, V]; every repeat is a person and a stratum of its own."""
    count = REPEATS.value
    labels = [f"{number:06d}" for number in range(count)]
    scores = score(
        front, DosageSource(jnp.asarray(person[None]), copies),
        np.zeros(count, np.int32), np.arange(count, dtype=np.uint32), baseline, columns,
        key=key, methods=METHODS, draws=DRAWS.value, merge_draws=merge,
        reductions=("mean_signed",), strata=labels,
    )  # fmt: skip
    found = [scores.reductions["mean_signed", label][:, 0] for label in labels]
    return np.stack(found, axis=1)


def copies(arrays: jax.Array, people: jax.Array) -> jax.Array:
    return arrays[people]


def captums(
    network: torch.nn.Module, person: np.ndarray, baseline: np.ndarray
) -> np.ndarray:
    """Estimates [C, repeats, V] of `DRAWN`."""
    calls = captum_calls(network, baseline, STEPS, DRAWS.value)
    estimates = []
    for column in DRAWN:
        parts = []
        for start in range(0, REPEATS.value, 250):
            rows = min(250, REPEATS.value - start)
            x = torch.tensor(np.tile(person, (rows, 1)), requires_grad=True)
            parts.append(calls[column](x).detach().numpy())
        estimates.append(np.concatenate(parts))
    return np.stack(estimates)


def compare(mine: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
    """z-scores [people, V] and what they say; estimates float [people, repeats, V]."""
    mine, theirs = mine.astype(np.float64), theirs.astype(np.float64)
    change = mine.mean(1) - theirs.mean(1)
    variances = mine.var(1, ddof=1), theirs.var(1, ddof=1)
    z = change / np.sqrt(sum(variances) / mine.shape[1])
    ratio = variances[0] / variances[1]
    parts = [
        _variance_ratio(*pair)
        for pair in zip(*map(_parts, (mine, theirs)), strict=True)
    ]
    return z, {
        "z_scores": z.size,
        "share_below_2": float((np.abs(z) < 2).mean()),
        "largest": float(np.abs(z).max()),
        "root_mean_square": float(np.sqrt((z**2).mean())),
        "relative_deviation": float(change.sum() / np.abs(theirs.mean(1)).sum()),
        "variance_ratio": _variance_ratio(mine, theirs),
        "variance_ratio_error": float(np.std(parts, ddof=1) / len(parts) ** 0.5),
        "variance_ratio_quantiles": np.quantile(ratio, [0.05, 0.5, 0.95]).tolist(),
    }


def _variance_ratio(mine: np.ndarray, theirs: np.ndarray) -> float:
    """Of sums over people and variants, which the large attributions rule."""
    return float(mine.var(1, ddof=1).sum() / theirs.var(1, ddof=1).sum())


def _parts(estimates: np.ndarray, count: int = 20) -> list[np.ndarray]:
    """The repeats in parts, whose ratios tell the standard error of that of all."""
    return np.array_split(estimates, min(count, estimates.shape[1] // 2), axis=1)


def draw_figure(z_scores: dict[str, np.ndarray], results: dict, path: Path) -> None:
    """A histogram per column, and what it would be if the means are the same."""
    figure, axes = plt.subplots(
        1, len(z_scores), figsize=(3 * len(z_scores), 2.8), sharey=True
    )
    bins, grid = np.linspace(-5, 5, 41), np.linspace(-5, 5, 201)
    for axis, (name, z) in zip(axes, z_scores.items(), strict=True):
        found = results[name]["exact"]
        axis.hist(z.ravel(), bins=bins, density=True, color="#9db8d2")
        axis.plot(grid, norm.pdf(grid), color="#333333", linewidth=1)
        axis.set_title(name.replace("_", " ").replace("+", "\n"), fontsize=9)
        axis.set_xlabel(
            f"z\n|z| < 2: {found['share_below_2']:.3f}, "
            f"largest {found['largest']:.1f}\n"
            f"variance, ours / captum's: {found['variance_ratio']:.2f} "
            f"± {found['variance_ratio_error']:.2f}",
            fontsize=8,
        )
    axes[0].set_ylabel("density")
    figure.tight_layout()
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=120, format="png")
    plt.close(figure)


def main(argv: list[str]) -> None:
    del argv
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002  (captum draws its baselines from it)
    front, baseline = uneven_front(), random_baseline(2, VARIANTS.value)
    source = random_people(jax.random.key(1), PEOPLE.value, VARIANTS.value)
    people = np.asarray(source.fetch(source.arrays, jnp.arange(PEOPLE.value)))
    network, sides = torch_network(front), []
    for number, person in enumerate(people):
        print(f"person {number + 1} of {len(people)} ...", file=sys.stderr, flush=True)
        mine, key = partial(ours, front, person, baseline), jax.random.key(number)
        pair = mine(DRAWN, key, False), mine(MERGED, key, True)
        sides.append((*pair, captums(network, person, baseline)))
    exact, merged, theirs = (np.stack(side) for side in zip(*sides, strict=True))
    results: dict[str, Any] = {}
    z_scores: dict[str, np.ndarray] = {}
    for place, column in enumerate(DRAWN):
        name = column_name(column)
        z_scores[name], found = compare(exact[:, place], theirs[:, place])
        results[name] = {"exact": found}
        if column in MERGED:
            estimates = merged[:, MERGED.index(column)]
            _, results[name]["merged"] = compare(estimates, theirs[:, place])
    text = json.dumps(
        {
            "variants": VARIANTS.value, "people": len(people), "draws": DRAWS.value,
            "repeats": REPEATS.value, "columns": results,
        },
        indent=1,
    )  # fmt: skip
    if OUT.value:
        with replacing(Path(OUT.value)) as path:
            path.write_text(text + "\n")
    if FIGURE.value:
        draw_figure(z_scores, results, Path(FIGURE.value))
    print(text)


if __name__ == "__main__":
    app.run(main)

"""The look of every figure, and how a figure becomes two files."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gxjax.replacing import replacing

__all__ = ["Colours", "colours_of", "noise_style", "save_figure", "styled"]

Colours = Mapping[str, str]
"""A colour per method name."""

INK, GREY, FAINT = "#1f2933", "#7b8794", "#e4e7eb"
_METHODS = {
    "gwas": "#000000",
    "saliency": "#0072B2",
    "integrated_gradients": "#D55E00",
    "deeplift": "#009E73",
    "gradient_shap": "#CC79A7",
    # Comparators are what methods are held against: sober, dashed.
    "gwas_genotypic": "#5b5f66",
    "ridge": "#7a5c3e",
    "elastic_net": "#a8835a",
    "boosting": "#6b7a4b",
    "random": "#9aa5b1",
    "random_order": "#9aa5b1",
    "maf": "#8d99a6",
    "ld_score": "#b4bcc5",
}
SPARE = ("#E69F00", "#56B4E9", "#7F5539", "#5E3C99", "#8A9A00", "#B2182B", "#35978F")
_NOISES: dict[str, str | tuple] = {
    "none": "-",
    "smoothgrad": "-.",
    "smoothgrad_squared": ":",
    "smoothgrad_root": "--",
    "vargrad": (0, (1, 4)),
}
_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "figure.titlesize": 11,
    "figure.titleweight": "bold",
    "grid.color": FAINT,
    "grid.linewidth": 0.7,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "svg.hashsalt": "gxjax",
    "svg.fonttype": "path",
    # A user's method may be called "cost_in_$": a label is never a formula.
    "text.parse_math": False,
}
P = ParamSpec("P")


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Decorates a function that draws a figure with the common look."""

    @functools.wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(_STYLE):
            return draw(*args, **kwargs)

    return wrapper


def colours_of(methods: Iterable[str]) -> dict[str, str]:
    """A colour per method, safe for colour-blind readers (after Okabe and Ito, Color
    Universal Design, 2008, https://jfly.uni-koeln.de/color/).

    Args:
      methods: names, possibly repeated. The built-in methods keep their colour; others
        take the spare ones in alphabetical order, and repeat after seven.
    """
    own = sorted(set(methods) - set(_METHODS))
    return _METHODS | {
        name: SPARE[place % len(SPARE)] for place, name in enumerate(own)
    }


def noise_style(noise: str) -> str | tuple:
    """The line style of a kind of input noise."""
    return _NOISES.get(noise, (0, (3, 1, 1, 1, 1, 1)))


def legend_below(figure: Figure, axes: Axes, columns: int = 4) -> None:
    """Puts the legend of `axes` under the figure, and makes the figure higher by it."""
    handles, labels = axes.get_legend_handles_labels()
    if not handles:
        return
    columns = min(columns, len(handles))
    width, height = figure.get_size_inches()
    figure.set_size_inches(width, height + 0.22 * -(-len(handles) // columns))
    figure.legend(handles, labels, loc="outside lower center", ncols=columns)


def save_figure(
    figure: Figure, directory: str | os.PathLike[str], name: str
) -> tuple[Path, Path]:
    """Writes a figure as PNG (150 dots per inch) and SVG, the same bytes every time.

    Args:
      figure: what to write.
      directory: an existing folder.
      name: file name without ending.

    Returns:
      The paths of the PNG and the SVG.

    Raises:
      FileNotFoundError: `directory` does not exist.
    """
    png, svg = (Path(directory) / f"{name}.{ending}" for ending in ("png", "svg"))
    undated = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with mpl.rc_context(_STYLE):
        with replacing(png) as temporary:
            figure.savefig(
                temporary, format="png", dpi=150, metadata={"Software": None}
            )
        # Both files from one layout: it costs as much as the drawing.
        figure.set_layout_engine("none")
        with replacing(svg) as temporary:
            figure.savefig(temporary, format="svg", dpi=150, metadata=undated)
    return png, svg

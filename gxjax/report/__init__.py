"""The report stage: tables in, files and one self-contained page out."""

from gxjax.report.bars import composite_bars
from gxjax.report.completeness import completeness_curves
from gxjax.report.curves import precision_curves, recall_curves
from gxjax.report.manhattan import manhattan_plot
from gxjax.report.page import write_page
from gxjax.report.schemas import SCHEMAS
from gxjax.report.style import save_figure
from gxjax.report.tables import format_composite, read_table, write_table
from gxjax.report.training import training_curves
from gxjax.report.violins import rsd_violins

__all__ = [
    "SCHEMAS",
    "completeness_curves",
    "composite_bars",
    "format_composite",
    "manhattan_plot",
    "precision_curves",
    "read_table",
    "recall_curves",
    "rsd_violins",
    "save_figure",
    "training_curves",
    "write_page",
    "write_table",
]

"""The words that go with each figure: what it shows, how to read it, its limits.

`{interval}` says what the intervals cover, `{blocks}` and `{both}` likewise where
precision is part of it, `{best}` names the column along the genome, `{top}` is the
share of variants kept, and `{scale}` warns of squared scores.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CAPTIONS", "SCALE", "Caption"]

SCALE = (
    " A squared score (SmoothGrad², VarGrad) varies about twice as much as its root: "
    "its stability can not be held against that of a score that is not squared."
)


class Caption(NamedTuple):
    """Words of a figure.

    Attributes:
      alt: what it shows, for those who can not see it.
      caption: how to read it.
      limits: what it can not tell.
    """

    alt: str
    caption: str
    limits: str


_TRUST = Caption(
    "Effect types against score columns, shaded by value; dots mark the best columns.",
    "{metric}: the darker the higher. The line at a cell's foot is its interval, on an "
    "axis from 0 to 1. A large dot marks the best column of an effect type, a small "
    "one a column that is no worse within noise; a hollow dot means that at least one "
    "comparator is not beaten. {interval}.",
    "The best of many columns looks better than it is. A full dot says that the method "
    "beats these comparators on these planted effects, not that it will on effects of "
    "another size, frequency or LD.",
)

CAPTIONS = {
    "trust": _TRUST,
    "trust_narrow": _TRUST,
    "composite": Caption(
        "Bars of the composite score per method and noise, best on top.",
        "Bars: the composite, the geometric mean of recall, precision and stability "
        "(markers). Whiskers: {both}.",
        "One number hides which of the three parts is weak. Columns share their draws: "
        "whether two of them differ is for the paired comparison, not for overlapping "
        "whiskers.{scale}",
    ),
    "rank_stability": Caption(
        "Ranks of the composite with intervals, and how often each column is first.",
        "Left: the rank and its 95 % interval over bootstrap draws. Right: in which "
        "share of the draws a column ranks first (full), and in which share of random "
        "weights of recall, precision and stability (hollow).",
        "A column that is first under all weights is best of these columns only. "
        "Columns of the same method share networks and often ranks.",
    ),
    "critical_difference": Caption(
        "Mean ranks on a line per metric; bars join columns that may be equal.",
        "Mean ranks over cases, the best at the left (Friedman test, Nemenyi critical "
        "difference at 5 %). A case is one effect type of one replicate. Columns under "
        "a common bar can not be told apart.",
        "Effect types of one replicate share their networks and people, and replicates "
        "their people: they are not independent cases, so a difference looks surer "
        "than it is. Two columns that are not told apart need not be equal.",
    ),
    "recall": Caption(
        "Recall against the share of variants kept, a panel per effect type.",
        "The share of planted variants among the top scored; shaded: what a random "
        "order reaches. Higher is better, most of all at the right, where few variants "
        "are kept. Dashed: comparators. A pair or triple counts when all of its "
        "variants are kept. Bands, of the methods only: {interval}.",
        "{truth} “Chance” is a random order: networks that learned nothing give scores "
        "that follow the allele frequency, and may lie above or below it (run --null "
        "to see).",
    ),
    "average_precision": Caption(
        "Average precision per effect type with intervals, comparators below.",
        "The mean, over planted variants, of the share of planted ones among all that "
        "are scored at least as high: it needs no threshold. Line: a random order. "
        "Whiskers: {interval}.",
        "It rewards the whole ranking, also parts of it that nobody will follow up. "
        "Panels have axes of their own: compare within a panel.",
    ),
    "frequency": Caption(
        "Recall in bins of minor allele frequency, columns and comparators as rows.",
        "Recall at the top {top} of variants by minor allele frequency; grey: "
        "comparators. The line at a cell's foot is its interval, on an axis from 0 to "
        "1. {interval}.",
        "Bins hold few planted variants each. Effects of one correlation are planted "
        "at every frequency, so the effect of one allele is larger where it is rare.",
    ),
    "precision": Caption(
        "Precision against the share of variants kept.",
        "1 means that no null variant is among the variants kept, 0 as many null "
        "variants as real ones. By locus: variants in LD count once. "
        "Bands: {blocks}.",
        "Permuted decoys have no LD with causal variants, as real null variants may "
        "have, so their precision is optimistic; knockoffs keep it, as far as their "
        "model of the haplotypes is right.",
    ),
    "locus_precision": Caption(
        "The share of top loci that hold a causal variant, against loci kept.",
        "Top variants, clumped by LD; a locus counts when it holds or tags a causal "
        "variant, be it planted or background. Bands, of the methods only: {blocks}.",
        "It needs a truth with known causal variants among the real ones. A locus that "
        "counts may still name the wrong variant in it.",
    ),
    "stability": Caption(
        "Violins of the relative standard deviation of scores over members.",
        "The spread of a variant's score between networks trained on the same people "
        "and batches from another start, over its mean; lower is better. Bar and dot: "
        "quartiles and median.",
        "A method can be stable and wrong: a constant score has spread 0.{scale}",
    ),
    "similarity": Caption(
        "Agreement of rankings between members by three measures, with intervals.",
        "How alike the rankings of two members are: Spearman over all variants, "
        "Jaccard over the top ones, and Nogueira's index, which is 0 for selections at "
        "random. Higher is better. Whiskers: 95 % intervals over members.",
        "Members may agree on what is wrong. Spearman is ruled by the many variants "
        "that matter little; Jaccard depends on how many are kept.",
    ),
    "spread": Caption(
        "Bars of the variance of scores, split into seed, data order and people.",
        "How much of the variance of a variant's score comes from the start of the "
        "network, from the order of the data, and from which people were drawn. "
        "Whiskers: 95 % intervals of each part.",
        "Each part adds to the one before it: the order in which they are added "
        "matters where they interact. Negative differences are shown as 0.",
    ),
    "faithfulness": Caption(
        "Output against the share of variants deleted or inserted, highest first.",
        "Deletion: the highest scored variants are set to the baseline; a faithful "
        "score makes the output fall fast. Insertion: they are given back to an empty "
        "person; the output should rise fast.",
        "Half-deleted people are unlike any that the network was trained on. A variant "
        "in LD with others is deleted alone, so the rest can stand in for it.",
    ),
    "measures": Caption(
        "Faithfulness measures per column, with intervals.",
        "Deletion and insertion: areas under the curves (low and high are good), and "
        "what is gained over a random order (high is good). "
        "Infidelity: how far the attributions miss the effect of a perturbation. "
        "Max-sensitivity: how far they move when a few calls change. Completeness: how "
        "far they miss the whole change of output. Of the last three lower is better.",
        "All ask whether the score follows the network, none whether the network is "
        "right. A measure that does not apply to a column is left out.",
    ),
    "sanity": Caption(
        "Rank agreement with randomised networks, columns by layers.",
        "Spearman correlation of the scores with those of the same network randomised "
        "from its output down to a layer, and of networks trained on shuffled labels. "
        "A score that explains the network falls to 0; one that stays up would look "
        "the same had the network learned nothing.",
        "Allele frequency alone can keep it above 0. Falling to 0 is necessary, not "
        "sufficient: random scores do, too.",
    ),
    "manhattan": Caption(
        "Attribution by {best} along the genome, and the GWAS mirrored.",
        "Above: attribution by {best}. Below: the linear GWAS of the people that the "
        "networks were trained on. Grey: real variants; coloured: planted ones, by "
        "effect; rings: the best variant of each locus in LD.",
        "Variants are evenly spaced, not by base pair. A high real variant may be "
        "causal, or in LD with one, or noise.",
    ),
    "calibration": Caption(
        "Observed against expected p-values, with the band of uniform ones.",
        "p-values of scores against networks trained on shuffled phenotypes. Of a "
        "phenotype that is itself shuffled they should follow the line: above the band "
        "they are too small, below it too large. Of the real one they rise where "
        "something is found.",
        "It checks the null where nothing is causal. A variant in LD with a causal one "
        "has a small p-value, and rightly so. Neighbours are not independent, so the "
        "curve wanders more than the band allows.",
    ),
    "dominance": Caption(
        "Mean dominance contrast of the networks by planted effect type.",
        "What the network makes of one copy, less the mean of none and two, in "
        "standard deviations of null variants: 0 for an additive effect, positive for "
        "a dominant one, negative for a recessive one. AUROC: how well its size tells "
        "an effect type from additive variants. Whiskers: 95 % intervals.",
        "A network may hold a true dominance effect in a neighbour, or in an "
        "interaction that this contrast averages away.",
    ),
    "interactions": Caption(
        "Planted pairs found among the pairs of highest interaction score.",
        "The share of planted pairs among the K pairs that score highest; a pair "
        "counts when its members are, or tag, the planted ones. Bands: 95 % intervals.",
        "Only pairs of variants that rank high by themselves were scored: a pair "
        "without any main effect may not have been looked at.",
    ),
    "training": Caption(
        "Losses and validation score per epoch, arm and member.",
        "A line per member; the dot marks the epoch whose parameters are used.",
        "A validation score says how well the phenotype is predicted, not that the "
        "right variants are used for it.{drawn}",
    ),
    "completeness": Caption(
        "Cumulative distribution of the completeness error per method.",
        "How far the attributions of a person are from adding up to the change of "
        "output, for methods that claim they do. Left is better.",
        "It measures the arithmetic only: an exact sum can be split over the wrong "
        "variants. GradientSHAP is exact only in expectation.",
    ),
}
"""Per figure name: alternative text, how to read it, what it can not tell."""

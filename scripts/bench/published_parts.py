"""The parts of the published experiment, out of what was measured of it.

Arithmetic alone: nothing in here measures. That a part grows in proportion to its
factors is how the loops are written, but for the columns of an arm, where it is an
assumption: that a product over twice the columns takes twice as long.

Reynolds & Pan (2025), PLOS Computational Biology 21(12): e1013784,
https://doi.org/10.1371/journal.pcbi.1013784.
"""

from __future__ import annotations

from typing import NamedTuple

from bench.extrapolation import Part

__all__ = [
    "ARMS",
    "NOT_INCLUDED",
    "Attribution",
    "Published",
    "Sample",
    "Training",
    "parts_of_arm",
]

ARMS = ("spikein", "decoy", "real")

_SPIKEINS = 400

NOT_INCLUDED = (
    "QC, building the store, phenotypes, spike-ins, the permutation of decoys",
    "checkpoints, events, copies of trained networks on the host, their files",
    "baselines, files of scores, metrics, figures, the report",
    "a cold disk or a bucket: the part of a store that was read had just been written",
    "early stopping, which makes training shorter: all epochs are counted",
)
"""What a whole run does beside the parts."""


class Published(NamedTuple):
    """The experiment: N people, 80/10/10 to TRAIN, VALIDATION and TEST.

    Attributes:
      people: N.
      variants: V, real ones.
      members: M, in each arm.
      epochs: of training.
      batch_size: people of a step.
    """

    people: int
    variants: int
    members: int
    epochs: int
    batch_size: int

    @property
    def held_out(self) -> int:
        """People of VALIDATION; as many are of TEST."""
        return self.people // 10

    @property
    def train(self) -> int:
        """People of TRAIN."""
        return self.people - 2 * self.held_out

    @property
    def steps(self) -> int:
        """Steps of an epoch; a last, smaller batch is left out, as in training."""
        return self.train // self.batch_size

    def columns(self, arm: str) -> int:
        """Input columns of an arm."""
        real = self.variants
        return {"spikein": real + _SPIKEINS, "decoy": 2 * real, "real": real}[arm]


class Training(NamedTuple):
    """What was measured of training, in seconds.

    Attributes:
      members: trained together.
      columns: of the arm.
      compile_seconds: until the first step and validation have run.
      step_seconds: of a step of all these members.
      validation_seconds: of `validation_people`.
      keep_seconds: to compare with, and keep, the best epoch.
    """

    members: int
    columns: int
    compile_seconds: float
    step_seconds: float
    validation_seconds: float
    validation_people: int
    keep_seconds: float


class Attribution(NamedTuple):
    """What was measured of attribution, in seconds, of one member.

    Attributes:
      members: that the device holds at a time; each is attributed in turn.
      columns: of the arm.
      score_columns: C, methods with their noise, all in one pass.
      batch_size: people of a block.
      compile_seconds: once.
      member_seconds: per member, however many blocks: the law of the noise, totals.
      block_seconds: per block of one member.
    """

    members: int
    columns: int
    score_columns: int
    batch_size: int
    compile_seconds: float
    member_seconds: float
    block_seconds: float


class Sample(NamedTuple):
    """Seconds that a pass over the genotypes of some people and columns took."""

    people: int
    columns: int
    seconds: float


def parts_of_arm(
    published: Published,
    arm: str,
    training: Training,
    attribution: Attribution,
    placing: Sample,
    association: Sample,
) -> list[Part]:
    """All parts of an arm; figures of another arm are scaled by the columns of both.

    The association is the GWAS that spike-ins are compared with: a part of their arm
    alone. Decoys are rows of the real matrix, so every arm places that one.
    """
    test = published.held_out
    groups = _count(-(-published.members // training.members), "groups of members")
    epochs = _count(published.epochs, "epochs", always=True)
    trained = _share(published.columns(arm), training.columns, "columns")
    matrix = _share(published.variants, placing.columns, "columns")
    scored = _share(published.columns(arm), attribution.columns, "columns")
    members = _count(published.members, "members", always=True)
    blocks = -(-test // attribution.batch_size)
    network = f"{training.members:,} members x {training.columns:,} columns"
    read = f"a store of {placing.people:,} people x {placing.columns:,} columns"
    alone = f"1 member x {attribution.columns:,} columns"
    block = f"{attribution.batch_size:,} people, {attribution.score_columns} scores"
    batch = f"{published.batch_size:,} people x {network}"
    held_out = _share(published.held_out, training.validation_people, "people")
    rows = [
        ("genotypes for training", placing.seconds, read,
         _share(published.people, placing.people, "people") + matrix + groups),
        ("compilation, first step", training.compile_seconds, network, groups),
        ("training", training.step_seconds, f"a step of {batch}",
         _count(published.steps, "steps") + epochs + groups + trained),
        ("validation", training.validation_seconds,
         f"{training.validation_people:,} people x {network}",
         held_out + epochs + groups + trained),
        ("best epoch kept", training.keep_seconds, network, epochs + groups + trained),
        ("genotypes for attribution", placing.seconds, read,
         _share(test, placing.people, "people") + matrix),
        ("compilation of attribution", attribution.compile_seconds, alone, ()),
        ("law of noise, totals", attribution.member_seconds, alone, members + scored),
        ("attribution", attribution.block_seconds, f"a block of {block}, {alone}",
         _count(blocks, "blocks") + members + scored),
    ]  # fmt: skip
    if arm == "spikein":
        words = f"{association.people:,} people x {association.columns:,} columns"
        factors = _share(published.train, association.people, "people")
        factors += _share(published.columns(arm), association.columns, "columns")
        rows.append(("association", association.seconds, words, factors))
    return [Part(arm, *row) for row in rows]


def _count(number: int, what: str, always: bool = False) -> tuple:
    """A factor, left out where it is 1 unless it says something."""
    return ((number, f"{number:,} {what}"),) if number != 1 or always else ()


def _share(wanted: int, measured: int, what: str) -> tuple:
    """How many times what was measured is wanted; no factor where it is the same."""
    if wanted == measured:
        return ()
    return ((wanted / measured, f"{wanted:,} / {measured:,} {what}"),)

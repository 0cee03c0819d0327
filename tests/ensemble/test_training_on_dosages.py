"""Dosages of 8 bits: hard calls give the networks of 2 bits, others those of floats."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from gxjax.attribution import score
from gxjax.cohort.encoding import concatenate, fit_encoding
from gxjax.ensemble import (
    MLP,
    TrainingConfig,
    dosage_source,
    linear_front,
    predict,
    residency,
    train,
)
from gxjax.ensemble.layout import layout_of_blocks
from gxjax.ensemble.mesh import make_mesh
from gxjax.ensemble.run_description import describe
from gxjax.ensemble.training_run import begin
from gxjax.genotypes.dosage_sums import sum_dosages
from gxjax.genotypes.packed import byte_codes, unpack
from gxjax.types import TEST, TRAIN

CONFIG = TrainingConfig(epochs=2, batch_size=32, learning_rate=3e-3)
KNOWN = {}
COLUMNS = [("deeplift", "none"), ("saliency", "smoothgrad_squared")]


def as_bytes(arm, blocks):
    """The arm with some of its blocks at 8 bits; what was shared stays shared."""
    made = {}
    for number in blocks:
        block = arm.blocks[number]
        if id(block.packed) not in made:
            made[id(block.packed)] = byte_codes(unpack(block.packed, block.count))
    return replace(
        arm,
        blocks=tuple(
            replace(block, packed=made[id(block.packed)], bits=8)
            if number in blocks
            else block
            for number, block in enumerate(arm.blocks)
        ),
    )


def mesh_of(shape):
    return make_mesh(shape, members=2, granules=16)


@pytest.fixture
def trained(key, phenotype, split):
    """Trains an arm."""

    def run(arm, shape=(1, 1, 1), resident=True, widths=(8, 4)):
        return train(
            key, arm, phenotype, split, model=MLP(widths), config=CONFIG, members=2,
            mesh=mesh_of(shape), resident=resident,
        )  # fmt: skip

    return run


@pytest.fixture
def fitted(trained, arm):
    """The ensemble of the arm of hard calls, at 2 bits, trained once."""

    def run(*settings):
        if settings not in KNOWN:
            KNOWN[settings] = trained(arm, *settings)
        return KNOWN[settings]

    return run


@pytest.fixture
def scored(key, split):
    def run(arm, ensemble, **settings):
        people = np.flatnonzero(split == TEST).astype(np.int32)
        baseline = np.ones((1, len(arm.encoding.fill)), np.float32)
        plans = []
        found = score(
            linear_front(ensemble), dosage_source(arm), people,
            people.astype(np.uint32), baseline, COLUMNS, key=key, batch_size=32,
            announce=plans.append, **settings,
        )  # fmt: skip
        return found.values, plans[0]

    return run


@pytest.mark.parametrize("blocks", [(0, 1), (0,)], ids=["decoys", "spike-ins"])
@pytest.mark.parametrize(
    ("shape", "resident"), [((1, 1, 1), True), ((2, 2, 2), True), ((2, 2, 2), False)]
)
def test_train__hard_calls_of_eight_bits(fitted, trained, arm, blocks, shape, resident):
    """The decoy arm has one matrix, the spike-in arm columns of either kind."""
    expected = fitted(shape, resident)
    found = trained(as_bytes(arm, blocks), shape, resident)
    for name in ("train_loss", "validation_loss"):
        np.testing.assert_allclose(
            found.history[name], expected.history[name], rtol=1e-6
        )
    for ours, theirs in zip(
        jax.tree.leaves(found.parameters),
        jax.tree.leaves(expected.parameters),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("blocks", [(0, 1), (0,)], ids=["decoys", "spike-ins"])
@pytest.mark.parametrize(("shape", "resident"), [((1, 1, 1), True), ((2, 2, 2), False)])
def test_score__hard_calls_of_eight_bits(fitted, scored, arm, blocks, shape, resident):
    ensemble, mesh = fitted(), mesh_of(shape)
    expected, _ = scored(arm, ensemble, mesh=mesh, resident=resident)
    found, _ = scored(as_bytes(arm, blocks), ensemble, mesh=mesh, resident=resident)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_score__plans_four_times_the_bytes(fitted, scored, arm):
    plans = [scored(each, fitted())[1] for each in (arm, as_bytes(arm, (0,)))]
    fill = 4 * 42
    # Of 80 people in batches of 32: 11 bytes or 42 each.
    assert [plan.genotypes - fill for plan in plans] == [96 * 11, 96 * 42]


@pytest.fixture
def imputed(arm, split):
    """The arm with any dosages in its first matrix, and these as floats [N, V]."""
    draw = np.random.default_rng(7)
    count = arm.blocks[0].count
    calls = unpack(arm.blocks[0].packed, count)
    blurred = np.clip(calls + draw.normal(0, 0.2, calls.shape), 0, 2)
    codes = np.where(calls == 3, 255, np.rint(127 * blurred)).astype(np.uint8)
    blocks = tuple(replace(block, packed=codes, bits=8) for block in arm.blocks)
    train_rows = [block.rows[split == TRAIN] for block in blocks]
    encodings = [
        fit_encoding(arm.counts[:count], "mean", sum_dosages(codes, count, rows))
        for rows in train_rows
    ]
    encoding = concatenate(encodings)
    values = np.where(codes == 255, np.nan, codes / 127)
    whole = np.concatenate([values[block.rows] for block in blocks], axis=1)
    whole = np.where(np.isnan(whole), encoding.fill[None], whole)
    return replace(arm, blocks=blocks, encoding=encoding), whole


def test_fit_encoding__of_dosages_is_of_floats(imputed, split):
    arm, values = imputed
    mean = values[split == TRAIN].mean(axis=0)
    np.testing.assert_allclose(arm.encoding.mean, mean, rtol=1e-5)
    np.testing.assert_allclose(
        arm.encoding.scale, (mean * (1 - mean / 2)) ** -0.5, rtol=1e-5
    )


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 2, 4)])
def test_train__of_dosages_equals_that_of_floats(trained, imputed, shape, monkeypatch):
    arm, values = imputed
    found = trained(arm, shape)
    columns = layout_of_blocks(arm.blocks).columns
    inputs = (values - arm.encoding.mean) * arm.encoding.scale
    table = np.where(columns >= 0, inputs[:, columns], 0).astype(np.float32)
    plain = lambda arm, batch, *rest: jax.numpy.asarray(table)[batch.people]  # noqa: E731
    monkeypatch.setattr(residency, "encoded", plain)
    expected = trained(arm, shape)
    for name in ("train_loss", "validation_loss"):
        np.testing.assert_allclose(
            found.history[name], expected.history[name], rtol=2e-6
        )


def test_score__of_dosages_equals_that_of_floats(trained, scored, imputed):
    """Attributions of a linear network, which are known in closed form."""
    arm, values = imputed
    ensemble = trained(arm, widths=())
    found, _ = scored(arm, ensemble, mesh=mesh_of((1, 1, 8)))
    front = linear_front(ensemble)
    people = slice(560, None)
    slope = np.asarray(
        [
            jax.vmap(jax.grad(lambda x, m=m: front.head(
                jax.tree.map(lambda leaf: leaf[m], front.tail),
                x @ front.kernel[m] + front.bias[m],
            )))(values[people].astype(np.float32))
            for m in range(2)
        ]
    )  # fmt: skip
    expected = np.abs(slope * (values[people] - 1)[None]).mean(axis=1)
    np.testing.assert_allclose(found[0], expected, rtol=1e-4, atol=1e-7)


def test_predict__of_dosages_inside_and_outside_of_a_step(trained, imputed):
    arm, values = imputed
    people = np.array([5, 600, 5, 31], np.int32)
    source = dosage_source(arm)
    for fetch in (source.fetch, jax.jit(source.fetch)):
        found = np.asarray(fetch(source.arrays, jax.numpy.asarray(people)))
        np.testing.assert_allclose(found, values[people], atol=1e-6)
    ensemble = trained(arm)
    encoded = (values[people] - arm.encoding.mean) * arm.encoding.scale
    for member, ours in enumerate(predict(ensemble, arm, people)):
        pick = lambda leaf, member=member: leaf[member]  # noqa: E731
        expected = ensemble.model.apply(
            {
                "params": jax.tree.map(pick, ensemble.parameters),
                **jax.tree.map(pick, ensemble.statistics),
            },
            encoded.astype(np.float32),
            train=False,
        )
        np.testing.assert_allclose(ours, expected, atol=1e-5)


@pytest.fixture
def begun(key, arm, phenotype, split):
    """A run of the arm with some blocks at 8 bits, and its plan; nothing is trained."""

    def run(blocks, resident):
        plans = []
        made = as_bytes(arm, blocks) if blocks else arm
        found = begin(
            key, made, phenotype, split, model=MLP((4,)), config=CONFIG, members=2,
            trait="quantitative", mesh=mesh_of((1, 1, 2)), resident=resident,
            announce=plans.append,
        )  # fmt: skip
        return found, plans[0], describe(found, key, made)

    return run


@pytest.mark.parametrize("resident", [True, False])
def test_begin__plans_and_describes_eight_bits(begun, resident):
    two, mixed, eight = (begun(blocks, resident) for blocks in ((), (0,), (0, 1)))
    # Decoys share their matrix, on the devices alone; a batch has both blocks, and four
    # of 256 people are under way.
    sizes, people = ((1, 5, 4), 0) if resident else ((2, 5, 8), 4 * 4 * 256)
    packed = [plan.genotypes - people for _, plan, _ in (two, mixed, eight)]
    assert packed == [size * packed[0] // sizes[0] for size in sizes]
    assert len({said["data"] for _, _, said in (two, mixed, eight)}) == 3
    assert [run.layout.bits for run, _, _ in (two, mixed, eight)] == [2, 5, 8]

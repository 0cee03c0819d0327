"""Real processes on one machine: they train what one process trains."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pandas as pd
import pytest

from gxjax.cohort.encoding import fit_encoding
from gxjax.ensemble import MLP, TrainingConfig, TrainingStopped, train
from gxjax.ensemble.mesh import make_mesh
from gxjax.genotypes.counts import count_codes
from gxjax.genotypes.packed import pack
from gxjax.types import VARIANT_COLUMNS, Arm, Block, Truth

PEOPLE, VARIANTS, MEMBERS = 160, 150, 2
CONFIG = TrainingConfig(epochs=2, batch_size=32, learning_rate=1e-3)
RUNS = (
    ((1, 1, 2), True),
    ((2, 1, 1), True),
    ((1, 2, 1), True),
    ((1, 1, 2), False),
)
"""Meshes of two devices, and whether genotypes stay there."""


class Recorded:
    """A packed matrix that remembers which of its bytes were asked for."""

    def __init__(self, packed):
        self.packed, self.columns = packed, set()
        self.shape, self.dtype = packed.shape, packed.dtype

    def __getitem__(self, index):
        rows, columns = index
        self.columns |= set(range(*columns.indices(self.shape[1])))
        return self.packed[rows, columns]


def small_arm():
    """An arm of one block, phenotype [N] and split [N]."""
    draw = np.random.default_rng(1)
    codes = draw.binomial(2, 0.3, (PEOPLE, VARIANTS)).astype(np.uint8)
    packed = pack(codes)
    counts = count_codes(packed, VARIANTS, np.arange(96))
    nothing = np.full(VARIANTS, np.nan, np.float32)
    arm = Arm(
        "real",
        (Block(Recorded(packed), np.arange(PEOPLE, dtype=np.int32), VARIANTS),),
        pd.DataFrame({name: ["1"] * VARIANTS for name in VARIANT_COLUMNS}),
        Truth(np.zeros(VARIANTS, np.int8), np.full(VARIANTS, -1), nothing, nothing),
        fit_encoding(counts),
        counts,
    )
    signal = codes[:, :5].sum(axis=1) + draw.normal(size=PEOPLE)
    phenotype = ((signal - signal.mean()) / signal.std()).astype(np.float32)
    return arm, phenotype, np.repeat(np.arange(3, dtype=np.int8), [96, 32, 32])


def trained(mesh, **changes):
    """An ensemble, and the bytes of a person that this process read."""
    arm, phenotype, split = small_arm()
    ensemble = train(
        jax.random.key(0),
        arm,
        phenotype,
        split,
        model=MLP((8,), dropout=0.1),
        members=MEMBERS,
        mesh=make_mesh(mesh, members=MEMBERS, granules=16),
        **{"config": CONFIG, **changes},
    )
    return ensemble, sorted(arm.blocks[0].packed.columns)


def numbers(ensemble):
    """What of an ensemble is compared."""
    trees = ensemble.parameters, ensemble.statistics
    found = {jax.tree_util.keystr(p): x for p, x in jax.tree.leaves_with_path(trees)}
    names = ["train_loss", "validation_loss", "validation_score"]
    return {**found, "history": ensemble.history[names].to_numpy()}


def meshes(folder):
    """One of two processes: every run."""
    read = {}
    for mesh, resident in RUNS:
        ensemble, columns = trained(mesh, resident=resident)
        name = f"{'x'.join(map(str, mesh))}_{resident}"
        read[name] = columns
        if jax.process_index() == 0:
            np.savez(folder / f"{name}.npz", **numbers(ensemble))
    (folder / f"read_{jax.process_index()}.json").write_text(json.dumps(read))


def restart(folder):
    """One of two processes: stopped when process 1 alone is asked to, then on."""
    seen = []
    asked = lambda: jax.process_index() == 1 and seen[-1] >= 4  # noqa: E731
    # Several processes agree every 16 steps.
    config = TrainingConfig(epochs=2, batch_size=8, learning_rate=1e-3)
    arguments = {"checkpoints": folder / "run", "config": config}
    with pytest.raises(TrainingStopped) as stopped:
        trained(
            (1, 1, 2),
            progress=lambda done, total, note: seen.append(done),
            stop=asked,
            **arguments,
        )
    seen.clear()
    resumed, _ = trained(
        (1, 1, 2), progress=lambda done, total, note: seen.append(done), **arguments
    )
    straight, _ = trained((1, 1, 2), config=config)
    assert seen[0] == stopped.value.step + 1 == 17
    for name, wanted in numbers(straight).items():
        np.testing.assert_array_equal(numbers(resumed)[name], wanted)


def run_peers(task, folder):
    """Runs a function of this file in two processes of one device each."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        address = f"localhost:{free.getsockname()[1]}"
    peers = [
        subprocess.Popen(
            [sys.executable, __file__, task, address, str(process), str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "XLA_FLAGS": ""},
        )
        for process in range(2)
    ]
    try:
        said = [peer.communicate(timeout=300)[0] for peer in peers]
    finally:
        for peer in peers:
            peer.kill()
    assert [peer.returncode for peer in peers] == [0, 0], "\n".join(said)


@pytest.fixture(scope="module")
def peers(tmp_path_factory):
    """The folder of what two processes made on every mesh."""
    folder = tmp_path_factory.mktemp("peers")
    run_peers("meshes", folder)
    return folder


@pytest.fixture(scope="module")
def alone():
    return numbers(trained((1, 1, 1))[0])


@pytest.mark.parametrize(("mesh", "resident"), RUNS)
def test_two_processes__train_what_one_does(peers, alone, mesh, resident):
    found = np.load(peers / f"{'x'.join(map(str, mesh))}_{resident}.npz")
    assert set(found) == set(alone)
    for name, wanted in alone.items():
        np.testing.assert_allclose(found[name], wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("resident", [True, False])
def test_two_processes__read_their_own_columns_only(peers, resident):
    width = -(-VARIANTS // 4)
    every = list(range(width))
    first, second = (
        json.loads((peers / f"read_{process}.json").read_text()) for process in (0, 1)
    )
    name = f"1x1x2_{resident}"
    # 38 bytes in 16 granules of 3: the first process has 8 granules.
    assert (first[name], second[name]) == (every[:24], every[24:])
    # Members that are apart share all genotypes.
    assert first["2x1x1_True"] == second["2x1x1_True"] == every


def test_two_processes__stop_together_and_go_on_bit_identical(tmp_path):
    run_peers("restart", tmp_path)


if __name__ == "__main__":
    task, address, process, folder = sys.argv[1:]
    jax.config.update("jax_num_cpu_devices", 1)
    jax.config.update("jax_disable_most_optimizations", True)
    jax.distributed.initialize(address, num_processes=2, process_id=int(process))
    {"meshes": meshes, "restart": restart}[task](Path(folder))

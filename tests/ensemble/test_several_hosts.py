"""Real processes on one machine: they train what one process trains."""

import json

import jax
import numpy as np
import pytest
from peers import MEMBERS, VARIANTS, be_peer, numbers, run_peers, small_arm, trained

from gxjax.ensemble import outcome, pieces, predict, save_ensemble
from gxjax.ensemble.mesh import make_mesh

RUNS = (
    ((1, 1, 2), True),
    ((2, 1, 1), True),
    ((1, 2, 1), True),
    ((1, 1, 2), False),
)
"""Meshes of two devices, and whether genotypes stay there."""

PIECE = 2**10
"""Bytes of a piece of the parameters; the first layer's are twelve times as many."""


def buffers():
    """What this process's devices hold: bytes by address."""
    shards = [s.data for a in jax.live_arrays() for s in a.addressable_shards]
    return {data.unsafe_buffer_pointer(): data.nbytes for data in shards}


def watched(array, sizes):
    """`pieces`, noting the bytes of every buffer that is there for them alone."""
    before = buffers()
    for index, part in pieces.pieces(array):
        sizes.extend(size for at, size in buffers().items() if at not in before)
        yield index, part


def outputs(ensemble, mesh):
    """What an ensemble says of some people, on a mesh of all processes."""
    mesh = make_mesh(mesh, members=MEMBERS, granules=16)
    return predict(ensemble, small_arm()[0], np.arange(20), mesh=mesh)


def meshes(folder):
    """One of two processes: every run."""
    read, gathered, said = {}, [], []
    pieces.PIECE = PIECE
    outcome.pieces = lambda array: watched(array, gathered)
    for mesh, resident in RUNS:
        ensemble, columns = trained(mesh, resident=resident)
        said.append(outputs(ensemble, mesh))
        name = f"{'x'.join(map(str, mesh))}_{resident}"
        read[name] = columns
        if jax.process_index() == 0:
            found = numbers(ensemble) | {"outputs": said[-1]}
            np.savez(folder / f"{name}.npz", **found)
        else:
            leaves = jax.tree.leaves((ensemble.parameters, ensemble.statistics))
            assert all(isinstance(leaf, jax.ShapeDtypeStruct) for leaf in leaves)
            with pytest.raises(TypeError, match="process 0 has them"):
                save_ensemble(ensemble, folder / "saved")
    (folder / f"read_{jax.process_index()}.json").write_text(json.dumps(read))
    (folder / f"gathered_{jax.process_index()}.json").write_text(json.dumps(gathered))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of what two processes made on every mesh."""
    folder = tmp_path_factory.mktemp("peers")
    run_peers(__file__, "meshes", folder)
    return folder


@pytest.fixture(scope="module")
def alone():
    ensemble, _ = trained((1, 1, 1))
    return numbers(ensemble) | {"outputs": outputs(ensemble, (1, 1, 1))}


@pytest.mark.parametrize(("mesh", "resident"), RUNS)
def test_two_processes__train_what_one_does(made, alone, mesh, resident):
    found = np.load(made / f"{'x'.join(map(str, mesh))}_{resident}.npz")
    assert set(found) == set(alone)
    for name, wanted in alone.items():
        np.testing.assert_allclose(found[name], wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("resident", [True, False])
def test_two_processes__read_their_own_columns_only(made, resident):
    width = -(-VARIANTS // 4)
    every = list(range(width))
    first, second = (
        json.loads((made / f"read_{process}.json").read_text()) for process in (0, 1)
    )
    name = f"1x1x2_{resident}"
    # 38 bytes in 16 granules of 3: the first process has 8 granules.
    assert (first[name], second[name]) == (every[:24], every[24:])
    # Members that are apart share all genotypes.
    assert first["2x1x1_True"] == second["2x1x1_True"] == every


@pytest.mark.parametrize("process", [0, 1])
def test_two_processes__gather_the_ensemble_in_small_pieces(made, process):
    gathered = json.loads((made / f"gathered_{process}.json").read_text())
    assert len(gathered) > 12
    assert max(gathered) <= PIECE


if __name__ == "__main__":
    be_peer(meshes)

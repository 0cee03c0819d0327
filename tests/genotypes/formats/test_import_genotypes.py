"""What an import writes, whole or not at all."""

import os
from pathlib import Path

import numpy as np
import pytest

from gxjax.genotypes import open_bed_source, read_plink, write_plink
from gxjax.genotypes.formats import VariantChunk, VariantStream, import_genotypes
from gxjax.genotypes.packed import unpack

OCTETS = [0, 32, 138, 254, 255, 1, 190, 127]
_BYTES = np.array(OCTETS).reshape(2, 4)
DOSAGES = np.where(_BYTES == 255, np.nan, _BYTES / 127).astype(np.float32)
CALLS = np.array([[0, 3, 1, 2], [3, 0, 3, 1]], np.uint8)


@pytest.fixture
def stream(make_genotypes):
    """`stream(*chunks, path, ids)`: chunks of codes, or of (codes, dosages)."""

    def make(*chunks, path="file", ids=None):
        whole = make_genotypes(np.zeros((len(ids or "abcd"), 1), np.uint8))
        samples = whole.samples.assign(IID=ids or list("abcd"))

        def read(progress):
            for number, chunk in enumerate(chunks, start=1):
                codes, dosages = chunk if isinstance(chunk, tuple) else (chunk, None)
                table = make_genotypes(codes.T, ID=f"{path}{number}").variants
                yield VariantChunk(table, codes, dosages)
                progress(number, len(chunks), "chunks")

        return VariantStream(Path(path), samples, 100, read)

    return make


def octets(prefix):
    return np.frombuffer(Path(f"{prefix}.dosages").read_bytes(), np.uint8).tolist()


def test_import__dosages_begin_where_the_first_is_uncertain(stream, tmp_path):
    certain = np.where(CALLS == 3, np.nan, CALLS).astype(np.float32)
    first = stream(CALLS, (CALLS, certain), path="one")
    second = stream((CALLS, DOSAGES), CALLS, path="two")
    found = import_genotypes([first, second], tmp_path / "x")
    assert found == (4, 8, 3 + 1)
    hard = [0, 255, 127, 254, 255, 0, 255, 127]
    assert octets(tmp_path / "x") == hard + hard + OCTETS + hard
    read = read_plink(tmp_path / "x")
    np.testing.assert_array_equal(unpack(read.packed, 8).T, np.vstack([CALLS] * 4))
    assert open_bed_source(tmp_path / "x").bits == 8


def test_import__never_dosages_and_none_that_are_stale(stream, tmp_path):
    uncertain = stream((CALLS, DOSAGES))
    import_genotypes([uncertain], tmp_path / "x")
    assert octets(tmp_path / "x") == OCTETS
    found = import_genotypes([uncertain], tmp_path / "x", dosages="never")
    assert found.uncertain == 0
    assert sorted(os.listdir(tmp_path)) == ["x.bed", "x.bim", "x.fam"]


def test_import__a_failure_leaves_the_older_files(stream, tmp_path):
    import_genotypes([stream((CALLS, DOSAGES))], tmp_path / "x")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def broken(progress):
        yield from stream((CALLS, DOSAGES)).chunks(progress)
        raise ValueError("the file is damaged")

    with pytest.raises(ValueError, match="is damaged"):
        import_genotypes([stream(CALLS)._replace(chunks=broken)], tmp_path / "x")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_import__raises_on_other_people_and_on_nothing(stream, tmp_path):
    other = stream(CALLS, path="two", ids=list("abdc"))
    with pytest.raises(
        ValueError, match=r"two: person 3 is f2 d 0 0 1, but f2 c 0 0 1"
    ):
        import_genotypes([stream(CALLS, path="one"), other], tmp_path / "x")
    with pytest.raises(ValueError, match="streams: an empty list"):
        import_genotypes([], tmp_path / "x")
    with pytest.raises(ValueError, match="file: no variants"):
        import_genotypes([stream()], tmp_path / "x")
    with pytest.raises(FileNotFoundError, match="create it first"):
        import_genotypes([stream(CALLS)], tmp_path / "nowhere" / "x")
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="a b: the variant at 1:1 has the ID 'a b1'"):
        import_genotypes([stream(CALLS, path="a b")], tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_import__progress_is_of_all_files(stream, tmp_path):
    said = []
    streams = [stream(CALLS, CALLS), stream(CALLS)]
    import_genotypes(streams, tmp_path / "x", progress=lambda *s: said.append(s[:2]))
    assert said == [(50, 200), (100, 200), (200, 200)]


def test_write_plink__of_8_bits_is_what_an_import_writes(
    stream, make_genotypes, tmp_path
):
    import_genotypes([stream((CALLS, DOSAGES))], tmp_path / "x")
    whole = make_genotypes(CALLS.T)
    codes = np.array(OCTETS, np.uint8).reshape(2, 4).T
    write_plink(
        whole._replace(packed=np.ascontiguousarray(codes), bits=8), tmp_path / "y"
    )
    for ending in ("bed", "dosages"):
        read = [(tmp_path / f"{name}.{ending}").read_bytes() for name in "xy"]
        assert read[0] == read[1]
    write_plink(whole, tmp_path / "y")
    assert not (tmp_path / "y.dosages").exists()


def test_write_plink__of_8_bits_in_many_blocks(make_genotypes, tmp_path, monkeypatch):
    from gxjax.genotypes import plink

    codes = np.random.default_rng(0).integers(0, 256, (5, 23)).astype(np.uint8)
    whole = make_genotypes(np.zeros((5, 23), np.uint8))
    whole = whole._replace(packed=codes, bits=8)
    write_plink(whole, tmp_path / "x")
    monkeypatch.setattr(plink, "_BYTES_PER_BLOCK", 40)
    write_plink(whole, tmp_path / "y")
    for ending in ("bed", "dosages"):
        read = [(tmp_path / f"{name}.{ending}").read_bytes() for name in "xy"]
        assert read[0] == read[1]
    assert octets(tmp_path / "x") == codes.T.ravel().tolist()


def test_import__rounding_is_unbiased_for_variants_and_people(stream, tmp_path):
    """Rare variants of an 8-bit BGEN, whose dosages are multiples of 1/255."""
    draw = np.random.default_rng(0)
    people, variants = 2000, 300
    dosages = draw.integers(0, 12, (variants, people)) / np.float32(255)
    dosages *= draw.random((variants, people)) < 0.3
    kept = written(stream, tmp_path, dosages.astype(np.float32))
    assert np.abs(kept.astype(float) / 127 - dosages).max() < 1 / 127
    assert np.abs(kept.mean(1) / 127 / dosages.mean(1) - 1).max() < 0.02
    total = kept.sum(0) / 127 / dosages.sum(0)
    assert abs(total.mean() - 1) < 0.002
    assert np.abs(total - 1).max() < 0.1
    # A person whose dosages are all the same, and a variant where everybody's are.
    same = np.full((variants, people), 1 / 255, np.float32)
    kept = written(stream, tmp_path, same)
    for axis in (0, 1):
        assert np.abs(kept.mean(axis) / 127 * 255 - 1).max() < 0.05


def written(stream, folder, dosages):
    """The bytes of dosages as an import keeps them."""
    codes = np.zeros(dosages.shape, np.uint8)
    whole = stream((codes, dosages), ids=[f"i{i}" for i in range(dosages.shape[1])])
    import_genotypes([whole], folder / "x")
    return np.array(octets(folder / "x"), np.uint8).reshape(dosages.shape)


def test_import__rounding_depends_on_person_and_position_alone(stream, tmp_path):
    """Other chunks and other variants round none otherwise; whole dosages stay."""
    dosages = np.random.default_rng(1).uniform(0, 2, (40, 30)).astype(np.float32)
    dosages[:, 7], dosages[:, 8], dosages[:, 9] = 0, 1, 2
    whole = written(stream, tmp_path, dosages)
    assert (whole[:, 7:10] == [0, 127, 254]).all()
    ids = [f"i{i}" for i in range(30)]
    codes = np.zeros(dosages.shape, np.uint8)
    (only,) = stream((codes, dosages), ids=ids).chunks(lambda *_: None)
    places = [slice(3, 4), slice(9, 21)]
    parts = [
        VariantChunk(only.variants.iloc[some].reset_index(drop=True), codes[some], part)
        for some in places
        for part in [dosages[some]]
    ]
    parted = stream(codes, ids=ids)._replace(chunks=lambda progress: iter(parts))
    import_genotypes([parted], tmp_path / "y")
    found = np.array(octets(tmp_path / "y")).reshape(-1, 30)
    np.testing.assert_array_equal(found, np.vstack([whole[some] for some in places]))


def test_import__raises_on_alleles_that_are_the_same(stream, make_genotypes, tmp_path):
    table = make_genotypes(CALLS.T, A2=["T", "C"]).variants
    same = stream(CALLS)._replace(
        chunks=lambda progress: iter([VariantChunk(table, CALLS, None)])
    )
    with pytest.raises(ValueError, match="file: variant v1 at 1:2 has the alleles C a"):
        import_genotypes([same], tmp_path / "x")
    assert not list(tmp_path.iterdir())

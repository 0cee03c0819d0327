"""VCF-Zarr: what is odd in a store, and what is wrong."""

import numpy as np
import pytest

from gxjax.genotypes.formats import open_vcf_zarr, vcf_zarr

CALLS = np.array([[[0, 0], [0, 1], [1, -2], [-1, -1]]] * 5, np.int8)


@pytest.fixture
def make_store(peer, tmp_path):
    """`make_store(**arrays) -> path` of 5 variants x 4 people; None leaves one out."""

    def make(**arrays):
        given = {
            "call_genotype": CALLS,
            "contig_id": np.array(["1", "X"], "<U2"),
            "sample_id": np.array(list("abcd"), "<U1"),
            "variant_allele": np.array([["A", "C"]] * 5, "<U3"),
            "variant_contig": np.array([0, 0, 0, 1, 1], np.int8),
            "variant_position": np.arange(5, dtype=np.int32),
            "variant_id": np.array(["v", ".", "w", "x", "y"], "<U2"),
        } | arrays
        path = tmp_path / "x.vcz"
        group = peer("zarr").open_group(str(path), mode="w", zarr_format=2)
        for name, values in given.items():
            if values is not None:
                group.create_array(name, data=values)
        return path

    return make


def test_open_vcf_zarr__calls_and_table(make_store, only_chunk):
    chunk = only_chunk(open_vcf_zarr(make_store()))
    assert chunk.codes.tolist() == [[0, 1, 2, 3]] * 5
    assert chunk.dosages is None
    assert chunk.variants["CHROM"].tolist() == ["1", "1", "1", "X", "X"]
    assert chunk.variants["ID"].tolist() == ["v", ".", "w", "x", "y"]
    without = only_chunk(open_vcf_zarr(make_store(variant_id=None)))
    assert set(without.variants["ID"]) == {"."}


def test_open_vcf_zarr__dosages(make_store, only_chunk):
    dosages = np.full((5, 4), 0.25, np.float32)
    dosages[0] = np.nan
    path = make_store(call_DS=dosages)
    chunk = only_chunk(open_vcf_zarr(path, dosage="DS"))
    assert chunk.dosages[1:].tolist() == [[0.25, 0.25, 0.5, 0.25]] * 4
    np.testing.assert_array_equal(chunk.dosages[0], [0, 1, 2, np.nan])
    assert only_chunk(open_vcf_zarr(path, dosage="HDS")).dosages[1].tolist() == [
        *(0.25, 0.25, 0.5, 0.25)
    ]
    with pytest.raises(ValueError, match=r"x.vcz: has no field GP .*; it has DS\."):
        open_vcf_zarr(path, dosage="GP")


@pytest.mark.parametrize("most", [1, 1 << 28])
def test_open_vcf_zarr__chunks_of_any_size(make_store, only_chunk, monkeypatch, most):
    alleles = np.array([["A", "C", "G" if row == 2 else ""] for row in range(5)], "<U1")
    path = make_store(variant_allele=alleles)
    with pytest.raises(ValueError, match=r"variant number 3, at 2, has 3 alleles"):
        open_vcf_zarr(path)
    monkeypatch.setattr(vcf_zarr, "chunk_length", lambda people: 2)
    monkeypatch.setattr(vcf_zarr, "_MOST_BYTES", most)
    said = []
    stream = open_vcf_zarr(path, max_alleles=2)
    chunks = list(stream.chunks(lambda *words: said.append(words[:2])))
    assert [len(chunk.variants) for chunk in chunks] == [2, 1, 1]
    assert said == [(2, 5), (4, 5), (5, 5)]
    names = [name for chunk in chunks for name in chunk.variants["ID"]]
    assert names == ["v", ".", "x", "y"]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"call_genotype": None}, "no array call_genotype"),
        ({"call_genotype": CALLS[:3]}, r"call_genotype has the shape \(3, 4, 2\)"),
        ({"call_genotype": CALLS[:, :3]}, "expected 5 variants x 4 people"),
        ({"variant_contig": np.zeros(4, np.int8)}, "variant_contig has 4 rows"),
        ({"variant_contig": np.full(5, 7, np.int8)}, "variant_contig has 7"),
        ({"call_genotype": CALLS + 1}, "variant v at 0: allele 2"),
        ({"sample_id": np.array(list("abca"), "<U1")}, "IID a comes twice"),
        ({"sample_id": np.array(["a", "b", "c", "0"], "<U1")}, "'0' of person 4"),
    ],
)
def test_open_vcf_zarr__raises_on_wrong_arrays(make_store, only_chunk, arrays, message):
    path = make_store(**arrays)
    with pytest.raises(ValueError, match=message) as caught:
        only_chunk(open_vcf_zarr(path))
    assert str(path) in str(caught.value)


def test_open_vcf_zarr__raises_on_damage(make_store, only_chunk, tmp_path):
    path = make_store()
    part = path / "call_genotype" / "0.0.0"
    part.write_bytes(part.read_bytes()[:9])
    with pytest.raises(ValueError, match="call_genotype is damaged at variants 1 to 5"):
        only_chunk(open_vcf_zarr(path))
    (path / ".zgroup").write_text("{")
    with pytest.raises(ValueError, match=r"x.vcz: no Zarr group can be read"):
        open_vcf_zarr(path)
    (tmp_path / "empty").mkdir()
    with pytest.raises((ValueError, FileNotFoundError), match="empty"):
        open_vcf_zarr(tmp_path / "empty")
    with pytest.raises(FileNotFoundError, match="none: no such folder"):
        open_vcf_zarr(tmp_path / "none")

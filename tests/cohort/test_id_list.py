import pandas as pd
import pytest

from gxjax.cohort.id_list import (
    check_lists,
    listed_people,
    read_id_list,
    read_variant_list,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("01 a\n02 b\n", [("01", "a"), ("02", "b")]),
        ("#FID\tIID\r\n01\ta\r\n02\tb\r\n", [("01", "a"), ("02", "b")]),
        ("01 a x\n02 b y\n", [("01", "a"), ("02", "b")]),
        ("#IID\na\nb\n", [(None, "a"), (None, "b")]),
        ("a\nb\n", [(None, "a"), (None, "b")]),
    ],
)
def test_read_id_list__forms(tmp_path, text, expected):
    path = tmp_path / "keep.txt"
    path.write_bytes(text.encode())
    assert read_id_list(path) == expected


def test_read_variant_list__one_a_line(tmp_path):
    path = tmp_path / "extract.txt"
    path.write_bytes(b"rs1\r\n\r\nrs2 \r\nrs1\r\n")
    assert read_variant_list(path) == {"rs1", "rs2"}


@pytest.mark.parametrize("read", [read_id_list, read_variant_list])
def test_read_list__raises_on_empty_and_absent(tmp_path, read):
    path = tmp_path / "list.txt"
    with pytest.raises(FileNotFoundError, match=r"list\.txt"):
        read(path)
    path.write_text("\n")
    with pytest.raises(ValueError, match=r"list\.txt: the file is empty"):
        read(path)


@pytest.mark.parametrize("read", [read_id_list, read_variant_list])
def test_read_list__raises_on_bytes_that_are_no_text(tmp_path, read):
    path = tmp_path / "list.txt"
    path.write_bytes(b"rs1\x00")
    with pytest.raises(ValueError, match=r"list\.txt: found the byte 0x00"):
        read(path)


@pytest.mark.parametrize("read", [read_id_list, read_variant_list])
def test_read_list__may_be_empty_where_it_is_allowed(tmp_path, read):
    path = tmp_path / "list.txt"
    with pytest.raises(FileNotFoundError, match=r"list\.txt"):
        read(path, allow_empty=True)
    path.write_text("\n \n")
    assert len(read(path, allow_empty=True)) == 0


def test_check_lists__says_what_is_in_neither():
    samples = pd.DataFrame({"FID": ["f", "g"], "IID": ["a", "b"]})
    variants = pd.DataFrame({"ID": ["rs1", "rs2"]})
    nothing = ("--keep=k", None), ("--extract=e", None)
    check_lists(samples, variants, *nothing)
    check_lists(samples, variants, ("k", [("f", "a")]), ("e", {"rs2", "x"}))
    for people, found in (([("x", "a")], "x a"), ([(None, "c")], "c")):
        with pytest.raises(
            ValueError, match=f"k: none of its 1 people.*found {found} "
        ):
            check_lists(samples, variants, ("k", people), nothing[1])
    table = pd.DataFrame({"FID": ["x"], "IID": ["y"]})
    with pytest.raises(ValueError, match="found x y in it, and FID IID f a in the gen"):
        check_lists(samples, variants, ("k", table), nothing[1])
    with pytest.raises(
        ValueError, match=r"e: none of its 1 ids .*'rs1,rs2' in it.*'rs1'"
    ):
        check_lists(samples, variants, nothing[0], ("e", {"rs1,rs2"}))


def test_listed_people__with_and_without_fid():
    samples = pd.DataFrame({"FID": ["f", "g", "f"], "IID": ["a", "a", "b"]})
    people = [("f", "a"), (None, "b"), ("h", "c")]
    assert list(listed_people(samples, people, "keep")) == [True, False, True]
    table = pd.DataFrame({"FID": ["g"], "IID": ["a"]})
    assert list(listed_people(samples, table, "keep")) == [False, True, False]
    with pytest.raises(ValueError, match="remove: has no FID, and IID 'a' is in two"):
        listed_people(samples, [(None, "a")], "remove")

import gzip
import os
import re
import subprocess
import sys

import numpy as np
import pyarrow
import pytest

from gxjax.cohort.uk_biobank import blocks
from gxjax.cohort.uk_biobank.table import UkbField, read_ukb

HEAD = '"eid","31-0.0","50-0.0","50-0.1","50-1.0"\n'
ROWS = '"1","0","170","172","190"\n2,1,,"",180\n3, NA ,,,\n'


@pytest.fixture
def table(tmp_path):
    """`text or bytes -> path` of a data set."""

    def write(content):
        path = tmp_path / "ukb [1].csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("instance", "expected"),
    [
        ("first", [171, 180, np.nan]),
        ("mean", [180.5, 180, np.nan]),
        (0, [171, np.nan, np.nan]),
        (1, [190, 180, np.nan]),
    ],
)
def test_read_ukb__takes_an_instance(table, instance, expected):
    path = table(HEAD + ROWS)
    wanted = [UkbField(50), UkbField(31, asked_once=True)]
    found = read_ukb(path, wanted, instance).values
    assert list(found) == ["50", "31"]
    assert found.index.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(found["50"], expected)
    np.testing.assert_array_equal(found["31"], [0, 1, np.nan])


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(",", "\t"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip("\n"),
        lambda text: gzip.compress(text.encode()),
        # As bgzip does it, in members.
        lambda text: (
            gzip.compress(text[:90].encode()) + gzip.compress(text[90:].encode())
        ),
        lambda text: pyarrow.compress(text.encode(), "zstd", asbytes=True),
    ],
    ids=["tsv", "windows", "bom", "no last newline", "gzip", "bgzip", "zstd"],
)
def test_read_ukb__reads_what_people_have(table, change):
    found = read_ukb(table(change(HEAD + ROWS)), [UkbField(50)]).values
    np.testing.assert_array_equal(found["50"], [171, 180, np.nan])


def test_read_ukb__codes_arrays_and_no_answers(table):
    text = "22009-0.2,6-0.0,eid,22009-0.1,6-1.0,6-0.1\n"
    path = table(f"{text}.2,-1,7,.1,4,-3\n.4,3,8,.3,4,5\n.6,-3,9,.5,,\n")
    wanted = [UkbField(22009, "array", 2), UkbField(6, "code", missing=(-1, -3))]
    found, no_answer = read_ukb(path, wanted)
    np.testing.assert_array_equal(found["22009.1"], [0.1, 0.3, 0.5])
    np.testing.assert_array_equal(found["22009.2"], [0.2, 0.4, 0.6])
    np.testing.assert_array_equal(found["6"], [4, 3, np.nan])
    assert no_answer.index.tolist() == [7, 8, 9]
    assert not no_answer[["22009.1", "22009.2"]].any(axis=None)
    assert no_answer["6"].tolist() == [False, False, True]
    found = read_ukb(path, [UkbField(6, missing=(-1, -3))]).values
    np.testing.assert_array_equal(found["6"], [4, 4, np.nan])


def test_read_ukb__says_how_far_it_is(table, monkeypatch):
    monkeypatch.setattr(blocks, "_BLOCK", 1 << 12)
    said = []
    path = table(HEAD + "".join(f"{n},1,1,1,1\n" for n in range(1, 5000)))
    found = read_ukb(path, [UkbField(31)], progress=lambda *each: said.append(each[:2]))
    assert found.values.index.tolist() == list(range(1, 5000))
    assert len(said) > 10
    assert said == sorted(said)
    assert said[-1] == (path.stat().st_size,) * 2


def test_read_ukb__a_quoted_field_may_hold_ends_of_lines(table, monkeypatch):
    """Across the ends of blocks too; messages count rows."""
    monkeypatch.setattr(blocks, "_BLOCK", 1 << 12)
    head = "eid,50-0.0,20002-0.0\n"
    rows = [f'{n},{n},"said\r\nso, {"x" * (n % 97)}\n\n"\n' for n in range(1, 3000)]
    found = read_ukb(table(head + "".join(rows)), [UkbField(50)]).values
    np.testing.assert_array_equal(found["50"], np.arange(1, 3000))
    rows[1000] = rows[1000].replace("1001,1001", "1001,tall")
    with pytest.raises(ValueError, match=r"row 1002, column '50-0\.0': found 'tall'"):
        read_ukb(table(head + "".join(rows)), [UkbField(50)])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HEAD + ROWS + "x4,,,,\n", r"row 5, column 'eid': found 'x4'; expected a"),
        (
            HEAD + ROWS + "4.5,,,,\n",
            r"row 5, column 'eid': found '4\.5'; expected a wh",
        ),
        (HEAD + ROWS + ",,,,\n", r"row 5, column 'eid': found ''; expected a whole"),
        (HEAD + ROWS + "2,,,,\n", "eid 2 is there 2 times; expected once"),
        (HEAD + ROWS + "4,,,tall,\n", r"row 5, column '50-0\.1': found 'tall'"),
        (HEAD + ROWS + "4,,inf,,\n", r"row 5, column '50-0\.0': found 'inf'"),
        (HEAD + ROWS + "4,,,\n", "Row #5: Expected 5 columns, got 4"),
        (HEAD, "a header and nobody"),
        ("", "begins with ''; expected a header"),
        ("eid\n1\n", "begins with 'eid'; expected a header"),
        (b"PK\x03\x04\0\0\n", "expected a header"),
        (gzip.compress((HEAD + ROWS).encode(), mtime=0)[:-9], "not read to its end"),
    ],
)
def test_read_ukb__raises_on_bad_data(table, content, message):
    with pytest.raises(ValueError, match=rf"ukb \[1\]\.csv.*{message}"):
        read_ukb(table(content), [UkbField(50)])


@pytest.mark.parametrize(
    ("wanted", "instance", "message"),
    [
        (UkbField(50), 3, r"field 50 has instances \[0, 1\]; expected 3"),
        (UkbField(31), 1, r"field 31 has instances \[0\]; expected 1"),
        (UkbField(50, "array", 2), "first", "2 array entries; expected 1 to 2"),
        (UkbField(51), "first", "no column of field 51"),
    ],
)
def test_read_ukb__raises_on_what_is_not_there(table, wanted, instance, message):
    with pytest.raises(ValueError, match=rf"ukb \[1\]\.csv: .*{message}"):
        read_ukb(table(HEAD + ROWS), [wanted], instance)


def test_read_ukb__raises_on_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.csv: no such file"):
        read_ukb(tmp_path / "absent.csv", [UkbField(50)])


MEASURED = """
import re, sys
from pathlib import Path
import pyarrow.csv
from gxjax.cohort.uk_biobank.table import UkbField, read_ukb

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

before = peak()
found = read_ukb(sys.argv[1], [UkbField(50), UkbField(22009, "array", 20)]).values
assert found.shape == (20_000, 21)
print((peak() - before) * 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_read_ukb__keeps_to_its_memory(tmp_path):
    """Of 20,000 people x 1,000 columns, 180 MB, which takes its time."""
    path = tmp_path / "wide.csv"
    names = ["eid", "50-0.0", *(f"22009-0.{n}" for n in range(1, 41))]
    names += [f"{30000 + n}-0.0" for n in range(1000 - len(names))]
    tail = ",".join(['"1.5"'] * 40 + ['"a, b ""c"" d"'] * 400 + ["12345"] * 558)
    with path.open("w") as file:
        file.write(",".join(names) + "\n")
        for eid in range(1, 20_001):
            file.write(f"{eid},170,{tail}\n")
    assert path.stat().st_size > 170 << 20
    result = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path)],
        capture_output=True,
        text=True,
        check=False,
        # Else every thread has an arena: as many as the machine has cores.
        env=os.environ | {"MALLOC_ARENA_MAX": "1"},
    )
    assert result.returncode == 0, result.stderr
    risen = int(re.findall(r"\d+", result.stdout)[-1])
    assert risen < 100 << 20

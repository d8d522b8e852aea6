import hashlib

import pytest

from stance.errors import DataError
from stance.evaluation.gate import check_gate, read_gate


def gate(tmp_path, text):
    path = tmp_path / "gate.toml"
    path.write_text(text)
    return path


def test_floors_ceilings_and_files_are_held(tmp_path):
    (tmp_path / "pairs.jsonl").write_bytes(b"one\n")
    digest = hashlib.sha256(b"one\n").hexdigest()
    path = gate(
        tmp_path, f'[at_least]\nf1 = 0.5\n[at_most]\nfailures = 0.2\n[data]\n"pairs.jsonl" = "{digest}"\n'
    )
    checks = check_gate(read_gate(path), {"f1": 0.5, "failures": 0.2, "beside": 1.0})
    assert [c.name for c in checks] == ["f1", "failures", "pairs.jsonl"]
    assert all(c.holds for c in checks)


def test_what_is_worse_or_unmeasured_or_changed_fails(tmp_path):
    (tmp_path / "pairs.jsonl").write_bytes(b"two\n")
    digest = hashlib.sha256(b"one\n").hexdigest()
    text = "[at_least]\nf1 = 0.5\nnever = 0\n[at_most]\nfailures = 0.2\n"
    text += f'[data]\n"pairs.jsonl" = "{digest}"\ngone = "a"\n'
    before = gate(tmp_path, text).read_text()
    checks = check_gate(read_gate(tmp_path / "gate.toml"), {"f1": 0.4999, "failures": 0.2001, "never": None})
    assert not any(c.holds for c in checks)
    assert str(checks[0]).startswith("FAIL f1")
    assert (tmp_path / "gate.toml").read_text() == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[floors]\nf1 = 1\n", "'floors' is no table of a gate"),
        ("[at_least]\nf1 = 'high'\n", r"\[at_least\] f1 = 'high': needs a number"),
        ("[data]\nfile = 3\n", "needs a text"),
        ("not toml", "not TOML"),
    ],
)
def test_a_bad_gate_file_is_one_line(tmp_path, text, words):
    with pytest.raises(DataError, match=words):
        read_gate(gate(tmp_path, text))


def test_a_gate_file_must_be_there(tmp_path):
    with pytest.raises(DataError, match="give the gate file"):
        read_gate(tmp_path / "gate.toml")

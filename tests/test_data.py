"""Our own labelled pairs are what they say: well formed, split by event, and no test pair stands in train."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from stance.records import LABELS

PAIRS = Path(__file__).resolve().parent.parent / "data" / "pairs"
PARTS = ("train", "dev", "test")
KEYS = {"id", "domain", "party_a", "a", "party_b", "b", "label", "phenomena"}


def read(part):
    return [json.loads(line) for line in (PAIRS / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def parts():
    return {part: read(part) for part in PARTS}


def shingles(text):
    plain = re.sub(r"\W+", " ", text.lower()).strip()
    return {plain[i : i + 5] for i in range(max(1, len(plain) - 4))}


def likeness(one, two):
    """Jaccard of 5-character shingles, the measure that MinHash estimates; here exact."""
    return len(one & two) / len(one | two)


def near(parts, left, right, texts, least):
    """Return the pairs of rows of two parts whose ``texts`` are alike, found by their rarest shingles."""
    rows = {part: [shingles(texts(row)) for row in parts[part]] for part in (left, right)}
    counts = Counter(s for part in rows.values() for found in part for s in found)
    by_shingle = {}
    for number, found in enumerate(rows[right]):
        # Two sets with Jaccard of at least 0.7 share one of the rarest 31 % of either (prefix filter).
        for s in sorted(found, key=lambda s: (counts[s], s))[: int(len(found) * (1 - least)) + 1]:
            by_shingle.setdefault(s, set()).add(number)
    hits = []
    for number, found in enumerate(rows[left]):
        rare = sorted(found, key=lambda s: (counts[s], s))[: int(len(found) * (1 - least)) + 1]
        for other in {n for s in rare for n in by_shingle.get(s, ())}:
            if likeness(found, rows[right][other]) >= least:
                hits.append((parts[left][number]["id"], parts[right][other]["id"]))
    return hits


def test_rows_are_well_formed(parts):
    names = {label.value for label in LABELS}
    for rows in parts.values():
        for row in rows:
            assert set(row) - {"event"} == KEYS, row["id"]
            assert row["label"] in names
            assert row["a"].strip()
            assert row["b"].strip()
            assert row["phenomena"]


def test_ids_are_unique_and_events_stay_in_one_part(parts):
    ids = Counter(row["id"] for rows in parts.values() for row in rows)
    assert max(ids.values()) == 1
    home = {}
    for part, rows in parts.items():
        for event in {row["event"] for row in rows if "event" in row}:
            assert home.setdefault(event, part) == part


def test_every_label_has_its_share(parts):
    for rows in parts.values():
        counts = Counter(row["label"] for row in rows)
        assert min(counts.values()) / len(rows) > 0.2


def test_the_near_duplicate_check_finds_one_that_is_planted(parts):
    row = parts["test"][0]
    planted = {**row, "id": "planted", "a": row["a"].rstrip(".") + " too."}
    given = {"train": [*parts["train"], planted], "test": parts["test"]}
    assert ("planted", row["id"]) in near(given, "train", "test", lambda r: f"{r['a']} | {r['b']}", 0.7)


@pytest.mark.parametrize(("left", "right"), [("train", "test"), ("train", "dev"), ("dev", "test")])
def test_no_pair_of_one_part_is_nearly_one_of_another(parts, left, right):
    for swapped in (False, True):
        texts = (lambda r: f"{r['b']} | {r['a']}") if swapped else (lambda r: f"{r['a']} | {r['b']}")
        assert near(parts, left, right, texts, 0.7) == []


def test_recombined_pairs_are_new_alike_and_each_only_once(tmp_path, parts):
    labelled, new = tmp_path / "labelled.jsonl", tmp_path / "new.jsonl"
    rows = parts["train"][:400]
    labelled.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    script = PAIRS.parent / "recombine.py"
    subprocess.run([sys.executable, script, labelled, "--nearest", "1", "--output", new], check=True)
    found = [json.loads(line) for line in new.read_text(encoding="utf-8").splitlines()]
    keys = [frozenset((row["a"], row["b"])) for row in found]
    assert len(keys) == len(set(keys)) > 50
    assert not set(keys) & {frozenset((row["a"], row["b"])) for row in rows}
    assert {text for key in keys for text in key} <= {text for row in rows for text in (row["a"], row["b"])}
    shared = [set(row["a"].lower().split()) & set(row["b"].lower().split()) for row in found]
    assert sum(bool(words) for words in shared) > 0.9 * len(shared)

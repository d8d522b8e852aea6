from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from stance.evaluation import Signature, data_sha256, sign
from stance.records import LABELS, Example

C, S, U = LABELS
ROWS = [Example("Kyiv fell.", "Kyiv holds.", C), Example("Rain – “heavy”.", "Snow.", U)]


def test_the_data_hash_is_that_of_the_documented_lines() -> None:
    # \u escapes and no spaces: [premise, hypothesis, gold] a line
    text = (
        '["Kyiv fell.","Kyiv holds.","contradict"]\n'
        '["Rain \\u2013 \\u201cheavy\\u201d.","Snow.","unrelated"]\n'
    )
    assert data_sha256(ROWS) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [
        [replace(ROWS[0], gold=S), ROWS[1]],
        ROWS[::-1],
        ROWS[:1],
        [replace(ROWS[0], premise="Kyiv fell"), ROWS[1]],
        [replace(ROWS[0], premise=ROWS[0].hypothesis, hypothesis=ROWS[0].premise), ROWS[1]],
    ],
)
def test_any_change_of_labels_texts_or_order_changes_the_hash(changed: list[Example]) -> None:
    assert data_sha256(changed) != data_sha256(ROWS)


def test_ids_and_tags_do_not_change_the_hash() -> None:
    assert data_sha256([replace(row, id="x", tags={"domain": "sea"}) for row in ROWS]) == data_sha256(ROWS)


def test_the_line() -> None:
    found = sign(
        ROWS,
        model="small",
        model_hash="abcd" * 16,
        version="0.1.0",
        thresholds={"support": 0.5, "contradict": 0.55},
        seed=3,
    )
    data = data_sha256(ROWS)[:12]
    assert str(found) == (
        f"data:{data}|n:2|model:small@abcdabcdabcd|thresholds:contradict=0.55,support=0.5"
        "|intervals:bootstrap-percentile-1000|seed:3|version:0.1.0"
    )


def test_without_thresholds_the_line_says_so() -> None:
    assert "|thresholds:none|" in str(sign(ROWS, model="small", model_hash="ab", version="0.1.0"))


def test_to_dict_holds_full_hashes_as_plain_json() -> None:
    plain = sign(ROWS, model="small", model_hash="abcd" * 16, version="0.1.0").to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert (plain["data"], plain["model_hash"]) == (data_sha256(ROWS), "abcd" * 16)


def test_the_parting_sign_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'a\|b' holds '\|'; needed a text without it"):
        Signature(data="1a", n=1, model="a|b", model_hash="2b", version="0.1.0")

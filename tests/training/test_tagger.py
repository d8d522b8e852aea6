import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tiny import save_tiny_tagger, tiny_tokenizer

from stance.attribution.tagger import ROLES, TAGS, WINDOW, SpanTagger
from stance.errors import DataError
from stance.training.finetune import LoopSettings
from stance.training.tagger import IGNORED, read_polnear, role_f1, tag_tokens, train_tagger, windows

ARTICLES = [
    "the army said village has fallen . workers are back",
    "union said strike is over . nobody was at work",
    "the company said nobody was dead . it was 12 or 40",
]


def annotate(text: str) -> list[dict[str, list[list[int]]]]:
    cue, end = text.index("said"), text.index(" .")
    return [{"source": [[0, cue - 1]], "cue": [[cue, cue + 4]], "content": [[cue + 5, end]]}]


def polnear(path: Path, texts=ARTICLES) -> Path:
    rows = [{"text": t, "attributions": json.dumps(annotate(t)), "split": "train"} for t in texts]
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def test_tokens_get_the_role_of_their_span_and_b_at_its_start():
    # "Kyiv denied it fell ." by words
    offsets = [(0, 4), (5, 11), (12, 14), (15, 19), (20, 21)]
    spans = [{"source": [[0, 4]], "cue": [[5, 11]], "content": [[12, 19]]}]
    assert tag_tokens(offsets, spans) == ["B-source", "B-cue", "B-content", "I-content", "O"]
    assert tag_tokens(offsets, []) == ["O"] * 5
    assert tag_tokens([], spans) == []


def test_a_shorter_span_inside_a_longer_one_stays_visible():
    offsets = [(i, i + 1) for i in range(6)]
    spans = [{"content": [[0, 6]]}, {"source": [[2, 4]]}]
    tags = tag_tokens(offsets, spans)
    assert tags == ["B-content", "I-content", "B-source", "I-source", "I-content", "I-content"]


def test_a_span_in_two_pieces_begins_twice():
    offsets = [(0, 1), (1, 2), (2, 3)]
    assert tag_tokens(offsets, [{"content": [[0, 1], [2, 3]]}]) == ["B-content", "O", "B-content"]


def test_windows_overlap_cover_every_token_and_fit_the_model():
    tokenizer = tiny_tokenizer()
    text = "the army said " * 200
    rows = windows(tokenizer, [text], [[]], 192)
    body = WINDOW - 2
    assert [len(row["input_ids"]) - 2 for row in rows] == [body, body, 600 - 2 * 192]
    assert all(len(row["labels"]) == len(row["input_ids"]) <= WINDOW for row in rows)
    assert all(row["labels"][0] == row["labels"][-1] == IGNORED for row in rows)
    whole = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert rows[1]["input_ids"][1:-1] == whole[192 : 192 + body]
    # 254 tokens fit in one window, and one more starts a second.
    for count, expected in ((254, 1), (255, 2), (0, 0)):
        assert len(windows(tokenizer, ["the " * count], [[]], 192)) == expected


def test_labels_follow_the_tokens_into_every_window():
    text = "the " * 200 + "army said it was over"
    rows = windows(tiny_tokenizer(), [text], [annotate_at(text)], 100)
    for start, row in enumerate(rows):
        ids = {TAGS[label]: start * 100 + i - 1 for i, label in enumerate(row["labels"]) if label > 0}
        assert ids.get("B-cue", 201) == 201
    assert any(TAGS.index("B-cue") in row["labels"] for row in rows)


def annotate_at(text):
    cue = text.index("said")
    return [{"source": [[cue - 5, cue - 1]], "cue": [[cue, cue + 4]], "content": [[cue + 5, len(text)]]}]


def test_f1_by_hand_and_as_scikit_learn_has_it():
    from sklearn.metrics import f1_score

    gold = np.array([[TAGS.index("B-cue"), TAGS.index("O"), TAGS.index("B-source"), IGNORED]])
    given = np.array([[TAGS.index("I-cue"), TAGS.index("B-cue"), TAGS.index("O"), TAGS.index("B-source")]])
    scores = role_f1(np.eye(len(TAGS))[given], gold)
    # Cue: one of one found, one too many; source: none found; content: none there.
    assert scores == {
        "f1_source": 0.0,
        "f1_cue": pytest.approx(2 / 3),
        "f1_content": 0.0,
        "f1_mean": pytest.approx(2 / 9),
    }
    kept = gold != IGNORED
    for role in ROLES:
        wanted = [i for i, tag in enumerate(TAGS) if tag.endswith(role)]
        expected = f1_score(np.isin(gold, wanted)[kept], np.isin(given, wanted)[kept], zero_division=0.0)
        assert scores[f"f1_{role}"] == pytest.approx(expected)


def test_the_corpus_is_read_and_what_is_wrong_with_it_named(tmp_path):
    texts, attributions = read_polnear(polnear(tmp_path / "good.parquet"))
    assert texts == ARTICLES
    assert attributions[0] == annotate(ARTICLES[0])
    with pytest.raises(DataError, match=r"none\.parquet: cannot be read"):
        read_polnear(tmp_path / "none.parquet")
    (tmp_path / "text.parquet").write_text("no table")
    with pytest.raises(DataError, match=r"text\.parquet: cannot be read"):
        read_polnear(tmp_path / "text.parquet")
    pq.write_table(pa.table({"text": ["x"]}), tmp_path / "one.parquet")
    with pytest.raises(DataError, match=r"one\.parquet: no column 'attributions': text and attributions"):
        read_polnear(tmp_path / "one.parquet")
    for bad in ("{", None):
        pq.write_table(
            pa.table({"text": ["x"], "attributions": pa.array([bad], pa.string())}), tmp_path / "b.parquet"
        )
        with pytest.raises(DataError, match=r"b\.parquet: row 1: attributions are not JSON"):
            read_polnear(tmp_path / "b.parquet")


def test_a_tiny_tagger_learns_three_articles_and_finds_their_spans(tmp_path):
    base, out = save_tiny_tagger(tmp_path / "base"), tmp_path / "tagger"
    corpus = polnear(tmp_path / "corpus.parquet")
    settings = LoopSettings(
        epochs=60,
        learning_rate=2e-2,
        batch_size=3,
        threads=1,
        evaluations=4,
        patience=4,
        freeze_embeddings=False,
    )
    said = []
    best = train_tagger(corpus, corpus, str(base), out, settings=settings, say=said.append)
    assert best["eval_f1_mean"] > 0.9
    assert any("f1_mean" in line for line in said)
    assert not (out / "checkpoints").exists()
    config = json.loads((out / "config.json").read_text())
    assert [config["id2label"][str(i)] for i in range(len(TAGS))] == list(TAGS)
    found = SpanTagger.load(out).tag([ARTICLES[0]])[0]
    texts = {span.role: ARTICLES[0][span.start : span.end] for span in found}
    assert texts["cue"] == "said"
    assert "village" in texts["content"]


def test_a_corpus_without_text_is_refused(tmp_path):
    empty = tmp_path / "empty.parquet"
    pq.write_table(
        pa.table({"text": pa.array([], pa.string()), "attributions": pa.array([], pa.string())}), empty
    )
    base = save_tiny_tagger(tmp_path / "base")
    with pytest.raises(DataError, match=r"empty\.parquet: no text in it: at least one article is needed"):
        train_tagger(
            empty, polnear(tmp_path / "c.parquet"), str(base), tmp_path / "out", settings=LoopSettings()
        )

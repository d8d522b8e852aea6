from __future__ import annotations

import json
import random
import shutil
from itertools import pairwise

import numpy as np
import pytest
from tiny import WORDS, save_tiny_tagger

from stance.attribution.linking import Span
from stance.attribution.tagger import TAGS, WINDOW, SpanTagger, spans_of
from stance.errors import ModelError


@pytest.fixture(scope="module")
def tagger(tagger_folder):
    return SpanTagger.load(tagger_folder)


def decoded(pieces: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Decode (token, tag) pairs; a token's leading space is no part of it."""
    text, offsets = "", []
    for token, _ in pieces:
        start = len(text) + (len(token) - len(token.lstrip()))
        text += token
        offsets.append((start, len(text)))
    return [(s.role, text[s.start : s.end]) for s in spans_of(text, [tag for _, tag in pieces], offsets)]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (
            [("The", "B-source"), (" army", "I-source"), (" said", "B-cue")],
            [("source", "The army"), ("cue", "said")],
        ),
        ([("The", "I-source"), (" army", "I-source"), (" said", "O")], [("source", "The army")]),
        ([("Ek", "B-source"), (" Moss", "B-source")], [("source", "Ek"), ("source", "Moss")]),
        ([("Ek", "B-source"), (" said", "I-cue")], [("source", "Ek"), ("cue", "said")]),
        ([("Ek", "I-source"), (" and", "O"), (" Moss", "I-source")], [("source", "Ek"), ("source", "Moss")]),
        (
            [("Ger", "B-source"), ("asi", "O"), ("mov", "B-cue"), (" said", "B-cue")],
            [("source", "Gerasimov"), ("cue", "said")],
        ),
        ([("Ger", "O"), ("asimov", "B-source"), (" said", "O")], [("source", "Gerasimov")]),
        ([("Ek", "B-source"), ("'", "O"), ("s", "B-cue")], [("source", "Ek"), ("cue", "s")]),
        ([("Ek", "B-source"), (",", "I-source")], [("source", "Ek,")]),
        (
            [("Heading", "B-source"), ("\n\nEk", "I-source"), ("\nMoss", "I-source")],
            [("source", "Heading"), ("source", "Ek\nMoss")],
        ),
        ([(" \n", "B-source"), ("Ek", "O")], []),
        ([("Ek", "O"), (" said", "O")], []),
        ([], []),
    ],
)
def test_tags_become_spans(pieces, expected):
    assert decoded(pieces) == expected


def test_outer_spaces_are_no_part_of_a_span():
    assert spans_of("a  b c", ["O", "B-content", "I-content"], [(0, 1), (1, 4), (4, 6)]) == [
        Span("content", 3, 6)
    ]


def test_any_tags_give_ordered_whole_word_spans():
    for seed in range(200):
        draw = random.Random(seed)
        text = "".join(draw.choice("ab c.'\n1") for _ in range(draw.randint(0, 60)))
        offsets, at = [], 0
        while at < len(text):
            end = at + draw.randint(1, 3)
            if text[at:end].strip():
                offsets.append((at, min(end, len(text))))
            at = end
        tags = [draw.choice(TAGS) for _ in offsets]
        got = spans_of(text, tags, offsets)
        assert all(a.end <= b.start for a, b in pairwise(got)), seed
        for span in got:
            assert text[span.start : span.end] == text[span.start : span.end].strip() != "", seed
        tagged = sum(tag != "O" for tag in tags)
        assert len(got) <= tagged
        assert (
            got
            or not tagged
            or not "".join(text[a:b] for (a, b), t in zip(offsets, tags, strict=True) if t != "O").strip()
        )


def test_spans_never_begin_or_end_inside_a_word(tagger):
    text = "the armys village unfallen said stillness"
    for span in tagger.tag([text])[0]:
        assert not text[max(0, span.start - 1) : span.start + 1].isalnum() or span.start == 0
        assert not text[span.end - 1 : span.end + 1].isalnum() or span.end == len(text)


@pytest.mark.parametrize("text", ["", " ", "\n\n"])
def test_empty_text_gives_nothing(tagger, text):
    assert tagger.tag([text]) == [[]]


def test_each_text_is_tagged_alone_and_in_order(tagger):
    texts = ["the army said nobody fallen", "", "the union denied that it was over , company said"]
    steps = []
    got = tagger.tag(texts, progress=steps.append)
    assert got == [tagger.tag([text])[0] for text in texts]
    assert got[0]
    assert steps == [1, 1, 1]


def long_text(words: int) -> str:
    draw = random.Random(words)
    return " ".join(draw.choice(WORDS) for _ in range(words))


@pytest.mark.parametrize("words", [WINDOW - 2, WINDOW - 1, 300, 444, 445, 900, 2500])
def test_a_token_of_a_long_text_is_read_where_it_lies_most_central(tagger, words):
    import torch

    ids = tagger._tokenizer(long_text(words), add_special_tokens=False)["input_ids"]
    assert len(ids) == words
    body = WINDOW - 2
    got = [tagger._tags[int(i)] for i in tagger._scores_of(ids).argmax(axis=1)]
    last = max(0, words - body)
    starts = sorted({*range(0, last, 190), last})
    names = [tagger._model.config.id2label[i] for i in range(len(TAGS))]
    cls, sep = tagger._tokenizer.cls_token_id, tagger._tokenizer.sep_token_id
    read = {}
    for start in starts:
        with torch.inference_mode():
            row = tagger._model(torch.tensor([[cls, *ids[start : start + body], sep]])).logits[0, 1:-1]
        read[start] = [names[int(i)] for i in row.argmax(-1)]
    for i in range(words):

        def depth(start, i=i):
            left = i - start if start else body
            right = min(start + body, words) - 1 - i if start + body < words else body
            return min(left, right)

        holding = [s for s in starts if s <= i < s + body]
        best = max(depth(s) for s in holding)
        assert got[i] in {read[s][i - s] for s in holding if depth(s) == best}, i


def test_windows_cover_every_token(tagger):
    ids = list(range(5, 25)) * 60
    assert np.isfinite(tagger._scores_of(ids)).all()


def test_a_short_text_is_one_window(tagger, monkeypatch):
    calls = []
    real = SpanTagger._forward
    monkeypatch.setattr(SpanTagger, "_forward", lambda self, w: calls.append(len(w)) or real(self, w))
    tagger.tag([long_text(WINDOW - 2)])
    tagger.tag([long_text(WINDOW - 1)])
    assert calls == [1, 2]


def test_loading_names_the_tagger_and_its_weights(tagger, tagger_folder):
    assert tagger.name == tagger_folder.name
    assert len(tagger.hash) == 12


def test_other_labels_are_refused(tmp_path):
    folder = save_tiny_tagger(tmp_path / "ner", names=("O", "B-person", "I-person"))
    with pytest.raises(ModelError, match=r"ner: labels B-person, I-person, O: needed: O, B-source, I-source"):
        SpanTagger.load(folder)


def test_a_folder_that_holds_no_model_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"no config\.json: give a model folder"):
        SpanTagger.load(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}), encoding="utf-8")
    with pytest.raises(ModelError, match=r"cannot load .*needs config\.json, a tokenizer and \.safetensors"):
        SpanTagger.load(tmp_path)


def test_tags_do_not_depend_on_how_windows_are_grouped(tagger, monkeypatch):
    ids = tagger._tokenizer(long_text(1500), add_special_tokens=False)["input_ids"]
    whole = tagger._scores_of(ids)
    monkeypatch.setattr("stance.attribution.tagger.BATCH", 1)
    np.testing.assert_allclose(tagger._scores_of(ids), whole, atol=1e-4)
    assert len(np.unique(whole.argmax(axis=1))) > 1


def test_transitions_of_the_config_are_found_by_tag_name(tagger_folder, tmp_path):
    folder = tmp_path / "with transitions"
    shutil.copytree(tagger_folder, folder)
    config = json.loads((folder / "config.json").read_text())
    # Only cues may follow anything, whatever the model says; the first token follows nothing.
    table = {a: {b: 0.0 if b in {"O", "B-cue", "I-cue"} else -1e3 for b in TAGS} for a in TAGS}
    config["stance"] = {"transitions": table}
    (folder / "config.json").write_text(json.dumps(config))
    text = "the army said the village has fallen and nobody denied it " * 8
    before = {s.role for s in SpanTagger.load(tagger_folder).tag([text])[0]}
    assert before - {"cue"}
    assert {s.role for s in SpanTagger.load(folder).tag([text])[0] if s.start > 0} <= {"cue"}

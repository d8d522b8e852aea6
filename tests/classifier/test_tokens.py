"""Pairs put together from ids are those that transformers gives, cut or whole."""

import json

import numpy as np
import pytest
from tiny import tiny_tokenizer
from tokenizers import processors

from stance.classifier.tokens import (
    PairTokenizer,
    longest_first,
    longest_input,
    pair_template,
    tokenizer_from_folder,
    tokenizer_from_transformers,
)
from stance.errors import ModelError

WORDS = "the army said village has fallen is ours not still held by our troops".split()  # noqa: SIM905
PAIRS = [
    ("the village has fallen", "our troops are still in the village"),
    ("a", "the strike is over"),
    ("the village has fallen", "the village has fallen"),
    # Texts that spell special tokens, and one of no tokens at all.
    ("[SEP] the army", "said [CLS] so"),
    ("\u200b", "the army said"),
]


def kinds():
    bert = tiny_tokenizer()
    mpnet = tiny_tokenizer()
    mpnet.backend_tokenizer.post_processor = processors.RobertaProcessing(("[SEP]", 3), ("[CLS]", 2))
    template = tiny_tokenizer()
    template.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    for tokenizer in (bert, template):
        tokenizer.model_input_names = ["input_ids", "token_type_ids", "attention_mask"]
    unknown = tiny_tokenizer()
    unknown.backend_tokenizer.post_processor = processors.Sequence(
        [template.backend_tokenizer.post_processor, processors.ByteLevel()]
    )
    return {
        "bert": bert,
        "untyped": tiny_tokenizer(),
        "mpnet": mpnet,
        "template": template,
        "unknown": unknown,
    }


def expected(tokenizer, pair, limit):
    row = tokenizer(*pair, truncation=True, max_length=limit, verbose=False)
    return row["input_ids"], row.get("token_type_ids", [0] * len(row["input_ids"]))


def rows_of(ours, pairs):
    batch = ours.encode(pairs).batch(range(len(pairs)))
    for ids, types, mask in zip(batch.ids, batch.types, batch.mask, strict=True):
        size = mask.sum()
        assert (mask[:size] == 1).all()
        assert not mask[size:].any()
        assert not types[size:].any()
        yield ids[:size].tolist(), types[:size].tolist(), ids[size:].tolist()


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_the_ids_are_those_of_transformers(kind):
    tokenizer = kinds()[kind]
    ours = tokenizer_from_transformers(tokenizer, {}, "tiny")
    for pair, (ids, types, padding) in zip(PAIRS, rows_of(ours, PAIRS), strict=True):
        assert (ids, types) == expected(tokenizer, pair, 64)
        assert set(padding) <= {tokenizer.pad_token_id}


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("kind", ["bert", "mpnet", "unknown"])
def test_they_are_cut_as_transformers_cuts_them(kind, side):
    tokenizer = kinds()[kind]
    tokenizer.truncation_side = side
    pairs = [(" ".join(WORDS[:m]), " ".join(WORDS[-n:])) for m in range(1, 14) for n in range(1, 14)]
    for limit in (9, 12):
        ours = tokenizer_from_transformers(tokenizer, {"max_position_embeddings": limit}, "tiny")
        encoded = ours.encode(pairs)
        for i, (ids, types, _) in enumerate(rows_of(ours, pairs)):
            assert (ids, types) == expected(tokenizer, pairs[i], limit)
            whole = len(tokenizer(*pairs[i])["input_ids"])
            assert encoded.lengths[i] == len(ids) == min(whole, limit)
            assert encoded.cut[i] == (whole > limit)


def test_the_shipped_tokenizer_reads_alike_without_transformers():
    from transformers import AutoTokenizer

    from stance.weights import STANCE_MODEL, shipped_models

    folder = shipped_models() / STANCE_MODEL
    theirs = AutoTokenizer.from_pretrained(folder)
    ours = tokenizer_from_folder(folder, json.loads((folder / "config.json").read_text()))
    pairs = [
        *PAIRS,
        ("Zelenskyy: “no ceasefire”", "Über 40 % – naïve"),
        ("word " * 400, "другой текст " * 300),
    ]
    for pair, (ids, types, _) in zip(pairs, rows_of(ours, pairs), strict=True):
        assert (ids, types) == expected(theirs, pair, ours.max_length)


def test_each_distinct_text_is_tokenised_once(monkeypatch):
    ours = tokenizer_from_transformers(tiny_tokenizer(), {}, "tiny")
    real, seen = PairTokenizer._texts, []
    monkeypatch.setattr(PairTokenizer, "_texts", lambda self, texts: seen.extend(texts) or real(self, texts))
    ours.encode([("a", "b"), ("b", "a"), ("a", "c"), ("a", "a")])
    assert seen == ["a", "b", "c"]


def test_the_callers_tokenizer_is_left_as_it_was():
    tokenizer = tiny_tokenizer()
    tokenizer.backend_tokenizer.enable_truncation(5)
    before = tokenizer.backend_tokenizer.to_str()
    ours = tokenizer_from_transformers(tokenizer, {}, "tiny")
    assert ours.encode([("the army said", "the village has fallen")]).lengths.tolist() == [10]
    assert tokenizer.backend_tokenizer.to_str() == before


def test_no_pairs_make_nothing():
    for tokenizer in kinds().values():
        encoded = tokenizer_from_transformers(tokenizer, {}, "tiny").encode([])
        assert (len(encoded.lengths), len(encoded.cut)) == (0, 0)


def test_the_longer_side_is_cut_first_by_hand():
    sizes = np.array([[3, 4], [2, 9], [9, 2], [9, 9], [8, 9], [9, 8], [0, 20], [5, 5]])
    kept = [[3, 4], [2, 5], [5, 2], [3, 4], [3, 4], [4, 3], [0, 7], [3, 4]]
    assert longest_first(sizes, 7).tolist() == kept


def test_positions_behind_the_padding_take_tokens_off():
    assert longest_input({"max_position_embeddings": 514, "model_type": "mpnet"}, None) == 512
    assert (
        longest_input({"max_position_embeddings": 9, "model_type": "roberta", "pad_token_id": 0}, None) == 8
    )
    assert longest_input({"max_position_embeddings": 512, "model_type": "bert"}, 1e30) == 512
    assert longest_input({"max_position_embeddings": 512, "model_type": "bert"}, 128) == 128
    assert longest_input({}, None) == 512


def test_what_joins_texts_in_a_way_of_its_own_has_no_template():
    assert pair_template(None) is None
    assert pair_template({"type": "ByteLevel"}) is None


def test_a_folder_without_tokenizer_json_has_none(tmp_path):
    assert tokenizer_from_folder(tmp_path, {}) is None


def test_a_broken_tokenizer_is_a_model_error(tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match=r"cannot load '.*': tokenizer: "):
        tokenizer_from_folder(tmp_path, {})


@pytest.mark.parametrize("token", ["[UNK]", {"content": "[UNK]"}])
def test_the_padding_token_is_that_of_the_folder(tmp_path, token):
    tiny_tokenizer().save_pretrained(tmp_path)
    notes = {"pad_token": token, "model_max_length": 20}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(notes))
    ours = tokenizer_from_folder(tmp_path, {})
    assert ours.max_length == 20
    batch = ours.encode([("the army", "said"), ("a", "a")]).batch([0, 1])
    assert batch.ids[1, -1] == 1
    assert (
        tokenizer_from_folder(tmp_path, {"pad_token_id": 7}).encode(PAIRS[:2]).batch([0, 1]).ids[1, -1] == 7
    )


@pytest.mark.parametrize(
    ("notes", "config", "typed"),
    [
        ({"tokenizer_class": "BertTokenizerFast"}, {}, True),
        ({"tokenizer_class": "DebertaV2Tokenizer"}, {}, True),
        ({"tokenizer_class": "MPNetTokenizer"}, {"model_type": "bert"}, False),
        ({}, {"model_type": "bert"}, True),
        ({}, {"model_type": "deberta-v2"}, True),
        ({}, {"model_type": "roberta"}, False),
        ({"tokenizer_class": "BertTokenizer", "model_input_names": ["input_ids"]}, {}, False),
        ({"tokenizer_class": "Other", "model_input_names": ["input_ids", "token_type_ids"]}, {}, True),
    ],
)
def test_type_ids_are_given_where_transformers_gives_them(tmp_path, notes, config, typed):
    tiny_tokenizer().save_pretrained(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(notes))
    batch = tokenizer_from_folder(tmp_path, config).encode([("a", "a")]).batch([0])
    assert batch.types.tolist() == [[0, 0, 0, 1, 1] if typed else [0] * 5]


def test_a_slow_tokenizer_is_refused():
    class Slow:
        model_max_length = 64

    with pytest.raises(ModelError, match=r"mine: its tokenizer has no tokenizer\.json: save it"):
        tokenizer_from_transformers(Slow(), {}, "mine")

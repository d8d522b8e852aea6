"""Tiny models, really built and saved, with their label names in an order of their own."""

from __future__ import annotations

from pathlib import Path

WORDS = (  # noqa: SIM905  # a list of fifty quoted words would hide them
    "the army said village has fallen is ours not still held by our troops strike over workers "
    "are back at work nobody no union company denied that it was and in a of to they he she , . "
    "\" ' 12 40 dead "
).split()
# NLI names, in none of the usual orders.
SHUFFLED = ("neutral", "contradiction", "entailment")


def tiny_tokenizer():
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    pieces = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *dict.fromkeys([*WORDS, *letters]),
        *("##" + c for c in letters),
    ]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    raw = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    raw.normalizer = normalizers.BertNormalizer(lowercase=True)
    raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    raw.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return PreTrainedTokenizerFast(
        tokenizer_object=raw,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=64,
    )


def tiny_config(tokenizer, names):
    from transformers import BertConfig

    return BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        # A fresh model of this size answers much the same to everything; wide weights spread its answers.
        initializer_range=0.6,
        id2label=dict(enumerate(names)),
        label2id={name: i for i, name in enumerate(names)},
    )


def save_tiny_classifier(folder: Path, *, names=SHUFFLED, seed: int = 1, **notes) -> Path:
    import torch
    from transformers import BertForSequenceClassification

    torch.manual_seed(seed)
    tokenizer = tiny_tokenizer()
    config = tiny_config(tokenizer, names)
    if notes:
        config.stance = notes
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_tiny_tagger(folder: Path, *, names=None, seed: int = 1) -> Path:
    import torch
    from transformers import BertForTokenClassification

    from stance.attribution.tagger import TAGS

    torch.manual_seed(seed)
    tokenizer = tiny_tokenizer()
    config = tiny_config(tokenizer, names or tuple(reversed(TAGS)))
    config.max_position_embeddings = 256
    BertForTokenClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder

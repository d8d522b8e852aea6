"""Files, folders, tables and frames go in; articles, examples and pairs come out, each with its refusals."""

from stance.reading.articles import read_articles
from stance.reading.examples import read_examples
from stance.reading.pairs import PairRow, read_pairs
from stance.reading.result import Reading, Refusal
from stance.reading.tables import write_rows, write_text

__all__ = [
    "PairRow",
    "Reading",
    "Refusal",
    "read_articles",
    "read_examples",
    "read_pairs",
    "write_rows",
    "write_text",
]

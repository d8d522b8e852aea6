"""A finished run on disk: articles, statements, judgements and run.json, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stance.errors import DataError
from stance.reading.tables import write_rows, write_text, write_views
from stance.records import (
    Article,
    Bound,
    Days,
    Judgement,
    Kind,
    Label,
    Member,
    NumberPair,
    Pair,
    Party,
    Probabilities,
    Quantity,
    Scope,
    ScoreReport,
    Statement,
)
from stance.scoring.events import EVENT_COLUMNS, EVENTS_FILE, event_rows

STATEMENT_COLUMNS = (
    "id",
    "article_id",
    "start",
    "end",
    "text",
    "speaker",
    "party",
    "cue",
    "kind",
    "denies",
    "said",
    "when",
    "quantities",
    "said_as",
    "fragment",
)
JUDGEMENT_COLUMNS = (
    "id", "a", "b", "a_text", "b_text", "a_party", "b_party", "a_speaker", "b_speaker",
    "label", "p_contradict", "p_support", "p_unrelated", "needs_review", "copies_a", "copies_b",
    "different_time", "numbers",
)  # fmt: skip
ENDINGS = ("jsonl", "parquet")
RECORD = "run.json"
# In the view of a run only: which statement stands for this one, a copy.
_COPY_OF = "copy_of"


def statement_row(statement: Statement) -> dict[str, object]:
    """Return a statement as one row of ``statements.*``."""
    row = asdict(statement)
    return {column: str(row[column]) if column == "kind" else row[column] for column in STATEMENT_COLUMNS}


def judgement_row(
    judgement: Judgement, copies: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> dict[str, object]:
    """Return a judgement as one row of ``judgements.*``; its id is a hash of its two statement ids.

    ``copies`` are those of the report; the row lists the ids of either side's.
    """
    a, b = judgement.pair.a, judgement.pair.b
    key = hashlib.sha256("\n".join(sorted((a.id, b.id))).encode()).hexdigest()[:12]
    values = (
        key, a.id, b.id, a.text, b.text, a.party, b.party, a.speaker, b.speaker, judgement.label.value,
        *(judgement.probabilities.of(label) for label in Label), judgement.needs_review,
        list(copies.get(a.id, ())), list(copies.get(b.id, ())),
        judgement.different_time, asdict(judgement.numbers) if judgement.numbers else None,
    )  # fmt: skip
    return dict(zip(JUDGEMENT_COLUMNS, values, strict=True))


def make_folder(folder: Path) -> None:
    """Make ``folder`` and its parents unless it is there; raise DataError when that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"{folder}: cannot be used as output folder ({error.strerror}): give another"
        ) from error


def save_run(report: ScoreReport, folder: Path) -> None:
    """Write ``articles``, ``statements`` and ``judgements`` (.jsonl and .parquet) and ``run.json``.

    Each file appears whole or not at all; ``run.json`` comes last, so that a folder with it is finished.
    An earlier run in ``folder`` is replaced.

    Raises:
        DataError: ``folder`` is a file, or cannot be made or written.
    """
    make_folder(folder)
    try:
        (folder / RECORD).unlink(missing_ok=True)
    except OSError as error:
        raise DataError(f"{folder / RECORD}: cannot be replaced ({error.strerror}): remove it") from error
    copy_of = {copy: stands for stands, copies in report.copies.items() for copy in copies}
    # Rows are made as they are written: all at once they would take ten times the memory of the report.
    tables: dict[str, tuple[Iterable[dict[str, object]], Sequence[str]]] = {
        "articles": ((asdict(a) for a in report.articles), [f.name for f in fields(Article)]),
        "statements": (
            ({**statement_row(s), _COPY_OF: copy_of.get(s.id)} for s in report.statements),
            [*STATEMENT_COLUMNS, _COPY_OF],
        ),
        "judgements": ((judgement_row(j, report.copies) for j in report.judgements), JUDGEMENT_COLUMNS),
    }
    for name, (rows, columns) in tables.items():
        write_views(rows, [folder / f"{name}.{ending}" for ending in ENDINGS], columns=columns)
    write_rows(event_rows(report.articles), folder / EVENTS_FILE, columns=EVENT_COLUMNS)
    record = {
        **report.info,
        "parties": [_party_row(p) for p in report.parties],
        "refused": list(report.refused),
    }
    write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", folder / RECORD)


def load_run(folder: Path) -> ScoreReport:
    """Return the report of a finished run.

    Raises:
        DataError: no finished run there, or a file of it is damaged.
    """
    record_file = folder / RECORD
    if not record_file.is_file():
        raise DataError(f"{folder}: no {RECORD}: give the --output folder of a finished `stance score`")
    try:
        record = json.loads(record_file.read_text(encoding="utf-8"))
        articles = tuple(
            Article(**{**row, "published": _day(row["published"])})
            for row in _rows(folder / "articles.jsonl")
        )
        rows = _rows(folder / "statements.jsonl")
        # Runs of before copies were told have no such column.
        copy_of = {row["id"]: stands for row in rows if (stands := row.pop(_COPY_OF, None))}
        statements = tuple(_statement(row) for row in rows)
        by_id = {s.id: s for s in statements}
        judgements = tuple(
            Judgement(
                Pair(by_id[row["a"]], by_id[row["b"]]),
                Label(row["label"]),
                Probabilities(row["p_contradict"], row["p_support"], row["p_unrelated"]),
                row["needs_review"],
                # Runs of before days and numbers were told have no such columns.
                row.get("different_time", False),
                _numbers(row.get("numbers")),
            )
            for row in _rows(folder / "judgements.jsonl")
        )
        parties = tuple(_party(row) for row in record.pop("parties"))
        refused = tuple(record.pop("refused"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else error
        raise DataError(
            f"{folder}: the run's files are damaged ({reason}): run `stance score` again"
        ) from error
    strict = (record.get("settings") or {}).get("time") == "strict"
    copies = grouped(copy_of)
    return ScoreReport(articles, statements, judgements, parties, refused, record, copies, strict_time=strict)


def grouped(copy_of: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the copies of each statement that stands for some, sorted, from what each copy is a copy of."""
    groups: dict[str, list[str]] = defaultdict(list)
    for copy, stands in copy_of.items():
        groups[stands].append(copy)
    return {stands: tuple(sorted(groups[stands])) for stands in sorted(groups)}


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _statement(row: Mapping[str, Any]) -> Statement:
    given = {
        **row,
        "kind": Kind(row["kind"]),
        "said": _day(row["said"]),
        "when": tuple(
            Days(date.fromisoformat(d["first"]), date.fromisoformat(d["last"]), d["start"], d["end"])
            for d in row.get("when") or ()
        ),
        "quantities": tuple(_quantity(q) for q in row.get("quantities") or ()),
    }
    return Statement(**given)


def _quantity(row: Mapping[str, Any]) -> Quantity:
    scope = row["scope"]
    return Quantity(**{**row, "bound": Bound(row["bound"]), "scope": Scope(scope) if scope else None})


def _numbers(row: Mapping[str, Any] | None) -> NumberPair | None:
    return NumberPair(_quantity(row["a"]), _quantity(row["b"]), row["clash"]) if row else None


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _party_row(party: Party) -> dict[str, object]:
    return {
        "id": party.id,
        "name": party.name,
        "aliases": list(party.aliases),
        "opposes": None if party.opposes is None else sorted(party.opposes),
        "allied": sorted(party.allied),
        "members": [
            {
                "name": m.name,
                "from": m.since and m.since.isoformat(),
                "until": m.until and m.until.isoformat(),
            }
            for m in party.members
        ],
    }


def _party(row: Mapping[str, Any]) -> Party:
    opposes = row["opposes"]
    return Party(
        row["id"],
        row["name"],
        tuple(row["aliases"]),
        None if opposes is None else frozenset(opposes),
        frozenset(row["allied"]),
        tuple(Member(m["name"], _day(m["from"]), _day(m["until"])) for m in row.get("members", ())),
    )

"""A small article set with its gold, written from one marked-up text: two parties in an invented dispute."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

SEEDS = Path(__file__).parents[1] / "seeds"

# {s|source}, {c|cue}, {id|content}: the tagger's spans and the gold come from the same marks.
UNION = (
    "{s|The Tarn Dockers' Union} {c|said} {n1|that the crane was broken by the storm}.\n\n"
    '{n2|"We left the harbour early. Nobody was hurt there,"} {c|said} {s|Ann Lund} of the union.\n\n'
    "The Tarn Dockers' Union watched as the wind fell on Sunday morning.\n\n"
    "{s|The Tarn Dockers' Union} {c|said} {n3|that three ships had arrived on Monday with grain}, "
    "to the cost of the Oskar Port Company."
)
COMPANY = (
    "{s|The Oskar Port Company} {c|denied} {m1|that a crane had been damaged}.\n\n"
    "{c|According to} {s|the Oskar Port Company}, {m2|three men were hurt in the harbour}.\n\n"
    "{s|A doctor} {c|said} {o1|that the ward was full on Sunday}.\n\n"
    "{s|The Oskar Port Company} {c|said} {m3|that ships had come in on Monday}."
)
SPEAKERS = {"n2": "Ann Lund", "o1": "A doctor"}
PAIRS = [("n1", "m1", "contradict"), ("n2", "m2", "contradict"), ("n3", "m3", "support")]
ROSTER = """
parties:
  - {id: union, name: Tarn Dockers' Union, aliases: [Ann Lund]}
  - {id: company, name: Oskar Port Company}
"""
MARK = re.compile(r"\{(\w+)\|([^}]*)\}")
ROLES = {"s": "source", "c": "cue"}


def unmark(marked: str) -> tuple[str, list[tuple[str, int, int]]]:
    text, spans, last = "", [], 0
    for match in MARK.finditer(marked):
        text += marked[last : match.start()]
        spans.append((match[1], len(text), len(text) + len(match[2])))
        text += match[2]
        last = match.end()
    return text + marked[last:], spans


def gold_content() -> dict[str, Any]:
    statements = []
    for id_, marked in (("a1", UNION), ("a2", COMPANY)):
        text, spans = unmark(marked)
        party = {"n": "union", "m": "company", "o": None}
        speaker = {"n": "Tarn Dockers' Union", "m": "Oskar Port Company"}
        statements += [
            {
                "id": name,
                "article_id": id_,
                "start": start,
                "end": end,
                "text": text[start:end],
                "speaker": SPEAKERS.get(name) or speaker[name[0]],
                "party": party[name[0]],
                "denies": name == "m1",
            }
            for name, start, end in spans
            if name not in ROLES
        ]
    pairs = [{"a": a, "b": b, "label": label, "note": "why"} for a, b, label in PAIRS]
    return {"articles": ["a1", "a2"], "statements": statements, "pairs": pairs}


def write_set(folder: Path, content: object | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        {"id": "a1", "text": unmark(UNION)[0], "published": "2025-03-01"},
        {"id": "a2", "text": unmark(COMPANY)[0], "published": "2025-03-04"},
    ]
    (folder / "articles.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "parties.yaml").write_text(ROSTER, encoding="utf-8")
    content = gold_content() if content is None else content
    (folder / "gold.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def changed(kind: str, number: int, **fields: Any) -> dict[str, Any]:
    content = gold_content()
    content[kind][number].update(fields)
    return content

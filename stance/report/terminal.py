"""A ``ScoreReport`` for the terminal: a table of the judged pairs and a few lines that sum it up.

Prints nothing itself; the caller prints what it gets. Pairs judged unrelated are only counted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stance.records import Label, ScoreReport
from stance.report import view, words

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

TEXT_CHARS = 120
"""Characters of a statement in the table: two lines of 60 in a wide terminal, six in one of 80 columns."""

SPEAKER_CHARS = 40
PARTIES_NAMED = 6
_STYLES = {Label.CONTRADICT: "bold red", Label.SUPPORT: "green"}


def judgement_table(report: ScoreReport, *, limit: int = 20) -> Table:
    """Return the contradictions, then the support, each in report order, at most ``limit`` rows.

    The caption says how many rows were left out. ``*`` after a probability: a person should check.
    Raises ``ValueError`` for a ``limit`` below 1, and where a statement's offsets do not re-read.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    if limit < 1:
        raise ValueError(f"limit is {limit}; a table needs at least 1 row")
    found = [judgement for label in _STYLES for judgement in report.labelled(label)]
    # Cards are made of what is shown alone: a large run has millions.
    rows = view.cards(replace(report, judgements=tuple(found[:limit])))
    table = Table(
        box=box.SIMPLE_HEAD,
        show_lines=False,
        pad_edge=False,
        expand=False,
        caption=_caption(rows, found=len(found)),
        caption_justify="left",
        header_style="bold",
    )
    left, right = _headings(rows)
    table.add_column("label", width=10, no_wrap=True)
    table.add_column("p", width=5, no_wrap=True)
    table.add_column(left, ratio=1, max_width=60, overflow="fold")
    table.add_column(right, ratio=1, max_width=60, overflow="fold")
    for number, card in enumerate(rows, 1):
        last = number == len(rows)
        mark = "*" if card.needs_review else ""
        table.add_row(
            Text(card.label.value, style=_STYLES[card.label]),
            Text(f"{card.probability:.2f}{mark}"),
            *(_cell(side, last=last) for side in (card.left, card.right)),
        )
    return table


def summary_lines(report: ScoreReport) -> list[str]:
    """Return what was read and what was found, one plain line each, without colour or markup.

    The verdict line counts every judged pair once; a report without pairs says why, and what to try.
    """
    lines = [_read_line(report), _statement_line(report)]
    empty = words.why_empty(report)
    if empty:
        reason, advice = empty
        lines += [reason, *(f"  - {line}" for line in advice)]
    else:
        counts = ", ".join(f"{len(report.labelled(label)):,} {label.value}" for label in Label)
        lines.append(f"{words.plural(len(report.judgements), 'pair')} judged: {counts}{_apart(report)}")
    review = sum(judgement.needs_review for judgement in report.judgements)
    if review:
        lines.append(f"{words.plural(review, 'pair')} need{'s' if review == 1 else ''} a person to check")
    lines += _work_lines(report)
    if report.refused:
        what = "row or file" if len(report.refused) == 1 else "rows or files"
        lines.append(f"{len(report.refused):,} {what} refused, first: {plain(report.refused[0])}")
    return lines


def _apart(report: ScoreReport) -> str:
    """Return how many pairs are set apart for their different days; nothing for none."""
    count = len(report.apart())
    return f", {count:,} set apart: about different days" if count else ""


def plain(text: str) -> str:
    """Return ``text`` on one line and without control characters, which could steer a terminal."""
    kept = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join(kept.split())


def shorten(text: str, most: int) -> str:
    """Return ``text`` on one line, cut at a word with an ellipsis when longer than ``most``."""
    line = plain(text)
    if len(line) <= most:
        return line
    head, space, _ = line[:most].rpartition(" ")
    return (head if space and len(head) > most // 2 else line[: most - 1]).rstrip(" ,;:") + "…"


def _headings(rows: Sequence[view.Card]) -> tuple[Text, Text]:
    """Return the two parties' names when every row is about the same two, or else general words."""
    from rich.text import Text

    names = {(card.left.party_name, card.right.party_name) for card in rows}
    left, right = names.pop() if len(names) == 1 else ("one party", "the other")
    return Text(plain(left)), Text(plain(right))


def _cell(side: view.Side, *, last: bool) -> Text:
    """Return who said what, and where; an empty line parts it from the next row."""
    from rich.text import Text

    where = ", ".join(filter(None, (side.outlet, words.day_in_words(side.day))))
    denies = " [denies]" if side.statement.denies else ""
    return Text.assemble(
        (f"{plain(side.party_name)}, {shorten(side.speaker, SPEAKER_CHARS)}{denies}:\n", "bold"),
        f"{shorten(side.statement.text, TEXT_CHARS)}\n",
        (f"({plain(where)})", "dim"),
        "" if last else "\n",
    )


def _caption(rows: Sequence[view.Card], *, found: int) -> str | None:
    """Return what the table leaves out and what its star means, or None when there is nothing to say."""
    if not rows:
        return "No contradiction and no support found."
    notes = []
    if len(rows) < found:
        notes.append(f"{found - len(rows):,} more of {found:,} not shown.")
    if any(card.needs_review for card in rows):
        notes.append("* a person should check")
    return "  ".join(notes) or None


def _read_line(report: ScoreReport) -> str:
    line = words.plural(len(report.articles), "article")
    names = words.outlets(report)
    if names:
        line += f" from {words.plural(len(names), 'outlet')}"
    days = words.days_read(report)
    if days:
        line += ", " + " to ".join(dict.fromkeys(words.day_in_words(day) for day in days))
    return line


def _statement_line(report: ScoreReport) -> str:
    parties = view.speaking_parties(report)
    line = words.plural(len(report.statements), "statement")
    copies = sum(map(len, report.copies.values()))
    if copies:
        line += f" ({copies:,} of them {'copies' if copies > 1 else 'a copy'} of others, judged once)"
    if not parties:
        return line
    named = [f"{plain(party.name)} {party.statements:,}" for party in parties[:PARTIES_NAMED]]
    if len(parties) > PARTIES_NAMED:
        named.append(f"{len(parties) - PARTIES_NAMED:,} more")
    return f"{line}: {', '.join(named)}"


def _work_lines(report: ScoreReport) -> list[str]:
    """Return what the models did and how long it took; nothing for a report that does not tell."""
    counts, seconds = report.info.get("counts"), report.info.get("seconds")
    lines = []
    if isinstance(counts, Mapping) and {"pairs_considered", "scored", "reused"} <= set(counts):
        line = (
            f"{words.plural(counts['pairs_considered'], 'opposing pair')} considered; of the texts to read "
            f"{words.plural(counts['scored'], 'pair')} scored, {counts['reused']:,} known from before"
        )
        cut = counts.get("truncated", 0)
        lines.append(line + (f"; {words.plural(cut, 'input')} too long and cut" if cut else ""))
    if isinstance(seconds, Mapping) and seconds:
        lines.append("seconds: " + ", ".join(f"{stage} {value:.1f}" for stage, value in seconds.items()))
    return lines

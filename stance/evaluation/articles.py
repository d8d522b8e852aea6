"""Measures the whole way from articles to judgements against gold: statements, parties, pairs.

It loads no models: a tagger and a pair scorer are given. The gold is read by ``gold.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from stance.attribution.extract import Tags, extract
from stance.attribution.linking import Span
from stance.attribution.parties import PartyFinder
from stance.evaluation.alignment import Alignment, align, speaker_fits
from stance.evaluation.article_metrics import (
    COUNTED,
    ArticleMetrics,
    PairMetrics,
    Retrieval,
    Share,
    article_lines,
    pooled,
)
from stance.evaluation.gold import GoldPair, GoldSet, find_gold, read_gold
from stance.judging import PairScorer, judge
from stance.pairing import pair_statements
from stance.records import Judgement, Label, Statement
from stance.scoring.run import Progress, ScoreSettings, stage_counter

__all__ = [
    "ArticleMetrics",
    "GoldPair",
    "GoldSet",
    "PairMetrics",
    "Retrieval",
    "Share",
    "article_lines",
    "evaluate_articles",
    "find_gold",
    "match_parties",
    "pooled",
    "read_gold",
]

_Same = Callable[[Statement, Statement], bool]


class _Remembered:
    """A tagger that tags each text once: the articles are extracted twice, with and without the roster."""

    def __init__(self, tagger: Tags) -> None:
        self._tagger = tagger
        self._spans: dict[str, list[Span]] = {}

    def tag(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> list[list[Span]]:
        new = [text for text in dict.fromkeys(texts) if text not in self._spans]
        if new:
            self._spans.update(zip(new, self._tagger.tag(new, progress=progress), strict=True))
        return [self._spans[text] for text in texts]


def evaluate_articles(
    gold: GoldSet,
    *,
    tagger: Tags,
    scorer: PairScorer,
    settings: ScoreSettings | None = None,
    progress: Progress | None = None,
) -> ArticleMetrics:
    """Measure statements, speakers, parties, pairing and judgements on one set; see :class:`ArticleMetrics`.

    Articles are extracted, paired and judged as ``score_articles`` does it, with the set's roster.

    - Statements are matched by :func:`stance.evaluation.alignment.align`.
    - A predicted pair is the gold pair that its two statements are matched to. Where several predicted pairs
      are the same gold pair they count once: as contradict if one is judged so, else as support if one is.
    - A pair that the gold does not list is unrelated; so is one with a statement outside the gold.
    """
    settings = settings or ScoreSettings()
    remembered = _Remembered(tagger)
    finder = PartyFinder(gold.roster)
    advance = stage_counter(progress, "articles", len(gold.articles))
    predicted = extract(gold.articles, remembered, finder, progress=advance)
    found = align(predicted, gold.statements)
    judged_gold = _judged(gold, gold.statements, scorer, settings, stage=(progress, "gold pairs"))
    judged = _judged(gold, predicted, scorer, settings, stage=(progress, "pairs"))
    spoken = [s for s in gold.statements if s.speaker is not None]
    return ArticleMetrics(
        name=gold.name,
        data=gold.sha256(),
        settings=settings,
        sets=1,
        articles=len(gold.articles),
        statements=Retrieval(
            gold=len(gold.statements),
            predicted=len(predicted),
            found=len(found.pieces),
            right=len(found.gold_of),
        ),
        speaker=_agreement(found, predicted, spoken, lambda p, g: speaker_fits(p.speaker, g.speaker)),
        party=_agreement(found, predicted, gold.statements, lambda p, g: p.party == g.party),
        party_discovered=_discovered(gold, remembered),
        denies=_agreement(found, predicted, gold.statements, lambda p, g: p.denies == g.denies),
        gold_pairs=_pair_metrics(judged_gold, gold.pairs, {s.id: s.id for s in gold.statements}),
        end_to_end=_pair_metrics(judged, gold.pairs, found.gold_of),
    )


def _agreement(
    found: Alignment, predicted: Sequence[Statement], gold: Iterable[Statement], same: _Same
) -> Share:
    """Count the found gold statements, and those of which every piece is the ``same``."""
    by_id = {s.id: s for s in predicted}
    right = [all(same(by_id[p], g) for p in found.pieces[g.id]) for g in gold if g.id in found.pieces]
    return Share(sum(right), len(right))


def _discovered(gold: GoldSet, tagger: Tags) -> Share:
    """Party accuracy without a roster. A found party that stands for no gold one counts as no party."""
    predicted = extract(gold.articles, tagger, PartyFinder(None))
    found = align(predicted, gold.statements)
    party = {s.id: s.party for s in predicted}
    votes: Counter[tuple[str, str | None]] = Counter()
    for statement in gold.statements:
        given = {party[p] for p in found.pieces.get(statement.id, ())}
        votes.update((name, statement.party) for name in given if name is not None)
    stands_for = match_parties(votes)
    return _agreement(
        found, predicted, gold.statements, lambda p, g: stands_for.get(p.party or "") == g.party
    )


def match_parties(votes: Mapping[tuple[str, str | None], int]) -> dict[str, str]:
    """Return which gold party each found party stands for, at most one found party for each gold one.

    ``votes`` counts the statements by (found party, gold party). The largest counts are served first, ties
    by name. A found party that has more statements of outsiders (gold None) than of any free gold party
    stands for none and is left out.
    """
    ranked = sorted(
        votes.items(), key=lambda item: (-item[1], item[0][0], item[0][1] is None, item[0][1] or "")
    )
    stands_for: dict[str, str] = {}
    outside: set[str] = set()
    for (found, party), _ in ranked:
        if found in stands_for or found in outside:
            continue
        if party is None:
            outside.add(found)
        elif party not in stands_for.values():
            stands_for[found] = party
    return stands_for


def _judged(
    gold: GoldSet,
    statements: Sequence[Statement],
    scorer: PairScorer,
    settings: ScoreSettings,
    *,
    stage: tuple[Progress | None, str],
) -> list[Judgement]:
    event = {a.id: a.event for a in gold.articles}
    pairs = pair_statements(
        statements,
        gold.roster.opposed,
        events=[event[s.article_id] for s in statements],
        settings=settings.pairing(),
    )
    advance = stage_counter(*stage, 2 * len({(p.a.text, p.b.text) for p in pairs}))
    return judge(pairs, scorer, review_below=settings.review_below, progress=advance)[0]


def _pair_metrics(
    judgements: Sequence[Judgement], gold: Sequence[GoldPair], gold_of: Mapping[str, str]
) -> PairMetrics:
    """Count judged pairs against the gold; ``gold_of`` leads from statement ids to gold ids."""
    verdicts: dict[frozenset[str], Label] = {}
    outside: Counter[Label] = Counter()
    for judgement in judgements:
        a, b = (gold_of.get(s.id) for s in (judgement.pair.a, judgement.pair.b))
        if a is None or b is None:
            outside[judgement.label] += 1
            continue
        key = frozenset((a, b))
        # Of the pieces of one pair the clash decides, then the support: the order of the labels.
        verdicts[key] = min(verdicts.get(key, Label.UNRELATED), judgement.label, key=list(Label).index)
    at_hand = set(gold_of.values())
    candidates: dict[str, Share] = {}
    labels: dict[str, Retrieval] = {}
    for label in COUNTED:
        keys = [frozenset((p.a, p.b)) for p in gold if p.label is label]
        reachable = [key for key in keys if key <= at_hand]
        candidates[label.value] = Share(sum(key in verdicts for key in reachable), len(reachable))
        right = sum(verdicts.get(key) is label for key in keys)
        given = sum(verdict is label for verdict in verdicts.values()) + outside[label]
        labels[label.value] = Retrieval(len(keys), given, right, right)
    return PairMetrics(len(judgements), candidates, labels, sum(outside[label] for label in COUNTED))

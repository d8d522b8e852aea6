"""Finds where an article describes a speaker more fully than the speaker phrase does.

It gives spans, longest or nearest first; what they say of a party is for ``parties.py`` to read.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache

from stance.attribution.lexicon import BODIES, Word, is_body, words, words_of
from stance.attribution.phrases import describes, parts

# A walk back from a name to the start of its title; 'Chief of the General Staff of the Armed Forces of' has
# nine words.
_LONGEST_TITLE = 14
# 'regional oyster growers' association' has two words that no list knows.
_MOST_UNKNOWN = 2
# Text is wrapped at 70 characters or more; the last word may leave some of them free.
_WRAPPED = 60
# No body's name in capitals is longer; a longer run is a headline.
_LONGEST_NAME = 7
_OPENING = re.compile(r"\s*[,(—–]\s*(?:aged\s+)?(?:\d+\s*,\s*)?|\s+(?=of\s)")
_APPOSITION_END = re.compile(r"[,;()\"“”:]|\.(?:\s|$)|\n\s*\n|\s[-–—]\s|—")
_SPOKES = r"(?:[Ss]pokes\w+|[Cc]hief executive|CEO|[Bb]oss)"
_NAME = r"(?P<name>[A-Z][\w&-]*(?:\s+(?:&\s+)?[A-Z][\w&-]*){0,3})"
_LEADING_SMALL = frozenset({"the", "a", "an"})


class Page:
    """One article, cut into words once, to be asked about its persons and bodies."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = words(text)
        self._starts = [word.start for word in self.words]
        self._places: dict[str, list[int]] = defaultdict(list)
        for i, word in enumerate(self.words):
            self._places[word.low].append(i)
        self._persons: dict[tuple[str, ...], bool] = {}
        self._descriptions: dict[tuple[str | None, str], list[tuple[int, int]]] = {}
        self.bodies = self._named_bodies()

    def describe(self, name: Sequence[Word]) -> list[tuple[int, int]]:
        """Return the spans that describe the person called ``name``, the longest first.

        A span is a title with the name behind it, or an apposition with the name before it. Empty when the
        article gives one surname to people of two first names and ``name`` is the surname alone.
        """
        key = (name[-2].base if len(name) > 1 else None, name[-1].base)
        if key not in self._descriptions:
            self._descriptions[key] = self._describe(*key)
        return self._descriptions[key]

    def _describe(self, given: str | None, surname: str) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        first_names: set[str] = set()
        for i in self._places.get(surname.lower(), ()):
            word = self.words[i]
            if word.base != surname:
                continue
            first = self._name_start(i)
            own = self.words[i - 1].base if first < i else None
            if own:
                first_names.add(own)
            if given and own and own != given:
                continue
            left = self._title_start(first)
            if left < first:
                found.append((self.words[left].start, word.stop))
            found.extend(self._appositions(word, first))
            if first < i:
                found.append((self.words[first].start, word.stop))
        if given is None and len(first_names) > 1:
            return []
        # the same words twice tell nothing new
        ordered = sorted(set(found), key=lambda span: (span[0] - span[1], span[0]))
        return list({self.text[a:b]: (a, b) for a, b in reversed(ordered)}.values())[::-1]

    def earlier(self, core: Sequence[Word], before: int) -> Iterator[tuple[int, int]]:
        """Yield the longer phrases before ``before`` that the words of ``core`` head, the nearest first.

        'general staff' finds 'the Ukrainian military's general staff', 'ministry' finds 'the Russian defence
        ministry' and 'the ministry of defence of Ukraine'.
        """
        size, wanted = len(core), [word.low for word in core]
        for last in reversed(self._places.get(wanted[-1], ()) if wanted else ()):
            i = last - size + 1
            if self.words[last].end > before or [w.low for w in self.words[max(i, 0) : last + 1]] != wanted:
                continue
            left, right = self._phrase_start(i), self._phrase_end(i + size - 1)
            if left < i or right > i + size - 1:
                yield self.words[left].start, self.words[right].end

    def company_before(self, before: int) -> tuple[int, int] | None:
        """Return the nearest span before ``before`` that names a company, None when there is none."""
        at = bisect_left(self._companies, (before, before)) - 1
        return self._companies[at] if at >= 0 else None

    @cached_property
    def _companies(self) -> list[tuple[int, int]]:
        names = sorted((name for name, company in self.bodies.items() if company), key=len, reverse=True)
        if not names:
            return []
        either = "|".join(re.escape(name).replace("\\ ", r"\s+") for name in names)
        pattern = re.compile(rf"\b(?:{either})\b")
        return [hit.span() for hit in pattern.finditer(self.text)]

    def company_called(self, name: str) -> str | None:
        """Return the one company of the article whose name begins with ``name`` ('Brightwater Energy')."""
        full = [body for body, company in self.bodies.items() if company and body.startswith(f"{name} ")]
        return full[0] if len(full) == 1 and not self.is_person(words(name)) else None

    def spelt_out(self, acronym: str) -> tuple[int, int] | None:
        """Return the span of the name before '(ACRONYM)', None when the article does not introduce it."""
        hit = re.search(rf"\(\s*(?:the\s+)?{re.escape(acronym)}\s*\)", self.text)
        if hit is None:
            return None
        last = bisect_left(self._starts, hit.start()) - 1
        first = self._phrase_start(last) if last >= 0 else 0
        return (self.words[first].start, self.words[last].end) if first < last else None

    def is_person(self, name: Sequence[Word]) -> bool:
        """Whether the article shows that ``name`` is a person: a title or first name stands before it."""
        key = tuple(word.base for word in name[-2:])
        if key not in self._persons:
            self._persons[key] = any(self._shows_person(i, key) for i in self._places.get(name[-1].low, ()))
        return self._persons[key]

    def _shows_person(self, i: int, name: tuple[str, ...]) -> bool:
        """Whether word i, the last of ``name``, has a title or a first name before it, or stands alone."""
        if self.words[i].base != name[-1] or i == 0:
            return False
        first = self._name_start(i)
        titled = first > 0 and self.words[first - 1].is_a("roles") and self._joined(first - 1)
        if len(name) == 1:
            return titled or first < i
        return titled or self.words[i - 1].base != name[0]

    def _joined(self, i: int) -> bool:
        """Whether only a space stands between words i and i+1, or the full stop of a title."""
        if i < 0 or i + 1 >= len(self.words):
            return False
        gap = self.text[self.words[i].end : self.words[i + 1].start]
        if gap == "\n":
            # a long line that ends without a full stop is wrapped; a short one is a heading
            return self.words[i].end - self.text.rfind("\n", 0, self.words[i].end) > _WRAPPED
        return gap in {" ", "\u00a0"} or (gap == ". " and self.words[i].is_a("abbreviated"))

    def _name_start(self, i: int) -> int:
        """Index of the first word of the person's name that ends with word i: two words more at most."""
        first = i
        while first > 0 and i - first < 2 and self._joined(first - 1):  # noqa: PLR2004
            word = self.words[first - 1]
            titular = word.is_a(
                "roles", "organs", "ranks", "outside", "prepositions", "articles", "verbs", "days"
            )
            if not word.capital or word.possessive or titular or is_body(word):
                break
            first -= 1
        return first

    def _title_start(self, first: int) -> int:
        """Index of the first word of the title before word ``first``; ``first`` itself when there is none."""
        stop = max(0, first - _LONGEST_TITLE)
        left, titled = first, False
        # 'The union's president, Marta Lind': before a comma the role itself must stand
        comma = first > 0 and self.text[self.words[first - 1].end : self.words[first].start] == ", "
        comma = comma and self.words[first - 1].is_a("roles", "outside")
        while left > stop and (self._joined(left - 1) or (comma and left == first)):
            word = self.words[left - 1]
            small = word.text.lower()
            if small in {"of", "for", "at"}:
                # 'a protester at Marta Lind's rally'
                if (
                    left == first
                    or left - 2 < 0
                    or not (self.words[left - 2].is_a("roles") or is_body(self.words[left - 2]))
                ):
                    break
            elif small in _LEADING_SMALL:
                if left < 2 or self.words[left - 2].text.lower() not in {"of", "for", "at"}:  # noqa: PLR2004
                    left -= 1
                    break
            elif word.is_a("prepositions", "verbs", "days") or small == "and" or not self._titular(word):
                break
            titled = titled or word.is_a("roles", "outside", "crowds", "fighters")
            left -= 1
        # 'In Moscow President Lind': the town belongs to 'In'
        if (
            left > 0
            and self.words[left - 1].text.lower() in {"in", "at", "from", "to"}
            and self._joined(left - 1)
        ):
            while left < first and not self.words[left].is_a("roles") and not self.words[left].possessive:
                left += 1
        return left if titled else first

    def _titular(self, word: Word) -> bool:
        return (
            word.capital
            or word.possessive
            or word.is_a("roles", "organs", "ranks", "modifiers", "outside", "former", *BODIES)
        )

    def _appositions(self, word: Word, first: int) -> Iterator[tuple[int, int]]:
        """Yield what stands between commas or in brackets right behind a name, and 'Lind of the union'."""
        opening = _OPENING.match(self.text, word.end)
        if opening is None or word.possessive:
            return
        closing = _APPOSITION_END.search(self.text, opening.end())
        end = closing.start() if closing else len(self.text)
        found = parts(self.text, opening.end(), end)
        if end > opening.end() and found and describes(found[0]):
            yield opening.end(), found[0][-1].end
        elif self.text.startswith(("who ", "which "), opening.end()) and found:
            yield self.words[first].start, end

    def _phrase_start(self, i: int) -> int:
        """Index of the first word of the noun phrase that word i belongs to."""
        left, capital, unknown = i, False, 0
        while left > 0 and i - left < _LONGEST_TITLE and self._joined(left - 1):
            word = self.words[left - 1]
            small = word.text.lower()
            if word.is_a("prepositions", "verbs", "days") or small in {"and", "or", "but", "when", "while"}:
                break
            # a word in lower case before the first capital may be a verb ('praised Russian'), and so may be
            # the third one that no list knows
            unknown += not self._titular(word) and not word.is_a("articles")
            if unknown > (0 if capital else _MOST_UNKNOWN):
                break
            left -= 1
            if capital := capital or word.capital or word.possessive:
                unknown = 0
            if word.is_a("articles"):
                break
        return left

    def _phrase_end(self, i: int) -> int:
        """Index of the last word of 'ministry of Defence of Ukraine', where word i is 'ministry'."""
        right = i
        while (
            right + 2 < len(self.words)
            and self._joined(right)
            and self.words[right + 1].text in {"of", "for"}
        ):
            step = right + 2
            while step + 1 < len(self.words) and self.words[step].text.lower() in _LEADING_SMALL:
                step += 1
            if not (self.words[step].capital or self._titular(self.words[step])):
                break
            right = step
            while self._joined(right) and self.words[right].capital and self.words[right + 1].capital:
                right += 1
        return right

    def _named_bodies(self) -> dict[str, bool]:
        """Collect the names of bodies in capitals; the value says whether 'the company' may mean it."""
        found: dict[str, bool] = {}
        i = 0
        while i < len(self.words):
            j = self._run_end(i)
            # By place, not by slices: a million characters may be one run of capitals and numbers.
            first, last = i, j
            while first <= last and self.words[first].is_a("ranks"):
                first += 1
            of = next((n for n in range(first, last + 1) if self.words[n].text == "of"), last + 1)
            headed = first <= last and is_body(self.words[first])
            while first <= last and not is_body(self.words[last]) and not (headed and of <= last):
                last -= 1
            run = self.words[first : last + 1]
            if 1 < len(run) <= _LONGEST_NAME:
                name = " ".join(self.text[run[0].start : run[-1].stop].split())
                found[name] = run[-1].is_a("names", "companies") and not run[-1].is_a("bodies")
            i = j + 1
        return found | self._shown_bodies(found)

    def _run_end(self, i: int) -> int:
        """Index of the last word of the run of capitals that begins with word i, 'of' and 'for' inside it."""
        if not self._in_name(i):
            return i
        j = i
        while self._joined(j):
            step = 2 if self.words[j + 1].text in {"of", "for"} and self._joined(j + 1) else 1
            if not self._in_name(j + step):
                break
            j += step
        return j

    def _in_name(self, i: int) -> bool:
        word = self.words[i]
        return word.capital and not word.is_a("articles", "prepositions", "pronouns", "verbs", "days")

    def _shown_bodies(self, known: dict[str, bool]) -> dict[str, bool]:
        """Collect names that what stands beside them shows to be bodies: 'Shell spokesman'."""
        company = "|".join(sorted(words_of("companies")))
        found: dict[str, bool] = {}
        for pattern in (
            rf"\b{_NAME}\s+{_SPOKES}\b",
            rf"\b{_SPOKES}\s+(?:for|at|of)\s+(?:the\s+)?{_NAME}",
            rf"\b{_NAME},\s+(?:the|a|an|which)\s+(?:(?!who)[\w'’-]+\s+){{0,3}}?(?:{company})\b",
            rf"\b(?:{company})\s+{_NAME}",
        ):
            for hit in re.finditer(pattern, self.text):
                shown = words(" ".join(hit.group("name").split()))
                while shown and shown[0].is_a("articles", "prepositions", "days", "verbs", "pronouns"):
                    shown.pop(0)
                name = " ".join(word.text for word in shown)
                leaning = all(word.is_a("leanings", "roles", "ranks", "modifiers") for word in shown)
                if name and name not in known and not leaning and not self.is_person(shown):
                    found[name] = True
        return found


@lru_cache(maxsize=4)
def page_of(text: str) -> Page:
    """Return the article cut into words; the last few are kept, as several steps ask for the same one."""
    return Page(text)

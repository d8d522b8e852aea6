"""The behaviour suite's templates, read from YAML and expanded into cases. Judges nothing.

After CheckList (Ribeiro et al. 2020, "Beyond Accuracy"): a capability is a file of templates, a template is a
pair of texts with slots, a case is a template with its slots filled. ``data/behaviour/README.md`` documents
the files for those who write them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from math import perm, prod
from pathlib import Path

from stance.errors import DataError
from stance.evaluation.behaviour_files import Node, YamlFile
from stance.records import Label

SHARED = "fillers.yaml"  # the lists that every capability may use
DEFAULT_CASES = 5

_CAPABILITY_KEYS = ("about", "fillers", "templates")
_TEMPLATE_KEYS = ("id", "kind", "cases", "why", "a", "b", "label", "denies", "changed", "expect")
_SLOT = re.compile(r"\{([^{}]*)\}")
_SLOT_NAME = re.compile(r"([a-z]+(?:_[a-z]+)*)(\d*)(?:\.([a-z]+))?")
_LIST_NAME = re.compile(r"[a-z]+(?:_[a-z]+)*")
_SENTENCE = re.compile(r"[.!?][”\"’']?$")

# Entries by field; a list of bare texts has the one field "".
Fillers = Mapping[str, tuple[Mapping[str, str], ...]]


class CaseKind(StrEnum):
    """What a case asks: the right verdict (minimum function), the same verdict, or a move of p."""

    MFT = "mft"
    INV = "inv"
    DIR = "dir"


@dataclass(frozen=True, slots=True)
class Wording:
    """Two texts, the verdict that is right for them, and which of them its reporting verb denies."""

    a: str
    b: str
    label: Label
    denies: tuple[bool, bool] = (False, False)


@dataclass(frozen=True, slots=True)
class Move:
    """The probability of ``label`` must rise (``up``) or fall from the given wording to the changed one."""

    label: Label
    up: bool

    def __str__(self) -> str:
        return f"{self.label} {'up' if self.up else 'down'}"


@dataclass(frozen=True, slots=True)
class BehaviourCase:
    """One test: ``id`` is ``capability/template/number``; ``template`` its first two parts.

    ``changed`` is there for INV (same label as ``given``) and DIR, ``expect`` for DIR only.
    """

    id: str
    capability: str
    template: str
    kind: CaseKind
    given: Wording
    changed: Wording | None = None
    expect: Move | None = None


def default_folder() -> Path:
    """Return ``data/behaviour`` of a source checkout, whether it is there or not."""
    return Path(__file__).resolve().parents[2] / "data" / "behaviour"


def load_behaviour(folder: Path | None = None, *, seed: int = 0) -> list[BehaviourCase]:
    """Return the cases of all capabilities in ``folder``, by file name, then in the order of the templates.

    Equal files and seed give equal cases; a change of one template moves no other template's cases.

    Raises:
        DataError: with file:line, for files or templates that cannot be used; no template files at all.
    """
    place = default_folder() if folder is None else folder
    paths = sorted(path for path in place.glob("*.yaml") if path.name != SHARED)
    if not paths:
        raise DataError(
            f"{place}: no behaviour templates (*.yaml); needed a folder like data/behaviour of the source"
        )
    shared_path = place / SHARED
    shared: Fillers = {}
    if shared_path.is_file():
        file = YamlFile(shared_path)
        top = file.mapping(file.root(), "the shared file", ("fillers",), needed=("fillers",))
        shared = _fillers(file, top["fillers"], {})
    return [case for path in paths for case in _capability(path, shared, seed)]


def _capability(path: Path, shared: Fillers, seed: int) -> Iterator[BehaviourCase]:
    file = YamlFile(path)
    root = file.root()
    parts = file.mapping(root, "a capability", _CAPABILITY_KEYS, needed=("about", "templates"))
    file.text(parts["about"])
    fillers = {**shared, **(_fillers(file, parts["fillers"], shared) if "fillers" in parts else {})}
    seen: set[str] = set()
    for node in file.sequence(parts["templates"], "templates"):
        template = _template(file, node)
        if template.id in seen:
            raise file.error(node, f"the id {template.id!r} is used twice; ids of a file must differ")
        seen.add(template.id)
        yield from _expand(template, fillers, seed)


@dataclass(frozen=True, slots=True)
class _Template:
    """A case with slots in its texts, how many cases to make of it, and where it stands."""

    id: str
    cases: int
    case: BehaviourCase
    file: YamlFile
    node: Node

    def error(self, message: str) -> DataError:
        return self.file.error(self.node, f"template {self.id!r}: {message}")


def _template(file: YamlFile, node: Node) -> _Template:
    parts = file.mapping(node, "a template", _TEMPLATE_KEYS, needed=("id", "kind", "a", "b", "label"))
    kind = CaseKind(file.choice(parts["kind"], "kind", tuple(CaseKind)))
    for key, kinds in (("changed", (CaseKind.INV, CaseKind.DIR)), ("expect", (CaseKind.DIR,))):
        if (key in parts) != (kind in kinds):
            wrong = "needs" if kind in kinds else "has no use for"
            raise file.error(node, f"a template of kind {kind} {wrong} the key {key!r}")
    given = Wording(
        file.text(parts["a"]), file.text(parts["b"]), _label(file, parts["label"]), _denies(file, parts)
    )
    changed = _changed(file, parts["changed"], given, kind) if "changed" in parts else None
    expect = _move(file, parts["expect"], given, changed) if "expect" in parts and changed else None
    name = file.text(parts["id"])
    cases = file.count(parts["cases"], "cases") if "cases" in parts else DEFAULT_CASES
    capability = file.path.stem
    case = BehaviourCase("", capability, f"{capability}/{name}", kind, given, changed, expect)
    return _Template(name, cases, case, file, node)


def _label(file: YamlFile, node: Node) -> Label:
    return Label(file.choice(node, "label", tuple(Label)))


def _denies(file: YamlFile, parts: Mapping[str, Node]) -> tuple[bool, bool]:
    if "denies" not in parts:
        return (False, False)
    flags = [
        file.choice(node, "denies", ("true", "false")) == "true"
        for node in file.sequence(parts["denies"], "denies")
    ]
    if len(flags) != 2:  # noqa: PLR2004  # one a text
        raise file.error(parts["denies"], f"denies has {len(flags)} values; needed two, for a and b")
    return (flags[0], flags[1])


def _changed(file: YamlFile, node: Node, given: Wording, kind: CaseKind) -> Wording:
    if file.is_text(node):
        file.choice(node, "changed", ("swap",))
        parts: dict[str, Node] = {}
        changed = replace(given, a=given.b, b=given.a, denies=given.denies[::-1])
    else:
        known = ("a", "b", "denies", "label") if kind is CaseKind.DIR else ("a", "b", "denies")
        parts = file.mapping(node, "changed", known, needed=("label",) if kind is CaseKind.DIR else ())
        changed = replace(
            given,
            a=file.text(parts["a"]) if "a" in parts else given.a,
            b=file.text(parts["b"]) if "b" in parts else given.b,
            denies=_denies(file, parts) if "denies" in parts else given.denies,
        )
    if changed == given:
        raise file.error(node, "changed says the same as a, b and denies; needed a difference")
    return replace(changed, label=_label(file, parts["label"])) if "label" in parts else changed


def _move(file: YamlFile, node: Node, given: Wording, changed: Wording) -> Move:
    moves = [Move(label, up) for label in Label for up in (True, False)]
    wanted = file.choice(node, "expect", tuple(map(str, moves)))
    move = next(move for move in moves if str(move) == wanted)
    risen, fallen = changed.label is move.label, given.label is move.label
    if (risen, fallen) != (move.up, not move.up):
        raise file.error(
            node, f"expect {wanted!r} does not follow from the labels {given.label} -> {changed.label}"
        )
    return move


def _fillers(file: YamlFile, node: Node, shared: Fillers) -> Fillers:
    lists: dict[str, tuple[Mapping[str, str], ...]] = {}
    for name, listed in file.mapping(node, "fillers", None).items():
        if not _LIST_NAME.fullmatch(name):
            raise file.error(
                listed, f"a filler list called {name!r}; needed a name of a-z, parts joined by _"
            )
        if name in shared:
            raise file.error(listed, f"the filler list {name!r} stands in {SHARED} too; needed another name")
        entries: list[Mapping[str, str]] = []
        for item in file.sequence(listed, name):
            entry = (
                {"": file.text(item)}
                if file.is_text(item)
                else {key: file.text(value) for key, value in file.mapping(item, name, None).items()}
            )
            if entries and entry.keys() != entries[0].keys():
                fields = ", ".join(entries[0]) or "bare texts"
                raise file.error(item, f"an entry of {name!r} unlike the first; needed {fields}")
            if entry in entries:
                raise file.error(item, f"an entry of {name!r} stands twice: {next(iter(entry.values()))!r}")
            entries.append(entry)
        lists[name] = tuple(entries)
    return lists


def _expand(template: _Template, fillers: Fillers, seed: int) -> Iterator[BehaviourCase]:
    """Make the cases: the combinations are cut into equal strata and one is drawn from each.

    The first slot varies slowest, so its fillers come evenly. Slots of one list never share an entry.
    """
    case = template.case
    wordings = [case.given] if case.changed is None else [case.given, case.changed]
    drawn: dict[str, list[str]] = {}
    for text in (text for wording in wordings for text in (wording.a, wording.b)):
        for name, number in _slots(template, text, fillers):
            numbers = drawn.setdefault(name, [])
            if number not in numbers:
                numbers.append(number)
    total = prod(perm(len(fillers[name]), len(numbers)) for name, numbers in drawn.items())
    if total < template.cases:
        raise template.error(
            f"{template.cases} cases asked for, the fillers give {total}; needed more fillers or fewer cases"
        )
    rng = random.Random(f"{seed}/{case.template}")
    for i in range(template.cases):
        index = rng.randrange(i * total // template.cases, (i + 1) * total // template.cases)
        chosen = _combination(index, drawn, fillers)
        yield replace(
            case,
            id=f"{case.template}/{i + 1}",
            given=_filled(case.given, chosen),
            changed=None if case.changed is None else _filled(case.changed, chosen),
        )


def _slots(template: _Template, text: str, fillers: Fillers) -> Iterator[tuple[str, str]]:
    if "{" in (rest := _SLOT.sub("", text)) or "}" in rest:
        raise template.error(f"a brace without its pair in {text!r}")
    for slot in _SLOT.findall(text):
        found = _SLOT_NAME.fullmatch(slot)
        name = found[1] if found else ""
        if found is None or name not in fillers:
            raise template.error(f"unknown slot {{{slot}}}; filler lists: {', '.join(sorted(fillers))}")
        fields = fillers[name][0]
        if (found[3] or "") not in fields:
            known = ", ".join(f"{name}.{field}" if field else name for field in fields)
            raise template.error(f"unknown slot {{{slot}}}; the list {name!r} gives: {known}")
        yield name, found[2]


def _combination(
    index: int, drawn: dict[str, list[str]], fillers: Fillers
) -> dict[tuple[str, str], Mapping[str, str]]:
    """Return the filler of each (list, number): the index-th of all choices without repeats in a list."""
    chosen: dict[tuple[str, str], Mapping[str, str]] = {}
    for name in reversed(drawn):
        free, numbers = list(fillers[name]), drawn[name]
        places = []
        for taken in reversed(range(len(numbers))):
            index, place = divmod(index, len(free) - taken)
            places.append(place)
        for number, place in zip(numbers, reversed(places), strict=True):
            chosen[name, number] = free.pop(place)
    return chosen


def _filled(wording: Wording, chosen: Mapping[tuple[str, str], Mapping[str, str]]) -> Wording:
    return replace(wording, a=_fill(wording.a, chosen), b=_fill(wording.b, chosen))


def _fill(text: str, chosen: Mapping[tuple[str, str], Mapping[str, str]]) -> str:
    def value(match: re.Match[str]) -> str:
        found = _SLOT_NAME.fullmatch(match[1])
        return chosen[found[1], found[2]][found[3] or ""] if found else match[0]

    filled = _SLOT.sub(value, text)
    # A clause without a full stop is the bare content of reported speech and keeps its small letter.
    if not _SENTENCE.search(filled):
        return filled
    return re.sub(r"^(\W*)(\w)", lambda start: start[1] + start[2].upper(), filled)

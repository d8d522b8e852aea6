from __future__ import annotations

import pytest

from stance.attribution.denials import denies

DENIED = [
    ("denied", "that the town had fallen"),
    ("denies", "that the town has fallen"),
    ("has denied", "having ordered the raid"),
    ("flatly denied", "any involvement"),
    ("denying", "the accusation"),
    ("denied on Monday", "that the town had fallen"),
    ("denied", "reports that the town had fallen"),
    ("denied", "having had access to the plans"),
    ("denied", "that entry to the site was blocked"),
    ("denied", "the army had access to the site"),
    ("denied", "wrongdoing"),
    ("'s denial of", "any role in the raid"),
    ("issued a denial", "that the town had fallen"),
    ("refuted", "the ministry's figures"),
    ("disputed", "the ministry's figures"),
    ("rebutted", "the union's account"),
    ("contradicted", "the army's account"),
    ("debunked", "the story of the raid"),
    ("ruled out", "sending troops to the port"),
    ("ruled out", "that the fire was an accident"),
    ("rejected", "claims that the town had fallen"),
    ("rejected claims", "that the town had fallen"),
    ("rejected", "the union's claim that nobody works"),
    ("rejected", "Norland’s accusations of torture"),
    ("rejected", "the idea that the town had fallen"),
    ("rejected the notion that", "the town had fallen"),
    ("rejects suggestions", "of a retreat"),
    ("rejected", "that anyone was hurt"),
    ("dismissed", "reports of a retreat as fake"),
    ("dismissed reports as", "nonsense from the other side"),
    ("dismissed as false", "a report by the ministry that the town fell"),
    ("described as baseless", "the talk of a retreat"),
    ("called a lie", "the story of the retreat"),
    ("branded as propaganda", "the film of the raid"),
    ("labelled a complete fabrication", "the film of the raid"),
    ("were false", "the reports of a retreat"),
    ("are simply untrue", "the reports of a retreat"),
    ("pushed back against claims", "that the town had fallen"),
    ("shot down", "rumours that the town had fallen"),
    ("brushed off", "the allegations of bribery"),
    ("took issue with", "the findings of the court"),
    ("repudiated", "the allegations of bribery"),
    ("disagreed", "that the town had fallen"),
]
NOT_DENIED = [
    (None, "that the town had fallen"),
    ("", "that the town had fallen"),
    ("said", "that it was false"),
    ("confirmed", "that the town had fallen"),
    ("did not deny", "that the town had fallen"),
    ("didn't deny", "that the town had fallen"),
    ("didn’t explicitly deny", "that the town had fallen"),
    ("has never denied", "that the town had fallen"),
    ("cannot be denied", "that the town had fallen"),
    ("nobody denies", "that the town had fallen"),
    ("neither confirmed nor denied", "that the town had fallen"),
    ("would neither confirm nor deny", "the fall of the town"),
    ("could not confirm or deny", "the fall of the town"),
    ("refused to confirm or deny", "the fall of the town"),
    ("declined to deny", "the fall of the town"),
    ("declined to comment on", "the fall of the town"),
    ("could not confirm", "that the town had fallen"),
    ("had no comment on", "the fall of the town"),
    ("stopped short of denying", "that the town had fallen"),
    ("without denying", "that the town had fallen"),
    ("did not rule out", "sending troops to the port"),
    ("did not reject", "claims that the town had fallen"),
    ("is in denial about", "the losses of its army"),
    ("denied", "entry to the inspectors"),
    ("denied", "them access to the site"),
    ("denied", "the inspectors entry"),
    ("denied entry to", "the team of inspectors"),
    ("was denied", "permission to land there"),
    ("rejected", "the offer of talks"),
    ("rejected", "the report's advice"),
    ("rejected", "the idea of a ceasefire"),
    ("claims to have rejected", "the offer of talks"),
    ("dismissed", "the minister from his post"),
    ("repudiated", "the treaty of 1994"),
    ("was accused of spreading propaganda", "about the town"),
    ("were not false", "the reports of a retreat"),
    ("called", "the report a lie"),
]


@pytest.mark.parametrize(("cue", "content"), DENIED)
def test_denied(cue, content):
    assert denies(cue, content)
    assert denies(cue.upper(), content)
    assert denies(cue.replace(" ", "\n"), content.replace(" ", "  "))


@pytest.mark.parametrize(("cue", "content"), NOT_DENIED)
def test_not_denied(cue, content):
    assert not denies(cue, content)

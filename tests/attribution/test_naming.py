from __future__ import annotations

import pytest
from marked import read_marked

from stance.attribution.naming import fuller
from stance.attribution.people import gather
from stance.attribution.speakers import resolve


def names(marked: str, *known: str) -> list[str | None]:
    text, spans = read_marked(marked)
    return [m and m.name for m in fuller(text, spans, resolve(text, spans), gather(known))]


@pytest.mark.parametrize(
    ("marked", "last"),
    [
        ("[Jon Moss] spoke. [Mr Moss] left.", "Jon Moss"),
        ("[Jon Moss] spoke. [President Moss] left.", "President Jon Moss"),
        ("[Jon Moss] met [Eva Moss]. [Mr Moss] left.", "Mr Moss"),
        (
            "[Jon Moss, chief of the general staff], spoke. [The general] left.",
            "Jon Moss, chief of the general staff",
        ),
        ("[Jon Moss, a lawyer], spoke.\n\n[The general] left.", "The general"),
        ("[Jon Moss] spoke.\n\n[The general] left.", "The general"),
        ("[Eva Ek] will appeal. [The chairwoman] left.", "Eva Ek"),
        ("[Eva Ek, a nurse], will appeal. [The chairwoman] left.", "The chairwoman"),
        ("[A spokesman for the ministry] spoke. [The spokesman] left.", "A spokesman for the ministry"),
        (
            "[Jon Moss, the firm's founder], spoke. [The company's founder] left.",
            "Jon Moss, the firm's founder",
        ),
        ("[The Northport Dockers' Union] spoke. [The union] left.", "The Northport Dockers' Union"),
        ("[Ukraine's general staff] spoke. [The general staff] left.", "Ukraine's general staff"),
        ("[Harrow Energy] spoke. [Harrow] left.", "Harrow Energy"),
        ("[Harrow Energy] spoke. [The company] left.", "Harrow Energy"),
        ("[A union] spoke. [The union] left.", "The union"),
        ("[The union] said in a leaflet so. [The leaflet] said more.", "The union"),
        ("[The leaflet] said more.", "The leaflet"),
    ],
)
def test_speakers_get_their_fullest_name(marked, last):
    assert names(marked)[-1] == last


def test_other_articles_tell_given_names_and_roles():
    assert names("[Mr Moss] left.", "Jon Moss") == ["Jon Moss"]
    assert names("[Mr Moss, who left], spoke.", "Jon Moss") == ["Jon Moss, who left"]
    assert names("[Mr Moss] left.", "Jon Moss", "Eva Moss") == ["Mr Moss"]
    assert names("Moss was calm. It rained. [The manager] left.", "Ek's manager, Jon Moss")[-1] == "Jon Moss"


def test_mentions_keep_their_order():
    assert names("[Jon Moss] spoke. [Mr Moss] left. [He] came.") == ["Jon Moss", "Jon Moss", "Jon Moss"]

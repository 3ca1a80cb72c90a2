"""The page's sentences: every language has all of them, and no module asks for one that there is not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

INTERFACE = Path(__file__).resolve().parent.parent / "interface"
TABLES: dict[str, dict[str, dict[str, Any]]] = {
    file.stem: json.loads(file.read_text("utf-8"))
    for file in sorted((INTERFACE / "languages").glob("*.json"))
}
NAMES = {f"{section}.{name}" for section, sentences in TABLES["en"].items() for name in sentences}
MODULES = [file for file in INTERFACE.glob("*.js") if file.name != "build.js"]
SOURCES = {file: file.read_text("utf-8") for file in [*MODULES, INTERFACE / "page.html"]}
FORMS = {"en": {"one", "other"}, "de": {"one", "other"}}
SAID = re.compile(
    r"""\b(?:say(?:With)?|explained)\(\s*["'`]([^"'`]*)|\bdata-(?:explain|say(?:-[a-z-]+)?)="([^"]*)\""""
)
NAMED = re.compile(rf"""["'`]((?:{"|".join(TABLES["en"])})\.\w+)["'`]""")
OF_SECTION = re.compile(r"`(\w+)\.([^`${}]*)\$\{")


def forms(sentence: str | dict[str, str]) -> list[str]:
    return [sentence] if isinstance(sentence, str) else list(sentence.values())


def values(sentence: str | dict[str, str]) -> set[str]:
    return {name for form in forms(sentence) for name in re.findall(r"\{(\w+)\}", form)}


def asked() -> set[str]:
    """The sentences that modules and markup name; of a name that is put together, all that it may be."""
    found = {name for text in SOURCES.values() for match in SAID.findall(text) for name in match if name}
    found |= {name for text in SOURCES.values() for name in NAMED.findall(text)}
    together = {match for text in SOURCES.values() for match in OF_SECTION.findall(text)}
    whole = {name for name in found if "${" not in name}
    return whole | {name for name in NAMES if any(name.startswith(f"{a}.{b}") for a, b in together)}


@pytest.mark.parametrize("language", sorted(set(TABLES) - {"en"}))
def test_every_language_has_the_same_sentences_with_the_same_values(language: str) -> None:
    own = {
        f"{section}.{name}": text for section, all_ in TABLES[language].items() for name, text in all_.items()
    }
    assert set(own) == NAMES
    for section, sentences in TABLES["en"].items():
        for name, sentence in sentences.items():
            other = TABLES[language][section][name]
            assert values(other) == values(sentence), f"{section}.{name}"
            assert isinstance(other, str) == isinstance(sentence, str), f"{section}.{name}"


@pytest.mark.parametrize("language", sorted(TABLES))
def test_a_sentence_that_counts_has_the_forms_of_its_language(language: str) -> None:
    for section, sentences in TABLES[language].items():
        for name, sentence in sentences.items():
            assert all(form.strip() for form in forms(sentence)), f"{section}.{name} is empty"
            if not isinstance(sentence, str):
                assert set(sentence) >= FORMS.get(language, {"other"}), f"{section}.{name}"
                assert "count" in values(sentence), f"{section}.{name}"


def test_no_sentence_is_asked_for_that_there_is_not() -> None:
    assert asked() - NAMES == set()


def test_no_sentence_is_left_that_nobody_asks_for() -> None:
    assert NAMES - asked() == {"language.name"}


@pytest.mark.parametrize("language", sorted(TABLES))
def test_a_word_that_is_explained_in_a_sentence_has_its_entry(language: str) -> None:
    texts = [
        form for all_ in TABLES[language].values() for sentence in all_.values() for form in forms(sentence)
    ]
    words = {name for text in texts for name in re.findall(r"\[[^\]]+\]\((\w+)\)", text)}
    assert words and words <= set(TABLES[language]["terms"]) & set(TABLES[language]["glossary"])

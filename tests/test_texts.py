"""The texts as a person reads them: one word for a thing, American English, nothing that only code understands."""

import ast
from collections.abc import Iterator
from pathlib import Path
import re

import pytest
import translations
from translations import flatten

from custom_components.stellantis.auth.scopes import OPTION_BY_SCOPE
from custom_components.stellantis.errors import COMMAND_ERROR_KEYS
from simulator.auth.scopes import SCOPES

from .support.source import COMPONENT, call_name, load_json, parse, placeholders, python_files

LANGUAGE_FILES = sorted((COMPONENT / "translations").glob("*.json"))
each_language = pytest.mark.parametrize("path", LANGUAGE_FILES, ids=lambda path: path.stem)
each_translation = pytest.mark.parametrize(
    "path", [path for path in LANGUAGE_FILES if path.stem != "en"], ids=lambda path: path.stem
)
ENGLISH = flatten(load_json(COMPONENT / "strings.json"))
MAX_LETTERS = (
    (re.compile(r".+\.menu_options\.\w+"), 42),
    (re.compile(r"options\.step\.\w+\.data\.\w+_price"), 26),
)

# Words that are the same in English and in another language
SAME_WORDS = {
    "80%",
    "Acceleration",
    "Active",
    "Alarm",
    "Alert",
    "Altitude",
    "Cause",
    "Charge",
    "Client secret",
    "Code",
    "Collision",
    "Comfort",
    "Dashboard",
    "Condition",
    "Data",
    "Defect",
    "Destination",
    "Distance (km)",
    "Eco",
    "Eco plus",
    "Error",
    "Expression",
    "Format",
    "Horn",
    "Hybrid",
    "Hybrid eco",
    "Hydrogen",
    "Information",
    "Is",
    "Limit",
    "Manual",
    "Monitor",
    "Name",
    "Navigation",
    "No",
    "Normal",
    "Options",
    "Points",
    "Position",
    "Privacy",
    "Production",
    "Program",
    "Token",
    "Program {slot}",
    "Sand",
    "Send destination",
    "Server",
    "Side",
    "Sport",
    "Start",
    "Status",
    "Tolerance",
    "Trigger",
    "Triggers",
    "Zone",
    "warm",
}
NAMES = {"A Better Routeplanner", "Citroën", "DS", "Login (MZP)", "Opel", "Peugeot", "Stellantis", "Vauxhall"}

# British spellings and words, and words that are not plain
UNWANTED_WORDS = re.compile(
    r"\b(authoris|behaviour|bonnet|cancelled|catalogue|centre|colour|e-mail|favourite|grey|immobilis|initialis|kilometre"
    r"|licence|litre|metre|optimis|organis|petrol|programme\b|recognis|travelled|tyre|whilst|windscreen"
    r"|anew|by itself|mend|shall|tell|the platform|tick|told|untick|what came of)",
    re.IGNORECASE,
)

# Language → words for which another one was chosen: those for the car, a zone, a command, and a departure
OTHER_WORDS = {
    "es": r"\bcoches?\b",
    "fi": r"\bvyöhyk",
    "fr": r"\bvoitures?\b",
    "nl": r"\bcommando|\baccuniveau",
    "pl": r"\baut(?:o|a|em)\b|\bodjazd",
    "pt": r"\bautomóve|(?<!identificação do )\bveículo",
    "sl": r"\bavt(?:o|a|u|om)\b|\bobmočj",
}
CONTROL = re.compile(r"\*\*(.+?)\*\*")
HEADER = "Location"  # of HTTP, not a control


@each_language
def test_one_word_for_a_thing(path: Path) -> None:
    """What is shown in several places has the same words in all of them, such as the state of an entity in a form."""
    texts = flatten(load_json(path))
    copies = list(translations.iter_copies(ENGLISH))
    assert len(copies) > 400
    assert {copied: texts.get(copied) for copied, source in copies if texts.get(copied) != texts[source]} == {}


@pytest.mark.parametrize("code", sorted(OTHER_WORDS))
def test_words_are_not_mixed(code: str) -> None:
    texts = flatten(load_json(COMPONENT / "translations" / f"{code}.json"))
    other = re.compile(OTHER_WORDS[code], re.IGNORECASE)
    assert {key: text for key, text in texts.items() if other.search(text)} == {}


def test_french_signs_stay_with_their_words() -> None:
    """A line never starts with a sign that French sets apart."""
    texts = flatten(load_json(COMPONENT / "translations" / "fr.json"))
    assert {key: text for key, text in texts.items() if re.search(r" [:;?%»]", text)} == {}


@each_translation
def test_a_control_has_one_name(path: Path) -> None:
    """Texts that mention a control agree on its name, and call it as its own label does if it is one of ours."""
    texts = flatten(load_json(path))
    names: dict[str, set[str]] = {}
    for key, english in ENGLISH.items():
        for control, name in zip(CONTROL.findall(english), CONTROL.findall(texts[key]), strict=True):
            names.setdefault(control, set()).add(name)
    assert len(names) >= 20
    assert {control: found for control, found in names.items() if len(found) > 1} == {}
    labels = {text: {texts[key] for key in ENGLISH if ENGLISH[key] == text} for text in names.keys() - {HEADER}}
    assert {control: names[control] for control, own in labels.items() if own and not names[control] <= own} == {}


def test_options_of_monitors_are_states() -> None:
    """Each option of a monitor that is also a state of an entity is a copy of it."""
    sources = dict(translations.iter_copies(ENGLISH))
    options = {key for key in ENGLISH if re.match(r"selector\.monitor_[a-z_]+\.options\.", key)}
    own = {key.split(".")[1] for key in options - sources.keys()}
    assert own == {
        "monitor_alarm_trigger",  # None
        "monitor_data",
        "monitor_emergency_call",  # Detection off
        "monitor_extension",
        "monitor_match",
        "monitor_operator",
        "monitor_place",
        "monitor_transition",
        "monitor_trip_state",
        "monitor_truth",
    }
    assert "selector.monitor_charging_status.options.in_progress" in sources


def test_files_are_in_step() -> None:
    """The languages have their texts in the same order, and the table of languages is up to date."""
    outdated = [path.name for path, content in translations.build_files().items() if path.read_text("utf-8") != content]
    assert outdated == [], "run scripts/translations"
    assert {path.stem for path in LANGUAGE_FILES} <= translations.LANGUAGES.keys()


def test_causes_of_failed_commands_have_texts() -> None:
    group = "entity.event.command.state_attributes.cause.state"
    assert {key for key in COMMAND_ERROR_KEYS if f"{group}.{key}" in ENGLISH} == COMMAND_ERROR_KEYS


# --- permissions


def test_names_of_permissions_are_those_of_the_consent_page() -> None:
    names = {scope: ENGLISH[f"selector.scope.options.{option}"] for scope, option in OPTION_BY_SCOPE.items()}
    assert len(names) > 10
    assert names == {scope: SCOPES[scope] for scope in names}


@each_language
def test_names_of_permissions_differ(path: Path) -> None:
    names = [text for key, text in flatten(load_json(path)).items() if key.startswith("selector.scope.options.")]
    assert len(names) == len(OPTION_BY_SCOPE)
    assert len(set(names)) == len(names)


# --- placeholders

# Placeholder → expressions that the code may pass: names that a person gave, addresses, numbers, dates, and texts that
# were translated. A scope, a member of an enum, a duration, or the text of one of our exceptions is none of these.
NAMES_OF_ACCOUNTS = {"entry.title", "self._get_reauth_entry().title", "target.account"}
NAMES_OF_CARS = {"car.name", "self._vehicle_name", "name or self._account.entry.title"}
ALLOWED_VALUES = {
    "account": NAMES_OF_ACCOUNTS,
    "accounts": {"', '.join(sorted(map(str, accounts.values())))"},
    "car": NAMES_OF_CARS,
    "currency": {"self.hass.config.currency"},
    "data": {"self._summary.option_text('monitor_data', data.name.lower())"},
    "contact_url": {"CONTACT_URL"},
    "date": {"dt_util.as_local(expires_at).date().isoformat()", "self._started.date"},
    "entity": {"entity_id"},
    # What Home Assistant said, in its own words
    "error": {"str(err)"},
    "file": {"async_get_file_link(self.hass)"},
    "home_assistant": {"get_home_assistant_uri(self.hass)"},
    "key": {"reserved[0]"},
    "level": {"str(record.level)", "f'{level:.0f}'"},
    "link": {"dashboard.link"},
    "minimum": {"f'{minimum:g}'"},
    "monitor": {"subentry.title"},
    "names": {
        "', '.join(offered)",
        "'\\n'.join((f'- {name}' for name in names))",
        "'\\n'.join((f'- {name}' for name in sorted(map(describe, other_callbacks))))",
    },
    "number": {"str(index + 1)", "str(number)"},
    "other": {"self._data.get(CONF_REDIRECT_URI, EXAMPLE_REDIRECT_URI)"},
    "part": {"expression_error.part"},
    "path": {"str(path)"},
    "permission": {"async_permission_name(hass, scope)"},
    "permissions": {"'\\n'.join((f'- {async_permission_name(hass, scope)}' for scope in SCOPES if scope in missing))"},
    "pre_production": {"get_api_host(Environment.PRE_PRODUCTION)"},
    "production": {"get_api_host(Environment.PRODUCTION)"},
    "redirect_uri": {"self._data[CONF_REDIRECT_URI]"},
    # What the platform said, in its own words
    "reason": {"err.message or str(err.code or err.status)"},
    "size": {"str(size)"},
    "slot": {"str(slot)"},
    "triggers": {"self._trigger_list"},
    "url": {"str(self._authorize_url)"},
    "words": {"words"},
    "zone": {"data['zone']"},
}


def _passed_placeholders() -> Iterator[tuple[str, str]]:
    """Yield name and value of each placeholder that the code passes to a text."""
    for path in python_files(COMPONENT):
        for node in ast.walk(parse(path)):
            match node:
                case ast.keyword(
                    arg="translation_placeholders" | "description_placeholders",
                    value=ast.Dict(keys=keys, values=values),
                ):
                    for key, value in zip(keys, values, strict=True):
                        if isinstance(key, ast.Constant):
                            yield str(key.value), ast.unparse(value)
                case ast.Assign(targets=[ast.Subscript(value=ast.Name("placeholders"), slice=ast.Constant(key))]):
                    yield str(key), ast.unparse(node.value)
                case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                    for target, value in zip(targets, values, strict=True):
                        if isinstance(target, ast.Subscript) and ast.unparse(target.value) == "placeholders":
                            yield str(ast.literal_eval(target.slice)), ast.unparse(value)


def test_placeholders_hold_what_a_person_can_read() -> None:
    found: dict[str, set[str]] = {}
    for name, value in _passed_placeholders():
        found.setdefault(name, set()).add(value)
    assert {name: values - ALLOWED_VALUES.get(name, set()) for name, values in found.items()} == {
        name: set() for name in found
    }
    assert {"permission", "permissions", "words"} <= found.keys()


def test_texts_are_not_made_of_durations_or_exceptions() -> None:
    """The modules that put texts together do not convert any value with `str` but those that are numbers."""
    converted = {
        f"{path.name}: {ast.unparse(node)}"
        for path in (COMPONENT / "monitors" / "summary.py", COMPONENT / "calendar.py", COMPONENT / "repairs.py")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call) and call_name(node) in ("str", "repr")
    }
    assert converted == {"summary.py: str(condition.radius)", "summary.py: str(first)", "repairs.py: str(other.id)"}


# --- language


@each_language
def test_no_plural_depends_on_a_number(path: Path) -> None:
    texts = flatten(load_json(path))
    assert not [key for key in texts if key.endswith("unit_of_measurement")], "units that are words need plurals"
    numbers = re.compile(r"\{(count|level|radius|size)\}[\s\u00a0\u202f]*(?!km\b)\w")
    assert {key: text for key, text in texts.items() if numbers.search(text)} == {}


def test_english_is_american_and_plain() -> None:
    assert UNWANTED_WORDS.search("The tyre is told anew")
    assert {key: text for key, text in ENGLISH.items() if UNWANTED_WORDS.search(text)} == {}


@each_language
def test_messages_are_sentences(path: Path) -> None:
    messages = re.compile(
        r"^exceptions\.|\.(abort|error)\.\w+$|\.data_description\.\w+$|^services\..*\.description$"
        r"|^(config|options|config_subentries)\..*\.description$|^issues\..*\.description$"
    )
    texts = {
        key: re.sub(r"\{[^}]*\}$", ".", text) for key, text in flatten(load_json(path)).items() if messages.search(key)
    }
    assert len(texts) > 200
    assert {key: text for key, text in texts.items() if not text.endswith((".", "?"))} == {}


@each_translation
def test_nothing_is_left_in_english(path: Path) -> None:
    texts = flatten(load_json(path))
    same = {text for key, text in texts.items() if text == ENGLISH[key] and text not in NAMES}
    without_words = {text for text in same if not re.search(r"[A-Za-z]", re.sub(r"\{\w+\}", "", text))}
    assert same - without_words - SAME_WORDS == set()
    assert all(placeholders(text) == placeholders(ENGLISH[key]) for key, text in texts.items())


@each_language
def test_markdown_is_where_it_is_rendered(path: Path) -> None:
    """Errors of forms and of actions, titles and names are shown as they are."""
    plain = re.compile(r"^(exceptions|entity|selector|services)\.|\.error\.\w+$|\.(title|name)$|\.data\.\w+$")
    texts = {key: text for key, text in flatten(load_json(path)).items() if plain.search(key)}
    assert len(texts) > 800
    assert {key: text for key, text in texts.items() if re.search(r"\*\*|`|\]\(", text)} == {}


@each_language
def test_labels_fit_on_a_phone(path: Path) -> None:
    """It cuts a longer item of a menu; a longer label of a price leaves no room for the choice beside it."""
    texts = flatten(load_json(path))
    limits = {key: limit for key in texts for pattern, limit in MAX_LETTERS if pattern.fullmatch(key)}
    assert len(limits) > 40
    assert [texts[key] for key, limit in limits.items() if len(texts[key].format(date="2026-03-02")) > limit] == []

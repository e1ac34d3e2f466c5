"""The documentation is complete and true: links, pictures, actions, options, permissions, entities, and messages."""

from pathlib import Path
import re
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from homeassistant.util import slugify
from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.stellantis.auth.scopes import OPTION_BY_SCOPE
from custom_components.stellantis.const import EVENT_COMMAND_FAILED
from custom_components.stellantis.polling import INTERVAL_LIMITS
from custom_components.stellantis.push.issues import LEARN_MORE_URL

from .support.documentation import PAGES
from .support.source import COMPONENT, ROOT, load_json

MAX_README_WORDS: Final = 900
README: Final = ROOT / "README.md"
DOCS: Final = ROOT / "docs"
# What readers open first
STARTS: Final = (README, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md")
STRINGS: Final = load_json(COMPONENT / "strings.json")
MANIFEST: Final = load_json(COMPONENT / "manifest.json")
# Messages of actions and calendars that only ask for other data
INPUT_ERRORS: Final = {
    "delay_or_programs",
    "distances_reversed",
    "ends_before_it_begins",
    "event_unsupported",
    "event_without_program",
    "invalid_program",
    "level_or_type",
    "no_car",
    "no_paths_selected",
    "no_place",
    "no_zone",
    "number_of_places",
    "one_cost",
    "too_many_programs",
    "unknown_energy",
    "unknown_session",
    "unknown_trip",
}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _prose(path: Path) -> str:
    """Return the text of a page without its code."""
    return re.sub(r"```.*?```|`[^`\n]+`", "", _read(path), flags=re.DOTALL)


def _links(path: Path) -> list[str]:
    """Return the targets of all links and pictures of a page, including pictures that are links."""
    return re.findall(r"\]\(([^)\s]+)\)", _prose(path))


def _anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    text = re.sub(r"```.*?```", "", _read(path), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _section(text: str, heading: str) -> str:
    """Return the section below a heading, with its subsections."""
    level = heading.split(" ", maxsplit=1)[0]
    _, found, rest = f"\n{text}".partition(f"\n{heading}\n")
    assert found, f"no section {heading}"
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def _subsections(text: str, level: int) -> dict[str, str]:
    """Return the sections of a level by heading."""
    parts = re.split(rf"^{'#' * level} (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _rows(text: str) -> list[list[str]]:
    """Return the cells of the table rows in a text, without headers."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines() if "|" in line]
    return [
        row for index, row in enumerate(rows) if "---" not in row[0] and "---" not in rows[(index + 1) % len(rows)][0]
    ]


def test_readme_is_short_and_current() -> None:
    text = _read(README)
    assert len(text.split()) <= MAX_README_WORDS
    assert f"version {MANIFEST['version']}" in text
    assert f"Home Assistant {load_json(ROOT / 'hacs.json')['homeassistant'].removesuffix('.0')} or newer" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_pictures_exist(page: Path) -> None:
    assert 'src="' not in _prose(page), "HACS shows only Markdown's pictures"
    for link in _links(page):
        target = urlsplit(link)
        if target.scheme:
            assert target.scheme == "https", link
            continue
        path = (page.parent / target.path).resolve() if target.path else page
        assert path.is_relative_to(ROOT), link
        assert path.exists(), link
        if target.fragment:
            assert target.fragment in _anchors(path), link


def test_my_home_assistant_links_open_this_integration() -> None:
    links = {
        target.path.strip("/"): {name: value for name, (value,) in parse_qs(target.query).items()}
        for target in map(urlsplit, _links(README))
        if target.netloc == "my.home-assistant.io" and target.path.startswith("/redirect/")
    }
    _, owner, repository = urlsplit(MANIFEST["documentation"]).path.split("/")
    assert links == {
        "redirect/hacs_repository": {"owner": owner, "repository": repository, "category": "integration"},
        "redirect/config_flow_start": {"domain": MANIFEST["domain"]},
    }


def test_each_blueprint_can_be_imported() -> None:
    """Each is in docs/blueprints.md or docs/voice.md, at the address that it names itself."""
    folder = ROOT / "blueprints" / "automation" / "stellantis"
    expected = {f"{MANIFEST['documentation']}/blob/main/{path.relative_to(ROOT)}" for path in folder.glob("*.yaml")}
    targets = [
        target for target in map(urlsplit, _links(DOCS / "blueprints.md")) if target.path.startswith("/redirect")
    ]
    assert {target.path for target in targets} == {"/redirect/blueprint_import/"}
    linked = {parse_qs(target.query)["blueprint_url"][0] for target in targets}
    assert linked | set(re.findall(r"`(https://\S+\.yaml)`", _read(DOCS / "voice.md"))) == expected
    for path in folder.glob("*.yaml"):
        assert f"source_url: {MANIFEST['documentation']}/blob/main/{path.relative_to(ROOT)}\n" in _read(path)


def test_repair_issues_link_to_a_section_of_readme() -> None:
    url, _, anchor = LEARN_MORE_URL.partition("#")
    assert url == MANIFEST["documentation"]
    assert anchor in _anchors(README)


def test_each_page_and_picture_is_linked() -> None:
    found, waiting = set[Path](), list(STARTS)
    while waiting:
        page = waiting.pop()
        found.add(page)
        if page.suffix != ".md":
            continue
        paths = {(page.parent / link.partition("#")[0]).resolve() for link in _links(page) if "://" not in link}
        waiting.extend(path for path in paths if path.is_file() and path not in found)
    # The sources of the brand's pictures, see CONTRIBUTING.md
    found.update((DOCS / "images" / "brand").glob("*.svg"))
    assert {path for path in DOCS.rglob("*") if path.is_file()} - found == set()


def test_actions_are_documented() -> None:
    text = _read(DOCS / "actions.md")
    documented: dict[str, dict[str, Any]] = {}
    for heading, section in _subsections(text, 3).items():
        (key,) = re.findall(r"^`stellantis\.(\w+)`", section, re.MULTILINE)
        assert heading == STRINGS["services"][key]["name"]
        documented[key] = {name.strip("`"): (required, default) for name, required, default, _ in _rows(section)}
    services = load_yaml_dict(str(COMPONENT / "services.yaml"))
    assert documented == {
        key: {
            name: (
                "yes" if field and field.get("required") else "no",
                str(field["default"]).lower() if field and "default" in field else "",
            )
            for name, field in service.get("fields", {}).items()
        }
        for key, service in services.items()
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_actions_exist(page: Path) -> None:
    used = re.findall(r"action: stellantis\.(\w+)", _read(page))
    assert set(used) <= STRINGS["services"].keys()


def test_options_are_documented() -> None:
    steps = STRINGS["options"]["step"]
    sections = _subsections(_section(_read(DOCS / "configuration.md"), "## Options"), 3)
    assert set(sections) == set(steps["init"]["menu_options"].values())
    for step, heading in steps["init"]["menu_options"].items():
        labels = {row[0].strip("*") for row in _rows(sections[heading])}
        assert labels == set(steps.get(step, {}).get("data", {}).values()), heading


def test_update_intervals_are_those_of_the_options() -> None:
    labels = STRINGS["options"]["step"]["rhythm"]["data"]
    section = _section(_read(DOCS / "configuration.md"), "### Update interval")
    assert {(row[0].strip("*"), row[1], row[2]) for row in _rows(section)} == {
        (labels[key], str(default), f"{least} to {most}") for key, (default, least, most) in INTERVAL_LIMITS.items()
    }


def test_permissions_are_documented() -> None:
    texts = STRINGS["selector"]["scope"]["options"]
    rows = {
        row[0].strip("`"): row[1].lower() for row in _rows(_section(_read(DOCS / "credentials.md"), "## Permissions"))
    }
    assert rows.keys() == OPTION_BY_SCOPE.keys()
    for scope, text in rows.items():
        assert text.startswith(texts[OPTION_BY_SCOPE[scope]].lower()), scope


def _entities() -> set[tuple[str, str]]:
    """Return platform and name of all entities of a car, and those of the device itself with an empty name."""
    rows = [row for row in _rows(_section(_read(DOCS / "entities.md"), "## Cars")) if len(row) > 1]
    return {(row[0], "" if row[1].startswith("*") else row[1]) for row in rows}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_entities_of_examples_exist(page: Path) -> None:
    ids = {f"{platform}.{slugify(f'peugeot_e_208 {name}')}" for platform, name in _entities()}
    used = re.findall(
        rf"\b(?:{'|'.join({entity_id.split('.')[0] for entity_id in ids})})\.peugeot_e_208\w*", _read(page)
    )
    assert set(used) <= ids


def test_entities_of_migration_exist() -> None:
    text = _read(DOCS / "migrating.md")
    names = re.findall(r"(\w+) \*([^*\n]+)\*", "\n".join(line for line in text.splitlines() if line.startswith("|")))
    assert len(names) > 40
    assert set(names) <= _entities() | {("entity", name) for platform, name in _entities() if platform == "climate"}


def test_bus_event_is_documented() -> None:
    assert any(f"`{EVENT_COMMAND_FAILED}`" in _read(page) for page in PAGES)


def test_messages_are_in_troubleshooting() -> None:
    section = " ".join(_section(_read(DOCS / "troubleshooting.md"), "## Commands and messages").split())
    for key in STRINGS["exceptions"].keys() - INPUT_ERRORS:
        message = re.sub(r"{\w+}", "…", STRINGS["exceptions"][key]["message"])
        assert f"| {message.partition('. ')[0].removesuffix('.')} |" in section, key


def test_entities_exist() -> None:
    """The entities in docs/car.md are in the generated docs/entities.md, and those of docs/events.md are events."""
    entities = {(row[0], row[1]) for row in _rows(_read(DOCS / "entities.md"))}
    for names, platforms, _ in _rows(_read(DOCS / "car.md")):
        for name in names.split(", "):
            assert any((platform.replace(" ", "_"), name) in entities for platform in platforms.split(", ")), name
    events = {row[0] for row in _rows(_read(DOCS / "events.md"))}
    assert events == {name for platform, name in entities if platform == "event"}


def test_repair_issues_are_in_troubleshooting() -> None:
    section = " ".join(_section(_read(DOCS / "troubleshooting.md"), "## Repair issues").split())
    for key, issue in STRINGS["issues"].items():
        title = re.sub(r"{\w+}", "…", issue["title"])
        assert title in section, key


def test_setup_errors_in_troubleshooting_are_those_of_the_forms() -> None:
    errors = [*STRINGS["config"]["error"].values(), *STRINGS["config"]["abort"].values()]
    section = _section(_read(DOCS / "troubleshooting.md"), "## Setup")
    for heading in _subsections(section, 3):
        assert any(error.startswith(heading.partition(",")[0]) for error in errors), heading

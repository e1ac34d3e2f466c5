"""The flows match their texts: every form, menu, error and abort has a text, and no text is unused."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import homeassistant.components
from homeassistant.helpers import config_entry_oauth2_flow
from probatio import Schema
import pytest

from custom_components.stellantis.errors import ERROR_KEYS

from .support.source import (
    COMPONENT,
    PACKAGE,
    call_name,
    keyword_strings,
    load_json,
    parse,
    placeholders,
    possible_strings,
    python_files,
    string_literals,
)

OAUTH_FLOW = Path(config_entry_oauth2_flow.__file__)
STRINGS = load_json(COMPONENT / "strings.json")
API_ERROR_KEYS = {key for _, key in ERROR_KEYS}


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A flow's class, or the classes that it is made of, and its texts."""

    name: str
    modules: tuple[str, ...]
    node: ast.Module
    texts: dict[str, Any]

    @property
    def is_first(self) -> bool:
        """Whether this flow creates entries."""
        return self.texts is STRINGS["config"]

    def steps(self, *kinds: str) -> dict[str, list[dict[str, ast.expr]]]:
        """Return the steps that the named methods show, with the keyword arguments of each call."""
        found: dict[str, list[dict[str, ast.expr]]] = {}
        for node in ast.walk(self.node):
            if isinstance(node, ast.Call) and call_name(node) in kinds:
                arguments = {argument.arg: argument.value for argument in node.keywords if argument.arg}
                for step in possible_strings(arguments["step_id"]):
                    found.setdefault(step, []).append(arguments)
        return found

    def fields(self, arguments: dict[str, ast.expr]) -> set[str]:
        """Return the fields of a form, whose schema is a constant of the module; none if it has no schema."""
        schema = arguments.get("data_schema")
        names: dict[str, Any] = {}
        for module in self.modules:
            names |= vars(import_module(f"{PACKAGE}.{module}"))
        found = [names.get(node.id) for node in ast.walk(schema) if isinstance(node, ast.Name)] if schema else []
        return {str(field) for form in found if isinstance(form, Schema) for field in form.schema}


def _flows() -> Iterator[Flow]:
    parts: dict[str, dict[str, ast.ClassDef]] = {"config": {}, "options": {}}
    for path in sorted(COMPONENT.glob("*_flow.py")):
        for node in parse(path).body:
            if isinstance(node, ast.ClassDef):
                bases = " ".join(ast.unparse(base) for base in node.bases)
                if "ConfigSubentryFlow" in bases:
                    continue  # its forms depend on the monitored data; its own tests check them
                if "OptionsFlow" in bases:
                    parts["options"][path.stem] = node
                elif "Flow" in bases:
                    parts["config"][path.stem] = node
                else:
                    assert not any(getattr(item, "name", "").startswith("async_step_") for item in node.body), node.name
    for key, classes in parts.items():
        body = ast.Module(body=[*classes.values()], type_ignores=[])
        yield Flow(name=key, modules=tuple(classes), node=body, texts=STRINGS[key])


def _feature_forms() -> set[str]:
    """Return the steps of the forms of features, which the table of features adds to the options."""
    return {
        text
        for path in python_files(COMPONENT / "features")
        for name, text in keyword_strings(path, "step_id")
        if name == "OptionForm"
    }


FLOWS = [pytest.param(flow, id=flow.name) for flow in _flows()]


def test_one_flow_creates_entries() -> None:
    """It is made of a part for the credentials, one for the consent, and the rest."""
    assert {flow.name: len(flow.modules) for flow in _flows()} == {"config": 3, "options": 1}


@pytest.mark.parametrize("flow", FLOWS)
def test_texts_of_forms(flow: Flow) -> None:
    forms = flow.steps("async_show_form")
    assert forms
    for step, calls in forms.items():
        fields = {field for arguments in calls for field in flow.fields(arguments)}
        texts = flow.texts["step"][step]
        assert set(texts) <= {"title", "description", "data", "data_description"}, step
        assert "title" in texts, step
        assert set(texts.get("data", {})) == fields, step
        # Either every field has a description, or the step has one
        assert set(texts.get("data_description", {})) <= fields, step
        assert not fields or "description" in texts or set(texts.get("data_description", {})) == fields, step


@pytest.mark.parametrize("flow", FLOWS)
def test_texts_of_menus(flow: Flow) -> None:
    for step, calls in flow.steps("async_show_menu").items():
        names: set[str] = set()
        for arguments in calls:
            options = arguments["menu_options"]
            assert isinstance(options, ast.List), "menu_options must be a list literal"
            names.update(name for node in options.elts for name in possible_strings(node))
            if any(isinstance(node, ast.Starred) for node in options.elts):
                names |= _feature_forms()
        texts = flow.texts["step"][step]
        assert set(texts["menu_options"]) == names, step
        assert set(texts.get("menu_option_descriptions", {})) <= names, step


@pytest.mark.parametrize("flow", FLOWS)
def test_forms_say_whether_they_are_the_last(flow: Flow) -> None:
    for step, calls in flow.steps("async_show_form").items():
        assert all("last_step" in arguments for arguments in calls), step


@pytest.mark.parametrize("flow", FLOWS)
def test_steps_match_texts(flow: Flow) -> None:
    """One form and the external step are Home Assistant's own; its form for discovery is not used."""
    inherited = {text for _, text in keyword_strings(OAUTH_FLOW, "step_id")}
    assert inherited == {"auth", "oauth_discovery", "pick_implementation"}
    own = set(flow.steps("async_show_form", "async_show_menu"))
    own |= _feature_forms() if flow.name == "options" else set()
    assert set(flow.texts["step"]) == own | ({"auth", "pick_implementation"} if flow.is_first else set())


@pytest.mark.parametrize("flow", FLOWS)
def test_placeholders_of_steps(flow: Flow) -> None:
    for step, calls in flow.steps("async_show_form", "async_show_menu").items():
        for arguments in calls:
            passed = arguments.get("description_placeholders")
            assert passed is None or isinstance(passed, ast.Dict), step
            names = {name for key in passed.keys if key for name in possible_strings(key)} if passed else set()
            assert placeholders(flow.texts["step"][step]) == names, step


def _error_keys(root: ast.AST) -> Iterator[str]:
    """Yield the error keys that code assigns to a field, raises for one, or shows by itself."""
    for node in ast.walk(root):
        match node:
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id="errors"))], value=value):
                yield from possible_strings(value)
            case ast.FunctionDef(name="find_price_error"):
                for returned in (child.value for child in ast.walk(node) if isinstance(child, ast.Return)):
                    yield from possible_strings(returned) if returned else ()
            case ast.Call(args=[_, reason, *_]) if call_name(node) == "CertificateError":
                yield from possible_strings(reason)
            case ast.Call(args=[error, *_]) if call_name(node) in {"RedirectError", "_show_error"}:
                yield from possible_strings(error)


@pytest.mark.parametrize("flow", FLOWS)
def test_errors_match_texts(flow: Flow) -> None:
    """The keys of API errors may be shown as an error, or abort the flow."""
    own = set(_error_keys(flow.node))
    all_errors = {error for path in python_files(COMPONENT) for error in _error_keys(parse(path))}
    texts, aborts = set(flow.texts.get("error", {})), set(flow.texts.get("abort", {}))
    assert own <= texts
    assert texts <= all_errors | API_ERROR_KEYS
    assert texts.isdisjoint(aborts)
    if flow.is_first:
        assert own
        assert texts | aborts >= API_ERROR_KEYS


def test_all_errors_have_texts() -> None:
    used = {error for path in python_files(COMPONENT) for error in _error_keys(parse(path))}
    assert used
    of_monitors = set(STRINGS["config_subentries"]["monitor"]["error"])
    of_repairs = {error for issue in STRINGS["issues"].values() for error in issue.get("fix_flow", {}).get("error", {})}
    assert used <= {error for flow in _flows() for error in flow.texts.get("error", {})} | of_monitors | of_repairs


# Abort reasons of methods that are called without a reason
ABORT_REASONS_OF_METHODS = {
    "_abort_if_unique_id_configured": {"already_configured"},
    "_abort_if_unique_id_mismatch": {"unique_id_mismatch"},
    "_async_abort_entries_match": {"already_configured"},
    "async_set_unique_id": {"already_in_progress"},
    "async_update_and_abort": {"reauth_successful", "reconfigure_successful"},
    "async_update_reload_and_abort": {"reauth_successful", "reconfigure_successful"},
}


@pytest.mark.parametrize("flow", FLOWS)
def test_aborts_match_texts(flow: Flow) -> None:
    """Common abort reasons have texts in Home Assistant; own texts would not be shown."""
    shared = set(
        load_json(Path(homeassistant.components.__path__[0]) / "homeassistant/strings.json")["config"]["abort"]
    )
    aborts = {text for _, text in keyword_strings(OAUTH_FLOW, "reason")} if flow.is_first else set()
    for node in ast.walk(flow.node):
        if isinstance(node, ast.Call):
            reasons = [argument.value for argument in node.keywords if argument.arg == "reason"]
            aborts |= {text for reason in reasons for text in possible_strings(reason)}
            aborts |= set() if reasons else ABORT_REASONS_OF_METHODS.get(call_name(node), set())
    if flow.is_first:
        assert aborts >= {"already_configured", "missing_configuration"}
        assert aborts & shared
    assert set(flow.texts.get("abort", {})) == aborts - shared


def test_placeholders_of_credentials_dialog() -> None:
    named = placeholders(STRINGS["application_credentials"])
    assert named
    assert named <= string_literals(COMPONENT / "application_credentials.py")

"""The flows against their texts: each form, menu, error and end has its text, and no text is left over."""

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

BASE = Path(config_entry_oauth2_flow.__file__)
STRINGS = load_json(COMPONENT / "strings.json")
REASON_KEYS = {key for _, key in ERROR_KEYS}


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A flow's class, and the texts that are its own."""

    module: str
    node: ast.ClassDef
    texts: dict[str, Any]

    @property
    def is_first(self) -> bool:
        """Whether this is the flow that makes an entry."""
        return self.texts is STRINGS["config"]

    def steps(self, *kinds: str) -> dict[str, list[dict[str, ast.expr]]]:
        """Return the steps that are shown in these ways, with the arguments of each time."""
        found: dict[str, list[dict[str, ast.expr]]] = {}
        for node in ast.walk(self.node):
            if isinstance(node, ast.Call) and call_name(node) in kinds:
                arguments = {argument.arg: argument.value for argument in node.keywords if argument.arg}
                for step in possible_strings(arguments["step_id"]):
                    found.setdefault(step, []).append(arguments)
        return found

    def fields(self, arguments: dict[str, ast.expr]) -> set[str]:
        """Return the fields of a form; its schema is a name of the module, or empty."""
        schema, names = arguments.get("data_schema"), vars(import_module(f"{PACKAGE}.{self.module}"))
        found = [names.get(node.id) for node in ast.walk(schema) if isinstance(node, ast.Name)] if schema else []
        return {str(field) for form in found if isinstance(form, Schema) for field in form.schema}


def _flows() -> Iterator[Flow]:
    for path in sorted(COMPONENT.glob("*_flow.py")):
        for node in parse(path).body:
            if isinstance(node, ast.ClassDef):
                bases = " ".join(ast.unparse(base) for base in node.bases)
                if "ConfigSubentryFlow" in bases:
                    continue  # its forms depend on what is watched: tests/monitoring.py reads each as it is shown
                if "OptionsFlow" in bases:
                    texts = STRINGS["options"]
                elif "FlowHandler" in bases or "ConfigFlow" in bases:
                    texts = STRINGS["config"]
                else:
                    assert not any(getattr(item, "name", "").startswith("async_step_") for item in node.body), node.name
                    continue
                yield Flow(module=path.stem, node=node, texts=texts)


FLOWS = [pytest.param(flow, id=flow.node.name) for flow in _flows()]


def test_one_flow_makes_entries() -> None:
    assert [flow.is_first for flow in _flows()].count(True) == 1


@pytest.mark.parametrize("flow", FLOWS)
def test_each_form_has_its_texts(flow: Flow) -> None:
    forms = flow.steps("async_show_form")
    assert forms
    for step, shown in forms.items():
        fields = {field for arguments in shown for field in flow.fields(arguments)}
        texts = flow.texts["step"][step]
        assert set(texts) <= {"title", "description", "data", "data_description"}, step
        assert "title" in texts, step
        assert set(texts.get("data", {})) == fields, step
        # Each field is explained, or the step as a whole is
        assert set(texts.get("data_description", {})) <= fields, step
        assert not fields or "description" in texts or set(texts.get("data_description", {})) == fields, step


@pytest.mark.parametrize("flow", FLOWS)
def test_each_menu_has_its_texts(flow: Flow) -> None:
    for step, shown in flow.steps("async_show_menu").items():
        for arguments in shown:
            options = arguments["menu_options"]
            assert isinstance(options, ast.List), "options as a list of names, so that they can be read here"
            names = {name for node in options.elts for name in possible_strings(node)}
            assert set(flow.texts["step"][step]["menu_options"]) == names, step


@pytest.mark.parametrize("flow", FLOWS)
def test_steps_are_those_with_a_text(flow: Flow) -> None:
    """One form is Home Assistant's own; another of its is for cars that are discovered, which none is."""
    inherited = {text for name, text in keyword_strings(BASE, "step_id") if name == "async_show_form"}
    assert inherited == {"oauth_discovery", "pick_implementation"}
    own = set(flow.steps("async_show_form", "async_show_menu"))
    assert set(flow.texts["step"]) == own | ({"pick_implementation"} if flow.is_first else set())


@pytest.mark.parametrize("flow", FLOWS)
def test_placeholders_of_a_step_are_those_that_it_is_given(flow: Flow) -> None:
    for step, shown in flow.steps("async_show_form", "async_show_menu").items():
        for arguments in shown:
            given = arguments.get("description_placeholders")
            assert given is None or isinstance(given, ast.Dict), step
            names = {name for key in given.keys if key for name in possible_strings(key)} if given else set()
            assert placeholders(flow.texts["step"][step]) == names, step


def _errors_named(root: ast.AST) -> Iterator[str]:
    """Yield what code puts into the errors of a form: assigned to a field, raised for one, or shown by itself."""
    for node in ast.walk(root):
        match node:
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id="errors"))], value=value):
                yield from possible_strings(value)
            case ast.Call(args=[_, reason, *_]) if call_name(node) == "CertificateError":
                yield from possible_strings(reason)
            case ast.Call(args=[problem, *_]) if call_name(node) == "_show_problem":
                yield from possible_strings(problem)


@pytest.mark.parametrize("flow", FLOWS)
def test_errors_are_those_with_a_text(flow: Flow) -> None:
    """What the table of reasons names may be shown as an error, or end the flow."""
    own = set(_errors_named(flow.node))
    elsewhere = {error for path in python_files(COMPONENT) for error in _errors_named(parse(path))}
    texts, ends = set(flow.texts.get("error", {})), set(flow.texts.get("abort", {}))
    assert own <= texts
    assert texts <= elsewhere | REASON_KEYS
    assert texts.isdisjoint(ends)
    if flow.is_first:
        assert own
        assert texts | ends >= REASON_KEYS


def test_no_error_is_without_a_text() -> None:
    used = {error for path in python_files(COMPONENT) for error in _errors_named(parse(path))}
    assert used
    of_monitors = set(STRINGS["config_subentries"]["monitor"]["error"])
    assert used <= {error for flow in _flows() for error in flow.texts.get("error", {})} | of_monitors


# What methods that a flow calls end it with when they are given no reason
REASONS_OF_METHODS = {
    "_abort_if_unique_id_configured": {"already_configured"},
    "_abort_if_unique_id_mismatch": {"unique_id_mismatch"},
    "_async_abort_entries_match": {"already_configured"},
    "async_set_unique_id": {"already_in_progress"},
    "async_update_and_abort": {"reauth_successful", "reconfigure_successful"},
    "async_update_reload_and_abort": {"reauth_successful", "reconfigure_successful"},
}


@pytest.mark.parametrize("flow", FLOWS)
def test_ends_are_those_with_a_text(flow: Flow) -> None:
    """Ends that all flows share have Home Assistant's own texts; ours would never be shown."""
    shared = set(
        load_json(Path(homeassistant.components.__path__[0]) / "homeassistant/strings.json")["config"]["abort"]
    )
    ends = {text for _, text in keyword_strings(BASE, "reason")} if flow.is_first else set()
    for node in ast.walk(flow.node):
        if isinstance(node, ast.Call):
            reasons = [argument.value for argument in node.keywords if argument.arg == "reason"]
            ends |= {text for reason in reasons for text in possible_strings(reason)}
            ends |= set() if reasons else REASONS_OF_METHODS.get(call_name(node), set())
    if flow.is_first:
        assert ends >= {"already_configured", "missing_configuration"}
        assert ends & shared
    assert set(flow.texts.get("abort", {})) == ends - shared


def test_the_dialog_for_credentials_names_what_it_is_given() -> None:
    named = placeholders(STRINGS["application_credentials"])
    assert named
    assert named <= string_literals(COMPONENT / "application_credentials.py")

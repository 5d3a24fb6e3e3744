"""The settings dict is checked, complete and obeyed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks

from queryscope.profiler.config import KEYS, Config, parse
from queryscope.profiler.errors import ConfigError
from queryscope.profiler.pipeline import open_recorder
from queryscope.profiler.settings import current


def ids() -> list[str | None]:
    return [message.id for message in run_checks(tags=["queryscope"])]


def test_every_option_has_a_default() -> None:
    """An empty dict is a whole configuration."""
    assert parse({}) == Config()
    assert len(KEYS) == len(Config.__struct_fields__)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"SAMPEL": 1}, "'SAMPEL'] is not an option. Options are: ACCESS,"),
        ({"SAMPLE": 2}, "'SAMPLE'] is 2: Expected `float` <= 1.0"),
        ({"MAX_SPANS": "many"}, "'MAX_SPANS'] is 'many': Expected `int`"),
        ({"PARAMETERS": "some"}, "'PARAMETERS'] is 'some': Invalid enum value"),
    ],
)
def test_a_wrong_option_is_named_with_what_is_allowed(options: dict[str, Any], said: str) -> None:
    """The key, the value and what it takes."""
    with pytest.raises(ConfigError) as caught:
        parse(options)
    assert said in str(caught.value)


@pytest.mark.parametrize("options", [None, [], "STORE"])
def test_what_is_no_dict_is_a_check_and_stops_nothing(options: Any, settings: Any) -> None:
    """The project starts, records nothing, and the check says why."""
    settings.QUERYSCOPE = options
    assert ids() == ["queryscope.E001"]
    with pytest.raises(ConfigError, match="must be a dict"):
        current()
    apps.get_app_config("queryscope").ready()
    assert open_recorder("request", "name") is None


def test_a_path_may_be_a_path(settings: Any) -> None:
    """``BASE_DIR / "traces.sqlite3"`` is how settings write it."""
    settings.QUERYSCOPE = {"STORE": Path("var") / "traces.sqlite3"}
    assert ids() == []
    assert current().store == str(Path("var") / "traces.sqlite3")


def test_system_checks_report_all_of_it(settings: Any) -> None:
    """Unknown keys, bad values, a bad pattern, a missing and a late middleware each have an id."""
    assert ids() == []
    settings.QUERYSCOPE = {"SAMPEL": 1, "SAMPLE": 2}
    assert ids() == ["queryscope.E001", "queryscope.E002"]
    settings.QUERYSCOPE = {"IGNORE_PATHS": ["("]}
    assert ids() == ["queryscope.E002"]
    settings.QUERYSCOPE = {}
    middleware = settings.MIDDLEWARE
    settings.MIDDLEWARE = [*middleware[1:], middleware[0]]
    assert ids() == ["queryscope.W002"]
    settings.MIDDLEWARE = middleware[1:]
    assert ids() == ["queryscope.W001"]


@pytest.mark.parametrize(("debug", "parameters"), [(True, "sensitive"), (False, "masked")])
def test_defaults_follow_debug(settings: Any, debug: bool, parameters: str) -> None:
    """Values are shown only where somebody develops; tests are not recorded unless they ask."""
    settings.QUERYSCOPE = {}
    settings.DEBUG = debug
    assert current().parameters == parameters
    assert current().enabled is False
    assert str(current().store).endswith("demo/.queryscope/store.sqlite3")

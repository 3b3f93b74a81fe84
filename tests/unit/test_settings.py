"""Settings: where they come from, what is refused, and that the reference tells all of them."""

import tomllib
from pathlib import Path

import pytest

from generate_settings_reference import EXAMPLE, PAGE, page
from sanad_api.settings import FILE, Settings, SettingsInvalid, load_settings


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {}) == Settings()


def test_the_command_line_overrides_the_environment_and_that_the_file(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('[server]\nhost = "10.0.0.1"\nport = 1\n[log]\nlevel = "debug"\n')
    environment = {"SANAD_SERVER__PORT": "2", "SANAD_SERVER__HOST": "10.0.0.2", "SANAD_DATA": "elsewhere"}
    told = load_settings(tmp_path, environment, server={"host": None, "port": 3})
    assert (told.server.host, told.server.port, told.log.level) == ("10.0.0.2", 3, "debug")


def test_a_list_is_written_with_commas_in_the_environment(tmp_path: Path) -> None:
    told = load_settings(tmp_path, {"SANAD_WEBHOOKS__HOSTS": "a.example, b.example:8443"})
    assert told.webhooks.hosts == ("a.example", "b.example:8443")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[server]\nprot = 8080\n", "server.prot"),
        ("[sever]\nport = 8080\n", "sever"),
        ("[server]\nport = 70000\n", "server.port"),
        ('[log]\nlevel = "loud"\n', "log.level"),
        ("[server\n", FILE),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_its_name(tmp_path: Path, text: str, field: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(SettingsInvalid) as refused:
        load_settings(tmp_path, {})
    assert refused.value.field == field


def test_a_misspelt_variable_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        load_settings(tmp_path, {"SANAD_SERVER__PROT": "8080"})
    assert refused.value.field == "server.prot"


def test_the_reference_is_what_the_classes_say() -> None:
    assert PAGE.read_text() == page()


def test_the_example_of_the_reference_is_taken() -> None:
    told = tomllib.loads(EXAMPLE.split("```")[1].removeprefix("toml"))
    assert Settings.model_validate(told).webhooks.hosts == ("hooks.customs.example",)

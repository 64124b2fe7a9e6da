"""The hooks, the action and the pipelines of the documentation are what their schemas ask for."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from segue.runtime.cli import main
from segue.runtime.configuration import read_configuration

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def block(name: str) -> str:
    """The example of a file."""
    return next(text for text in BLOCKS if text.startswith(f"# {name}\n"))


def schema(name: str) -> dict[str, Any]:
    folder = files("check_jsonschema").joinpath("builtin_schemas/vendor")
    found: dict[str, Any] = json.loads(folder.joinpath(name).read_text("utf-8"))
    return found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ((ROOT / "action.yml").read_text("utf-8"), "github-actions.json"),
        (block(".github/workflows/rules.yml"), "github-workflows.json"),
        (block(".gitlab-ci.yml"), "gitlab-ci.json"),
    ],
    ids=["action.yml", "workflow", "gitlab"],
)
def test_a_pipeline_keeps_to_its_schema(text: str, name: str) -> None:
    # A plain `on` is a key there, and true in YAML 1.1.
    data = {"on" if key is True else key: value for key, value in yaml.safe_load(text).items()}

    jsonschema.Draft7Validator(schema(name)).validate(data)


def test_the_hooks_run_commands_that_there_are() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    asked = yaml.safe_load(block(".pre-commit-config.yaml"))["repos"][0]["hooks"]

    assert [hook["id"] for hook in hooks] == [hook["id"] for hook in asked]
    for hook in hooks:
        program, command = hook["entry"].split()
        assert program == "segue"
        assert CliRunner().invoke(main, [command, "--help"]).exit_code == 0
        assert re.search(hook["files"], "shop/rules.seg")


def test_the_settings_shown_are_settings() -> None:
    settings = next(text for text in BLOCKS if "\nlint:\n" in text)

    assert read_configuration(settings, "segue.yml")[1] == []


def test_the_inputs_of_the_action_are_those_that_the_workflow_gives() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    steps = yaml.safe_load(block(".github/workflows/rules.yml"))["jobs"]["check"]["steps"]

    assert steps[1]["with"].keys() <= action["inputs"].keys()


def test_the_options_that_the_page_uses_exist() -> None:
    help = CliRunner().invoke(main, ["check", "--help"]).output
    used = {
        option
        for line in PAGE.splitlines()
        if "segue check" in line
        for option in re.findall(r"--[a-z-]+", line)
    }

    assert used
    assert all(option in help for option in used)

"""A real editor's side of the conversation: a client that starts `segue lsp` and talks to it."""

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

from lsp.desk import Desk

SHOP = Path(__file__).parents[2] / "rulesets" / "behavioral" / "catalog.yml"


@pytest_lsp.fixture(
    scope="session",
    loop_scope="session",
    config=ClientServerConfig(server_command=[sys.executable, "-m", "segue", "lsp"]),
)
async def client(lsp_client: LanguageClient) -> AsyncIterator[None]:
    capabilities = client_capabilities("visual-studio-code")
    await lsp_client.initialize_session(types.InitializeParams(capabilities))
    yield
    await lsp_client.shutdown_session()


@pytest.fixture
def desk(client: LanguageClient, tmp_path: Path) -> Callable[..., Desk]:
    """Puts a project of the demo shop's catalog on the disk; files by their path."""

    def make(**files: str) -> Desk:
        (tmp_path / "catalog.yml").write_text(SHOP.read_text("utf-8"), "utf-8")
        for name, text in files.items():
            file = tmp_path / f"{name.replace('__', '/')}.seg"
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, "utf-8")
        return Desk(client, tmp_path)

    return make

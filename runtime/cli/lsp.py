"""`segue lsp`: the language server, for editors to start."""

import click

from segue.runtime.refusal import Refusal


@click.command("lsp")
@click.option("--stdio", is_flag=True, hidden=True, help="What editors add by habit.")
def command(stdio: bool) -> None:
    """Serve an editor over standard input and output (the Language Server Protocol).

    An editor starts this by itself; docs/editor.md says how to tell it to.

    \b
    segue lsp
    """
    try:
        from segue.runtime.lsp.server import make_server
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(("pygls", "lsprotocol")):
            raise
        raise Refusal(
            "the language server needs the package `pygls`",
            "pip install 'segue-lang[lsp]'",
        ) from None
    from segue.runtime.cli.group import installed_version

    make_server(installed_version()).start_io()

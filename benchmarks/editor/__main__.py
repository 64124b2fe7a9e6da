"""From a keystroke to the findings, over standard input and output as an editor does it.

    python -m benchmarks.editor [--segments 200] [--keystrokes 30]

The project has 20 files. Each keystroke changes one character of one of them and waits until the
findings of the project arrive; hover and completion are asked in between.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from benchmarks.frontend.bench_frontend import write_project


async def measure(root: Path, keystrokes: int) -> dict[str, list[float]]:
    """Milliseconds of each kind of answer."""
    client = LanguageClient("benchmark", "1")
    arrived = asyncio.Event()

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def published(params: types.PublishDiagnosticsParams) -> None:
        if params.uri == uri:
            arrived.set()

    file = root / "rules_3.seg"
    uri, text = file.as_uri(), file.read_text("utf-8")
    document = types.TextDocumentIdentifier(uri)
    await client.start_io(sys.executable, "-m", "segue", "lsp")
    await client.initialize_async(types.InitializeParams(types.ClientCapabilities()))
    client.initialized(types.InitializedParams())
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "segue", 1, text))
    )
    await arrived.wait()
    title = types.Position(0, text.index('"Number') + 1)
    name = types.Position(0, text.index("segment_") + 1)
    end = types.Position(1, len(text.split("\n")[1]))
    times: dict[str, list[float]] = {"findings": [], "completion": [], "hover": []}
    for version in range(2, keystrokes + 2):
        arrived.clear()
        start = time.perf_counter()
        client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(uri=uri, version=version),
                [types.TextDocumentContentChangePartial(types.Range(title, title), "x")],
            )
        )
        await client.text_document_completion_async(types.CompletionParams(document, end))
        times["completion"].append(_since(start))
        await arrived.wait()
        times["findings"].append(_since(start))
        start = time.perf_counter()
        await client.text_document_hover_async(types.HoverParams(document, name))
        times["hover"].append(_since(start))
    await client.shutdown_async(None)
    client.exit(None)
    return times


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1000


def main() -> None:
    """Prints the median and the slowest of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--segments", type=int, default=200)
    parser.add_argument("--keystrokes", type=int, default=30)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "project"
        write_project(root, arguments.segments, 20)
        times = asyncio.run(measure(root, arguments.keystrokes))
    for what, taken in times.items():
        print(f"{what:12} median {median(taken):7.1f} ms   slowest {max(taken):7.1f} ms")


if __name__ == "__main__":
    main()

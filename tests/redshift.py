"""Postgres, which Redshift descends from, behind a door at which Redshift's own driver is let in.

What the driver says of itself is kept from Postgres, and its statements are read as Redshift's and
written as Postgres's. What Redshift has no word for is refused, as Redshift would.
"""

import asyncio
import re
import struct
import threading

import postgres
from parity.engines.redshift import as_postgres as translated
from psycopg.conninfo import conninfo_to_dict

LENGTH = struct.Struct("!I")
STARTUP = 196_608
PASSWORD = "hunter2"
"""Nobody asks for it."""
KNOWN = (b"user", b"database", b"application_name")
NOT_SQL = (
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SET ",
    "LOCK ",
    "DECLARE ",
    "FETCH ",
    "CLOSE ",
    "EXPLAIN ",
)
LACKING = re.compile(
    r"\bCREATE (?:UNIQUE )?INDEX\b|\bpg_temp\b|\bpg_try_advisory|\bON CONFLICT\b"
    r"|\bIS (?:NOT )?DISTINCT FROM\b|^ANALYZE\b"
)


def new_address() -> str:
    """The address of an empty database that is spoken to as to Redshift."""
    return address_of(postgres.new_database())


def address_of(database: str) -> str:
    """The address by which a database of Postgres is spoken to as to Redshift."""
    parts = conninfo_to_dict(database)
    socket = f"{parts['host']}/.s.PGSQL.{parts.get('port', 5432)}"
    started: list[int] = []
    ready = threading.Event()

    async def serve() -> None:
        async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await pass_on(reader, writer, socket)

        server = await asyncio.start_server(met, "127.0.0.1", 0, limit=2**26)
        started.append(server.sockets[0].getsockname()[1])
        ready.set()
        await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    assert ready.wait(10)
    who, name = parts.get("user", "postgres"), parts["dbname"]
    return f"redshift://{who}:{PASSWORD}@127.0.0.1:{started[0]}/{name}?sslmode=disable"


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, socket: str) -> None:
    """Carries one connection until either end is gone."""
    behind, before = await asyncio.open_unix_connection(socket)
    answers = asyncio.create_task(copied(behind, writer))
    try:
        before.write(await introduction(reader))
        while True:
            head = await reader.readexactly(5)
            body = await reader.readexactly(LENGTH.unpack(head[1:])[0] - 4)
            if head[:1] == b"P":
                name, text, rest = body.split(b"\0", 2)
                body = b"\0".join((name, as_postgres(text.decode()).encode(), rest))
            before.write(head[:1] + LENGTH.pack(len(body) + 4) + body)
            await before.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        before.close()
        await answers


async def introduction(reader: asyncio.StreamReader) -> bytes:
    """The first message, without what only Redshift is told."""
    size, version = struct.unpack("!II", await reader.readexactly(8))
    assert version == STARTUP
    words = (await reader.readexactly(size - 8)).rstrip(b"\0").split(b"\0")
    said = dict(zip(words[::2], words[1::2], strict=True))
    body = b"".join(name + b"\0" + said[name] + b"\0" for name in KNOWN if name in said) + b"\0"
    return struct.pack("!II", len(body) + 8, STARTUP) + body


async def copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


def as_postgres(text: str) -> str:
    """A statement of Redshift as one of Postgres."""
    if LACKING.search(text):
        raise ConnectionError(f"Redshift has no such statement: {text[:200]}")
    for word in ("EXPLAIN ", "DECLARE segue_export CURSOR FOR "):
        if text.startswith(word):
            return word + as_postgres(text.removeprefix(word))
    if text.startswith(NOT_SQL):
        return text
    return translated(text)

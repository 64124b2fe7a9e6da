"""Databricks' own connector, and a Spark on this machine behind it.

No Databricks can be had here. Its connector speaks the protocol of Hive's server with numbers of
its own; Spark's SQL server (HiveThriftServer2, over HTTP) speaks that of Hive. `talking` puts the
few numbers in which they differ in place; all else is as it is: the statements and their results
cross the wire, and Spark executes them. Tables are Parquet, where Databricks has Delta.
"""

import base64
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyspark
import pytest
from databricks import sql
from databricks.sql.auth.authenticators import CredentialsProvider
from databricks.sql.thrift_api.TCLIService import ttypes
from databricks.sql.thrift_api.TCLIService.TCLIService import Client

HIVE_V10 = 9
"""The newest protocol of Hive, which Spark speaks."""
PATH = "sql/1.0"
SECONDS = 120
SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.thriftServer.interruptOnCancel": "true",
    "spark.ui.enabled": "false",
}
TOKEN = "dapi-hunter2"


class DatabricksServer:
    """A Spark that answers the connector; `log` is what it says."""

    def __init__(self, folder: Path) -> None:
        self.port = _free_port()
        self.log = folder / "spark.log"
        hive = {
            "hive.server2.transport.mode": "http",
            "hive.server2.thrift.bind.host": "127.0.0.1",
            "hive.server2.thrift.http.port": str(self.port),
            "hive.server2.thrift.http.path": PATH,
        }
        warehouse = {"spark.sql.warehouse.dir": str(folder / "tables")}
        command = [
            str(Path(pyspark.__file__).parent / "bin" / "spark-submit"),
            *("--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"),
            *("--master", "local[2]"),
            *_given("--conf", {**SETTINGS, **warehouse}),
            "spark-internal",
            *_given("--hiveconf", hive),
        ]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=folder,
                env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"},
            )
        for _ in range(SECONDS * 10):
            if "HiveThriftServer2 started" in self.log.read_text():
                return
            time.sleep(0.1)
        raise TimeoutError(self.log.read_text())

    def close(self) -> None:
        """Ends it."""
        self.process.kill()
        self.process.wait()

    @property
    def settings(self) -> dict[str, str]:
        """Those of a target."""
        return {"host": "127.0.0.1", "http_path": PATH, "token": TOKEN, "catalog": "spark_catalog"}

    @property
    def target(self) -> str:
        """The settings as a target of `segue.yml`."""
        return json.dumps({"engine": "databricks", **self.settings})

    @contextmanager
    def talking(self) -> Iterator[None]:
        """Lets the connector talk to this server, by the numbers that Spark knows."""
        connect = sql.connect

        def here(**named: Any) -> Any:
            assert named["access_token"] == TOKEN
            return connect(
                **named,
                _connection_uri=f"http://127.0.0.1:{self.port}/{PATH}",
                credentials_provider=_Anybody(),
                enable_telemetry=False,
            )

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sql, "connect", here)
            patch.setattr(Client, "OpenSession", _opening(Client.OpenSession))
            described = _described(Client.GetResultSetMetadata)
            patch.setattr(Client, "GetResultSetMetadata", described)
            patch.setattr(Client, "FetchResults", _fetched(Client.FetchResults))
            yield


class LosingProxy:
    """Stands between the connector and a server, and loses the answers to statements with a
    word; `lost` counts them."""

    def __init__(self, port: int, word: bytes) -> None:
        self.lost = 0
        handler = type("Handler", (_Losing,), {"owner": self, "behind": port, "word": word})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self.port = self._http.server_port
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Ends it."""
        self._http.shutdown()
        self._http.server_close()


class _Losing(BaseHTTPRequestHandler):
    owner: LosingProxy
    behind: int
    word: bytes
    protocol_version = "HTTP/1.1"
    # Else the body of an answer waits until its head is confirmed.
    disable_nagle_algorithm = True

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name: value for name, value in self.headers.items() if name != "Host"}
        connection = HTTPConnection("127.0.0.1", self.behind)
        connection.request("POST", self.path, asked, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if self.word in asked:
            self.owner.lost += 1
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/x-thrift")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class _Anybody(CredentialsProvider):
    """Spark asks for a name, and for no password."""

    def auth_type(self) -> str:
        return "basic"

    def __call__(self, *given: Any) -> Callable[[], dict[str, str]]:
        name = base64.b64encode(b"segue:none").decode()
        return lambda: {"Authorization": f"Basic {name}"}


Call = Callable[[Client, Any], Any]


def _opening(call: Call) -> Call:
    def OpenSession(client: Client, request: Any) -> Any:
        request.client_protocol = HIVE_V10
        answer = call(client, request)
        answer.serverProtocolVersion = ttypes.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V4
        # Spark begins in the schema `default` of its one catalog.
        answer.canUseMultipleCatalogs = True
        answer.initialNamespace = request.initialNamespace
        return answer

    return OpenSession


def _described(call: Call) -> Call:
    def GetResultSetMetadata(client: Client, request: Any) -> Any:
        answer = call(client, request)
        answer.resultFormat = ttypes.TSparkRowSetType.COLUMN_BASED_SET
        return answer

    return GetResultSetMetadata


def _fetched(call: Call) -> Call:
    def FetchResults(client: Client, request: Any) -> Any:
        answer = call(client, request)
        asked = ttypes.TGetResultSetMetadataReq(request.operationHandle)
        answer.resultSetMetadata = client.GetResultSetMetadata(asked)
        columns = answer.results.columns or []
        if not columns:
            # Of a statement that gives no rows; the connector asks for the columns it was told of.
            nothing = ttypes.TColumn(stringVal=ttypes.TStringColumn([], b""))
            described = answer.resultSetMetadata.schema.columns
            answer.results.columns = [nothing for _ in described]
        # Hive's servers never say whether there is more: it is when something was.
        kinds = [kind for kind in vars(columns[0]).values() if kind] if columns else []
        answer.hasMoreRows = any(kind.values for kind in kinds)
        return answer

    return FetchResults


def _given(option: str, settings: dict[str, str]) -> list[str]:
    pairs = (f"{name}={value}" for name, value in settings.items())
    return [word for pair in pairs for word in (option, pair)]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port

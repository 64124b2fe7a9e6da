"""The REST interface of the tests' BigQuery: as much of it as Google's client needs."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bigquery import (
    LOCATION,
    PROJECT,
    BigQuery,
    Job,
    Refused,
    no_dataset,
    resource,
    schema_of,
    written,
)


class Interface:
    """Requests to what is done and answered."""

    def __init__(self, project: BigQuery) -> None:
        self.project = project

    def answer(self, method: str, path: list[str], query: dict[str, str], body: Any) -> Any:
        match method, path:
            case "POST", ["token"]:
                return {"access_token": "token", "expires_in": 3600, "token_type": "Bearer"}
            case "POST", ["jobs"]:
                return self.insert(body)
            case "GET", ["jobs", id]:
                return resource(self.project.jobs[id])
            case "POST", ["jobs", id, "cancel"]:
                return self.cancel(self.project.jobs[id])
            case "GET", ["queries", id]:
                return self.results(self.project.jobs[id], query)
            case "GET", ["datasets", name]:
                return self.dataset(name)
            case "POST", ["datasets"]:
                return self.make(body["datasetReference"]["datasetId"])
            case "GET", ["datasets", name, "tables"]:
                self.dataset(name)
                return {"tables": [self.reference(name, t) for t in self.project.datasets[name]]}
            case "GET", ["datasets", dataset, "tables", name]:
                return self.table(dataset, name)
            case "DELETE", ["datasets", dataset, "tables", name]:
                if self.project.datasets[dataset].pop(name, None) is None:
                    raise Refused(404, "notFound", f"Not found: Table {PROJECT}:{dataset}.{name}")
                return {}
        raise AssertionError(f"{method} {path}")

    def insert(self, body: Any) -> Any:
        configuration = body["configuration"]
        query, id = configuration["query"], body["jobReference"]["jobId"]
        if id in self.project.jobs:
            raise Refused(409, "duplicate", f"Already Exists: Job {PROJECT}:{id}")
        properties = {p["key"]: p["value"] for p in query.get("connectionProperties", ())}
        job = Job(id, query["query"], configuration, session=properties.get("session_id", ""))
        assert configuration["labels"] == {"application": "segue"}
        self.project.jobs[id] = job
        if configuration.get("dryRun"):
            with self.project.keep:
                job.found = self.project.computed(job.text, job)
            job.done.set()
            return resource(job)
        self.project.run(job)
        if not job.done.is_set() and "jobTimeoutMs" in configuration:
            threading.Timer(int(configuration["jobTimeoutMs"]) / 1000, self.end, [job]).start()
        return resource(job)

    def end(self, job: Job) -> None:
        if not job.done.is_set():
            milliseconds = job.configuration["jobTimeoutMs"]
            job.refused = Refused(400, "stopped", f"Job timed out after {milliseconds}ms")
            job.done.set()

    def cancel(self, job: Job) -> Any:
        if not job.done.is_set():
            text = "Job execution was cancelled: User requested cancellation"
            job.refused = Refused(499, "stopped", text)
            job.done.set()
        return {"kind": "bigquery#jobCancelResponse", "job": resource(job)}

    def results(self, job: Job, query: dict[str, str]) -> Any:
        reference = resource(job)["jobReference"]
        wait = min(int(query.get("timeoutMs", 10_000)) / 1000, 1)
        if not job.done.wait(wait):
            return {"jobComplete": False, "jobReference": reference}
        if job.refused is not None:
            raise job.refused
        answer = {"jobComplete": True, "jobReference": reference}
        answer["numDmlAffectedRows"] = str(job.changed)
        if job.found is None:
            return {**answer, "totalRows": "0", "schema": {"fields": []}}
        start = int(query.get("pageToken") or query.get("startIndex") or 0)
        size = int(query.get("maxResults", 1000))
        kinds = list(job.found.columns.values())
        answer |= {"schema": schema_of(job.found), "totalRows": str(len(job.found.rows))}
        answer["rows"] = [
            {"f": [{"v": written(c, kind)} for c, kind in zip(row, kinds, strict=True)]}
            for row in job.found.rows[start : start + size]
        ]
        if start + size < len(job.found.rows):
            answer["pageToken"] = str(start + size)
        return answer

    def dataset(self, name: str) -> Any:
        if name not in self.project.datasets:
            raise no_dataset(name)
        reference = {"projectId": PROJECT, "datasetId": name}
        return {"datasetReference": reference, "location": LOCATION, "id": f"{PROJECT}:{name}"}

    def make(self, name: str) -> Any:
        if name in self.project.closed:
            raise Refused(
                403,
                "accessDenied",
                f"Access Denied: Project {PROJECT}: User does not have bigquery.datasets.create "
                f"permission in project {PROJECT}.",
            )
        self.project.datasets[name] = {}
        return self.dataset(name)

    def table(self, dataset: str, name: str) -> Any:
        found = self.project.datasets.get(dataset, {}).get(name)
        if found is None:
            raise Refused(404, "notFound", f"Not found: Table {PROJECT}:{dataset}.{name}")
        described = {**self.reference(dataset, name), "schema": schema_of(found)}
        if found.partitioned:
            described["timePartitioning"] = {"type": "DAY", "field": found.partitioned}
        return described

    def reference(self, dataset: str, name: str) -> Any:
        reference = {"projectId": PROJECT, "datasetId": dataset, "tableId": name}
        return {"kind": "bigquery#table", "id": name, "tableReference": reference, "type": "TABLE"}


def is_lost(project: BigQuery, said: Any) -> bool:
    """Whether what this statement is answered goes astray."""
    text = said["configuration"]["query"]["query"] if said and "configuration" in said else ""
    for beginning in project.lost:
        if text.startswith(beginning):
            project.lost.remove(beginning)
            return True
    return False


@contextmanager
def served(project: BigQuery) -> Iterator[str]:
    """The address at which a project is asked, for as long as the context."""
    interface = Interface(project)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Else the body of an answer waits until its head is confirmed.
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

        def do_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = urlsplit(self.path)
            path = [p for p in parts.path.split("/") if p]
            path = path[4:] if path[0] == "bigquery" else path
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            is_json = "json" in self.headers.get("Content-Type", "")
            try:
                said = json.loads(body) if body and is_json else None
                code, answer = 200, interface.answer(self.command, path, query, said)
            except Refused as refused:
                code, answer = refused.code, refused.to_json()
            if self.command == "POST" and is_lost(project, said):
                self.close_connection = True
                return
            text = json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_DELETE = do_any  # as the base class calls them

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@cache
def private_key() -> str:
    """A key, which takes a while to make."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def keyfile(folder: Path, address: str) -> Path:
    """The file of a key that only this BigQuery takes."""
    path = folder / "key.json"
    path.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": PROJECT,
                "private_key_id": "1",
                "private_key": private_key(),
                "client_email": f"segue@{PROJECT}.iam.gserviceaccount.com",
                "client_id": "1",
                "token_uri": f"{address}/token",
            }
        )
    )
    return path

"""Records all traffic in a file: one line of JSON for each exchange, without tokens."""

import json
import os
from pathlib import Path
from typing import Any

from aiohttp import web


class Recorder:
    """Appends each exchange to a file immediately."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    async def api(self, request: web.Request, response: web.StreamResponse, *, injected: bool) -> None:
        """Record a call of the API; `injected` marks responses that are not the simulator's own."""
        line = {
            "kind": "api",
            "method": request.method,
            "url": str(request.url),
            "request_body": _json(await request.read()),
            "status": response.status,
            "response_body": _json(response.body) if isinstance(response, web.Response) else None,
        }
        self._write(line | {"injected": True} if injected else line)

    def notification(self, url: str, body: Any, status: int) -> None:
        """Record a notification posted to a webhook; status 0 means that there was no response."""
        bodies = {"request_body": body, "response_body": None}
        self._write({"kind": "notification", "method": "POST", "url": url, "status": status} | bodies)

    def oauth(self, request: web.Request, response: web.StreamResponse) -> None:
        """Record a call of the authorization server, without its bodies and query."""
        url = str(request.url.with_query(None))
        bodies = {"request_body": None, "response_body": None}
        self._write({"kind": "api", "method": request.method, "url": url, "status": response.status} | bodies)

    def _write(self, line: dict[str, Any]) -> None:
        os.write(self._file, (json.dumps(line, separators=(",", ":")) + "\n").encode())


def _json(body: object) -> Any:
    """Return the parsed JSON of a body, or its text if it is not JSON."""
    if not isinstance(body, bytes) or not body:
        return None
    text = body.decode(errors="replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text

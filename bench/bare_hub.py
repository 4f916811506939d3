"""Starts a JupyterHub by hand, lets one person run one cell, and says how long it took.

    python bare_hub.py FOLDER ADDRESS

FOLDER holds a rendered `jupyterhub_config.py` with its values; ADDRESS is where its gateway listens. Prints JSON with
seconds from the start of the process to each step.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

FOLDER, ADDRESS = Path(sys.argv[1]), sys.argv[2]
TOKEN = json.loads((FOLDER / "secrets.json").read_text())["hub_token"]
LOOK_EVERY = 0.02
WITHIN = 90
USER = "bare"


async def ask(method, path, token=TOKEN, body=None):
    request = HTTPRequest(
        ADDRESS + path,
        method=method,
        headers={"Authorization": f"token {token}"},
        body=None if method in ("GET", "DELETE") else json.dumps(body or {}),
        request_timeout=30,
        follow_redirects=False,
    )
    answer = await AsyncHTTPClient().fetch(request)
    return json.loads(answer.body) if answer.body else None


async def until(ready):
    begin = time.monotonic()
    while True:
        try:
            found = await ready()
            if found:
                return found
        except (HTTPClientError, OSError):
            pass
        if time.monotonic() - begin > WITHIN:
            raise TimeoutError("waited in vain")
        await asyncio.sleep(LOOK_EVERY)


async def healthy():
    answer = await AsyncHTTPClient().fetch(ADDRESS + "/hub/health", request_timeout=5)
    return "X-JupyterHub-Version" in answer.headers


async def server_ready():
    user = await ask("GET", f"/hub/api/users/{USER}")
    return user["servers"].get("", {}).get("ready")


async def run_cell():
    token = (await ask("POST", f"/hub/api/users/{USER}/tokens"))["token"]
    kernel = await until(lambda: ask("POST", f"/user/{USER}/api/kernels", token))
    url = ADDRESS.replace("http", "ws", 1) + f"/user/{USER}/api/kernels/{kernel['id']}/channels"
    request = HTTPRequest(url, headers={"Authorization": f"token {token}"}, connect_timeout=30)
    socket = await websocket_connect(request)
    header = {"msg_id": "1", "msg_type": "execute_request", "session": "1", "username": "", "version": "5.3"}
    content = {"code": "print(6*7)", "silent": False, "store_history": False, "allow_stdin": False}
    message = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}
    await socket.write_message(json.dumps(message))
    while True:
        text = await asyncio.wait_for(socket.read_message(), WITHIN)
        if text is None:
            raise ConnectionError("the kernel's connection was closed")
        message = json.loads(text)
        if message["msg_type"] == "stream":
            assert message["content"]["text"] == "42\n", message
            return


async def main():
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(FOLDER),
        "PYTHONUNBUFFERED": "1",
    }
    begin = time.monotonic()
    with open(FOLDER / "log" / "hub.log", "ab") as log:
        command = [sys.executable, "-m", "jupyterhub", "-f", str(FOLDER / "jupyterhub_config.py")]
        hub = subprocess.Popen(
            command, cwd=FOLDER, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )
    took = {}
    try:
        await until(healthy)
        took["hub"] = time.monotonic() - begin
        await ask("POST", f"/hub/api/users/{USER}")
        await ask("POST", f"/hub/api/users/{USER}/server")
        await until(server_ready)
        took["server"] = time.monotonic() - begin
        await run_cell()
        took["cell"] = time.monotonic() - begin
        await ask("DELETE", f"/hub/api/users/{USER}/server")
        await until(lambda: stopped())
        await ask("DELETE", f"/hub/api/users/{USER}")
        took["removed"] = time.monotonic() - begin
    finally:
        os.killpg(hub.pid, signal.SIGTERM)
        try:
            hub.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(hub.pid, signal.SIGKILL)
    print(json.dumps(took))


async def stopped():
    user = await ask("GET", f"/hub/api/users/{USER}")
    return not user["servers"]


asyncio.run(main())

"""A headless Chromium that a test drives as a person would: it types, clicks and looks.
It is steered by the DevTools protocol over a pair of pipes, so it opens no port."""
import asyncio
import base64
import contextlib
import fcntl
import hashlib
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections import deque
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PROGRAM = "chromium-headless-shell"
SECONDS = 30  # for what a page does on a machine that tests other things, too


def key_hash(certificate):
    """Of a certificate's public key: the one that the browser is to trust."""
    key = x509.load_pem_x509_certificate(
        Path(certificate).read_bytes()).public_key()
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(info).digest()).decode()


def high_pipe():
    """Its ends leave 3 and 4 free, by which the browser takes orders and answers."""
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return high


class Browser:
    """One browser with a profile of its own and one page."""

    def __init__(self, url, certificate, *options):
        self._url = url
        self._profile = tempfile.mkdtemp(prefix="posthouse-chromium-")
        self._options = [
            "--no-sandbox",  # root's tests run in it
            "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--window-size=1400,900",
            f"--ignore-certificate-errors-spki-list={key_hash(certificate)}",
            f"--user-data-dir={self._profile}", "--remote-debugging-pipe",
            *options]
        self._answers, self._session = {}, None
        self._numbers = itertools.count(1)
        self._console = deque(maxlen=60)

    # --- life -------------------------------------------------------------
    async def __aenter__(self):
        self._launch()
        try:
            await self._open_page()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    def _launch(self):
        orders, self._orders = high_pipe()
        self._news, news = high_pipe()
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{orders} 4>&{news}', "sh", PROGRAM,
             *self._options], pass_fds=(orders, news),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(orders)
        os.close(news)
        self._reader = asyncio.create_task(self._listen())

    async def _open_page(self):
        target = await self._asks("Target.createTarget", url="about:blank")
        self._session = (await self._asks(
            "Target.attachToTarget", targetId=target["targetId"],
            flatten=True))["sessionId"]
        await self._asks("Runtime.enable")
        await self._asks("Page.navigate", url=self._url)

    async def __aexit__(self, *_):
        self._session = None  # what follows is for the browser, not for its page
        with contextlib.suppress(asyncio.TimeoutError, OSError, AssertionError):
            await self._asks("Browser.close")
        try:
            await asyncio.to_thread(self._process.wait, SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._orders)
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        shutil.rmtree(self._profile, ignore_errors=True)

    # --- the protocol -----------------------------------------------------
    async def _listen(self):
        """Messages are JSON, each with a NUL behind it."""
        stream = asyncio.StreamReader(limit=1 << 24)
        pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream),
            os.fdopen(self._news, "rb"))
        try:
            while True:
                self._take(json.loads((await stream.readuntil(b"\0"))[:-1]))
        finally:
            pipe.close()

    def _take(self, message):
        answer = self._answers.pop(message.get("id"), None)
        if answer and not answer.done():
            answer.set_result(message)
        elif message.get("method") == "Runtime.consoleAPICalled":
            self._console.append(" ".join(
                str(a.get("value", a.get("description", "")))
                for a in message["params"]["args"])[:500])
        elif message.get("method") == "Runtime.exceptionThrown":
            self._console.append(json.dumps(
                message["params"]["exceptionDetails"])[:500])

    async def _asks(self, method, **parameters):
        number = next(self._numbers)
        answer = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        order = {"id": number, "method": method, "params": parameters}
        if self._session:
            order["sessionId"] = self._session
        os.write(self._orders, json.dumps(order).encode() + b"\0")
        message = await asyncio.wait_for(answer, SECONDS)
        assert "error" not in message, f"{method}: {message}"
        return message["result"]

    # --- what a person does -----------------------------------------------
    async def evaluates(self, script):
        """The value of an expression in the page; of a promise, what it gives."""
        answer = await self._asks("Runtime.evaluate", expression=script,
                                  awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def comes_to(self, script, what=None):
        """Waits until an expression is true."""
        deadline = time.monotonic() + SECONDS
        while True:
            value = await self.evaluates(f"(() => {script})()")
            if value:
                return value
            assert time.monotonic() < deadline, \
                f"no {what or script}\n{await self.page()}"
            await asyncio.sleep(0.1)

    async def page(self):
        """What is on it, for a failure's report."""
        text = await self.evaluates("document.body.innerText")
        return "\n".join(["--- page", text, "--- console", *self._console])

    async def shows(self, selector, text=""):
        return await self.comes_to(
            f"[...document.querySelectorAll({json.dumps(selector)})].some("
            f"e => e.textContent.includes({json.dumps(text)}))",
            f"{selector} with {text!r}")

    async def clicks(self, selector, text=""):
        await self.shows(selector, text)
        await self.evaluates(
            f"[...document.querySelectorAll({json.dumps(selector)})].find("
            f"e => e.textContent.includes({json.dumps(text)})).click()")

    async def types(self, selector, text, enter=False):
        await self.comes_to(
            f"(e => {{ e?.focus(); return e && document.activeElement === e; }})"
            f"(document.querySelector({json.dumps(selector)}))",
            f"{selector} to type into")
        await self._asks("Input.insertText", text=text)
        if enter:
            for kind in ("keyDown", "keyUp"):
                await self._asks("Input.dispatchKeyEvent", type=kind, key="Enter",
                                 code="Enter", windowsVirtualKeyCode=13,
                                 text="\r" if kind == "keyDown" else "")

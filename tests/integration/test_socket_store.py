"""A service manager that keeps listening sockets, as systemd does, while a daemon is
started again. The test stands for systemd: the messages are those of sd_notify(3)."""
import array
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from suite import BIN, House, _is_free, free_base_port
from xmpp import Component

FIRST = 3  # SD_LISTEN_FDS_START


class Manager:
    """Starts compd and keeps what it is given."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="posthouse-store-"))
        self.port = free_base_port() + 147
        self.kept = []
        self.domain = "localhost"
        self._path = self.folder / "notify"
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(self._path))
        self.configure()
        self._router = subprocess.Popen(self._command("routerd"))

    def configure(self):
        user = pwd.getpwuid(os.geteuid()).pw_name
        (self.folder / "posthouse.conf").write_text(
            House.CONFIG % {"port": self.port, "user": user})

    def _command(self, name):
        return [str(BIN / name), "--config", str(self.folder / "posthouse.conf"),
                "--run-dir", str(self.folder), "--instance", "0",
                "--log", str(self.folder / f"{name}.log")]

    def start(self):
        """LISTEN_PID has to be that of the daemon itself."""
        high = [os.dup(fd) for fd in self.kept]

        def hand_over():
            for number, fd in enumerate(high):
                os.dup2(fd, FIRST + number, inheritable=True)

        environment = {**os.environ, "NOTIFY_SOCKET": str(self._path),
                       "FDSTORE": "64", "LISTEN_FDS": str(len(high))}
        self.daemon = subprocess.Popen(
            ["sh", "-c", 'export LISTEN_PID=$$; exec "$@"', "sh",
             *self._command("compd")],
            env=environment, close_fds=False, preexec_fn=hand_over)
        for fd in high:
            os.close(fd)
        self.listens_until("FDSTORE=1")

    def listens_until(self, word):
        deadline = time.monotonic() + 20
        while True:
            left = max(0, deadline - time.monotonic())
            assert select.select([self._notify], [], [], left)[0], f"no {word}"
            fds = array.array("i")
            text, extra, _, _ = self._notify.recvmsg(
                4096, socket.CMSG_SPACE(64 * fds.itemsize))
            for _, kind, data in extra:
                if kind == socket.SCM_RIGHTS:
                    fds.frombytes(data)
            for fd in fds:
                os.set_inheritable(fd, False)
            words = text.decode().split("\n")
            if "FDSTOREREMOVE=1" in words:
                self.forget()
            if "FDSTORE=1" in words:
                self.kept += fds
            if word in words:
                return

    def forget(self):
        for fd in self.kept:
            os.close(fd)
        self.kept = []

    def end(self, number):
        self.daemon.send_signal(number)
        self.daemon.wait(20)

    def close(self):
        for process in (self.daemon, self._router):
            process.terminate()
            process.wait(20)
        self.forget()
        self._notify.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Address:
    """What a client has to know of a suite."""
    domain = "localhost"
    env = {}

    def __init__(self, port):
        self._port = port

    def port(self, _):
        return self._port


@pytest.fixture
def manager():
    one = Manager()
    one.start()
    yield one
    one.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_who_connects_while_no_process_is_there_is_served_by_the_next(manager,
                                                                      number):
    assert len(manager.kept) == 1
    manager.end(number)

    waiting = Component(Address(manager.port), "echo.localhost")
    manager.start()

    assert len(manager.kept) == 1
    waiting.open_stream()
    waiting.close()


def test_a_socket_that_no_setting_names_any_more_is_closed(manager):
    manager.end(signal.SIGTERM)
    old, manager.port = manager.port, manager.port - 1
    manager.configure()

    manager.start()

    assert len(manager.kept) == 1
    assert _is_free(old)
    component = Component(Address(manager.port), "echo.localhost")
    component.open_stream()
    component.close()

"""Runs inside, without a network: passes what comes to a port of the loopback on to the socket of the gate.

`forward.py SOCKET PORT COMMAND...` becomes the command once the port is open. For every Python since 3.8, alone.
Partner: `bot/sandbox/gate.py`, on the other side of the socket.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading


def pass_on(source: socket.socket, target: socket.socket) -> None:
    """Copy until the end of one side, and say so to the other."""
    with contextlib.suppress(OSError):
        while True:
            piece = source.recv(65536)
            if not piece:
                break
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def connect(client: socket.socket, gate: str) -> None:
    """One connection, both ways."""
    with client, socket.socket(socket.AF_UNIX) as outside:
        outside.connect(gate)
        back = threading.Thread(target=pass_on, args=(outside, client), daemon=True)
        back.start()
        pass_on(client, outside)
        back.join()


def main() -> None:
    """Open the port, leave a child to serve it, and become the command."""
    gate, port, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    server = socket.create_server(("127.0.0.1", port), backlog=128)
    if os.fork():
        server.close()
        os.execvp(command[0], command)  # noqa: S606
    # Nobody waits for its output: it ends with the job's process namespace, and not before.
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    while True:
        client, _ = server.accept()
        threading.Thread(target=connect, args=(client, gate), daemon=True).start()


if __name__ == "__main__":
    main()

"""Starts a chain program so that it dies with its starter and, where that is asked and the kernel allows, alone in a
network of its own.

Run as a script: `python -I -S launcher.py PARENT_PID alone|among-others BINARY ARGUMENT…`. Anvil's HTTP port cannot
be switched off, and its methods can rewrite the chain; in a network namespace of its own only anvil itself can
reach that port. The socket the node uses is a file and works across namespaces. A program that has peers is among
others. Imports nothing of Sanad: it is replaced by the program a moment later.
"""

import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1


def main() -> None:
    parent, place, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    libc = ctypes.CDLL(None, use_errno=True)
    if place == "alone" and (
        libc.unshare(CLONE_NEWNET) == 0 or libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0
    ):
        with socket.socket(
            socket.AF_INET, socket.SOCK_DGRAM
        ) as control:  # a new namespace's loopback is down
            fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
    # After unshare, which clears it; before looking at the parent, which may have died already.
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()

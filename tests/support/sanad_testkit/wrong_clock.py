"""A clock that is wrong in one running process: the kernel's vDSO, through which it reads the time, is written over.

Go programs read the time there and not through libc, so libfaketime does not reach them, and Linux' time namespaces
leave the wall clock alone. The page is the process's own as soon as it is written to. Only the wall clock is moved
(`CLOCK_REALTIME`); how fast time passes is not. Linux on x86-64; the process has to be a descendant, or we root.
"""

import os
import signal
import struct
from pathlib import Path

_DYNAMIC, _STRINGS, _SYMBOLS = 2, 5, 6
_CALL = bytes.fromhex("b8e40000000f0585ff7507488106")
"""mov eax, 228 (clock_gettime); syscall; test edi, edi; jnz past the next; add qword [rsi], imm32"""
_RETURN = b"\xc3"


def move_clock(pid: int, seconds: int) -> None:
    """From now on the process reads a time that is so many seconds later (earlier, if negative)."""
    base, image = _vdso(pid)
    place = _address_of(image, b"__vdso_clock_gettime")
    code = _CALL + struct.pack("<i", seconds) + _RETURN
    os.kill(pid, signal.SIGSTOP)
    try:
        descriptor = os.open(f"/proc/{pid}/mem", os.O_RDWR)
        try:
            written = os.pwrite(descriptor, code, base + place)
            assert written == len(code)
        finally:
            os.close(descriptor)
    finally:
        os.kill(pid, signal.SIGCONT)


def _vdso(pid: int) -> tuple[int, bytes]:
    """Where a process has it, and its bytes."""
    for line in Path(f"/proc/{pid}/maps").read_text("ascii").splitlines():
        if line.endswith("[vdso]"):
            first, last = (int(part, 16) for part in line.split()[0].split("-"))
            descriptor = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
            try:
                return first, os.pread(descriptor, last - first, first)
            finally:
                os.close(descriptor)
    raise AssertionError("the process has no vDSO")


def _address_of(image: bytes, name: bytes) -> int:
    """Where a function is, counted from the beginning (ELF-64: its dynamic symbols)."""
    (headers,) = struct.unpack_from("<Q", image, 32)
    (count,) = struct.unpack_from("<H", image, 56)
    segments = [struct.unpack_from("<IIQ", image, headers + 56 * at) for at in range(count)]
    at = next(offset for kind, _, offset in segments if kind == _DYNAMIC)
    told: dict[int, int] = {}
    while (entry := struct.unpack_from("<QQ", image, at))[0]:
        told[entry[0]] = entry[1]
        at += 16
    at = told[_SYMBOLS]
    while at < len(image):
        start, _, _, _, value, _ = struct.unpack_from("<IBBHQQ", image, at)
        begin = told[_STRINGS] + start
        if image[begin : image.index(b"\0", begin)] == name:
            return int(value)
        at += 24
    raise AssertionError("the vDSO has no such function")

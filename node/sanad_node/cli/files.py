"""Files named on the command line, and those of a log; the errors are those of `sanad-verify`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sanad_node.desk import Desk
from sanad_verifier import cli_parts
from sanad_verifier.errors import InputError

FILE_AT_MOST = 64 << 20


def read_file(path: Path, largest: int = FILE_AT_MOST) -> bytes:
    """The bytes of a file named by the user; bounded."""
    return cli_parts.read_file(path, largest)


@contextmanager
def about(path: Path) -> Iterator[None]:
    """Whatever is wrong with a document as a whole is about its file."""
    try:
        yield
    except InputError as error:
        error.field = error.field or path.name
        raise


def is_file(path: Path) -> bool:
    """Whether there is a file of this name; a name that no file can have is none."""
    try:
        return path.is_file()
    except OSError:
        return False


class OfDesk:
    """The log of the node that is asked, as a mirror's files."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def read(self, path: str, most: int) -> bytes:
        return self._desk.log_file(path, most)


def looks_like_a_path(text: str) -> bool:
    """Whether somebody who wrote this meant a file rather than a number: `./x`, `a/b.json`, `receipt.pdf`."""
    suffix = Path(text).suffix[1:]
    return text.startswith(("./", "../", "~", "/")) or (suffix.isalnum() and not suffix.isdigit())

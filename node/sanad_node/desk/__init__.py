"""The desk: where an office's use cases are asked for, in the words of `sanad_node.wire`.

`Desk` is what may be asked; `LocalDesk` does it with a node of this process. The client of the service has
the same methods, so the command line does not care which it talks to, and the service's routes do nothing
that the command line cannot.
"""

from sanad_node.desk.base import Desk, Moving
from sanad_node.desk.local import LocalDesk
from sanad_node.desk.reading import desk_of

__all__ = ["Desk", "LocalDesk", "Moving", "desk_of"]

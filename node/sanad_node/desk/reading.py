"""The desk of a node that follows a mirror: everything can be asked, nothing can be done.

An act is refused here before anything of it is looked at. `Node.asked` refuses what comes another way.
"""

from collections.abc import Callable
from typing import Any, NoReturn

from sanad_node.desk.local import LocalDesk
from sanad_node.node import Node


def _refused(desk: LocalDesk, *_: Any, **__: Any) -> NoReturn:
    desk.node.must_act()
    raise AssertionError("this desk is of a node that mirrors")


_REFUSED: Callable[..., Any] = _refused


class ReadingDesk(LocalDesk):
    """See `Desk`. Acts, and what bears a signature that nobody believes of a mirror, raise `NodeMirrors`."""

    issue = _REFUSED
    ready_to_issue = _REFUSED
    issue_batch = _REFUSED
    approve = _REFUSED
    approve_revocation = _REFUSED
    consume = _REFUSED
    attest = _REFUSED
    answer_finding = _REFUSED
    propose_policies = _REFUSED
    change_standing = _REFUSED
    publish_status_list = _REFUSED
    ready_to_publish = _REFUSED
    certificate = _REFUSED
    export = _REFUSED
    register = _REFUSED
    move = _REFUSED
    observe = _REFUSED
    capture = _REFUSED
    add_device = _REFUSED
    close_device = _REFUSED
    open_instrument = _REFUSED
    amend_instrument = _REFUSED
    draw = _REFUSED
    return_draw = _REFUSED
    release = _REFUSED
    advance = _REFUSED
    succeed = _REFUSED
    add_formation = _REFUSED
    add_key = _REFUSED
    rotate_key = _REFUSED
    set_scope = _REFUSED
    suspend = _REFUSED
    reinstate = _REFUSED
    close = _REFUSED
    compromised = _REFUSED
    propose = _REFUSED
    vote = _REFUSED
    propose_agreement = _REFUSED
    change_agreement = _REFUSED
    send_message = _REFUSED
    cosign = _REFUSED
    issue_bill = _REFUSED
    ready_to_issue_bill = _REFUSED
    act_on_bill = _REFUSED


def desk_of(node: Node) -> LocalDesk:
    """The desk that a node of this process can have."""
    return ReadingDesk(node) if node.mirrors else LocalDesk(node)

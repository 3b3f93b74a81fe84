"""What arrived of a mirrored document: nothing, where its type is compared with nothing."""

from typing import cast

from sanad_node.exchange.arriving import Arrived, matched
from sanad_node.exchange.contents import Mirrored
from sanad_node.node import Node


def test_a_mirrored_document_of_a_type_that_is_not_compared_has_no_arrival() -> None:
    sent = Mirrored(digest="00" * 32, type="VEHICLE_REGISTRATION", fields={})
    assert matched(cast(Node, None), sent) == Arrived((), ())

"""Fields that were shown one by one are a document again, as far as they go."""

from sanad_node.exchange.arriving import _lists


def test_groups_named_by_numbers_are_lists_in_the_order_of_the_numbers() -> None:
    shown = {"items": {"10": {"hsCode": "8703.23"}, "2": {"hsCode": "8708.99"}}, "gdNumber": "KAPE-1"}
    assert _lists(shown) == {"items": [{"hsCode": "8708.99"}, {"hsCode": "8703.23"}], "gdNumber": "KAPE-1"}


def test_a_name_of_more_digits_than_a_number_may_have_is_one_more_element() -> None:
    assert _lists({"9" * 5000: "last", "1": "first"}) == ["first", "last"]

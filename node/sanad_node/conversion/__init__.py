"""Tables of other systems as tables that can be issued."""

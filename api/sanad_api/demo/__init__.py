"""The demonstration service: the sample network with a login for every role. Never part of a real installation."""

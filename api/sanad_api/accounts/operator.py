"""The operator: whoever can read the data directory's secrets could do everything without the service, so the
service takes their word. The command line uses this when a service runs on its data directory.
"""

import secrets

from sanad_node.datadir import SECRET_BYTES, DataDirectory

PREFIX = "sndop_"
NAME = "operator"


def operator_token(directory: DataDirectory) -> str:
    """The operator's bearer token; its secret is made when it is first asked for."""
    if not (directory.root / "secrets" / NAME).exists():
        directory.write_secret(NAME, secrets.token_bytes(SECRET_BYTES))
    return PREFIX + directory.secret(NAME).hex()

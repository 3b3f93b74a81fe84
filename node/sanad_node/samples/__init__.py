"""Sample papers and the story they tell, for demonstrations, tutorials and tests.

All parties are invented; README.md beside this file names the origin and licence of each file. Listed in
`formations.json` (offices with their scopes), `dossier.json` (documents in the order they are issued) and
`consignments.json` (hand-overs); files are named relative to this folder.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable

FOLDER: Traversable = files("sanad_node.samples")
"""Where the samples are, also in an installed package."""

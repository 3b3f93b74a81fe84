"""A small map that needs nothing from anywhere: outlines, places, and a custody line drawn on them.

The outlines are Natural Earth's (public domain), borders included, as they come: nothing is added to the source,
nothing is taken away, and no position on any border is meant. Every map says so beneath it.
"""

from sanad_api.pages.map.drawing import Drawing, Stop, draw
from sanad_node.places import Place, place

__all__ = ["Drawing", "Place", "Stop", "draw", "place"]

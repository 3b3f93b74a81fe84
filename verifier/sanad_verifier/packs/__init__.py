"""Packs: what a device takes along for a shift (docs/spec/pack.md)."""

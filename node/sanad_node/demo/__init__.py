"""The demonstration: the sample dossier issued, anchored, verified, tampered with, handed over and traced,
on a chain of its own.
"""

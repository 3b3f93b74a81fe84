"""Projections: what the log's entries mean, kept in tables that can be thrown away."""

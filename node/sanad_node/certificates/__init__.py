"""Certificates on paper: what they show, and how they are drawn."""

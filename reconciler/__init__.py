"""Copilot seats as code: a file says who holds seats, plan shows the changes, apply makes them."""

__version__ = "0.1.0"

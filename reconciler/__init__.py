"""Copilot seats as code: a file says who holds seats, plan shows what would change, apply does it."""

__version__ = "0.1.0"

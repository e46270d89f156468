"""Decisions: names, claims, seats and inactivity in; one decision per person and team out."""

"""Factories of letters and what they are made from, shared with the other folders that need them."""

from letter_factories import *  # noqa: F403  # fixtures

"""Factories of letters and of what they are sent through, shared with the other folders that need them."""

from letter_factories import *  # noqa: F403  # fixtures
from sendgrid_driver import make_sendgrid
from smtp_driver import make_smtp

__all__ = ["make_sendgrid", "make_smtp"]

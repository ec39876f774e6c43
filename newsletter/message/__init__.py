"""An `Edition` and a `Subscriber` come in; a `Message` goes out: finished MIME bytes and an envelope.

Pure and byte-identical for the same input: no database, no clock, no randomness, no network.
"""

from newsletter.message.letter import Imprint, Links, Message
from newsletter.message.links import InertLinks, SignedLinks
from newsletter.message.personalise import Letter, merge_values, open_letter

__all__ = ["Imprint", "InertLinks", "Letter", "Links", "Message", "SignedLinks", "merge_values", "open_letter"]

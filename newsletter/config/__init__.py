"""newsletter.toml and the environment -> Config: typed, frozen, every fault reported at its place."""

from newsletter.config.keys import Keys
from newsletter.config.model import Config, Sender, Site

__all__ = ["Config", "Keys", "Sender", "Site"]

"""newsletter.toml and the environment -> Config: typed, frozen, every fault reported at its place."""

from newsletter.config.keys import Keys
from newsletter.config.model import Config, Sender, Site
from newsletter.config.reading import Reading, find_root, read, read_config
from newsletter.config.secret_key import load_keys

__all__ = ["Config", "Keys", "Reading", "Sender", "Site", "find_root", "load_keys", "read", "read_config"]

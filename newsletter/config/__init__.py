"""newsletter.toml and the environment -> Config: typed, frozen, every fault reported at its place."""

from newsletter.config.keys import Keys
from newsletter.config.model import Config, Sender, Site
from newsletter.config.reading import Reading, find_root, plain_config, read, read_config, root_above
from newsletter.config.secret_key import load_keys

__all__ = [
    "Config",
    "Keys",
    "Reading",
    "Sender",
    "Site",
    "find_root",
    "load_keys",
    "plain_config",
    "read",
    "read_config",
    "root_above",
]

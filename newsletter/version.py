"""The version, in the one place the build, the command line and the mail headers read it from."""

__version__ = "0.1.0"

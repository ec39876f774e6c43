"""How tests open the SendGrid transport to a look-alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sendgrid_lookalike import KEY, Lookalike

from newsletter.config import Config
from newsletter.config.model import Secrets
from newsletter.config.model import SendGrid as Settings
from newsletter.delivery.transports.sendgrid import SendGrid, open_transport


@pytest.fixture
def make_sendgrid(tmp_path: Path) -> Callable[..., SendGrid]:
    """Make transports to a look-alike, or to nothing."""

    def make(lookalike: Lookalike | None, *, key: str = KEY, **settings: object) -> SendGrid:
        plain = {"base_url": lookalike.url if lookalike else "http://127.0.0.1:9", "timeout": 5, "batch": 10}
        secrets = Secrets(sendgrid_api_key=key)
        return open_transport(Config(root=tmp_path, sendgrid=Settings(**{**plain, **settings}), secrets=secrets))

    return make

"""Make newsletter/edition/check/clients.json anew from the published package `caniemail` (MIT).

    npm pack caniemail && tar xzf caniemail-*.tgz && python scripts/refresh_clients.py package/data/caniemail.json

Only facts are kept: for each feature, the clients whose newest tested version lacks it (n) or has it in part (a).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

TARGET = Path(__file__).parent.parent / "newsletter" / "edition" / "check" / "clients.json"


def main(source: str) -> None:
    """Write the table."""
    facts = json.loads(Path(source).read_text(encoding="utf-8"))
    features = {feature["slug"]: _feature(feature) for feature in facts["data"] if feature["category"] != "others"}
    table = {
        "source": "caniemail.com, by Rémi Parmentier and contributors",
        "licence": "MIT",
        "date": facts["last_update_date"][:10],
        "clients": facts["nicenames"]["family"],
        "platforms": facts["nicenames"]["platform"],
        "features": features,
    }
    lines = json.dumps(table, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    TARGET.write_text(lines.replace('},"', '},\n"') + "\n", encoding="utf-8")


def _feature(feature: dict) -> dict:  # type: ignore[type-arg]  # a record of JSON
    newest = [
        (f"{client}.{platform}", _newest(versions))
        for client, platforms in feature["stats"].items()
        for platform, versions in platforms.items()
    ]
    weak = {mark: " ".join(sorted(client for client, found in newest if found == mark)) for mark in ("n", "a")}
    return {"title": feature["title"], "tested": feature["last_test_date"], **weak}


def _newest(versions: dict[str, str]) -> str:
    """Return y, n, a (in part) or u (not known) for the last version listed."""
    return list(versions.values())[-1].strip()[:1].lower()


if __name__ == "__main__":
    main(sys.argv[1])

"""A file becomes an issue: head, blocks, faults."""

from __future__ import annotations

from newsletter.issue.document import Button, Callout, Card, Columns, Divider, Event, Image, Only, Prose, Quote

WHOLE = """---
subject: "Infolettre de décembre"
slug: 2026-12
lang: fr-CA
---

# Bonjour {{ subscriber.first_name | default("à toutes et à tous") }},

> [!IMPORTANT]
> La rencontre a lieu **en ligne**.

```event
title: Rencontre trimestrielle
start: 2026-12-12 09:00
end: 2026-12-12 12:00
location: En ligne
```

**[S'inscrire](https://example.org/inscription)**

```card
title: Maison d'hébergement
url: https://example.org/maison
```

:::: columns

::: column

Premier.

:::

::: column

Deuxième.

:::

::::

::: only lists=comite

Note réservée.

:::

![Une salle pleine](https://example.org/salle.jpg "Photo")

> Nous avançons ensemble.
>
> — Une membre

---
"""


def test_an_issue_of_every_block_has_them_in_order_and_no_finding(read):
    issue = read(WHOLE)
    kinds = [Prose, Callout, Event, Button, Card, Columns, Only, Image, Quote, Divider]
    assert [type(block) for block in issue.blocks] == kinds
    assert issue.findings == ()
    assert issue.slug == "2026-12"
    assert issue.front.subject == "Infolettre de décembre"


def test_every_block_knows_its_line(read):
    issue = read(WHOLE)
    assert [block.line for block in issue.blocks] == [7, 9, 12, 19, 21, 26, 42, 48, 50, 54]


def test_an_issue_without_front_matter_is_read_and_says_so(read):
    issue = read("# Un titre\n\nDu texte.\n")
    assert [finding.code for finding in issue.findings] == ["NL008"]
    assert issue.front.subject == "Un titre"
    assert issue.blocks

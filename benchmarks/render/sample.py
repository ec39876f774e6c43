"""An issue of about 1,500 words, with what newsletters have: headings, lists, tables, images, quotes, buttons."""

from __future__ import annotations

SENTENCES = (
    "Les membres se rencontrent pour échanger des nouvelles et faire avancer les projets en cours.",
    "Le comité présente son travail, puis répond aux questions de l’assemblée.",
    "Une **ressource** est décrite en quelques lignes, avec un [lien vers sa page](https://example.org/ressource).",
    "On y trouve *les heures d’ouverture*, le numéro `514 555-0100` et la marche à suivre.",
    "Chaque personne peut proposer un point à l’ordre du jour jusqu’à la veille de la rencontre.",
)


def issue(words: int = 1500) -> str:
    """Return the issue, deterministic."""
    parts = [
        "---\nsubject: Infolettre de décembre\npreheader: Ordre du jour, ressources et nouvelles des comités\n---\n",
        "# Bonjour,\n",
    ]
    count, number = 0, 0
    while count < words:
        number += 1
        section = _section(number)
        count += len(section.split())
        parts.append(section)
    return "\n".join(parts)


def _section(number: int) -> str:
    text = " ".join(SENTENCES[(number + step) % len(SENTENCES)] for step in range(5))
    blocks = [
        f"## Section {number}\n\n{text}\n",
        f"![Une image de la section {number}](https://example.org/images/{number}.png)\n",
        f"- Premier point de la section\n- Deuxième point, [avec un lien](https://example.org/{number})\n- Troisième\n",
        f"{text}\n",
    ]
    if number % 2:
        blocks.append("| Comité | Rencontres |\n| --- | --- |\n| Formation | 4 |\n| Politique | 2 |\n")
    else:
        blocks.append("> [!NOTE]\n> La prochaine rencontre a lieu en ligne.\n")
    blocks.append(f"**[S’inscrire](https://example.org/inscription/{number})**\n")
    return "\n".join(blocks)

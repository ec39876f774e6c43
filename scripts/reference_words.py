"""What the program does not say of itself: what keys and blocks are for, in French and in English."""

from __future__ import annotations

from typing import Any

#: headings and leads: (French, English)
HEADS: dict[str, tuple[Any, Any]] = {
    "commands": ("Commandes", "Commands"),
    "commands-lead": (
        "Chaque commande, avec ses options. Celles-ci valent partout, avant ou après le nom de la commande :",
        "Every command with its options. These are valid everywhere, before or after the command's name:",
    ),
    "alias": ("Aussi : ", "Also: "),
    "rules": ("Règles", "Rules"),
    "rules-lead": (
        "Ce que dit `newsletter check`. Une erreur bloque l’envoi; un avertissement et une note ne bloquent rien. "
        "`newsletter rule NL104` montre une règle au terminal. Pour en taire une dans un numéro, avec sa raison :\n\n"
        "```yaml\nlint:\n  ignore:\n    - code: NL621\n      reason: pas d’aperçu voulu\n```\n\n"
        'Pour tout le projet, dans `newsletter.toml` : `[lint]` et `ignore = ["NL621"]`.',
        "What `newsletter check` says. An error blocks sending; a warning or a note blocks nothing. "
        "`newsletter rule NL104` shows a rule at the terminal. To silence one in an issue, with its reason:\n\n"
        "```yaml\nlint:\n  ignore:\n    - code: NL621\n      reason: no preheader wanted\n```\n\n"
        'For the whole project, in `newsletter.toml`: `[lint]` and `ignore = ["NL621"]`.',
    ),
    "fixable": ("`check --fix` la corrige", "`check --fix` mends it"),
    "NL0": ("L’en-tête et la configuration", "The head and the configuration"),
    "NL1": ("Les clés", "Keys"),
    "NL2": ("Les blocs, les champs de fusion, le HTML", "Blocks, merge fields, HTML"),
    "NL3": ("Les liens et les images", "Links and images"),
    "NL4": ("L’accessibilité", "Accessibility"),
    "NL5": ("Les logiciels de courriel et la taille", "Mail programs and size"),
    "NL6": ("La langue et les mots", "Language and words"),
    "NL7": ("La loi", "The law"),
    "NL8": ("La vie privée", "Privacy"),
    "NL9": ("La remise", "Deliverability"),
    "keys": ("Le numéro et son en-tête", "The issue and its head"),
    "keys-lead": (
        "Un numéro est un fichier Markdown dans `issues/`. Il commence par un en-tête en YAML entre deux lignes `---`; "
        "seul `subject` est nécessaire. Une clé inconnue est une erreur, avec la plus proche. Le texte suit : "
        "CommonMark, tableaux, listes de tâches, notes de bas de page, et les [blocs](blocs.md).",
        "An issue is a Markdown file in `issues/`. It begins with a head in YAML between two lines `---`; only "
        "`subject` is needed. An unknown key is an error, with the nearest one. The text follows: CommonMark, tables, "
        "task lists, footnotes, and the [blocks](blocks.md).",
    ),
    "keys-columns": (("Clé", "Autres noms", "Sens", "Défaut"), ("Key", "Other names", "Meaning", "Default")),
    "keys-after": (
        'Les champs de fusion s’écrivent `{{ subscriber.first_name | default("…") }}` dans le texte, l’objet et '
        "l’aperçu; une valeur vide prend le défaut. Le même schéma pour un éditeur :",
        'Merge fields are written `{{ subscriber.first_name | default("…") }}` in the text, the subject and the '
        "preheader; an empty value takes the default. The same schema for an editor:",
    ),
    "blocks": ("Blocs", "Blocks"),
    "blocks-lead": (
        "Chaque bloc, sa source puis son image : les deux thèmes, clair, sombre et sans images, sur un téléphone "
        "(390 px) et à l’ordinateur (1280 px). `make screenshots` refait les images.",
        "Every block, its source and then its picture: both themes, light, dark and with images off, on a phone "
        "(390 px) and on a desktop (1280 px). `make screenshots` makes the pictures anew.",
    ),
    "phone": ("sur un téléphone", "on a phone"),
    "desktop": ("à l’ordinateur", "on a desktop"),
}

#: what each key is for; what is missing here stops `make reference`
KEYS: dict[str, tuple[str, str]] = {
    "subject": (
        "L’objet du courriel. Un téléphone en montre environ 35 caractères. Un par langue : `{fr-CA: …, en-CA: …}`.",
        "The mail's subject. A phone shows about 35 characters. One per language: `{fr-CA: …, en-CA: …}`.",
    ),
    "title": (
        "Le titre dans l’archive et les fils; à défaut, l’objet.",
        "The heading in the archive and feeds; else the subject.",
    ),
    "preheader": (
        "Ce qui suit l’objet dans la boîte de réception, 150 caractères au plus.",
        "What follows the subject in the inbox, at most 150 characters.",
    ),
    "slug": (
        "Le nom du numéro dans les commandes et les adresses; à défaut, celui du fichier. Fixe une fois envoyé.",
        "The issue's name in commands and addresses; else the file's. Fixed once sent.",
    ),
    "number": ("Le numéro, montré en tête.", "The number, shown at the top."),
    "date": ("La date montrée, et l’ordre des numéros.", "The date shown, and the order of issues."),
    "lang": ("La langue du texte.", "The language of the text."),
    "translation_key": (
        "La même valeur dans les traductions d’un numéro; à défaut, le nom du fichier sans sa langue.",
        "The same value in the translations of an issue; else the file's name without its language.",
    ),
    "status": ("Seul un numéro `ready` part.", "Only a `ready` issue is sent."),
    "audience": (
        "La liste, les listes, ou `{lists, exclude, segment}`.",
        "The list, the lists, or `{lists, exclude, segment}`.",
    ),
    "send_at": (
        "Une date proposée à `newsletter schedule`; n’envoie jamais d’elle-même.",
        "A time proposed to `newsletter schedule`; never sends by itself.",
    ),
    "from": (
        "Un expéditeur de `newsletter.toml`, ou `Nom <adresse>`.",
        "A sender of `newsletter.toml`, or `Name <address>`.",
    ),
    "reply_to": (
        "Une adresse, ou un expéditeur de `newsletter.toml`.",
        "An address, or a sender of `newsletter.toml`.",
    ),
    "author": ("Qui écrit, une personne ou plusieurs.", "Who writes, one person or several."),
    "tags": ("Des mots pour l’archive.", "Words for the archive."),
    "summary": ("Un résumé pour l’archive et les fils.", "A summary for the archive and feeds."),
    "image": (
        "L’image du numéro dans l’archive et les partages.",
        "The issue's picture in the archive and when shared.",
    ),
    "image_alt": ("Ce que montre cette image.", "What that picture shows."),
    "canonical_url": (
        "L’adresse d’origine du texte, s’il est paru ailleurs.",
        "Where the text first appeared, if elsewhere.",
    ),
    "archive": ("Qui peut lire le numéro sur le web.", "Who can read the issue on the web."),
    "template": ("Le gabarit du thème.", "The theme's template."),
    "theme": ("Un autre thème que celui du projet.", "Another theme than the project's."),
    "attachments": ("Des fichiers du dossier, joints au courriel.", "Files of the folder, attached to the mail."),
    "toc": ("Mettre une table des matières en tête.", "Put a table of contents at the top."),
    "vars": ("Vos propres valeurs : `{{ issue.vars.x }}`.", "Your own values: `{{ issue.vars.x }}`."),
    "lint": (
        "Les [règles](regles.md) tues ici, chacune avec sa raison.",
        "The [rules](rules.md) silenced here, each with its reason.",
    ),
}

#: golden source -> titles, texts
BLOCKS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "prose": (("Texte", "Text"), ("Le Markdown courant.", "Ordinary Markdown.")),
    "button": (
        ("Bouton", "Button"),
        (
            "Un paragraphe qui n’est qu’un lien en gras; `{.secondary}` et `{.quiet}` sont plus discrets.",
            "A paragraph that is only a bold link; `{.secondary}` and `{.quiet}` are quieter.",
        ),
    ),
    "callout": (
        ("Encadré", "Callout"),
        (
            "`NOTE`, `TIP`, `IMPORTANT`, `WARNING` ou `CAUTION`, avec un titre si l’on veut.",
            "`NOTE`, `TIP`, `IMPORTANT`, `WARNING` or `CAUTION`, with a title if you like.",
        ),
    ),
    "event": (
        ("Événement", "Event"),
        (
            "La date, l’heure dans le fuseau du projet, et un fichier `.ics` joint. Il faut `title` et `start`.",
            "The date, the time in the project's zone, and an `.ics` file attached. `title` and `start` are needed.",
        ),
    ),
    "card": (
        ("Ressource", "Resource card"),
        ("Une fiche; seul `title` est nécessaire.", "A card; only `title` is needed."),
    ),
    "person": (
        ("Personne", "Person"),
        ("Qui fait quoi; seul `name` est nécessaire.", "Who does what; only `name` is needed."),
    ),
    "links": (
        ("Liste de liens", "List of links"),
        ("Des titres qui mènent quelque part.", "Titles that lead somewhere."),
    ),
    "hero": (("Ouverture", "Hero"), ("Une grande annonce, en tête.", "A large announcement, at the top.")),
    "image": (
        ("Image", "Image"),
        (
            "Seule dans un paragraphe; le titre devient la légende. Le texte de remplacement est obligatoire, sauf `{.decorative}`.",
            "Alone in a paragraph; its title becomes the caption. The alternative text is needed, unless `{.decorative}`.",
        ),
    ),
    "beside": (
        ("Image et texte", "Image and text"),
        ("À gauche ou à droite; dessous sur un téléphone.", "Left or right; below on a phone."),
    ),
    "columns": (
        ("Colonnes", "Columns"),
        ("Une à trois, l’une sous l’autre sur un téléphone.", "One to three, one below the other on a phone."),
    ),
    "section": (
        ("Section", "Section"),
        (
            "Un fond de couleur : une des couleurs `[grounds]` du thème.",
            "A coloured ground: one of the theme's `[grounds]`.",
        ),
    ),
    "quote": (("Citation", "Quote"), ("Une dernière ligne `— Nom` dit de qui.", "A last line `— Name` says whose.")),
    "divider": (("Filet", "Divider"), ("Trois traits.", "Three dashes.")),
    "contents": (("Table des matières", "Table of contents"), ("Les titres du numéro.", "The issue's headings.")),
    "only": (
        ("Pour certaines personnes", "For some readers"),
        (
            "`lang=`, `lists=`, `segment=` ou `in=email|web|text`. Ce qui est pour une liste n’est jamais dans l’archive publique.",
            "`lang=`, `lists=`, `segment=` or `in=email|web|text`. What is for a list is never in the public archive.",
        ),
    ),
    "nested": (
        ("Blocs imbriqués", "Blocks within others"),
        ("Un bloc peut être dans une liste.", "A block can stand in a list."),
    ),
    "raw-html": (
        ("HTML", "HTML"),
        ("Les balises sans danger restent; une vidéo devient un lien.", "Harmless tags stay; a video becomes a link."),
    ),
}

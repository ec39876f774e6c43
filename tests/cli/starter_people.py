"""How the people of a project that `init` made are imported."""

IMPORT = (
    "subscribers",
    "import",
    "subscribers/demo.csv",
    "--list",
    "demo",
    "--consent",
    "express",
    "--source",
    "Essai",
)

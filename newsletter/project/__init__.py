"""A project's folder, opened: the only place where the stages are put together."""

from newsletter.project.project import Project, open_project, opened

__all__ = ["Project", "open_project", "opened"]

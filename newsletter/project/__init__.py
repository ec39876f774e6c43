"""A project's folder, opened: the only place where the stages are put together."""

"""New parts of the repository, written from templates."""

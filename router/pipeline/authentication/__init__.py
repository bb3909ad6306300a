"""Authentication: access tokens, JSON Web Key Sets and API keys."""

"""Authorization: required scopes and policies, and the removal of unauthorized fields."""

"""The operations of the API, one file for each area; a function with `@operation` is the registration."""

from tests.github.routes import apps, checks, git, issues, pulls, reactions, repos

__all__ = ["apps", "checks", "git", "issues", "pulls", "reactions", "repos"]

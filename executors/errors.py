"""The one tree of errors that codeask raises on purpose.

    CodeaskError                      shown to the user as its one sentence, exit code 2
    ├── UsageError                    the request itself is wrong (question, flag, argument)
    │   └── InvalidCallError          a tool call that the catalogue does not allow
    ├── RepositoryError               the repository is missing, unreadable or not a folder
    ├── ToolError                     a tool could not do its work (rg missing, git failed)
    │   ├── DeadlineExceeded          a tool ran into its time-out
    │   └── Unread                    what is not there cannot be told before all is read
    ├── ModelError                    a model file is missing or broken
    └── BackendError                  a formatter back end is missing, down or too slow

Every message says what failed, on what, and what to do next. Anything else that is raised is a bug.
"""

from __future__ import annotations


class CodeaskError(Exception):
    """Base of every expected failure; `str(error)` is one sentence fit to show to a user."""


class UsageError(CodeaskError):
    """The request is wrong: empty question, unknown option value, and the like."""


class InvalidCallError(UsageError):
    """A tool call has an unknown tool, an unknown argument, or a value of the wrong type."""


class RepositoryError(CodeaskError):
    """The repository does not exist, is not a folder, or cannot be read."""


class ToolError(CodeaskError):
    """A tool cannot do its work on this machine or repository."""


class DeadlineExceeded(ToolError):
    """A tool used up its time; what it had found by then is kept by `run_tool`."""


class Unread(ToolError):
    """What an impatient search left unread decides the answer; `run_tool` then reads all of it."""


class ModelError(CodeaskError):
    """A model artefact is missing, truncated, or does not fit this version."""


class BackendError(CodeaskError):
    """A formatter back end is not installed, not reachable, or failed."""

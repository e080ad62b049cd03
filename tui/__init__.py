"""What people see: the one-shot `ask` command, `codeask` and its sub-commands, the Textual app.

Nothing is imported here, so that `ask --help` stays quick.
"""

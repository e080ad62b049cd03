"""Deterministic tools over a repository: the catalogue, `run_tool`, and the types they give away.

Submodules are imported where they are used, so that `codeask.executors.catalog` stays light.
"""

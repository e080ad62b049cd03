"""The tools: one function a tool, `(call, search) -> Iterator[Match]`, by subject."""

"""JavaScript, with the parts that TypeScript shares: `ecma.py`, `shared.scm` and `jsx.scm`."""

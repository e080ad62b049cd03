"""C, with the parts that C++ shares: `family.py`, `preprocessor.py` and `queries.scm`."""

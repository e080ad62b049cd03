"""TypeScript and TSX: what it adds to JavaScript."""

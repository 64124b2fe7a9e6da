"""Which conditions of the rules the tests have tried: trees over atoms, and what decided them."""

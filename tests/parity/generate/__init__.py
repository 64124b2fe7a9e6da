"""Random but lawful inputs: catalogs, rules, rows and instants, drawn from a `random.Random`."""

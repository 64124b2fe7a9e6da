"""What can be proved about rules: encodes expressions of the plan for the solver z3."""

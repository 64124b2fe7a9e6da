"""What can be different at a later instant: which entities, because of which rows and rules."""

"""What a change of rules means: for each definition, who enters and who leaves."""

"""What every name in the rules stands for, and the type of every expression, by place."""

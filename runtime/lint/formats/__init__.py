"""The formats that findings are written in, one to a file."""

"""Every operator and function of the language, one declaration each."""

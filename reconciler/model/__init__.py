"""The nouns: values without behaviour of their own."""

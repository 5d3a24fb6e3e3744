"""Template tags of the corpus, where Django looks for them."""

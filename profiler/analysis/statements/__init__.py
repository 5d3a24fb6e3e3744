"""What the text of a statement tells by itself: its shape, its clauses, which rows it is about, whether two ask the same."""

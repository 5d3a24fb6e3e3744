"""What the stack of a statement tells: who asked, and from within what."""

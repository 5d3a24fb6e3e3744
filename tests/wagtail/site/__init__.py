"""A small newsroom on Wagtail: what its own tutorial leads to, with every kind of content its admin lists."""

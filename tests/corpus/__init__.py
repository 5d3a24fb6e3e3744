"""Cases for every rule: work that has the problem, and work that looks like it and is right, run on real databases."""

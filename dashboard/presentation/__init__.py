"""Page data: pure functions from recorded values to frozen values that templates print without computing."""

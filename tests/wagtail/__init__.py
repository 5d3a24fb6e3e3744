"""An application nobody here wrote is recorded: Wagtail, in an environment of its own (``make wagtail``)."""

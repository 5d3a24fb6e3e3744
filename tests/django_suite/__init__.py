"""Django's own tests, run with every hook of ours installed and each test recorded: proof that recording changes nothing."""

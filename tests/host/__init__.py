"""The wheel in projects of other people: made by ``django-admin startproject``, changed as README.md says, run."""

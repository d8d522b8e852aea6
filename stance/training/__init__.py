"""Labelled pairs (or annotated articles) and settings go in; a model folder with its card comes out."""

"""Articles go in; their statements come out, with speaker, party and exact offsets."""

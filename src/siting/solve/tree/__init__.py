"""A tree of branchings on offers: it finds the proof, and is the proof."""

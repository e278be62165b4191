"""What a rehearsal says of production: figures, decisions, the worst answers; and what came of what was said."""

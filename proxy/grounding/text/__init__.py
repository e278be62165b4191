"""Text as grounding reads it: segments, sentence ends, Markdown, language, stems."""

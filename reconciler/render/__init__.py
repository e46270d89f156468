"""Values to strings: plans, reports and diagnostics as text, Markdown, JSON and annotations."""

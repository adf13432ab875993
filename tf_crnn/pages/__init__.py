"""Pages in PAGE or ALTO XML: their lines read and cut out, and transcriptions written back."""

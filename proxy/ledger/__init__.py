"""Decision records, escalations and document versions, durable in SQLite or PostgreSQL."""

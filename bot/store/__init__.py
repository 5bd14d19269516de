"""Where logs and tables are kept: SQLAlchemy 2 (async, Core) over SQLite, or Postgres in production."""

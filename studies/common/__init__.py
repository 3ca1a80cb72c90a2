"""What several studies need: pages with tables, measures."""

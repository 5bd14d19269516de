"""Which action comes next: rules, memorised stories, and how their predictions are weighed."""

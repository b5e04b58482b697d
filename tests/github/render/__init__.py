"""Says the stand-in's nouns in GitHub's words: functions from a world and a noun to JSON, for answers and webhooks."""

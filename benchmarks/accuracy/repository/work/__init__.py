"""What the accuracy bench measures: eight kinds of work, each of 200 equal units a call."""

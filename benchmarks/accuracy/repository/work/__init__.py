"""What the accuracy bench measures: kinds of work, each of 200 equal units a call."""

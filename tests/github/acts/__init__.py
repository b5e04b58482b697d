"""What can happen on GitHub, whoever does it: each function changes the world and tells the apps."""

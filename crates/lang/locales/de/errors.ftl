# What is wrong with an input or a step, and what would be right.

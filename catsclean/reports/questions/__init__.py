"""What an audit leaves to a person to decide: one function asks it, for reports and reviews."""

"""Which policy texts and rules were in force when, and who put them there."""

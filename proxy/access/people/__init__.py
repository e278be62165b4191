"""People: who may sign in to the console, how they prove it, what each may do, and for how long a sign-in lasts."""

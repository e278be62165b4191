"""The pages *Recall*: whom did we tell this? What past answers came to, and what their customers are told."""

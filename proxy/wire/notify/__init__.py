"""What happens to cases, told to other systems: webhooks and e-mail, at least once each."""

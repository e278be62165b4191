"""The doors ``/v1/escalations``: people claim cases, answer them, and chatbots ask how a case stands."""

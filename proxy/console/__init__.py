"""The console: pages for reviewers, leads and policy owners, made on the server (Litestar, Jinja, HTMX).

A page is one module with a ``SECTION`` and one line in ``registry.py``.
"""

"""The full-screen dashboard: a client like any other; it and `widgets` alone know Textual.

`app` composes, `screens` wire, `verbs` say what can be done (one declaration each), `link` alone knows sockets, `state`
is what is known of the sessions. Nothing is imported here: a subcommand that asks for the package pays for no screen.
"""

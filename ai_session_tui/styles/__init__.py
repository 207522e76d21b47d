"""How the dashboard looks: the style sheet and the themes. The only home of its colours."""

"""Templates: files that say what a new session shall be like. Read and checked here; the server makes them real."""

from ai_session_tui.templates.files import Found, check_template_name, find_template, list_templates
from ai_session_tui.templates.model import PanePlan, Template, Variable
from ai_session_tui.templates.reading import problems_of, read_template

__all__ = [
    "Found",
    "PanePlan",
    "Template",
    "Variable",
    "check_template_name",
    "find_template",
    "list_templates",
    "problems_of",
    "read_template",
]

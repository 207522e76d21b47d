"""Methods about templates: what there is, and what one says."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import msgspec

from ai_session_tui.errors import ConfigError
from ai_session_tui.server.api.registry import method
from ai_session_tui.server.connection import Call
from ai_session_tui.server.params import Nothing
from ai_session_tui.templates import Found, find_template, list_templates

if TYPE_CHECKING:
    from ai_session_tui.server.server import Server


class GetTemplate(msgspec.Struct):
    """Parameters of `template.get`."""

    name: str
    base_dir: str = ""


@method("template.list", Nothing)
async def list_all(server: Server, call: Call, params: Nothing) -> object:
    """List the templates, also those with mistakes."""
    folder = server.host.home.templates
    return {"templates": await asyncio.to_thread(lambda: [_line(found) for found in list_templates(folder)])}


@method("template.get", GetTemplate)
async def get(server: Server, call: Call, params: GetTemplate) -> object:
    """Tell all about one template; its mistake is the error."""
    return await asyncio.to_thread(_tell, params, server.host.home.templates)


def _line(found: Found) -> dict[str, object]:
    line: dict[str, object] = {"name": found.name, "path": found.path, "is_builtin": found.is_builtin}
    try:
        template = found.template()
    except ConfigError as error:
        return {**line, "description": "", "tags": [], "panes": 0, "mistake": error.message}
    return {
        **line,
        "description": template.description,
        "tags": template.tags,
        "panes": len(template.panes),
        "mistake": None,
    }


def _tell(params: GetTemplate, folder: str) -> dict[str, object]:
    found = find_template(params.name, folder, params.base_dir)
    template = found.template()
    return {
        "name": found.name,
        "path": found.path,
        "is_builtin": found.is_builtin,
        "text": found.read().text,
        "description": template.description,
        "tags": template.tags,
        "requires": template.requires,
        "missing": [program for program in template.requires if shutil.which(program) is None],
        "variables": msgspec.to_builtins(template.variables),
        "panes": msgspec.to_builtins(template.panes),
    }

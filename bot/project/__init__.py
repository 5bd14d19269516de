"""Reads an unchanged Rasa 3 project directory: `Project.load`. Nothing of a project is executed."""

from bot.project.problems import Finding, Place, ProjectError, Severity
from bot.project.project import Project

__all__ = ["Finding", "Place", "Project", "ProjectError", "Severity"]

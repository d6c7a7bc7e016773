"""
How the documentation is built: ``sphinx-build -W docs OUTPUT``.
"""

from importlib import metadata

from pygments.lexers.special import TextLexer

project = "bgsched"
copyright = "the bgsched authors"  # noqa: A001 - Sphinx's name
release = metadata.version("bgsched")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
default_role = "py:obj"  # names in docstrings become links where they lead somewhere
html_theme = "furo"
html_title = f"bgsched {release}"

myst_enable_extensions = ["attrs_block"]
myst_heading_anchors = 3  # GitHub gives each heading an anchor; so do we
suppress_warnings = ["myst.xref_missing"]  # links out of docs/, which tests/test_docs.py follows

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "inherited-members": "object,Exception"}
autodoc_class_signature = "mixed"
napoleon_numpy_docstring = False
napoleon_use_ivar = True


def setup(app) -> None:  # noqa: ANN001 - Sphinx is not there where types are checked
    """
    Show diagrams as their text.
    """
    app.add_lexer("mermaid", TextLexer)

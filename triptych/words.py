"""The engine's own words that readers see, in one place, so that a translation finds them all."""

NAMES = {"keras": "Keras", "tensorflow": "TensorFlow", "pytorch": "PyTorch"}

# Woven notebooks.
NOTEBOOK_PAGE = "[{title}]({page}): this notebook's page, with all three frameworks side by side."
NOTEBOOK_SIBLINGS = "The same in {siblings}."
TOGETHER_TITLE = "{title}: the three together"
COLAB_BADGE = "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({link})"
COLAB_LINK = "https://colab.research.google.com/github/{repository}/blob/published/notebooks/{notebook}/{slug}.ipynb"

# Pages.
SAME = "same in all three"
MEASURED = "measured on {hardware}, {date}"
SHOW_CODE = "Show the code"
SHOW_OUTPUT = "Show the output"
POINTS = "{points} points · {objective}"
FRAMEWORKS = "Frameworks shown"
SHORT = {"keras": "K", "tensorflow": "TF", "pytorch": "PT"}
MORE = "This page has two more frameworks beside this one: switch them on in the bar above."
NOTEBOOKS = "Notebooks"
OPEN_IN_COLAB = "Open in Colab"
DOWNLOAD = "Download"
LAST_RUN = "Last run"
TOGETHER = "The three together"

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
POINT = "1 point"
POINTS = "{points} points"
FRAMEWORKS = "Frameworks shown"
SHORT = {"keras": "K", "tensorflow": "TF", "pytorch": "PT"}
MORE = "This page has two more frameworks beside this one: switch them on in the bar above."
HOME = "Home"
NOTEBOOKS = "Notebooks"
OPEN_IN_COLAB = "Open in Colab"
DOWNLOAD = "Download"
ARCHIVE = "All notebooks (zip)"
LAST_RUN = "Last run"
TOGETHER = "The three together"
DIFFERS = "What differs"
KEYS = "Keys"
KEYS_ON = "These keys are on"
KEY_MEANINGS = {"1": "Keras", "2": "TensorFlow", "3": "PyTorch", "d": "Mark what differs", "?": "This help"}
CLOSE = "Close"
COPY = "Copy"
COPY_COLUMN = "Copy the {name} column"
ABOUT_PAGE = "About this page"
SOURCE = "Source of this page"
SOURCE_LINK = "https://github.com/{repository}/blob/published/{path}"
REPORT = "Report a problem"
ISSUE_TITLE = "{page}: "
ISSUE_BODY = "Page: {page}\n{ran}\n\nWhat I did, what I expected, what happened:\n"
ISSUE_RAN = "{name} panel, last run with {versions}"
NOT_FOUND = "Page not found"
NOT_FOUND_ABOUT = "There is no page at this address. These lead on:"
SEARCH_PAGE = "Search"
CARD = "Three columns of code: Keras, TensorFlow and PyTorch"

# The page of all runs.
VERIFIED = "Verified"
VERIFIED_ABOUT = (
    "Each notebook was run from its first cell to its last, and what it printed is kept with it. "
    "Every change is checked against these outputs. This page is made from the notebooks' own records."
)
VERIFIED_FIGURE = "{notebooks} notebooks, {passed} passed, the last run on {date}, with {versions}."
VERIFIED_COLUMNS = ("Notebook", "Result", "Time", "Date", "On")
RAN_WITH = "Ran with {versions}; a notebook that had another version of something names it."
PASSED = "passed"
FAILED = "failed"
NOT_RUN = "not run"
EARLIER = "an earlier version ran"
DEVICES = {"gpu": "GPU", "backends": "CPU"}
RAN_ELSEWHERE = "{heading}: {hardware}, {date}, {versions}, Python {python}."
TRIALS = "Other versions"
TRIALS_ABOUT = "With these versions the notebooks must run and agree with each other. Outputs may differ from those stored."
TRIAL = "notebooks that ran: {ran}; problems: {failed}; lines that differ: {different}."
TRIAL_WITHOUT = "Not there:"
TRIAL_LINES = "Show the lines"

THEME_MEASURES = "the theme's script measures code blocks in another way now: mend MEASURED in triptych/extras.py"

# Search.
NO_INDEX = "search: pagefind made no index, so the theme's own search answers ({why})"
SEARCH = {
    "search": "Search",
    "framework": "Framework",
    "all": "All frameworks",
    "none": "Nothing found",
    "found": "{n} found",
    "first": "The first {shown} of {n}",
    "instead": "no “{asked}” here; shown: “{shown}”",
}

# Drawing a digit.
NOT_FETCHED = "runtimes: {package} could not be fetched, so the page on browsers has no demonstration ({why})"
DRAW = {
    "label": "Draw a digit",
    "keys": "By keyboard: arrow keys move the square, space inks it or wipes it, Delete clears, a digit takes a sample.",
    "canvas": "Canvas to draw on. Arrow keys move the square, space inks it or wipes it, Delete clears, a digit takes a sample.",
    "clear": "Clear",
    "samples": "Or take one of the test set; some of those are misread, too:",
    "sample": "The digit {digit} of the test set",
    "seen": "What the models see",
    "counts": "8 rows of 8 counts from 0 to 16: {counts}",
    "load": "Load the three runtimes",
    "size": "{gzip} MB, if the server packs them, else {bytes} MB; from this site alone. Nothing you draw is sent.",
    "absent": "The runtimes are not in this copy of the book: `make book` fetches them from npm. You can draw, and see what the models would see.",
    "script": "Drawing needs JavaScript, which is off or missing here.",
    "folder": "Browsers do not let a page that is opened from a folder load these files. Serve the folder, for example with: python -m http.server",
    "loading": "Loading {name} …",
    "ready": "Ready: draw a digit.",
    "first": "Load the runtimes to get an answer.",
    "meant": "Drawn: {digit}.",
    "python": "From Python's, by at most {apart}.",
    "script_source": "What the page does stands in",
    "failed": "{name} cannot run in this browser: {why}",
    "lost": "The images of the test set did not come: check the connection, then try again.",
    "unsupported": "This browser has no WebAssembly, which {name} needs.",
    "agree": "All {n} say {digit}. The probabilities differ by at most {apart}.",
    "one": "{name} says {digit}.",
    "disagree": "They do not agree: {verdicts}.",
    "empty": "Nothing is drawn yet.",
}
RUNTIMES = {"keras": "LiteRT.js", "tensorflow": "TensorFlow.js", "pytorch": "onnxruntime-web"}

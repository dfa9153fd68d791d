"""Common wrong answers to the exercises of book/serving.md: each must be refused.

WRONG maps an exercise's id to its wrong answers; each gives, for every framework, code that replaces the starter.
Each is the solution with one mistake put in, so that only the mistake can be what is refused.
"""

from altered import mistakes_of

from triptych.course import FRAMEWORKS

mistaken = mistakes_of("serving")


def everywhere(*mistakes):
    """The same mistakes in all frameworks."""
    return dict.fromkeys(FRAMEWORKS, list(mistakes))


BEYOND_FLOAT32 = everywhere(("if not np.isfinite(rows).all():", "if False:"))
TRUE_IS_A_NUMBER = everywhere(("any(type(x) not in (int, float) for row in rows for x in row)", 'np.asarray(rows).dtype.kind not in "iuf"'))
READS_NAN = everywhere((", parse_constant=no_json", ""))
INFINITE_ANSWER = everywhere(("if not np.isfinite(found).all():", "if False:"))
BLAMES_THE_SENDER = everywhere(('return 500, {"error": "the model failed"}', 'return 400, {"error": "the model failed"}'))
NOT_FOR_JSON = everywhere(("found.tolist()", "list(found)"))
NO_ROW_AT_ALL = everywhere(("if not rows or any", "if any"))
SOME_EXCEPTIONS = everywhere(("    except Exception as reason:", "    except (ValueError, TypeError, KeyError) as reason:"))

NEIGHBOURS_FAIL = everywhere(("told = [alone(row, model) for row in good.values()]", 'told = [(500, "the model failed")] * len(good)'))
ONE_CALL_EACH = everywhere(("told = [(200, one) for one in found]", "told = [alone(row, model) for row in good.values()]"))
GOOD_ONES_FIRST = everywhere(("for number, answer in zip(good, told):", "for number, answer in enumerate(told):"))

NO_WAY_BACK = everywhere(("        told = [alone(row, model) for row in good.values()]", "        raise"))

NO_ROOM_FOR_THE_LAST = everywhere(("if len(inside) > room:", "if len(inside) >= room:"))
STILL_INSIDE_AT_THE_END = everywhere(("if end > arrival]", "if end >= arrival]"))
BY_WAITING_TIME = everywhere(("if len(inside) > room:", "if max([arrival, *inside]) - arrival > room * needed:"))
REFUSED_TAKES_TIME = everywhere(("            found.append(np.nan)\n", "            found.append(np.nan)\n            ends.append(ends[-1] + needed)\n"))

WRONG = {
    "respond": [
        mistaken("respond", **one)
        for one in (BEYOND_FLOAT32, TRUE_IS_A_NUMBER, READS_NAN, INFINITE_ANSWER, BLAMES_THE_SENDER, NOT_FOR_JSON, NO_ROW_AT_ALL, SOME_EXCEPTIONS)
    ],
    "batch": [mistaken("batch", **one) for one in (NEIGHBOURS_FAIL, ONE_CALL_EACH, GOOD_ONES_FIRST, NO_WAY_BACK)],
    "queue": [mistaken("queue", **one) for one in (NO_ROOM_FOR_THE_LAST, STILL_INSIDE_AT_THE_END, BY_WAITING_TIME, REFUSED_TAKES_TIME)],
}

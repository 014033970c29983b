"""What the judges in Python have in common: `python.mjs` runs their functions, and signs in for them."""

import base64
import json
import os
import sys

TENANT = json.loads(os.environ.get("KEYBOUND_TENANT", "{}"))


def sign_in(url, ends=None):
    """Has the person sign in at an address; where the browser was sent, or nothing if it stays on a page."""
    print(json.dumps({"sign_in": str(url), "ends": ends}), flush=True)
    return sys.stdin.readline().strip()


def claims(token):
    """What stands in a JWT."""
    body = str(token).split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def run(functions):
    """Lists the tests, or runs one."""
    tests = {name: function for name, function in functions.items() if name.startswith("test_")}
    if sys.argv[1] == "--list":
        print("\n".join(tests))
    else:
        tests[sys.argv[1]]()

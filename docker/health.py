"""Whether a service answers: exit status 0 when it does. The token comes from the environment."""

import os
import sys
import urllib.request

token = os.environ.get("KG_AUTH_TOKEN") or os.environ.get("JUPYTER_TOKEN", "")
headers = {"Authorization": f"token {token}"} if token else {}
request = urllib.request.Request(sys.argv[1], headers=headers)
with urllib.request.urlopen(request, timeout=5) as answer:
    sys.exit(answer.status != 200)

"""The notebook server in the container: open to the network, so never without a secret."""

import os

from jupyter_server.auth import passwd

token, password = os.environ.get("JUPYTER_TOKEN", ""), os.environ.get("JUPYTER_PASSWORD", "")
if not token and not password:
    raise SystemExit("the notebook server does not start without JUPYTER_TOKEN or JUPYTER_PASSWORD")

c = get_config()  # noqa: F821
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.port = int(os.environ.get("JUPYTER_PORT", "8888"))
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.IdentityProvider.token = token
if password:
    c.PasswordIdentityProvider.hashed_password = passwd(password)

"""The hub of one course on this machine.

This file is the same for every hub. All values come from files beside it: `hub.json` (what was asked for),
`run.json` (addresses of this start) and `secrets.json` (readable by the owner only), so no text that a person
typed ever becomes Python code.
"""

import asyncio
import json
import os
import resource
import sys
from pathlib import Path
from signal import SIGKILL
from subprocess import DEVNULL, STDOUT
from urllib.parse import urlencode

from jupyterhub.proxy import ConfigurableHTTPProxy
from jupyterhub.spawner import SimpleLocalProcessSpawner
from oauthenticator.generic import GenericOAuthenticator

FOLDER = Path(__file__).resolve().parent


def read(name):
    with open(FOLDER / name, encoding="utf-8") as file:
        return json.load(file)


hub, run, secret = read("hub.json"), read("run.json"), read("secrets.json")
marker = {"JHAAS_COURSE": hub["course"]}

# One process of a person may use this much; smaller limits would keep the server itself from starting.
MEMORY_FLOOR_MIB = 1024


def start_url(start_page, material):
    """Where a person lands in the own server; with material, nbgitpuller brings it first."""
    kind = start_page["kind"]
    target = {"lab": "lab", "notebook": "tree"}.get(kind)
    if target is None:
        target = start_page["path"].lstrip("/")
    if not material:
        return "/" + target
    if kind == "material_notebook":
        target = f"lab/tree/{material['folder']}/{target}"
    query = {"repo": material["url"], "targetpath": material["folder"], "urlpath": target}
    if material.get("branch"):
        query["branch"] = material["branch"]
    return "/git-pull?" + urlencode(query)


def carries_marker(pid):
    """Whether a process belongs to this course: process numbers are used again after a restart."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return f"JHAAS_COURSE={hub['course']}".encode() in environment


class LocalSpawner(SimpleLocalProcessSpawner):
    """Starts servers as processes of whoever runs JHaaS: no accounts of the system, no isolation."""

    # Looks often whether a server has ended.
    death_interval = 0.02

    def load_state(self, state):
        super().load_state(state)
        if self.pid and not carries_marker(self.pid):
            self.pid = 0

    def make_preexec_fn(self, name):
        memory = max(hub["per_person"]["memory_mib"], MEMORY_FLOOR_MIB) << 20
        largest_file = hub["per_person"]["storage_mib"] << 20
        home = self.home_dir
        processors = processors_of(self.user.id, hub["per_person"]["cpu_millis"])

        def prepare():
            os.chdir(home)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            # Writable private memory of each process, and the size of each file: what a system
            # without containers can limit for everyone.
            limit(resource.RLIMIT_DATA, memory)
            limit(resource.RLIMIT_FSIZE, largest_file)
            if processors:
                os.sched_setaffinity(0, processors)

        return prepare

    async def start(self):
        home = Path(self.home_dir)
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        link_shared_folder(home)
        log = FOLDER / "log" / f"server-{self.user.name}.log"
        with open(log, "wb") as output:
            self.popen_kwargs = {"stdin": DEVNULL, "stdout": output, "stderr": STDOUT}
            ip, port = await super().start()
        await self.listening(ip, port, log)
        return ip, port

    async def _signal(self, sig):
        # The number may be another process's by now, when this hub was down while the server ended.
        return carries_marker(self.pid) and await super()._signal(sig)

    async def stop(self, now=False):
        if self.user_options.get("nothing_to_save") and self.pid:
            await self._signal(SIGKILL)
        await super().stop(now)

    async def listening(self, ip, port, log):
        """Wait until the server listens. JupyterHub by itself would look for a server that has
        already ended until the timeout is over."""
        while True:
            status = await self.poll()
            if status is not None:
                last_words = log.read_text(errors="replace")[-2000:].strip()
                raise RuntimeError(f"the server ended with status {status}: {last_words}")
            try:
                _, writer = await asyncio.open_connection(ip, port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


def processors_of(user, millis):
    """As many of the machine's processors as somebody may use, rounded up; others' start elsewhere. Empty for all of
    them, and where a system cannot do it."""
    if not hasattr(os, "sched_setaffinity"):
        return set()
    there = sorted(os.sched_getaffinity(0))
    count = max(1, -(-millis // 1000))
    if count >= len(there):
        return set()
    return {there[(user + place) % len(there)] for place in range(count)}


def limit(kind, value):
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def link_shared_folder(home):
    """The shared folder appears in each home. All servers run as one user of the system here, so
    `read_only` is an agreement, not a wall: the local engine isolates nobody."""
    link, target = home / "shared", FOLDER / "shared"
    if hub["shared_folder"] == "none":
        if link.is_symlink():
            link.unlink()
        return
    target.mkdir(exist_ok=True)
    if not link.is_symlink() and not link.exists():
        link.symlink_to(target)


c = get_config()  # noqa: F821

# Addresses. The hub itself uses loopback only; public names are for browsers.
internal = f"http://127.0.0.1:{run['hub_port']}"
c.JupyterHub.bind_url = run["public_url"] + "/"
c.JupyterHub.public_url = run["public_url"] + "/"
c.JupyterHub.hub_bind_url = internal
c.JupyterHub.hub_connect_url = internal
c.JupyterHub.proxy_class = ConfigurableHTTPProxy
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = run["gateway_api"]
c.ConfigurableHTTPProxy.auth_token = secret["proxy_token"]
c.ConfigurableHTTPProxy.check_running_interval = 5

# Files
c.JupyterHub.db_url = f"sqlite:///{FOLDER / 'data' / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(FOLDER / "data" / "cookie_secret")
c.JupyterHub.upgrade_db = True
c.JupyterHub.template_vars = {
    "announcement": "This hub runs on the local engine: it isolates nobody and is for trying only. "
    "– Dieser Hub läuft mit der lokalen Engine: sie trennt niemanden voneinander und ist nur zum Ausprobieren da.",
}
c.JupyterHub.tornado_settings = {
    # A spawn is answered at once; pages and API follow its progress.
    "slow_spawn_timeout": 0,
    "headers": {
        "Content-Security-Policy": "frame-ancestors 'none'",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
}

# Sign-in: the portal says who may enter, and is asked again every minute.
portal, portal_internal = run["portal_public"], run["portal_internal"]
c.JupyterHub.authenticator_class = GenericOAuthenticator
c.Authenticator.auto_login = True
c.Authenticator.allow_all = True
c.Authenticator.enable_auth_state = True
c.Authenticator.manage_groups = True
c.Authenticator.auth_refresh_age = 60
# Whoever the portal no longer vouches for is refused by tokens too, not only by the login cookie. Before a
# spawn nobody is asked again: staff start servers of people who are not signed in at that moment.
if hasattr(GenericOAuthenticator, "auth_refresh_strict"):
    # Before JupyterHub 6.1 it was always so.
    c.Authenticator.auth_refresh_strict = True
c.Authenticator.refresh_pre_spawn = False


def vouch_for_readers(authenticator, user, auth_state):
    """The portal's readers of homes never sign in; nobody else can have a name that begins so."""
    return True if user.name.startswith("_") else None


c.GenericOAuthenticator.refresh_user_hook = vouch_for_readers
c.CryptKeeper.keys = [bytes.fromhex(secret["crypt_key"])]
c.GenericOAuthenticator.client_id = secret["client_id"]
c.GenericOAuthenticator.client_secret = secret["client_secret"]
c.GenericOAuthenticator.login_service = "JHaaS"
c.GenericOAuthenticator.enable_pkce = True
c.GenericOAuthenticator.scope = ["openid", "profile", "groups", "offline_access"]
c.GenericOAuthenticator.authorize_url = portal + "/oidc/authorize"
c.GenericOAuthenticator.token_url = portal_internal + "/oidc/token"
c.GenericOAuthenticator.userdata_url = portal_internal + "/oidc/userinfo"
c.GenericOAuthenticator.oauth_callback_url = run["public_url"] + "/hub/oauth_callback"
c.GenericOAuthenticator.logout_redirect_url = portal + "/oidc/end-session"
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.auth_state_groups_key = "oauth_user.groups"
c.JupyterHub.cookie_max_age_days = 1

# Rights. Nobody is admin, and no role of a person may enter another person's server.
participants = "!group=participant"
staff = ["list:users", "read:users:name", "read:users:activity", "servers"]
c.JupyterHub.load_roles = [
    {"name": "jhaas-leader", "scopes": [s + participants for s in staff], "groups": ["leader"]},
    {"name": "jhaas-assistant", "scopes": [s + participants for s in staff], "groups": ["assistant"]},
    {
        "name": "jhaas-portal",
        "scopes": [
            *("admin:users", "admin:servers", "servers", "tokens", "list:users", "read:hub"),
            # JupyterHub lets nobody share what they may not enter: only so can the portal give staff a share of
            # a participant's server for some minutes, after the participant's consent, and read a home for its
            # owner through a user made for that. It never sends its own token to a server.
            *("shares", "access:servers"),
        ],
        "services": ["jhaas-portal"],
    },
]
c.JupyterHub.services = [{"name": "jhaas-portal", "api_token": secret["hub_token"]}]
idle = hub["limits"]["cull_idle_seconds"]
culler = ["-m", "jupyterhub_idle_culler", f"--timeout={idle}", f"--cull-every={max(1, min(60, idle // 2))}"]
if idle > 0:
    c.JupyterHub.services += [
        {"name": "jhaas-culler", "command": [sys.executable, *culler], "environment": marker},
    ]
    c.JupyterHub.load_roles += [
        {
            "name": "jhaas-culler",
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
            "services": ["jhaas-culler"],
        },
    ]

# Servers. The keeper stops them, also those of a hub that was killed; a hub that is merely restarted keeps them.
c.JupyterHub.spawner_class = LocalSpawner
c.JupyterHub.cleanup_servers = False
c.JupyterHub.cleanup_proxy = False
c.JupyterHub.allow_named_servers = False
c.JupyterHub.active_server_limit = hub["limits"]["active_servers"]
c.JupyterHub.concurrent_spawn_limit = hub["limits"]["concurrent_spawns"]
c.SimpleLocalProcessSpawner.home_dir_template = str(FOLDER / "homes" / "{username}")
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args = [
    "--HubOAuth.cache_max_age=5",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.news_url=None",
    "--LabApp.extension_manager=readonly",
    "--LanguageServerManager.autodetect=False",
]
if os.geteuid() == 0:
    c.Spawner.args += ["--allow-root"]
c.Spawner.env_keep = ["PATH", "LANG", "LC_ALL", "TZ"]
# The way to the outside, for the material's repository and whatever people fetch.
network = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO"]
c.Spawner.env_keep += [*network, *(name.lower() for name in network[:3])]
c.Spawner.environment = {
    **marker,
    "OMP_NUM_THREADS": str(max(1, -(-hub["per_person"]["cpu_millis"] // 1000))),
}
# A server's own token lies open to whoever runs code there, a visitor among them: it says that the server is in use, and
# enters no server, so that a visit leaves no way in.
c.Spawner.server_token_scopes = ["users:activity!user"]
c.Spawner.default_url = start_url(hub["start_page"], hub["material"])
c.Spawner.mem_limit = hub["per_person"]["memory_mib"] << 20
c.Spawner.cpu_limit = hub["per_person"]["cpu_millis"] / 1000
c.Spawner.start_timeout = hub["limits"]["server_start_timeout_seconds"]
c.Spawner.http_timeout = hub["limits"]["server_start_timeout_seconds"]
c.LocalProcessSpawner.interrupt_timeout = 5
c.LocalProcessSpawner.term_timeout = 5

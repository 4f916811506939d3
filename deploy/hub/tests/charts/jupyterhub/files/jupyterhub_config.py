"""Turns the chart's values into JupyterHub's settings, as zero-to-jupyterhub does."""

import json
import os

c = get_config()  # noqa: F821

with open("/etc/jupyterhub/values.json", encoding="utf-8") as file:
    values = json.load(file)
hub, single = values["hub"], values["singleuser"]


def given(settings, **values):
    for name, value in values.items():
        if value is not None:
            setattr(settings, name, value)


def mebi(text):
    return text and text.replace("Mi", "M").replace("Gi", "G")


c.JupyterHub.spawner_class = "kubespawner.KubeSpawner"
c.JupyterHub.hub_bind_url = "http://:8081"
c.JupyterHub.hub_connect_url = "http://hub:8081"
c.JupyterHub.db_url = "sqlite:////srv/jupyterhub/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = "/srv/jupyterhub/cookie_secret"
c.JupyterHub.cleanup_servers = False
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 0}
c.JupyterHub.allow_named_servers = hub["allowNamedServers"]
c.ConfigurableHTTPProxy.api_url = "http://proxy-api:8001"
c.ConfigurableHTTPProxy.should_start = False
given(
    c.JupyterHub,
    concurrent_spawn_limit=hub["concurrentSpawnLimit"],
    active_server_limit=hub["activeServerLimit"],
    upgrade_db=hub["db"].get("upgrade"),
)

c.KubeSpawner.namespace = os.environ["POD_NAMESPACE"]
c.KubeSpawner.image = f"{single['image']['name']}:{single['image']['tag']}"
c.KubeSpawner.image_pull_policy = "IfNotPresent"
c.KubeSpawner.image_pull_secrets = values.get("imagePullSecrets", [])
c.KubeSpawner.allow_privilege_escalation = False
c.KubeSpawner.uid, c.KubeSpawner.fs_gid = 1000, 100
c.KubeSpawner.storage_pvc_ensure = True
given(
    c.KubeSpawner,
    cmd=single.get("cmd"),
    default_url=single["defaultUrl"],
    environment=single["extraEnv"],
    start_timeout=single["startTimeout"],
    mem_limit=single["memory"]["limit"],
    mem_guarantee=single["memory"]["guarantee"],
    cpu_limit=single["cpu"]["limit"],
    cpu_guarantee=single["cpu"]["guarantee"],
    storage_capacity=single["storage"]["capacity"],
    storage_class=single["storage"]["dynamic"].get("storageClass"),
)
home = {"name": "home", "persistentVolumeClaim": {"claimName": "{pvc_name}"}}
c.KubeSpawner.volumes = {"home": home, **single["storage"]["extraVolumes"]}
c.KubeSpawner.volume_mounts = {
    "home": {"name": "home", "mountPath": "/home/jovyan"},
    **single["storage"]["extraVolumeMounts"],
}

c.JupyterHub.services, c.JupyterHub.load_roles = [], []
if values["cull"]["enabled"]:
    cull = ["--timeout={timeout}", "--cull-every={every}"]
    command = ["python3", "-m", "jupyterhub_idle_culler", "--url=http://localhost:8081/hub/api"]
    command += [part.format(**values["cull"]) for part in cull]
    c.JupyterHub.services.append({"name": "jupyterhub-idle-culler", "command": command})
    scopes = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
    c.JupyterHub.load_roles.append(
        {"name": "jupyterhub-idle-culler", "scopes": scopes, "services": ["jupyterhub-idle-culler"]}
    )
for name, service in hub["services"].items():
    service = dict(service)
    service["api_token"] = service.pop("apiToken")
    c.JupyterHub.services.append({"name": name, **service})
for name, role in hub["loadRoles"].items():
    c.JupyterHub.load_roles.append({"name": name, **role})
for section, settings in hub["config"].items():
    c[section].update(settings)
get_config = None  # In zero-to-jupyterhub the name means something else for what comes now.
for _name, code in sorted(hub["extraConfig"].items()):
    exec(code)

"""What the chart's values cannot say. The same for every hub: no text of a person is in it."""

from oauthenticator.generic import GenericOAuthenticator


def vouch_for_readers(authenticator, user, auth_state):
    """The portal's readers of homes never sign in; nobody else can have a name that begins so."""
    return True if user.name.startswith("_") else None


def leaders_write(spawner, pod):
    """A shared folder that is read-only for participants is writable for leaders."""
    if "leader" in (group.name for group in spawner.user.groups):
        for mount in pod.spec.containers[0].volume_mounts:
            if mount.get("name") == "jhaas-shared":
                mount["readOnly"] = False
    return pod


# The chart has made `c`, and has another `get_config`.
# ruff: noqa: F821
c.GenericOAuthenticator.refresh_user_hook = vouch_for_readers
c.KubeSpawner.modify_pod_hook = leaders_write
# Whoever the portal no longer vouches for is refused by tokens too. Before JupyterHub 6.1 it was always so.
if hasattr(GenericOAuthenticator, "auth_refresh_strict"):
    c.Authenticator.auth_refresh_strict = True

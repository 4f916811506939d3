# Pages around a hub: consent, not yet open, over, unknown address.

# Why a deployment failed, for leaders and administrators; the code stands behind `failure-`.
failure-cancelled = The work was stopped before it was finished.
failure-deadline-passed = It took longer than allowed and was stopped.
failure-secrets-missing = The work could not begin, because the secrets it needs were not handed over.
failure-http-settings = An address or a certificate file in the settings cannot be used.

failure-python-missing = No Python was found on this machine. Please install Python { $oldest } or newer (on Debian and Ubuntu: the packages python3 and python3-venv).
failure-python-too-old = Python { $found } is too old for the hubs. Please install Python { $oldest } or newer.
failure-python-too-new = Python { $found } is newer than the packages of the hubs know. Please install a Python from { $oldest } to { $newest } beside it.
failure-python-venv-missing = Python cannot make environments here. Please install the package { $package } (Debian and Ubuntu) or the program “uv”.
failure-python-unusable = The Python that was chosen for the hubs cannot be started.
failure-python-packages-failed = The Python packages for the hubs could not be installed. Usually the package index cannot be reached from this machine.
failure-python-folder-failed = The folder for Python environments cannot be used: { $folder }
failure-git-missing = Git was not found. Please install the package “git”; the course material is fetched with it.

failure-hub-folder-failed = The hub’s folder cannot be used: { $folder }
failure-hub-busy = The hub is still being worked on. It will be tried again.
failure-gateway-missing = The way from the browser to the hub is not open: the portal does not run on this machine.
failure-keeper-start-failed = The program that keeps the hub running could not be started.
failure-hub-start-failed = JupyterHub ended while it was starting. What it said stands in the details.
failure-hub-start-timeout = JupyterHub did not answer in time.
failure-hub-route-missing = The hub runs, but cannot be reached at { $address }.
failure-hub-stop-incomplete = Something of the hub could not be ended.
failure-hub-stop-unknown = It cannot be found out whether processes of the hub are still running.

failure-image-unknown = The environment of this course names no image for clusters.
failure-image-missing = An image of the hub cannot be fetched: it does not exist, or may not be read.
failure-registry-away = The registry of an image of the hub does not answer.
failure-cluster-settings = The settings of the cluster cannot be used.
failure-cluster-unreachable = The cluster cannot be reached.
failure-cluster-forbidden = The cluster does not allow what is needed for a hub.
failure-cluster-full = The cluster has no room for the hub at the moment.
failure-quota = The hub needs more than is set apart for this course.
failure-pod-refused = The cluster refuses a pod of the hub.
failure-volume = The cluster cannot provide the storage for the hub.
failure-chart = The chart of the hub cannot be used with the settings.
failure-tofu-missing = OpenTofu cannot be started.
failure-tofu-folder = The configuration of the hub cannot be laid out for OpenTofu.
failure-tofu-init = OpenTofu cannot be prepared for the hub.
failure-tofu-plan = OpenTofu cannot plan what is to be changed.
failure-plan-loses-homes = The change would remove what people have stored, and is not made.
failure-tofu-apply = OpenTofu could not make all changes.
failure-tofu-inconsistent = OpenTofu saw another result than it had planned.
failure-state-settings = The bucket of the states cannot be used with the settings.
failure-state-not-read = The state of the hub cannot be read at the moment.
failure-state-not-written = The state of the hub cannot be stored at the moment.

failure-check-sign-in-failed = The hub runs, but signing in to it through the portal does not work.
failure-check-server-not-started = The hub runs, but a person’s server does not start.
failure-check-server-not-reachable = A person’s server starts, but cannot be reached.
failure-check-kernel-not-started = A person’s server runs, but no notebook kernel starts in it.
failure-check-kernel-died = The notebook kernel died before it could run a cell.
failure-check-cell-failed = The notebook kernel runs, but a simple cell ends with an error.
failure-check-wrong-output = The notebook kernel runs, but computes wrongly: it printed “{ $output }” instead of “42”.
failure-check-timeout = The check of the hub did not end in time.
failure-check-clean-up-failed = The hub works, but what the check left there could not be removed.

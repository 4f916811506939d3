variable "course" {
  description = "What the course asks for, as the worker has read it from its request."
  type = object({
    # UUID; names the namespace and the releases.
    id   = string
    slug = string
    # Where the single-user server opens, for instance /lab or /git-pull?repo=….
    start_url = string
    # Image of the single-user servers: name and tag apart. For a digest the name ends with @sha256.
    image = object({ name = string, tag = string })
    # Thousandths of a processor, MiB of memory, MiB of home.
    per_person = object({ cpu_millis = number, memory_mib = number, storage_mib = number })
    # none, read_only or writable.
    shared_folder = string
    # Whether there is a shared folder that the course wants no more: what is in it stays until the hub goes.
    shared_kept = optional(bool, false)
  })
}

variable "limits" {
  description = "What the hub as a whole may use."
  type = object({
    # Servers at once, the synthetic student included.
    active_servers    = number
    concurrent_spawns = number
    # Pods that hold room around the start; the worker makes them.
    placeholders                 = optional(number, 0)
    cull_idle_seconds            = number
    server_start_timeout_seconds = number
    # Of the namespace: the servers and the hub itself.
    cpu_millis  = number
    memory_mib  = number
    storage_mib = number
  })
}

variable "hub_url" {
  description = "Public address of the hub, without a slash at the end."
  type        = string
}

variable "portal" {
  description = "Addresses of the portal: for browsers, and for the hub's back channel."
  type        = object({ public = string, internal = string })
}

variable "client_id" {
  description = "The hub's OpenID client at the portal."
  type        = string
}

variable "secrets" {
  description = "Secrets of the hub. They are written to the cluster and stand neither in state nor in plan."
  ephemeral   = true
  type = object({
    client_secret = string
    hub_token     = string
    crypt_key     = string
    proxy_token   = string
    # Wildcard certificate and key (PEM) for the Ingress, with `cluster.tls` "given".
    tls_certificate = optional(string, "")
    tls_key         = optional(string, "")
    # Content of a .dockerconfigjson, with `cluster.private_registry`.
    docker_config = optional(string, "")
  })
}

variable "secrets_revision" {
  description = "Secrets are written again, and kept by an update, only when this is more than it was: another, higher number for each apply."
  type        = number

  validation {
    condition     = var.secrets_revision >= 1
    error_message = "The provider takes numbers from 1 on."
  }
}

variable "state_passphrase" {
  description = "Encrypts state and plan; at least 16 characters."
  type        = string
  sensitive   = true
}

variable "cluster" {
  description = "What the operator says of the cluster."
  type = object({
    # Where the release lies that owns the course's namespace.
    management_namespace = string
    chart = object({
      # Name in the repository, or a folder or file.
      name       = string
      repository = optional(string)
      version    = string
    })
    ingress_class = optional(string)
    # Annotations of the hub's Ingress, for instance for cert-manager.
    ingress_annotations = optional(map(string), {})
    # Where the certificate of an https address comes from: "controller" (the Ingress controller's default), "given"
    # (with the secrets), or "cert_manager" (by `ingress_annotations`).
    tls           = optional(string, "controller")
    storage_class = optional(string)
    # For shared folders; must give ReadWriteMany.
    shared_storage_class = optional(string)
    # Size of a shared folder in MiB.
    shared_storage_mib = optional(number, 10240)
    # Whether images come from a registry that wants credentials.
    private_registry = optional(bool, false)
    # Seconds that Helm waits for the hub.
    timeout_seconds = optional(number, 600)
    # Networks (CIDR) that servers and hub may reach besides the internet: the portal, a mirror of packages.
    allowed_networks = optional(list(string), [])
    # Whether servers may reach the internet.
    internet = optional(bool, true)
    # Whether images are pulled to all nodes before the hub counts as there.
    pre_pull = optional(bool, true)
    # Values (YAML) for the chart jupyterhub that are laid over ours: images of a mirror, node selectors, tolerations.
    extra_values = optional(string, "")
    # The same for the course's environment, laid over those: nodes with graphics processors.
    environment_values = optional(string, "")
  })
}

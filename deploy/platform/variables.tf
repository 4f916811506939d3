variable "state_passphrase" {
  description = "Encrypts state and plan; at least 16 characters. Keep it: without it nothing here can be changed."
  type        = string
  sensitive   = true
}

variable "portal_cluster" {
  description = "The cluster of the portal: file of a kubeconfig, and a context of it."
  type = object({
    kubeconfig = string
    context    = optional(string)
  })
}

variable "hubs_cluster" {
  description = "The cluster of the hubs, where it is another one."
  type = object({
    kubeconfig = string
    context    = optional(string)
    # Who starts Jobs there: the name of the user in `hubs_dispatcher_kubeconfig`, as that cluster calls it.
    dispatcher_user = string
  })
  default = null
}

variable "hubs_dispatcher_kubeconfig" {
  description = "Content of the kubeconfig by which the dispatcher starts Jobs on the cluster of the hubs."
  type        = string
  sensitive   = true
  default     = null
}

variable "domain" {
  description = "The institution's domain, university.example: the portal is at https://jhaas.university.example then, and hubs below hubs.university.example."
  type        = string
  default     = null

  validation {
    condition     = var.domain != null || (var.url != null && var.hubs_domain != null)
    error_message = "Where is it to be found? Name `domain`, or `url` and `hubs_domain`."
  }
}

variable "url" {
  description = "Public address of the portal, where it does not follow from `domain`: https://jupyter.university.example"
  type        = string
  default     = null
}

variable "hubs_domain" {
  description = "The end of the hubs' names, where it does not follow from `domain`: hubs.university.example"
  type        = string
  default     = null
}

variable "images" {
  description = "Images of portal and workers. Secrets for their registry that are there, unless `registry_auth` says it."
  type = object({
    portal       = object({ repository = string, tag = optional(string, ""), digest = optional(string, "") })
    worker       = object({ repository = string, tag = optional(string, ""), digest = optional(string, "") })
    pull_secrets = optional(list(string), [])
  })
}

variable "registry_auth" {
  description = "Content of a .dockerconfigjson for the registry of all images: of portal, workers, hubs and trial."
  type        = string
  sensitive   = true
  default     = null
}

variable "catalogue" {
  description = "The environments that leaders choose from, as in [[policy.catalogue]]."
  type        = list(object({ key = string, title = string, description = string, image = string }))
  default = [{
    key         = "python"
    title       = "Python"
    description = "Python 3 with JupyterLab and Notebook"
    image       = "quay.io/jupyter/scipy-notebook:2026-01-05"
  }]
}

variable "database_url" {
  description = "postgres://USER:PASSWORD@HOST/NAME; the trial's own PostgreSQL, or a Secret named in `values`, when not given. Counts more than the trial's."
  type        = string
  sensitive   = true
  default     = null
}

variable "objects" {
  description = "Where the buckets are, unless the trial's own S3 service has them. Counts more than the trial's."
  type = object({
    endpoint = string
    region   = optional(string, "us-east-1")
    # Of objects and of states.
    bucket        = string
    states_bucket = string
    prefix        = optional(string, "")
    states_prefix = optional(string, "")
  })
  default = null
}

variable "objects_key" {
  description = "Key of both buckets, with `objects`."
  type        = object({ id = string, secret = string })
  sensitive   = true
  default     = null
}

variable "config" {
  description = "More settings, as in jhaas.toml: { mail = { transport = \"smtp\", … } }"
  type        = any
  default     = {}
}

variable "secrets" {
  description = "More secret settings by their names: { \"mail.password\" = \"…\" }"
  type        = map(string)
  sensitive   = true
  default     = {}
}

variable "values" {
  description = "Values (YAML) for the chart jhaas, laid over all others."
  type        = list(string)
  default     = []
}

variable "trial" {
  description = "What is brought along for trying: one of each, on one volume, without backup. Not for production. Images by a tag or a digest."
  type = object({
    postgres = optional(object({ image = optional(string, "docker.io/library/postgres:17.6") }))
    s3       = optional(object({ image = optional(string, "ghcr.io/versity/versitygw:v1.8.0") }))
    # Dex, at <url>/identity. People by mail address, with their names; passwords are made and stand in the output `people`.
    identity = optional(object({
      image  = optional(string, "ghcr.io/dexidp/dex:v2.44.0")
      people = map(string)
    }))
    # Of each volume; the cluster's default class when empty.
    storage       = optional(string, "5Gi")
    storage_class = optional(string, "")
  })
  default = {}
}

variable "ingress_controller" {
  description = "Installs Traefik on each cluster; nothing when null."
  type = object({
    chart      = optional(string, "traefik")
    repository = optional(string, "https://traefik.github.io/charts")
    version    = optional(string, "37.4.0")
    values     = optional(string, "")
  })
  default = null
}

variable "cert_manager" {
  description = "Installs cert-manager on each cluster with an issuer called jhaas; nothing when null."
  type = object({
    # Address that the certificate authority writes to.
    mail       = string
    server     = optional(string, "https://acme-v02.api.letsencrypt.org/directory")
    chart      = optional(string, "cert-manager")
    repository = optional(string, "https://charts.jetstack.io")
    version    = optional(string, "v1.19.1")
    values     = optional(string, "")
    # YAML: a list of solvers for the issuer, where names are to be proven by DNS instead of by http.
    solvers = optional(string, "[]")
  })
  default = null
}

variable "namespace" {
  description = "Namespace of portal, dispatcher and workers."
  type        = string
  default     = "jhaas"
}

variable "releases_namespace" {
  description = "A namespace that is there: the release lies in it that owns the others."
  type        = string
  default     = "default"
}

variable "timeout_seconds" {
  description = "Seconds that Helm waits for each release."
  type        = number
  default     = 600
}

# The way into a cluster, where it has none yet: an Ingress controller, and certificates.
terraform {
  required_providers {
    helm = {
      source  = "hashicorp/helm"
      version = "~> 3.1"
    }
  }
}

variable "ingress_controller" {
  type = object({ chart = string, repository = string, version = string, values = string })
}

variable "cert_manager" {
  type = object({
    mail       = string
    server     = string
    chart      = string
    repository = string
    version    = string
    values     = string
    solvers    = string
  })
}

variable "releases_namespace" {
  type = string
}

variable "timeout_seconds" {
  type = number
}

locals {
  spaces = toset(concat(
    var.ingress_controller != null ? ["ingress"] : [],
    var.cert_manager != null ? ["cert-manager"] : [],
  ))
}

resource "helm_release" "namespaces" {
  count = length(local.spaces) > 0 ? 1 : 0

  name            = "jhaas-edge-namespaces"
  namespace       = var.releases_namespace
  chart           = "${path.module}/../charts/namespaces"
  upgrade_install = true
  timeout         = var.timeout_seconds
  values          = [yamlencode({ namespaces = { for name in local.spaces : name => {} } })]
}

resource "helm_release" "ingress" {
  count      = var.ingress_controller != null ? 1 : 0
  depends_on = [helm_release.namespaces]

  name            = "traefik"
  namespace       = "ingress"
  chart           = var.ingress_controller.chart
  repository      = var.ingress_controller.repository
  version         = var.ingress_controller.version
  upgrade_install = true
  timeout         = var.timeout_seconds
  values = compact([
    # Addresses of people are wanted, for rate limits and the audit log.
    yamlencode({ service = { spec = { externalTrafficPolicy = "Local" } } }),
    var.ingress_controller.values,
  ])
}

resource "helm_release" "cert_manager" {
  count      = var.cert_manager != null ? 1 : 0
  depends_on = [helm_release.namespaces]

  name            = "cert-manager"
  namespace       = "cert-manager"
  chart           = var.cert_manager.chart
  repository      = var.cert_manager.repository
  version         = var.cert_manager.version
  upgrade_install = true
  timeout         = var.timeout_seconds
  values          = compact([yamlencode({ crds = { enabled = true, keep = false } }), var.cert_manager.values])
}

resource "helm_release" "issuer" {
  count      = var.cert_manager != null ? 1 : 0
  depends_on = [helm_release.cert_manager]

  name            = "issuer"
  namespace       = "cert-manager"
  chart           = "${path.module}/../charts/issuer"
  upgrade_install = true
  timeout         = var.timeout_seconds
  values = [
    yamlencode({ mail = var.cert_manager.mail, server = var.cert_manager.server }),
    "solvers: ${jsonencode(yamldecode(var.cert_manager.solvers))}",
  ]
}

output "spaces" {
  description = "The namespaces that it has made."
  value       = local.spaces
}

locals {
  two_clusters = var.hubs_cluster != null
  hubs_cluster = local.two_clusters ? var.hubs_cluster : merge(var.portal_cluster, { dispatcher_user = "" })
  trial        = var.trial.postgres != null || var.trial.s3 != null || local.has_people
  has_people   = var.trial.identity != null
  url          = var.url != null ? var.url : "https://jhaas.${var.domain}"
  hubs_domain  = var.hubs_domain != null ? var.hubs_domain : "hubs.${var.domain}"
  trial_space  = "${var.namespace}-trial"
  hubs_space   = "${var.namespace}-hubs"
  chart        = "${path.module}/../chart/jhaas"
  has_issuer   = var.cert_manager != null

  # What no pod of ours needs, none gets.
  restricted  = { "pod-security.kubernetes.io/enforce" = "restricted" }
  own_spaces  = { for name in concat([var.namespace], local.trial ? [local.trial_space] : []) : name => local.restricted }
  hubs_spaces = { (local.hubs_space) = local.restricted }
}

# Namespaces are owned by releases, so that nothing of them stays behind.
resource "helm_release" "namespaces" {
  name            = "${var.namespace}-namespaces"
  namespace       = var.releases_namespace
  chart           = "${path.module}/charts/namespaces"
  upgrade_install = true
  timeout         = var.timeout_seconds
  values = [yamlencode({
    namespaces = { for name, labels in merge(local.own_spaces, local.hubs_spaces) : name => labels
    if !local.two_clusters || name != local.hubs_space }
  })]

  set_sensitive = local.registry_set
}

resource "helm_release" "hubs_namespaces" {
  count    = local.two_clusters ? 1 : 0
  provider = helm.hubs

  name            = "${var.namespace}-namespaces"
  namespace       = var.releases_namespace
  chart           = "${path.module}/charts/namespaces"
  upgrade_install = true
  timeout         = var.timeout_seconds
  values          = [yamlencode({ namespaces = merge({ (var.namespace) = local.restricted }, local.hubs_spaces) })]

  set_sensitive = local.registry_set
}

module "edge" {
  source = "./edge"

  ingress_controller = var.ingress_controller
  cert_manager       = var.cert_manager
  releases_namespace = var.releases_namespace
  timeout_seconds    = var.timeout_seconds
}

module "hubs_edge" {
  source    = "./edge"
  count     = local.two_clusters ? 1 : 0
  providers = { helm = helm.hubs }

  ingress_controller = var.ingress_controller
  cert_manager       = var.cert_manager
  releases_namespace = var.releases_namespace
  timeout_seconds    = var.timeout_seconds
}

resource "helm_release" "trial" {
  count      = local.trial ? 1 : 0
  depends_on = [helm_release.namespaces]

  name            = "trial"
  namespace       = local.trial_space
  chart           = "${path.module}/charts/trial"
  upgrade_install = true
  timeout         = var.timeout_seconds
  values = [yamlencode({
    clients          = var.namespace
    postgres         = var.trial.postgres
    s3               = var.trial.s3
    identity         = local.identity
    storage          = var.trial.storage
    storageClass     = var.trial.storage_class
    imagePullSecrets = local.pull_secrets
  })]

  set_sensitive = [
    { name = "postgresPassword", value = random_password.database.result, type = "string" },
    { name = "s3Secret", value = random_password.objects.result, type = "string" },
    { name = "identitySecret", value = random_password.identity.result, type = "string" },
    { name = "identityPeople", value = replace(local.people, "/[\\\\,{]/", "\\$0"), type = "string" },
  ]

  lifecycle {
    precondition {
      condition     = !(local.two_clusters && var.trial.s3 != null)
      error_message = "Workers on another cluster do not reach the trial's S3 service: name buckets by `objects`."
    }
    precondition {
      condition     = !local.has_people || startswith(local.url, "https://")
      error_message = "The trial's identity provider needs a portal with an https address."
    }
  }
}

resource "helm_release" "jhaas" {
  depends_on = [helm_release.namespaces, helm_release.trial, helm_release.workers, module.edge]

  name            = "jhaas"
  namespace       = var.namespace
  chart           = local.chart
  upgrade_install = true
  timeout         = var.timeout_seconds
  values          = concat([yamlencode(local.values), yamlencode({ config = var.config })], var.values)

  # Names with a dot are to be had by escaping alone, and so are values: what Helm takes for a separator is a part of them.
  set_sensitive = [for name in local.secret_names : {
    name  = "secrets.create.${replace(name, ".", "\\.")}"
    value = replace(local.secrets[name], "/[\\\\,{]/", "\\$0")
    type  = "string"
  }]

  lifecycle {
    precondition {
      condition     = var.objects != null || var.trial.s3 != null
      error_message = "Buckets are needed: `objects`, or for trying `trial.s3`."
    }
    precondition {
      condition     = !local.two_clusters || var.hubs_dispatcher_kubeconfig != null
      error_message = "With hubs on another cluster the dispatcher needs `hubs_dispatcher_kubeconfig`."
    }
  }
}

# What workers need on a cluster of their own.
resource "helm_release" "workers" {
  count      = local.two_clusters ? 1 : 0
  provider   = helm.hubs
  depends_on = [helm_release.hubs_namespaces]

  name            = "jhaas"
  namespace       = var.namespace
  chart           = local.chart
  upgrade_install = true
  timeout         = var.timeout_seconds
  values = [yamlencode({
    portal = { enabled = false }
    workers = {
      managementNamespace       = local.hubs_space
      createManagementNamespace = false
      dispatchers = [{
        kind     = "User"
        name     = local.hubs_cluster.dispatcher_user
        apiGroup = "rbac.authorization.k8s.io"
      }]
    }
  })]
}

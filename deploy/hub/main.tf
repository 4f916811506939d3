locals {
  namespace = "jhaas-${var.course.id}"
  labels = {
    "app.kubernetes.io/part-of" = "jhaas"
    "jhaas.org/course"          = var.course.id
    "jhaas.org/slug"            = var.course.slug
  }

  has_shared = var.course.shared_folder != "none" || var.course.shared_kept
  # cert-manager proves by a pod in the namespace whose name the hub's is.
  acme = var.cluster.tls == "cert_manager"

  # The values of charts/course.
  course_values = {
    namespace = local.namespace
    labels    = local.labels
    quota = {
      # Pulling images ahead takes a little on each node.
      cpuMillis  = var.limits.cpu_millis + (var.cluster.pre_pull ? 500 : 0) + (local.acme ? 100 : 0)
      memoryMib  = var.limits.memory_mib + (var.cluster.pre_pull ? 1024 : 0) + (local.acme ? 128 : 0)
      storageMib = var.limits.storage_mib + (local.has_shared ? var.cluster.shared_storage_mib : 0)
      # Whoever was removed leaves a home; the hub has a claim, and the shared folder another.
      claims = var.limits.active_servers * 2 + 2
      # Each asks for what a person's server is guaranteed.
      placeholders = {
        count     = var.limits.placeholders
        cpuMillis = var.limits.placeholders * ceil(var.course.per_person.cpu_millis / 4)
        memoryMib = var.limits.placeholders * floor(var.course.per_person.memory_mib / 2)
      }
    }
    perPerson = {
      cpuMillis = var.course.per_person.cpu_millis
      memoryMib = var.course.per_person.memory_mib
    }
    shared = {
      enabled      = local.has_shared
      storageClass = var.cluster.shared_storage_class
      storageMib   = var.cluster.shared_storage_mib
    }
    network = { allowed = var.cluster.allowed_networks, acme = local.acme, prePull = var.cluster.pre_pull }
  }
}

# What surrounds a hub. The release lies outside the namespace that it owns: removing it removes the namespace.
resource "helm_release" "course" {
  name            = "course-${var.course.id}"
  namespace       = var.cluster.management_namespace
  chart           = "${path.module}/charts/course"
  upgrade_install = true
  timeout         = var.cluster.timeout_seconds

  values = [yamlencode(local.course_values)]

  # What Helm takes for a separator is a part of the value.
  set_wo_revision = var.secrets_revision
  set_wo = [
    { name = "tls.certificate", value = replace(var.secrets.tls_certificate, "/[\\\\,{]/", "\\$0"), type = "string" },
    { name = "tls.key", value = replace(var.secrets.tls_key, "/[\\\\,{]/", "\\$0"), type = "string" },
    { name = "dockerConfig", value = replace(var.secrets.docker_config, "/[\\\\,{]/", "\\$0"), type = "string" },
  ]
}

# The hub itself, by the chart zero-to-jupyterhub.
resource "helm_release" "hub" {
  depends_on = [helm_release.course]

  name            = "hub"
  namespace       = local.namespace
  chart           = var.cluster.chart.name
  repository      = var.cluster.chart.repository
  version         = var.cluster.chart.version
  upgrade_install = true
  timeout         = var.cluster.timeout_seconds

  values = compact([yamlencode(local.values), var.cluster.extra_values, var.cluster.environment_values])

  set_wo_revision = var.secrets_revision
  set_wo = [
    { name = "hub.config.GenericOAuthenticator.client_secret", value = var.secrets.client_secret, type = "string" },
    { name = "hub.config.CryptKeeper.keys[0]", value = var.secrets.crypt_key, type = "string" },
    { name = "hub.services.jhaas-portal.apiToken", value = var.secrets.hub_token, type = "string" },
    { name = "proxy.secretToken", value = var.secrets.proxy_token, type = "string" },
  ]
}
